"""What is told of one scenario: its steps, what came of them, how long they took, and the verdicts. Knows no HTML and no differences."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.comparing.outcomes import Outcome, Place, fingerprint, timeline, yardsticks
from harness.pages.tables import LONGEST, Tables, shown
from harness.records.known import Known
from harness.records.observation import GOOD
from harness.records.page import (
    PageCamp,
    PageChunk,
    PageDetails,
    PageDetailsChunk,
    PageOutcome,
    PageStep,
    PageVariation,
    PageVerdict,
)
from harness.records.plan import Plan, Step, Variation
from harness.records.run import Result
from harness.reports.material import short_file
from harness.reports.timeline import repeated_steps
from harness.reports.wording import expectation_words
from harness.runs.folder import Run

Reproducer = Callable[[Plan], str]
"""A program that shows what a scenario shows; empty where there is none."""

Expected = Mapping[tuple[str, str], Known]
"""By cell (scenario, target), the entry that says that it departs."""

CHUNK = 120
"""Scenarios told in one chunk: small enough to be read at once, large enough to have much in common."""


def chunks_of(run: Run) -> tuple[PageChunk, ...]:
    """The scenarios of a run in portions, in their order."""
    count = len(run.header.scenarios)
    return tuple(PageChunk(first, min(CHUNK, count - first)) for first in range(0, count, CHUNK))


def chunk(run: Run, portion: PageChunk, reproducer: Reproducer | None = None, expected: Expected | None = None) -> PageDetailsChunk:
    """The details of a portion of the scenarios. `expected` are the red cells that are known."""
    tables = Tables({target.id: at for at, target in enumerate(run.header.targets)})
    names = list(run.header.scenarios)[portion.first : portion.first + portion.count]
    told = tuple(_Teller(run, run.plans[name], tables, expected or {}).details(reproducer) for name in names)
    return PageDetailsChunk(told, tables.texts, tables.lists)


class _Teller:
    """Tells one scenario."""

    def __init__(self, run: Run, plan: Plan, tables: Tables, expected: Expected) -> None:
        self.plan = plan
        self.run = run
        self.known = expected
        self.tables = tables
        self.targets = [target.id for target in run.header.targets]
        self.planned = [target for target in self.targets if run.is_planned(plan.id, target)]
        found = ((target, run.results.get((plan.id, target))) for target in self.targets)
        self.results: dict[str, Result] = {target: result for target, result in found if result is not None}

    def details(self, reproducer: Reproducer | None) -> PageDetails:
        plan, tables = self.plan, self.tables
        again = repeated_steps(plan)
        program = reproducer(plan) if reproducer else ""
        return PageDetails(
            about=tables.text(" ".join(plan.about.split())),
            file=shown(short_file(plan.file, plan.id)),
            needs=tables.texts_of(need.text for need in plan.needs),
            roles=plan.roles,
            steps=tuple(self._step(step, again=step.call.n in again) for step in plan.steps),
            outcomes=tuple(self._outcomes()),
            verdicts=tuple(self._verdicts()),
            own_process=plan.own_process,
            flaky=tuple((at, shown(", ".join(result.flaky))) for at, result in self._placed() if result.flaky),
            leaks=tuple((at, shown("; ".join(result.leaks))) for at, result in self._placed() if result.leaks),
            reproduction=tuple(tables.line(line) for line in program.splitlines()),
        )

    def _placed(self) -> Iterator[tuple[int, Result]]:
        return ((at, self.results[target]) for at, target in enumerate(self.targets) if target in self.results)

    # -- steps

    def _step(self, step: Step, *, again: bool) -> PageStep:
        return PageStep(
            role=self.tables.text(step.role),
            text=self.tables.text(step.text),
            line=step.place.line,
            kind=step.call.kind,
            job=step.call.job,
            expect=self.tables.texts_of(expectation_words(step.expect)),
            varies=tuple(map(self._variation, step.varies)),
            gives=tuple(_gives(self.plan, step)),
            again=again,
        )

    def _variation(self, variation: Variation) -> PageVariation:
        return PageVariation(
            when=self.tables.text(variation.when),
            then=self.tables.text(", ".join(expectation_words(variation.expect)) or "no exception"),
            because=self.tables.text(variation.because),
            see=self.tables.texts_of(variation.see),
            observed=variation.observed,
        )

    # -- outcomes

    def _outcomes(self) -> Iterator[PageOutcome]:
        lines = self._lines()
        times = {target: _times(result) for target, result in self.results.items()}
        for place in sorted({place for _, line in lines for place in line}):
            yield PageOutcome(place[0], self._camps(lines, place), place[1], self._seconds(times, place))

    def _lines(self) -> list[tuple[list[str], dict[Place, Outcome]]]:
        """What came of each step; targets that agree at every step are looked at once."""
        bounds = yardsticks(self.plan)
        alike: dict[bytes, list[str]] = {}
        for target, result in self.results.items():
            alike.setdefault(fingerprint(result, bounds), []).append(target)
        return [(targets, timeline(self.plan, self.results[targets[0]], bounds)) for targets in alike.values()]

    def _camps(self, lines: Sequence[tuple[list[str], Mapping[Place, Outcome]]], place: Place) -> tuple[PageCamp, ...]:
        """The most first; of equally many the first target."""
        by_shown: dict[str, list[str]] = {}
        for targets, line in lines:
            if place in line:
                by_shown.setdefault(line[place].shown(LONGEST), []).extend(targets)
        ordered = sorted(by_shown.items(), key=lambda entry: -len(entry[1]))
        return tuple(PageCamp(self.tables.targets(targets), self.tables.text(text)) for text, targets in ordered)

    def _seconds(self, times: Mapping[str, Mapping[Place, float]], place: Place) -> str:
        return "".join(letter_of(times.get(target, {}).get(place, 0.0)) for target in self.targets).rstrip()

    # -- verdicts

    def _verdicts(self) -> Iterator[PageVerdict]:
        alike: dict[tuple[str, str, int | None, str, str, str], list[str]] = {}
        for target in self.targets:
            key = self._key(target)
            if key is not None:
                alike.setdefault(key, []).append(target)
        for (verdict, why, step, ground, known, see), targets in alike.items():
            yield PageVerdict(
                targets=self.tables.targets(targets),
                verdict=verdict or None,  # type: ignore[arg-type]  # one of VERDICTS, as a result has it
                grounds=self.tables.optional(why),
                step=step,
                ground=ground,
                known=self.tables.optional(known),
                see=self.tables.optional(see),
            )

    def _key(self, target: str) -> tuple[str, str, int | None, str, str, str] | None:
        """What is said of a target; nothing where nothing was planned, unless it is known why."""
        cell = (self.plan.id, target)
        result = self.results.get(target)
        if result is not None:
            known = self.known.get(cell)
            why = (known.reason, known.see) if known else ("", "")
            return result.verdict, grounds(result), result.step, result.ground, *why
        if cell in self.run.excused:
            return "", "", None, "", self.run.excused[cell], ""
        return ("", "", None, "", "", "") if target in self.planned else None


def grounds(result: Result) -> str:
    """Why a verdict is not a pass."""
    if result.verdict == "pass":
        return ""
    if result.verdict not in GOOD and result.expected:
        return f"expected {result.expected}, observed {result.observed}"
    return result.reason


def _gives(plan: Plan, step: Step) -> Iterator[tuple[str, str]]:
    """Names that this step sets and that another role reads later, each role once, together."""
    readers: dict[str, list[str]] = {}
    for later in plan.steps[step.call.n + 1 :] if step.export else ():
        if later.role != step.role:
            readers.setdefault(later.role, []).extend(name for name in step.export if name in later.reads)
    for role, names in readers.items():
        if names:
            yield ", ".join(dict.fromkeys(names)), role


# -------------------------------------------------------------------------------------------------------------- times

FIRST_LETTER = ord("#")
STEPS_A_DECADE = 11
SHORTEST, LONGEST_TIME = 1e-6, 100.0


def letter_of(seconds: float) -> str:
    """A time as one letter, to about a tenth of itself: `#` is a microsecond, and eleven letters on it is ten times as long."""
    if seconds <= 0:
        return " "
    bounded = min(max(seconds, SHORTEST), LONGEST_TIME)
    return chr(FIRST_LETTER + round(STEPS_A_DECADE * math.log10(bounded / SHORTEST)))


def _times(result: Result) -> dict[Place, float]:
    pairs: Sequence[tuple[Place, float]] = [
        ((seen.step, seen.instance), seconds) for seen, seconds in zip(result.steps, result.volatile.seconds, strict=False)
    ]
    return dict(pairs)
