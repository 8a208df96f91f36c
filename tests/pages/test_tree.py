"""The picture of who behaves alike."""

from harness.pages.tree import ROW, tree
from harness.records.page import PageMerge


def test_the_farther_apart_the_farther_to_the_left() -> None:
    made = tree((PageMerge(1, 2, 1.0), PageMerge(0, 3, 4.0)), (0, 1, 2), ("a", "b", "c"))
    assert made is not None
    assert made.height == 3 * ROW
    assert [line.path for line in made.lines] == ["M174.0 42H90.0V70H174.0", "M174.0 14H6.0V56H90.0"]
    assert made.words == "b and c part in 1 step on average; a and b with 1 other part in 4 steps on average"


def test_targets_that_all_behave_alike() -> None:
    made = tree((PageMerge(0, 1, 0.0),), (0, 1), ("a", "b"))
    assert made is not None
    assert [line.path for line in made.lines] == ["M174.0 14H174.0V42H174.0"]


def test_there_is_no_picture_of_one() -> None:
    assert tree((), (0,), ("a",)) is None


def test_less_than_one_step_is_more_than_none() -> None:
    made = tree((PageMerge(0, 1, 0.0), PageMerge(2, 3, 0.4), PageMerge(4, 5, 1.4)), (0, 1, 2, 3), ("a", "b", "c", "d"))
    assert made is not None
    assert [line.words for line in made.lines] == [
        "part in 0 steps on average",
        "part in less than 1 step on average",
        "part in 1 step on average",
    ]


def test_targets_that_are_compared_with_nobody_have_a_row_and_no_line() -> None:
    made = tree((PageMerge(1, 2, 3.0),), (1, 2, 0), ("a", "b", "c"))
    assert made is not None
    assert (made.height, made.words) == (3 * ROW, "b and c part in 3 steps on average")
    assert [line.path for line in made.lines] == ["M174.0 14H6.0V42H174.0"]
