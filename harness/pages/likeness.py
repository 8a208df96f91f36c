"""Which targets behave alike: counts the steps over which two part, and bunches those that part least. Draws nothing."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from harness.records.comparison import QUIET, Comparison
from harness.records.page import PageMerge


def separations(comparison: Comparison, targets: Sequence[str]) -> list[list[int]]:
    """In how many steps each two targets part, in kinds that are not quiet; by their places."""
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


def bunched(table: Sequence[Sequence[int]]) -> tuple[tuple[PageMerge, ...], tuple[int, ...]]:
    """Merges from the nearest to the farthest (average linkage), and the order in which like is beside like.

    Of equally near ones the first in the order of the run: the same table gives the same picture.
    """
    members: dict[int, list[int]] = {at: [at] for at in range(len(table))}
    merges: list[PageMerge] = []
    distance = {(a, b): float(table[a][b]) for a, b in combinations(range(len(table)), 2)}
    while len(members) > 1:
        left, right = min(distance, key=lambda pair: (distance[pair], min(members[pair[0]]), min(members[pair[1]])))
        new = len(table) + len(merges)
        merges.append(PageMerge(left, right, round(distance[left, right], 2)))
        for other in members.keys() - {left, right}:
            weights = [(len(members[each]), distance.pop(_pair(each, other))) for each in (left, right)]
            distance[other, new] = sum(count * far for count, far in weights) / sum(count for count, _ in weights)
        distance.pop((left, right))
        members[new] = _beside(members.pop(left), members.pop(right))
    return tuple(merges), tuple(next(iter(members.values()), ()))


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _beside(one: Iterable[int], other: Iterable[int]) -> list[int]:
    """The bunch with the earlier target first."""
    first, second = list(one), list(other)
    return first + second if min(first) < min(second) else second + first
