"""Which targets behave alike: counts the steps over which two part, and bunches those that part least. Draws nothing."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations

from harness.comparing.behaviours import SILENT
from harness.records.comparison import QUIET, Comparison
from harness.records.page import PageMerge
from harness.runs.folder import Run

Separations = Sequence[Sequence[int | None]]
"""In how many steps each two targets part, by their places; nothing for two that no scenario compares."""


def separations(run: Run, comparison: Comparison) -> Separations:
    """In how many steps each two targets of a run part, in kinds that are not quiet."""
    counted = _counted(comparison, [target.id for target in run.header.targets])
    played = _played(run)
    return [
        [far if far or at == other or played[at] & played[other] else None for other, far in enumerate(row)]
        for at, row in enumerate(counted)
    ]


def _counted(comparison: Comparison, targets: Sequence[str]) -> list[list[int]]:
    place = {target: at for at, target in enumerate(targets)}
    table = [[0] * len(targets) for _ in targets]
    for group in comparison.groups:
        if group.kind in QUIET:
            continue
        for one, other in combinations([[place[target] for target in part] for part in group.parts], 2):
            for a in one:
                for b in other:
                    table[a][b] += len(group.differences)
                    table[b][a] += len(group.differences)
    return table


def _played(run: Run) -> list[int]:
    """For each target a bit for each scenario that says something of it: two without a common one may be alike or not."""
    bits = {scenario: 1 << at for at, scenario in enumerate(run.header.scenarios)}
    played = {target.id: 0 for target in run.header.targets}
    for (scenario, target), result in run.results.items():
        if result.verdict not in SILENT and result.verdict != "unsupported":
            played[target] |= bits[scenario]
    return list(played.values())


def bunched(table: Separations) -> tuple[tuple[PageMerge, ...], tuple[int, ...]]:
    """Merges from the nearest to the farthest (average linkage), and the order in which like is beside like.

    Of equally near ones the first in the order of the run: the same table gives the same picture. Bunches that nothing compares stay
    apart, and targets that are compared with no other come last.
    """
    bunches = _Bunches(table)
    merges = tuple(bunches.merges())
    left = sorted(bunches.members.values(), key=lambda members: (len(members) == 1, members[0]))
    return merges, tuple(target for members in left for target in members)


class _Bunches:
    """Bunches of targets, by number. Those that are near to each other wait in a heap, some of them for bunches that are no more."""

    def __init__(self, table: Separations) -> None:
        self.members = {at: [at] for at in range(len(table))}
        """The earliest target first."""
        self.links: dict[int, dict[int, tuple[int, int]]] = {at: {} for at in range(len(table))}
        """For each two bunches the steps over which their members part, added up, and how many pairs of members that are."""
        for a, b in combinations(range(len(table)), 2):
            far = table[a][b]
            if far is not None:
                self.links[a][b] = self.links[b][a] = (far, 1)
        self.near = [self._entry(a, b) for a, linked in self.links.items() for b in linked if a < b]
        heapify(self.near)

    def merges(self) -> Iterator[PageMerge]:
        """Make one bunch of the nearest two until nothing is left to compare."""
        new = len(self.members)
        while self.near:
            distance, _, _, left, right = heappop(self.near)
            if left in self.members and right in self.members:
                yield PageMerge(left, right, _rounded(distance))
                self._merge(left, right, new)
                new += 1

    def _entry(self, left: int, right: int) -> tuple[float, int, int, int, int]:
        steps, pairs = self.links[left][right]
        return steps / pairs, self.members[left][0], self.members[right][0], left, right

    def _merge(self, left: int, right: int, new: int) -> None:
        self.members[new] = _beside(self.members.pop(left), self.members.pop(right))
        one, other = self.links.pop(left), self.links.pop(right)
        self.links[new] = {}
        for each in (one.keys() | other.keys()) - {left, right}:
            (steps, pairs), (more_steps, more_pairs) = one.get(each, (0, 0)), other.get(each, (0, 0))
            self.links[each].pop(left, None)
            self.links[each].pop(right, None)
            self.links[new][each] = self.links[each][new] = (steps + more_steps, pairs + more_pairs)
            heappush(self.near, self._entry(each, new))


def _rounded(distance: float) -> float:
    """What is more than nothing stays so."""
    return max(round(distance, 2), 0.01) if distance else 0.0


def _beside(one: list[int], other: list[int]) -> list[int]:
    """The bunch with the earlier target first."""
    return one + other if one[0] < other[0] else other + one
