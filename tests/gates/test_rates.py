"""Plays against a rate: chance alone makes nothing red."""

import pytest

from harness.gates.rates import CHANCE, at_least, is_beyond, is_quiet


@pytest.mark.parametrize(
    ("departures", "plays", "rate", "likely"),
    [(0, 10, 0.2, 1.0), (1, 1, 0.2, 0.2), (2, 2, 0.5, 0.25), (1, 2, 0.5, 0.75), (10, 10, 0.1, 1e-10)],
)
def test_how_likely_so_many_departures_are(departures: int, plays: int, rate: float, likely: float) -> None:
    assert at_least(departures, plays, rate) == pytest.approx(likely)


def test_a_few_departures_are_chance() -> None:
    assert not is_beyond(1, 1, 0.2)
    assert not is_beyond(2, 2, 0.2)
    assert not is_beyond(4, 10, 0.2)


def test_many_departures_are_none() -> None:
    assert is_beyond(5, 5, 0.2)
    assert is_beyond(8, 10, 0.2)
    assert is_beyond(400, 1000, 0.2)


def test_asking_often_needs_more_departures() -> None:
    assert is_beyond(5, 5, 0.2, tests=1)
    assert not is_beyond(5, 5, 0.2, tests=10)


def test_what_keeps_to_its_rate_is_beyond_it_in_fewer_than_one_of_a_thousand_runs() -> None:
    for plays in (1, 7, 30, 200):
        beyond = next((number for number in range(plays + 1) if is_beyond(number, plays, 0.3)), plays + 1)
        assert at_least(beyond, plays, 0.3) < CHANCE


def test_no_departure_is_told_only_where_the_rate_would_have_shown() -> None:
    assert not is_quiet(0, 30, 0.2)
    assert is_quiet(0, 31, 0.2)
    assert not is_quiet(1, 1000, 0.2)
