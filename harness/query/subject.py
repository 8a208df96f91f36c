"""What a query looks at: a scenario with its cells and its differences, made of a run and a comparison. Evaluates nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from harness.gates.gate import gate
from harness.records.comparison import QUIET, Behaviour, Comparison, Difference, DifferenceKind
from harness.records.observation import Verdict
from harness.records.plan import Plan
from harness.runs.folder import Run


class Cell(Struct, frozen=True, omit_defaults=True):
    """A scenario on a target."""

    target: str
    verdict: Verdict | None = None
    """None: no result."""
    flaky: bool = False
    unplanned: bool = False
    """It was never to be played: no query picks it."""
    known: bool = False
    """It is red, and that is known."""


class Trait(Struct, frozen=True, omit_defaults=True):
    """What a query can ask of a difference."""

    kind: DifferenceKind
    causes: tuple[str, ...] = ()
    """One for each behaviour; empty texts: not explained."""
    odd: tuple[str, ...] = ()
    """Targets that are not in the behaviour with the most; where several have the most, all of them."""
    documented: bool = False


class Subject(Struct, frozen=True, omit_defaults=True):
    """One scenario of a run."""

    id: str
    title: str = ""
    tags: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    """Names of what it calls, without their owners: `recv`."""
    cells: tuple[Cell, ...] = ()
    differences: tuple[Trait, ...] = ()

    @property
    def area(self) -> str:
        """First part of the id."""
        return self.id.split("/", 1)[0]

    @property
    def differs(self) -> bool:
        """In a kind that is not quiet."""
        return any(each.kind not in QUIET for each in self.differences)


def subjects(run: Run, comparison: Comparison) -> Iterator[Subject]:
    """Every scenario of a run, in its order; `differences` are in the order of `by_scenario`."""
    differences = by_scenario(comparison)
    targets = [target.id for target in run.header.targets]
    expected = gate(run).expected
    for name in run.header.scenarios:
        cells = tuple(_cell(run, name, target, known=(name, target) in expected) for target in targets)
        yield subject_of(run.plans[name], cells, differences.get(name, ()))


def by_scenario(comparison: Comparison) -> dict[str, list[Difference]]:
    """Differences of each scenario, in the order of the groups."""
    found: dict[str, list[Difference]] = {}
    for group in comparison.groups:
        for difference in group.differences:
            found.setdefault(difference.scenario, []).append(difference)
    return found


def subject_of(plan: Plan, cells: Sequence[Cell], differences: Sequence[Difference]) -> Subject:
    """One scenario."""
    return Subject(plan.id, plan.title, plan.tags, plan.see, calls(plan), tuple(cells), tuple(map(trait_of, differences)))


def trait_of(difference: Difference) -> Trait:
    """What a query can ask of a difference."""
    causes = tuple(behaviour.cause for behaviour in difference.behaviours)
    return Trait(difference.kind, causes, odd_ones(difference.behaviours), bool(difference.because))


def odd_ones(behaviours: Sequence[Behaviour]) -> tuple[str, ...]:
    """Targets that are not with the most."""
    sizes = [len(behaviour.targets) for behaviour in behaviours]
    alone = sizes.count(max(sizes)) == 1
    return tuple(target for each in behaviours if not alone or len(each.targets) < max(sizes) for target in each.targets)


def calls(plan: Plan) -> tuple[str, ...]:
    """Sorted names of the functions, methods and helpers that a scenario calls."""
    return tuple(sorted({name for step in plan.steps for name in _called(step.call.do)}))


def _called(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if not isinstance(tree, list):
        return
    if tree[:1] == ["call"] and len(tree) > 1 and isinstance(tree[1], list):
        yield str(tree[1][-1])
    if tree[:1] == ["help"] and len(tree) > 1:
        yield str(tree[1])
    for part in tree:
        yield from _called(part)


def _cell(run: Run, scenario: str, target: str, *, known: bool) -> Cell:
    result = run.results.get((scenario, target))
    if result is None:
        return Cell(target, unplanned=not run.is_planned(scenario, target))
    return Cell(target, result.verdict, bool(result.flaky), known=known)
