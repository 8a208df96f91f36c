"""Numbers and sets of targets in words."""

from harness.reports.counting import named, several


def test_one_and_many() -> None:
    assert several(1, "step") == "1 step"
    assert several(0, "step") == "0 steps"
    assert several(2, "class", "classes") == "2 classes"


def test_targets_are_named_shortly() -> None:
    assert named(["a", "b"], 5) == "a, b"
    assert named(["a", "b", "c"], 3) == "all 3 targets"
    assert named(["a"], 1) == "a"
    assert named(list("abcdefg"), 9, most=2) == "a, b and 5 more"
