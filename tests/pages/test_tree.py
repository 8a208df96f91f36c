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
