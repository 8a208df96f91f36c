"""Gathers differences of one kind that part the targets in the same way. Finds no differences and no causes itself."""

from collections.abc import Iterable, Mapping

from harness.comparing.causes import Parts
from harness.comparing.kinds import GRAVITY
from harness.records.comparison import QUIET, Difference, DifferenceGroup, DifferenceKind

UNMET = "unsupported: needs "
"""What a target is shown to have done that was not played on because of a need."""


def parts_of(difference: Difference) -> Parts:
    """The targets of each behaviour."""
    return tuple(behaviour.targets for behaviour in difference.behaviours)


def grouped(differences: Iterable[Difference], order: Mapping[str, int]) -> tuple[DifferenceGroup, ...]:
    """Groups of differences: loud before quiet, what was done before what was not played for an unmet need, explained before unexplained,
    then the one with the most differences, the gravest kind, the first targets. `order` is the place of each target in the run."""
    gathered: dict[tuple[DifferenceKind, Parts], list[Difference]] = {}
    for difference in differences:
        gathered.setdefault((difference.kind, parts_of(difference)), []).append(difference)
    groups = (_group(kind, parts, members) for (kind, parts), members in gathered.items())
    return tuple(sorted(groups, key=lambda group: _rank(group, order)))


def _group(kind: DifferenceKind, parts: Parts, members: list[Difference]) -> DifferenceGroup:
    causes = tuple(_common({member.behaviours[at].cause for member in members}) for at in range(len(parts)))
    return DifferenceGroup(kind, parts, causes, tuple(members), len({member.scenario for member in members}))


def _common(causes: set[str]) -> str:
    """Absences of different names can explain differences of one group; they have no cause in common then."""
    return causes.pop() if len(causes) == 1 else ""


def _is_of_needs(group: DifferenceGroup) -> bool:
    """Some targets only lack what the scenarios need."""
    return any(behaviour.shown.startswith(UNMET) for behaviour in group.differences[0].behaviours)


def _rank(group: DifferenceGroup, order: Mapping[str, int]) -> tuple[object, ...]:
    targets = [[order[target] for target in part] for part in group.parts]
    return group.kind in QUIET, _is_of_needs(group), not all(group.causes), -len(group.differences), GRAVITY.index(group.kind), targets
