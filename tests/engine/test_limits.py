"""A request that is not answered ends at its limit, whatever else is under way on the same connection."""

import asyncio
from typing import Any

import pytest

from harness.engine.connection import Connection
from harness.engine.faults import AgentSilent, StepTimeout

LONG, SHORT = 60.0, 0.05


def asked(connection: Connection, limit: float, *more: Any) -> "asyncio.Future[Any]":
    return connection.request({"do": "facts"}, limit, *more)


def test_a_short_limit_is_kept_beside_a_longer_one() -> None:
    async def told() -> None:
        connection = Connection()
        before, short, after = asked(connection, LONG), asked(connection, SHORT), asked(connection, LONG)
        with pytest.raises(StepTimeout):
            await asyncio.wait_for(short, 10)
        assert not before.done()
        assert not after.done()
        again = asked(connection, SHORT)
        with pytest.raises(StepTimeout):
            await asyncio.wait_for(again, 10)

    asyncio.run(told())


def test_a_limit_is_lengthened_as_often_as_there_is_a_reason() -> None:
    reasons = [0.02, 0.02, 0.0]
    waits: list[float] = []

    def more(limit: float, waited: float) -> float:
        assert limit == SHORT
        waits.append(waited)
        return reasons[len(waits) - 1]

    async def told() -> None:
        with pytest.raises(StepTimeout):
            await asyncio.wait_for(asked(Connection(), SHORT, more), 10)

    asyncio.run(told())
    assert len(waits) == 3
    assert SHORT <= waits[0] < waits[1] < waits[2]


def test_nothing_is_waited_for_on_a_connection_that_has_ended() -> None:
    async def told() -> None:
        connection = Connection()
        under_way = asked(connection, LONG)
        connection.give_up("no answer")
        assert isinstance(under_way.exception(), AgentSilent)
        scheduled: list[asyncio.TimerHandle] = getattr(asyncio.get_running_loop(), "_scheduled")  # noqa: B009 - no public way to ask
        assert [timer for timer in scheduled if not timer.cancelled()] == []

    asyncio.run(told())
