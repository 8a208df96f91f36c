"""A process that a scenario kills is waited for, however long its engine takes."""

import asyncio
from typing import Any

from harness.engine.connection import START_SECONDS, Connection


class Slow:
    """Is killed, and not gone at once."""

    pid = 7

    def __init__(self) -> None:
        self.told: list[object] = []

    def is_alive(self) -> bool:
        return True

    def kill(self) -> None:
        self.told.append("kill")

    async def wait(self, seconds: float) -> None:
        self.told.append(seconds)


def test_the_scenario_goes_on_when_the_process_has_ended_and_not_before() -> None:
    process: Any = Slow()

    async def story() -> Connection:
        connection = Connection(slow=2.0)
        connection._process = process
        await connection.kill_on_purpose()
        return connection

    assert asyncio.run(story()).stopping
    assert process.told == ["kill", 2.0 * START_SECONDS]
