"""What an agent does before it divides itself. What comes of it: tests/engine/test_forks.py."""

import gc
import os

import pytest

from harness.agents import agent

pytestmark = pytest.mark.skipif(not agent.FORKS, reason="agents fork on Linux only")


class NoStream:
    """Says nothing."""

    def flush(self) -> None:
        """There is nothing to send."""


def test_a_collection_in_a_fork_leaves_alone_what_both_processes_have(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []

    def fork() -> int:
        frozen.append(gc.get_freeze_count())
        return 1

    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr(os, "waitpid", lambda child, options: (child, 0))
    monkeypatch.setattr(agent, "Stream", NoStream)
    try:
        assert agent.Agent().fork({}) == {"ended": 0}  # type: ignore[no-untyped-call]  # it runs on Python 2.7 too
    finally:
        gc.unfreeze()
    assert frozen[0] > 1000
