"""One exit code for a whole run."""

import pytest

from harness.gates.codes import MEANINGS, exit_code, is_telling


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        ([], 0),
        (["fail"], 1),
        (["stale"], 1),
        (["hang"], 1),
        (["crash"], 1),
        (["flaky"], 1),
        (["known-unused"], 1),
        (["bug"], 2),
        (["bug", "fail"], 1),
        (["error", "fail"], 3),
        (["inconclusive"], 3),
        (["missing"], 3),
    ],
)
def test_the_gravest_fact_decides(failing: list[str], code: int) -> None:
    assert exit_code(failing) == code
    assert MEANINGS[code]


def test_a_run_that_says_nothing_is_not_as_expected() -> None:
    assert exit_code([], telling=False) == 3
    assert not is_telling({"unsupported": 2})
    assert not is_telling({})
    assert is_telling({"pass": 1})
