"""What a cell came to, and whether two came to the same."""

import pytest
from msgspec import structs

from harness.history.sights import agree, changes, encoded, sight_of
from harness.records.baseline import Sight
from harness.records.comparison import StepChange
from harness.records.observation import Observation, Trouble
from harness.records.plan import Bounds
from tests.comparing.telling import plan, raised, result, seen, target

OLD = target("cpython-3.8.18")
TWO = plan(steps=["one()", "two()"])


def sight(*steps: Observation, verdict: str = "pass", trouble: Trouble | None = None) -> Sight:
    return sight_of(TWO, result(TWO, OLD, steps, verdict, trouble=trouble))  # type: ignore[arg-type]


def test_times_are_within_bounds_or_not() -> None:
    timed = plan(takes=Bounds(0.1, 0.5))
    for seconds, timing in ((0.05, {0: "too early"}), (0.2, {}), (0.9, {0: "too late"})):
        assert sight_of(timed, result(timed, OLD, [seen(0, 1)], seconds=[seconds])).timing == timing


def test_what_differs_between_identical_runs_is_left_out() -> None:
    one, other = (result(TWO, OLD, [seen(0, 1)], seconds=[seconds]) for seconds in (0.1, 0.2))
    assert encoded(sight_of(TWO, one)) == encoded(sight_of(TWO, other))


def test_steps_that_both_have_are_compared() -> None:
    assert changes(TWO, sight(seen(0, 1), seen(1, 2)), sight(seen(0, 1), seen(1, 3))) == (StepChange(1, "two()", "value", "2", "3"),)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (sight(seen(0, 1)), sight(seen(0, 1)), True),
        (sight(seen(0, 1)), sight(seen(0, 2)), False),
        (sight(seen(0, 1)), sight(seen(0, 1), verdict="stale"), False),
        (sight(seen(0, 1)), sight(seen(0, 1), seen(1, 1)), False),
        (sight(raised(0, "OSError", "a")), sight(raised(0, "OSError", "b")), False),
        (
            sight(raised(0, "OSError", "a", symbols=("EAGAIN",), errno=11)),
            sight(raised(0, "OSError", "a", symbols=("EAGAIN",), errno=35)),
            True,
        ),
        (
            sight(verdict="unsupported", trouble=Trouble("unsupported", "needs root")),
            sight(verdict="unsupported", trouble=Trouble("unsupported", "needs ipv6")),
            False,
        ),
    ],
)
def test_sights_agree_if_nothing_that_is_shown_differs(one: Sight, other: Sight, same: bool) -> None:
    assert agree(TWO, one, other) is same
    assert agree(TWO, other, one) is same


def test_how_a_target_was_lost_is_a_change() -> None:
    crash = structs.replace(sight(seen(0, 1), verdict="crash"), trouble=Trouble("crash", "signal 11", 1))
    other = structs.replace(crash, trouble=Trouble("crash", "signal 6", 1))
    assert [change.kind for change in changes(TWO, crash, other)] == ["message"]
