"""What one target did at each step of a scenario, ready to be compared: losses have their place, times are within bounds or not.

Compares nothing. An observation without its time is the same in two identical runs, so that equal bytes of it mean agreement.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from harness.judging.judge import STRETCH, show_outcome
from harness.judging.values import SHORTEST
from harness.records.observation import Observation, Trouble
from harness.records.plan import Bounds, Plan, Step
from harness.records.run import Result

Place = tuple[int, int]
"""Number of a step, and of a member of its role."""

TOO_EARLY, TOO_LATE = "too early", "too late"

_encoder = msgspec.msgpack.Encoder()


class Outcome(Struct, frozen=True):
    """What came of one step for one member of its role: an observation, or the loss of the target."""

    seen: Observation | None
    lost: str = ""
    """`hang` or `crash`."""
    detail: str = ""
    timing: str = ""
    """Empty: within the step's bounds, or there are none."""

    def encoded(self) -> bytes:
        """Bytes that are equal for equal outcomes."""
        return _encoder.encode(self)

    def shown(self, longest: int = SHORTEST) -> str:
        """On one line, as people read it; a value or message of more than `longest` characters is cut."""
        text = f"{self.lost}: {self.detail}" if self.lost else show_outcome(self.seen, longest) if self.seen else ""
        if self.seen is not None and self.seen.lacking:
            text = f"lacks {text}"
        if self.seen is not None and self.seen.warnings:
            text += "; warns " + ", ".join(f"{warned.type}: {warned.message}" for warned in self.seen.warnings)
        return f"{text} ({self.timing})" if self.timing else text


def yardsticks(plan: Plan) -> dict[int, Bounds]:
    """Time bounds by step. All targets are measured by the same: the step's own, or those of the first variation that has some."""
    found = {step.call.n: _bounds(step) for step in plan.steps}
    return {number: bounds for number, bounds in found.items() if bounds is not None}


def _bounds(step: Step) -> Bounds | None:
    choices = (step.expect.takes, *(variation.expect.takes for variation in step.varies))
    return next((bounds for bounds in choices if bounds is not None), None)


def timings(result: Result, bounds: Mapping[int, Bounds]) -> dict[int, str]:
    """By position in `steps`, which of them were too early or too late. An upper bound stretches on a starved host, as in judging."""
    if not bounds:
        return {}
    pairs = enumerate(zip(result.steps, result.volatile.seconds, strict=False))
    judged = ((at, _timing(bounds.get(seen.step), seconds, result.volatile.starved)) for at, (seen, seconds) in pairs)
    return {at: timing for at, timing in judged if timing}


def _timing(bounds: Bounds | None, seconds: float, starved: float) -> str:
    if bounds is None:
        return ""
    if bounds.least is not None and seconds < bounds.least:
        return TOO_EARLY
    return TOO_LATE if bounds.most is not None and seconds > bounds.most + STRETCH * starved else ""


def fingerprint(result: Result, bounds: Mapping[int, Bounds]) -> bytes:
    """Bytes that are equal for cells which agree at every step."""
    return _encoder.encode((result.steps, result.trouble, sorted(timings(result, bounds).items())))


def timeline(plan: Plan, result: Result, bounds: Mapping[int, Bounds]) -> dict[Place, Outcome]:
    """What came of each step, in order."""
    return laid_out(plan, result.steps, result.trouble, timings(result, bounds))


def laid_out(plan: Plan, steps: Sequence[Observation], trouble: Trouble | None, late: Mapping[int, str]) -> dict[Place, Outcome]:
    """What came of each step, in order; `late` has the timings that are out of bounds, by position in `steps`.

    What an agent did in the target's place says nothing of the target, and is left out.
    """
    line = {(seen.step, seen.instance): _outcome(seen, trouble, late.get(at, "")) for at, seen in enumerate(steps) if not seen.stood_in}
    if trouble is not None and trouble.kind in ("hang", "crash") and not any(outcome.lost for outcome in line.values()):
        # A target that is lost during clean-up did so after its last step, which is where a reader will look.
        step = trouble.step if trouble.step is not None else len(plan.steps) - 1
        line[step, _free_member(line, step, plan)] = Outcome(None, trouble.kind, trouble.detail)
    return line


def _free_member(line: Mapping[Place, Outcome], step: int, plan: Plan) -> int:
    """The first member of the role that has done nothing at the step yet, else the first."""
    members = range(plan.roles.get(plan.steps[step].role, 1))
    return next((member for member in members if (step, member) not in line), 0)


def _outcome(seen: Observation, trouble: Trouble | None, timing: str) -> Outcome:
    if seen.hang:
        return Outcome(seen, "hang", trouble.detail if trouble is not None and trouble.kind == "hang" else "still under way")
    return Outcome(seen, timing=timing)
