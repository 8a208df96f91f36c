"""What a cell came to, kept apart from its run, and how two such sights differ. Reads and writes no files."""

import msgspec

from harness.comparing.diff import step_changes
from harness.comparing.outcomes import Outcome, Place, laid_out, timings, yardsticks
from harness.records.baseline import Sight
from harness.records.comparison import StepChange
from harness.records.plan import Plan
from harness.records.run import Result

_encoder = msgspec.json.Encoder()


def sight_of(plan: Plan, result: Result) -> Sight:
    """What a result says, without ports, times and addresses."""
    return Sight(result.verdict, result.steps, result.trouble, timings(result, yardsticks(plan)))


def encoded(sight: Sight) -> bytes:
    """Bytes that are equal for equal sights."""
    return _encoder.encode(sight)


def fits(plan: Plan, sight: Sight) -> bool:
    """Whether a sight can be of this plan: a file that was changed by hand may say anything."""
    told = [seen.step for seen in sight.steps]
    if sight.trouble is not None and sight.trouble.step is not None:
        told.append(sight.trouble.step)
    return all(0 <= step < len(plan.steps) for step in told)


def changes(plan: Plan, before: Sight, after: Sight) -> tuple[StepChange, ...]:
    """The steps that came to something else; both sights are of this plan."""
    return tuple(step_changes(plan, laid_out_of(plan, before), laid_out_of(plan, after)))


def agree(plan: Plan, before: Sight, after: Sight) -> bool:
    """Nothing that reports would show is different: other bytes may stand for the same, as with numbers of errors."""
    return before.verdict == after.verdict and (
        encoded(before) == encoded(after) or not (_other_end(before, after) or changes(plan, before, after))
    )


def _other_end(before: Sight, after: Sight) -> bool:
    """One went on where the other had ended, or could not be played for another reason."""
    if before.trouble != after.trouble and not (before.steps or after.steps):
        return True
    return {(seen.step, seen.instance) for seen in before.steps} != {(seen.step, seen.instance) for seen in after.steps}


def laid_out_of(plan: Plan, sight: Sight) -> dict[Place, Outcome]:
    """What came of each step, in order."""
    return laid_out(plan, sight.steps, sight.trouble, sight.timing)
