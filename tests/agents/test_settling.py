"""When a thread that was started is taken to block: as the system tells, or after so long where it cannot be told."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.agents import agent

RUNNING, SLEEPING = "7 (python3) R 0", "7 (python3) S 0"


class Clock:
    """Time that only passes while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []
        monkeypatch.setattr(agent, "clock", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.sleeps.append(seconds)


def task(read: Callable[[str], str | None]) -> Any:
    """A thread of which a system tells so much."""
    made: Any = object.__new__(agent.Task)
    made.task, made.says_where, made.of_java = "7/task/7", True, None
    made._read = read
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_who_is_seen_to_block_is_waited_for_no_longer(clock: Clock) -> None:
    task({"stat": SLEEPING, "wchan": "inet_csk_accept"}.get).settle(lambda: False)
    assert clock.sleeps == []


def test_a_system_that_does_not_know_where_threads_wait_is_asked_once(clock: Clock) -> None:
    asked: list[str] = []

    def read(name: str) -> str | None:
        asked.append(name)
        return SLEEPING if name == "stat" else None

    task(read).settle(lambda: False)
    assert asked.count("wchan") == 1


def test_where_it_cannot_be_told_few_looks_fill_the_time(clock: Clock) -> None:
    task({"stat": SLEEPING}.get).settle(lambda: False)
    assert clock.now >= agent.SETTLE_SECONDS
    assert agent.SETTLE_LOOKS <= len(clock.sleeps) + 1 <= agent.SETTLE_LOOKS + 3


def test_who_runs_is_waited_for(clock: Clock) -> None:
    task({"stat": RUNNING}.get).settle(lambda: False)
    assert clock.now == pytest.approx(agent.PATIENCE_SECONDS, abs=0.01)


def test_where_nothing_can_be_told_of_a_thread_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", None)
    made = task(str)
    del made._read
    made.task = ""
    assert made.state() == made.UNKNOWN


def test_looks_at_the_leader_are_the_usual_ones_outside_gvisor() -> None:
    assert agent.LOOK_SECONDS == 0.003
