"""Of several results of a cell the gravest that says something, and what the others came to."""

from itertools import permutations

import pytest
from msgspec import structs

from harness.merging.cells import Delivery, chosen
from harness.records.observation import Trouble
from harness.records.run import Result
from tests.merging.making import ONE, result

ON = "cpython-3.8.18"
PASS, FAIL = result(ONE, ON), result(ONE, ON, "fail", reason="expected 1, observed 2", value=2)


def kept(*results: Result, plays: int = 1) -> Result:
    """The same for every order."""
    found = [chosen([Delivery(each, plays) for each in order]) for order in permutations(results)]
    assert len({(each.verdict, each.reason, each.flaky, repr(each.steps)) for each in found}) == 1
    return found[0]


def test_two_that_agree() -> None:
    found = kept(PASS, PASS)
    assert (found.verdict, found.flaky, found.plays) == ("pass", (), ("pass", "pass"))


def test_plays_that_a_retry_asked_for_stay_the_last_ones() -> None:
    again = structs.replace(FAIL, plays=("fail", "hang", "pass"), retried=2)
    found = kept(again, PASS, plays=2)
    assert sorted(found.plays[:3]) == ["fail", "pass", "pass"]
    assert (found.plays[3:], found.retried) == (("hang", "pass"), 2)


def test_two_that_part() -> None:
    found = kept(PASS, FAIL)
    assert (found.verdict, found.flaky) == ("fail", ("1 of 2 plays: pass",))


def test_what_the_loser_came_to_is_told_with_its_reason() -> None:
    crashed = result(ONE, ON, "crash", reason="signal 11")
    assert kept(FAIL, crashed, FAIL).flaky == ("2 of 3 plays: fail: expected 1, observed 2",)


def test_the_same_verdict_of_other_observations_is_told() -> None:
    found = kept(PASS, result(ONE, ON, value=2))
    assert found.flaky == ("1 of 2 plays: pass, but step 1 came to something else",)


@pytest.mark.parametrize(
    "silent",
    [
        result(ONE, ON, "error", reason="no answer"),
        structs.replace(PASS, verdict="unsupported", trouble=Trouble("unsupported", "no tools", mendable=True)),
    ],
)
def test_what_says_nothing_yields_and_is_not_told(silent: Result) -> None:
    assert kept(silent, PASS).flaky == ()
    assert kept(silent, PASS).verdict == "pass"


def test_what_is_inconclusive_yields_and_is_told() -> None:
    late = result(ONE, ON, "inconclusive", reason="took 3 s")
    found = kept(late, PASS)
    assert (found.verdict, found.flaky) == ("pass", ("1 of 2 plays: inconclusive: took 3 s",))


def test_where_nothing_says_anything_one_of_them_stays() -> None:
    assert kept(result(ONE, ON, "error", reason="one"), result(ONE, ON, "error", reason="two")).reason == "one"


def test_plays_within_the_runs_are_counted() -> None:
    unsteady = structs.replace(FAIL, flaky=("2 of 20 plays: pass",), plays=("pass", "pass", *["fail"] * 18))
    steady = structs.replace(FAIL, plays=("fail",) * 20)
    assert kept(unsteady, steady, plays=20).flaky == ("2 of 40 plays: pass",)


def test_a_run_that_played_each_cell_several_times_counts_as_often() -> None:
    assert kept(PASS, FAIL, plays=5).flaky == ("5 of 10 plays: pass",)


def test_a_play_that_was_told_without_a_number_is_one() -> None:
    assert kept(structs.replace(FAIL, flaky=("pass",)), FAIL).flaky == ("1 of 3 plays: pass",)
