"""One exit code for a whole run."""

import pytest

from harness.records.observation import Verdict
from harness.reports.outcome import MEANINGS, exit_code


@pytest.mark.parametrize(
    ("verdicts", "missing", "code"),
    [
        ({"pass": 3, "variation": 1, "unsupported": 2}, 0, 0),
        ({"pass": 3, "fail": 1}, 0, 1),
        ({"stale": 1}, 0, 1),
        ({"hang": 1}, 0, 1),
        ({"crash": 1}, 0, 1),
        ({"bug": 1, "pass": 1}, 0, 2),
        ({"bug": 1, "fail": 1}, 0, 1),
        ({"error": 1, "fail": 1}, 0, 3),
        ({"inconclusive": 1}, 0, 3),
        ({"pass": 3}, 1, 3),
        ({"unsupported": 2}, 0, 3),
        ({}, 0, 3),
    ],
)
def test_the_gravest_fact_decides(verdicts: dict[Verdict, int], missing: int, code: int) -> None:
    assert exit_code(verdicts, missing) == code
    assert MEANINGS[code]
