"""How long a leader of the agent may be at one request before another takes its place."""

from typing import Any

from harness.agents import agent

BACK_AT_ONCE, BLOCKED = 0.001, 10.0


def learned(*seconds: float) -> float:
    """Time between two looks after leaders have come back so long after they were replaced."""
    told: Any = object.__new__(agent.Agent)
    told.look_seconds = agent.LOOK_SECONDS
    for each in seconds:
        told._learn_from(each)
    return float(told.look_seconds)


def test_who_comes_back_at_once_was_not_blocked_and_is_given_longer() -> None:
    assert learned(BACK_AT_ONCE) == 2 * agent.LOOK_SECONDS


def test_nobody_is_kept_waiting_longer_than_the_limit() -> None:
    assert learned(*[BACK_AT_ONCE] * 20) == agent.LONGEST_LOOK_SECONDS


def test_who_was_blocked_shortens_it_again() -> None:
    assert learned(BACK_AT_ONCE, BACK_AT_ONCE, BLOCKED) == 2 * agent.LOOK_SECONDS
    assert learned(BACK_AT_ONCE, *[BLOCKED] * 20) == agent.LOOK_SECONDS
    assert learned(BLOCKED) == agent.LOOK_SECONDS
