"""Make one run of several: targets by id and facts, scenarios by id and digest. What cannot be merged is said; nothing is concluded."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from harness.comparing.behaviours import SILENT
from harness.comparing.outcomes import fingerprint, yardsticks
from harness.compat.families import place
from harness.compat.records import RunConflict
from harness.history.taking import identity
from harness.records.facts import Facts
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run

Cell = tuple[str, str]
"""Scenario and target."""

_OF_A_MOMENT = frozenset({"settings", "hostname", "services", "names", "constants", "classes"})
"""Facts that may be otherwise the next time, or follow from others; a target stays the same one."""


class Merged(Struct, frozen=True):
    """Several runs as one."""

    run: Run
    """Its targets are those that tell of one interpreter alone; of its results those that can be relied on."""
    runs: tuple[Run, ...]
    conflicts: tuple[RunConflict, ...]
    left_out: dict[str, str]
    """Targets that are not in it, and what else was not taken, with the reason."""
    unsure: dict[str, tuple[str, ...]]
    """By target, scenarios whose cells cannot be relied on."""
    unplayed: dict[str, int]
    """By target, how many scenarios were planned, and have no cell."""


def merge(runs: Sequence[Run]) -> Merged:
    """The runs as one; of edited scenarios what they mean in the newest run that has them."""
    ordered = _in_order(runs)
    plans = _newest(ordered)
    tally = _Tally(plans)
    for run in ordered:
        tally.add(run)
    return tally.merged(ordered)


def _in_order(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The oldest first; those that began in the same second by their content, in whatever order they were given."""
    begun = Counter(run.header.started for run in runs)

    def place_of(run: Run) -> tuple[object, ...]:
        alone = begun[run.header.started] == 1
        return (run.header.started, *(() if alone else structs.astuple(identity(run))))

    return tuple(sorted(runs, key=place_of))


def _newest(runs: Iterable[Run]) -> dict[str, Plan]:
    found = {plan.id: plan for run in runs for plan in run.plans.values()}
    return dict(sorted(found.items()))


class _Tally:
    """Takes runs one after the other, the oldest first."""

    def __init__(self, plans: Mapping[str, Plan]) -> None:
        self.plans = plans
        self.targets: dict[str, TargetRecord] = {}
        self.planned: dict[str, set[str]] = {}
        """By target, scenarios that it was to play."""
        self.results: dict[Cell, Result] = {}
        self.disputed: dict[Cell, None] = {}
        self.seen: dict[Cell, None] = {}
        """Cells with a result of any kind."""
        self.names: dict[str, int] = {}
        """How many runs of one moment there were."""
        self.edited: dict[str, str] = {}
        """By run, what of it was not taken."""
        self.refused: list[tuple[str, str, str]] = []
        """Target, run, and why nothing is concluded from it there."""

    def add(self, run: Run) -> None:
        name_of_run = self._name(run)
        edited = [scenario for scenario, digest in run.header.scenarios.items() if self.plans[scenario].digest != digest]
        if edited:
            self.edited[name_of_run] = f"{len(edited)} of its scenarios have been edited since, {edited[0]} for one"
        names = dict(self._admitted(run, name_of_run))
        for target, name in names.items():
            planned = (scenario for scenario in run.header.scenarios if run.is_planned(scenario, target))
            self.planned.setdefault(name, set()).update(set(planned) - set(edited))
            self._add_results(run, target, name, frozenset(edited))

    def _admitted(self, run: Run, name_of_run: str) -> Iterator[tuple[str, str]]:
        """Targets of the run that tell of one interpreter, with the name that they have among all."""
        for target in run.header.targets:
            reason = _reason_against(target)
            if reason:
                self.refused.append((target.id, name_of_run, reason))
            else:
                yield target.id, self._named(target)

    def _named(self, target: TargetRecord) -> str:
        """Its id; with a number where another target has it already."""
        name, number = target.id, 1
        while name in self.targets and not _is_same(self.targets[name].facts, target.facts):
            number += 1
            name = f"{target.id}#{number}"
        self.targets[name] = structs.replace(target, id=name)
        return name

    def _add_results(self, run: Run, target: str, name: str, edited: frozenset[str]) -> None:
        for scenario in run.header.scenarios:
            result = run.results.get((scenario, target))
            if result is not None and scenario not in edited:
                self.seen[scenario, name] = None
                if is_telling(result):
                    self._add_result((scenario, name), structs.replace(result, target=name))

    def _add_result(self, cell: Cell, result: Result) -> None:
        before = self.results.get(cell)
        if before is not None and not _agree(self.plans[cell[0]], before, result):
            self.disputed[cell] = None
        self.results[cell] = result

    def merged(self, runs: tuple[Run, ...]) -> Merged:
        results = {cell: result for cell, result in self.results.items() if cell not in self.disputed}
        first = runs[0]
        targets = tuple(self.targets[name] for name in self._order())
        digests = {scenario: plan.digest for scenario, plan in self.plans.items()}
        header = structs.replace(first.header, targets=targets, scenarios=digests, cells=len(targets) * len(digests))
        return Merged(
            run=Run(first.folder, header, dict(self.plans), results, None),
            runs=runs,
            conflicts=tuple(_conflicts(self.disputed)),
            left_out=dict(sorted(self._left_out().items())),
            unsure=dict(self._unsure(results)),
            unplayed={name: count for name in self._order() if (count := self._unplayed(name))},
        )

    def _left_out(self) -> dict[str, str]:
        """A target of which other runs tell is named with the run that does not."""
        refused = {f"{name}, {run}" if name in self.targets else name: reason for name, run, reason in self.refused}
        return self.edited | refused

    def _name(self, run: Run) -> str:
        """`run of 2026-01-31T12:00:00`; with a number where several began at the same moment."""
        name = f"run of {run.header.started[:19]}"
        self.names[name] = self.names.get(name, 0) + 1
        return name if self.names[name] == 1 else f"{name} #{self.names[name]}"

    def _place(self, name: str) -> tuple[object, ...]:
        facts = self.targets[name].facts
        return (place(facts) if facts is not None else (), name)

    def _order(self) -> list[str]:
        return sorted(self.targets, key=self._place)

    def _unsure(self, results: Mapping[Cell, Result]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name in self._order():
            doubtful = tuple(sorted(scenario for scenario, target in self.seen if target == name and (scenario, target) not in results))
            if doubtful:
                yield name, doubtful

    def _unplayed(self, name: str) -> int:
        return sum(1 for scenario in self.planned[name] if (scenario, name) not in self.seen)


def is_telling(result: Result) -> bool:
    """The cell says something of its target, and said the same each time it was played."""
    return result.verdict not in SILENT and not result.flaky


def _reason_against(target: TargetRecord) -> str:
    """Why nothing is concluded from a target; empty if something is."""
    if target.trouble or target.facts is None:
        return f"it could not be started: {target.trouble}" if target.trouble else "it was never started"
    if target.helper:
        return f"the roles that wait for it are played by {target.helper}"
    if target.partners:
        return "its roles are played by two interpreters"
    return f"it was run under the network condition {target.network}" if target.network else ""


def _is_same(one: Facts | None, other: Facts | None) -> bool:
    if one is None or other is None:
        return one is other
    fields = [name for name in Facts.__struct_fields__ if name not in _OF_A_MOMENT]
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def _agree(plan: Plan, one: Result, other: Result) -> bool:
    bounds = yardsticks(plan)
    return one.verdict == other.verdict and fingerprint(one, bounds) == fingerprint(other, bounds)


def _conflicts(disputed: Iterable[Cell]) -> Iterator[RunConflict]:
    by_target: dict[str, list[str]] = {}
    for scenario, target in disputed:
        by_target.setdefault(target, []).append(scenario)
    for target in sorted(by_target):
        yield RunConflict(target, tuple(sorted(by_target[target])))
