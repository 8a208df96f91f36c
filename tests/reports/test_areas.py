"""Verdicts counted by area and target."""

import pytest

from harness.records.observation import Verdict
from harness.reports.areas import AreaRow, AreaSquare, by_area, red_cells, word_of
from tests.reports.making import GREETING, NEW, OLD, REFUSED, TARGETS, greeted_on, plan_of, refused_on, run_of


def test_each_area_has_a_square_for_each_target() -> None:
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
    run = run_of([refused_on(OLD), refused_on(NEW), greeted_on(OLD), greeted_on(NEW, 3)], plans, targets=TARGETS, complete=False)
    assert by_area(run) == (
        AreaRow("connect", 1, (AreaSquare({"pass": 1}), AreaSquare({"pass": 1}), AreaSquare({}, 1))),
        AreaRow("tcp", 1, (AreaSquare({"pass": 1}), AreaSquare({"fail": 1}), AreaSquare({}, 1))),
    )


@pytest.mark.parametrize(
    ("verdicts", "missing", "word", "red"),
    [
        ({"pass": 3, "unsupported": 1}, 0, "pass", 0),
        ({"pass": 3, "variation": 1}, 0, "variation", 0),
        ({"unsupported": 2}, 0, "unsupported", 0),
        ({}, 0, "unsupported", 0),
        ({"pass": 3, "stale": 1, "crash": 1}, 0, "crash", 2),
        ({"crash": 1}, 2, "missing", 3),
    ],
)
def test_the_gravest_speaks_for_a_square(verdicts: dict[Verdict, int], missing: int, word: str, red: int) -> None:
    assert (word_of(verdicts, missing), red_cells(verdicts, missing)) == (word, red)
