"""Who behaves alike."""

from itertools import combinations
from math import isqrt

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.comparing.behaviours import compare
from harness.pages.likeness import bunched, separations
from harness.records.observation import Trouble
from harness.records.page import PageMerge
from harness.records.run import TargetRecord
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, greeted_on, plan_of, refused_on, run_of, small_run, troubled


def test_steps_over_which_targets_part() -> None:
    assert separations(small_run(), compare(small_run())) == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


def test_targets_without_a_common_scenario_are_neither_alike_nor_different() -> None:
    nothing = TargetRecord("cmd:false", "cmd:false", None, "it ended with 1")
    failed = troubled("connect/refused", REFUSED, "cmd:false", Trouble("error", "the target could not be started"))
    unmet = troubled("connect/refused", REFUSED, OTHER, Trouble("unsupported", "needs root, and here root is false"))
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
    run = run_of([refused_on(OLD), refused_on(NEW), failed, unmet, greeted_on(NEW), greeted_on(OTHER)], plans, targets=(*TARGETS, nothing))
    table = separations(run, compare(run))
    assert table == [[0, 1, None, None], [1, 0, 0, None], [None, 0, 0, None], [None, None, None, 0]]
    assert bunched(table) == ((PageMerge(1, 2, 0.0), PageMerge(0, 4, 1.0)), (0, 1, 2, 3))


def test_who_is_compared_with_nobody_comes_last() -> None:
    assert bunched([[0, None, None], [None, 0, 3], [None, 3, 0]]) == ((PageMerge(1, 2, 3.0),), (1, 2, 0))
    assert bunched([[0, None], [None, 0]]) == ((), (0, 1))


def test_a_small_distance_is_not_rounded_to_none() -> None:
    far = [[0] * 301 for _ in range(301)]
    for at in range(1, 300):
        far[at][300] = far[300][at] = int(at == 1)
    far[0][300] = far[300][0] = 2
    assert bunched(far)[0][-1].distance == 0.01


@settings(deadline=None)
@given(
    st.integers(0, 9).flatmap(lambda size: st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=size * size, max_size=size * size))
)
def test_the_heap_finds_what_looking_at_all_pairs_finds(cells: list[int | None]) -> None:
    size = isqrt(len(cells))
    table = [[0 if a == b else cells[min(a, b) * size + max(a, b)] for b in range(size)] for a in range(size)]
    assert bunched(table) == plainly_bunched(table)


def plainly_bunched(table: list[list[int | None]]) -> tuple[tuple[PageMerge, ...], tuple[int, ...]]:
    """Looks at every pair of bunches, and at every pair of their members, before each merge."""
    members = {at: [at] for at in range(len(table))}
    merges: list[PageMerge] = []
    while True:
        near = []
        for left, right in combinations(sorted(members), 2):
            known = [far for a in members[left] for b in members[right] if (far := table[a][b]) is not None]
            if known:
                near.append((sum(known) / len(known), min(members[left]), min(members[right]), left, right))
        if not near:
            left_over = sorted(members.values(), key=lambda each: (len(each) == 1, min(each)))
            return tuple(merges), tuple(target for each in left_over for target in each)
        distance, _, _, left, right = min(near)
        pair = sorted((members.pop(left), members.pop(right)), key=min)
        members[len(table) + len(merges)] = pair[0] + pair[1]
        merges.append(PageMerge(left, right, max(round(distance, 2), 0.01) if distance else 0.0))


def test_hundreds_of_targets_are_bunched() -> None:
    size = 400
    table = [[abs(a - b) * (a ^ b) % 997 for b in range(size)] for a in range(size)]
    merges, order = bunched(table)
    assert (len(merges), sorted(order)) == (size - 1, list(range(size)))


def test_those_that_part_least_come_together_first() -> None:
    merges, order = bunched([[0, 9, 2, 9], [9, 0, 9, 1], [2, 9, 0, 9], [9, 1, 9, 0]])
    assert merges == (PageMerge(1, 3, 1.0), PageMerge(0, 2, 2.0), PageMerge(4, 5, 9.0))
    assert order == (0, 2, 1, 3)


def test_a_bunch_is_as_far_away_as_its_members_on_average() -> None:
    merges, _ = bunched([[0, 0, 4, 8], [0, 0, 4, 8], [4, 4, 0, 8], [8, 8, 8, 0]])
    assert [merge.distance for merge in merges] == [0.0, 4.0, 8.0]


def test_one_target_is_alone() -> None:
    assert bunched([[0]]) == ((), (0,))
    assert bunched([]) == ((), ())
