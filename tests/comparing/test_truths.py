"""A condition is looked at once on the same facts, and again on others that look the same."""

import pytest

from harness.comparing.truths import Truths
from harness.language.predicates import Predicate, parse
from tests.comparing.telling import facts


def test_places_of_those_on_which_a_condition_holds_are_bits() -> None:
    several = [facts("3.8.1"), facts("3.12.1"), facts("2.7.18"), facts("3.13.0")]
    known = Truths()
    assert known.holders("python >= 3.10", several) == 0b1010
    assert known.holders("python < 3", several) == 0b0100
    assert known.holders("python >= 3.10", several[2:]) == 0b10
    assert [known.holds("python >= 3.10", each) for each in several] == [False, True, False, True]


def test_what_cannot_be_read_holds_nowhere() -> None:
    assert Truths().holders('os == "no such system"', [facts("3.8.1")]) == 0


def test_each_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def looking(text: str) -> Predicate:
        looked.append(text)
        return parse(text)

    monkeypatch.setattr("harness.comparing.truths.parse", looking)
    one, other = facts("3.8.1"), facts("3.8.1")
    known = Truths()
    assert known.holds("python < 3.9", one)
    assert known.holders("python < 3.9", [one, other]) == 0b11
    assert known.holds("python < 3.9", other)
    assert looked == ["python < 3.9"] * 2
