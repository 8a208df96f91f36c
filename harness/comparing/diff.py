"""Sets two runs, or two targets of one run, side by side: what is not what it was. Says nothing of causes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from harness.comparing.behaviours import SILENT
from harness.comparing.kinds import Camp, partings
from harness.comparing.outcomes import Outcome, Place, fingerprint, timeline, yardsticks
from harness.comparing.targets import counterparts, fact_changes, list_changes, stand, stands
from harness.language.mistakes import nearest
from harness.records.comparison import CellChange, FactChange, RunDiff, StepChange, Upgrade
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
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
    """What changed between two runs. Scenarios are matched by id and digest, targets as `counterparts` does it.

    Cells of a target whose facts are others now are told apart from those of targets that are what they were.
    """
    old, new = before.header, after.header
    stands_for = counterparts(stands(old.targets), stands(new.targets))
    common = [scenario for scenario in new.scenarios if scenario in old.scenarios]
    edited = tuple(scenario for scenario in common if old.scenarios[scenario] != new.scenarios[scenario])
    tally = _Tally(_pairs(before, after, [scenario for scenario in common if scenario not in set(edited)], stands_for))
    upgraded = tuple(_upgrades(old.targets, new.targets, stands_for, tally))
    apart = {upgrade.after for upgrade in upgraded}
    return RunDiff(
        before=before.folder.as_posix(),
        after=after.folder.as_posix(),
        changed=tuple(change for change in tally.changed if change.target not in apart),
        edited=edited,
        added_scenarios=_only(new.scenarios, old.scenarios),
        gone_scenarios=_only(old.scenarios, new.scenarios),
        added_targets=_only((target.id for target in new.targets), stands_for),
        gone_targets=_only((target.id for target in old.targets), stands_for.values()),
        missing_before=tally.missing_before,
        missing_after=tally.missing_after,
        unchanged=sum(count for target, count in tally.unchanged.items() if target not in apart),
        upgraded=upgraded,
        changed_scenarios=tally.scenarios(changed=True),
        unchanged_scenarios=tally.scenarios(changed=False),
    )


def diff_targets(run: Run, a: str, b: str) -> RunDiff:
    """What target `b` does otherwise than target `a` in one run; each change bears the id of `b`. Raises `UnknownTarget`."""
    known = [target.id for target in run.header.targets]
    for target in (a, b):
        if target not in known:
            raise UnknownTarget(target, known)
    tally = _Tally(
        Pair(run.plans[scenario], b, run.results.get((scenario, a)), run.results.get((scenario, b)))
        for scenario in run.header.scenarios
        if run.is_planned(scenario, a) and run.is_planned(scenario, b)
    )
    return RunDiff(
        before=a,
        after=b,
        changed=tuple(tally.changed),
        missing_before=tally.missing_before,
        missing_after=tally.missing_after,
        unchanged=sum(tally.unchanged.values()),
        changed_scenarios=tally.scenarios(changed=True),
        unchanged_scenarios=tally.scenarios(changed=False),
    )


def _pairs(before: Run, after: Run, scenarios: Iterable[str], stands_for: Mapping[str, str]) -> Iterator[Pair]:
    targets = [target.id for target in after.header.targets if target.id in stands_for]
    for scenario in scenarios:
        for target in targets:
            if before.is_planned(scenario, stands_for[target]) and after.is_planned(scenario, target):
                old, new = before.results.get((scenario, stands_for[target])), after.results.get((scenario, target))
                yield Pair(after.plans[scenario], target, old, new)


def _upgrades(
    old: Iterable[TargetRecord], new: Iterable[TargetRecord], stands_for: Mapping[str, str], tally: "_Tally"
) -> Iterator[Upgrade]:
    by_id = {target.id: target for target in old}
    for target in new:
        if target.id not in stands_for:
            continue
        was = by_id[stands_for[target.id]]
        changes = changed_facts(was, target)
        if changes or was.id != target.id:
            own = tuple(change for change in tally.changed if change.target == target.id)
            yield Upgrade(was.id, target.id, changes, own, tally.unchanged.get(target.id, 0))


def changed_facts(before: TargetRecord, after: TargetRecord) -> tuple[FactChange, ...]:
    """All facts that are others now; none where a target could not be started."""
    return (*fact_changes(stand(before).facts, stand(after).facts), *list_changes(before, after))


def _only(ones: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    apart = set(others)
    return tuple(each for each in ones if each not in apart)


class _Tally:
    """Counts cells as they are compared."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.changed: list[CellChange] = []
        self.missing_before = self.missing_after = 0
        self.unchanged: dict[str, int] = {}
        """By target."""
        self.compared: dict[str, bool] = {}
        """By scenario, whether any cell of it changed."""
        for pair in pairs:
            self._add(pair)

    def _add(self, pair: Pair) -> None:
        before, after = _telling(pair.before), _telling(pair.after)
        self.missing_before += before is None
        self.missing_after += after is None
        if before is None or after is None:
            return
        steps = tuple(_step_changes(pair.plan, before, after))
        has_changed = bool(steps) or before.verdict != after.verdict
        if has_changed:
            self.changed.append(CellChange(pair.plan.id, pair.target, before.verdict, after.verdict, steps))
        else:
            self.unchanged[pair.target] = self.unchanged.get(pair.target, 0) + 1
        self.compared[pair.plan.id] = has_changed or self.compared.get(pair.plan.id, False)

    def scenarios(self, *, changed: bool) -> tuple[str, ...]:
        """Of those with a cell that was compared, the ones in which one changed, or none did."""
        return tuple(scenario for scenario, has_changed in self.compared.items() if has_changed is changed)


def _telling(result: Result | None) -> Result | None:
    """A result that says something of its target; one that does not is as good as none."""
    return None if result is None or result.verdict in SILENT else result


def _step_changes(plan: Plan, before: Result, after: Result) -> Iterator[StepChange]:
    bounds = yardsticks(plan)
    if fingerprint(before, bounds) != fingerprint(after, bounds):
        yield from step_changes(plan, timeline(plan, before, bounds), timeline(plan, after, bounds))


def step_changes(plan: Plan, before: Mapping[Place, Outcome], after: Mapping[Place, Outcome]) -> Iterator[StepChange]:
    """Steps that both have and that came to something else. Those that only one has follow from an earlier change, or from the verdict."""
    for place in sorted(before.keys() & after.keys()):
        yield from _changes_at(plan, place, before[place], after[place])


def _changes_at(plan: Plan, place: Place, one: Outcome, other: Outcome) -> Iterator[StepChange]:
    if one == other:
        return
    step = plan.steps[place[0]]
    for parting in partings([Camp(("before",), one), Camp(("after",), other)], step.text):
        yield StepChange(place[0], step.text, parting.kind, one.shown(), other.shown())
