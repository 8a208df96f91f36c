"""Who behaves alike."""

from harness.comparing.behaviours import compare
from harness.pages.likeness import bunched, separations
from harness.records.page import PageMerge
from tests.reports.making import NEW, OLD, OTHER, small_run


def test_steps_over_which_targets_part() -> None:
    assert separations(compare(small_run()), [OLD, NEW, OTHER]) == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


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
