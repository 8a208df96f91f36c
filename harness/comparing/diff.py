"""Sets two runs, or two targets of one run, side by side: what is not what it was. Says nothing of causes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from harness.comparing.kinds import Camp, partings
from harness.comparing.outcomes import Outcome, fingerprint, timeline, yardsticks
from harness.language.mistakes import nearest
from harness.records.comparison import CellChange, RunDiff, StepChange
from harness.records.plan import Plan
from harness.records.run import Result
from harness.runs.folder import Run


class UnknownTarget(Exception):
    """A run has no target of that id. `hint` is the nearest one it has, or empty."""

    def __init__(self, target: str, known: Sequence[str]) -> None:
        self.target = target
        self.known = tuple(known)
        self.hint = nearest(target, known)
        advice = f"did you mean '{self.hint}'?" if self.hint else f"it has {', '.join(known) or 'none'}"
        super().__init__(f"the run has no target '{target}'; {advice}")


class Pair(Struct, frozen=True):
    """One cell, before and after."""

    plan: Plan
    target: str
    before: Result | None
    after: Result | None


def diff(before: Run, after: Run) -> RunDiff:
    """What changed between two runs. Targets are matched by id, scenarios by id and digest."""
    old, new = before.header, after.header
    old_targets, new_targets = [target.id for target in old.targets], [target.id for target in new.targets]
    common = [scenario for scenario in new.scenarios if scenario in old.scenarios]
    same = [scenario for scenario in common if old.scenarios[scenario] == new.scenarios[scenario]]
    pairs = (
        Pair(after.plans[scenario], target, before.results.get((scenario, target)), after.results.get((scenario, target)))
        for scenario in same
        for target in _both(new_targets, old_targets)
    )
    return _Tally(pairs).sum_up(
        before=before.folder.as_posix(),
        after=after.folder.as_posix(),
        edited=tuple(scenario for scenario in common if old.scenarios[scenario] != new.scenarios[scenario]),
        added_scenarios=_only(new.scenarios, old.scenarios),
        gone_scenarios=_only(old.scenarios, new.scenarios),
        added_targets=_only(new_targets, old_targets),
        gone_targets=_only(old_targets, new_targets),
    )


def diff_targets(run: Run, a: str, b: str) -> RunDiff:
    """What target `b` does otherwise than target `a` in one run; each change bears the id of `b`. Raises `UnknownTarget`."""
    known = [target.id for target in run.header.targets]
    for target in (a, b):
        if target not in known:
            raise UnknownTarget(target, known)
    pairs = (
        Pair(run.plans[scenario], b, run.results.get((scenario, a)), run.results.get((scenario, b))) for scenario in run.header.scenarios
    )
    return _Tally(pairs).sum_up(before=a, after=b)


def _both(ones: Iterable[str], others: Iterable[str]) -> list[str]:
    return [each for each in ones if each in others]


def _only(ones: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    return tuple(each for each in ones if each not in others)


class _Tally:
    """Counts cells as they are compared."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.changed: list[CellChange] = []
        self.missing_before = self.missing_after = self.unchanged = 0
        for pair in pairs:
            self._add(pair)

    def _add(self, pair: Pair) -> None:
        self.missing_before += pair.before is None
        self.missing_after += pair.after is None
        if pair.before is None or pair.after is None:
            return
        steps = tuple(_step_changes(pair.plan, pair.before, pair.after))
        if steps or pair.before.verdict != pair.after.verdict:
            self.changed.append(CellChange(pair.plan.id, pair.target, pair.before.verdict, pair.after.verdict, steps))
        else:
            self.unchanged += 1

    def sum_up(
        self,
        *,
        before: str,
        after: str,
        edited: tuple[str, ...] = (),
        added_scenarios: tuple[str, ...] = (),
        gone_scenarios: tuple[str, ...] = (),
        added_targets: tuple[str, ...] = (),
        gone_targets: tuple[str, ...] = (),
    ) -> RunDiff:
        return RunDiff(
            before=before,
            after=after,
            changed=tuple(self.changed),
            edited=edited,
            added_scenarios=added_scenarios,
            gone_scenarios=gone_scenarios,
            added_targets=added_targets,
            gone_targets=gone_targets,
            missing_before=self.missing_before,
            missing_after=self.missing_after,
            unchanged=self.unchanged,
        )


def _step_changes(plan: Plan, before: Result, after: Result) -> Iterator[StepChange]:
    """Steps that both have. Those that only one has follow from an earlier change, or from the verdict."""
    bounds = yardsticks(plan)
    if fingerprint(before, bounds) == fingerprint(after, bounds):
        return
    old, new = timeline(plan, before, bounds), timeline(plan, after, bounds)
    for place in sorted(old.keys() & new.keys()):
        yield from _changes_at(plan, place, old, new)


def _changes_at(
    plan: Plan, place: tuple[int, int], old: Mapping[tuple[int, int], Outcome], new: Mapping[tuple[int, int], Outcome]
) -> Iterator[StepChange]:
    one, other = old[place], new[place]
    if one == other:
        return
    step = plan.steps[place[0]]
    for parting in partings([Camp(("before",), one), Camp(("after",), other)], step.text):
        yield StepChange(place[0], step.text, parting.kind, one.shown(), other.shown())
