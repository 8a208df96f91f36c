"""An agent that a scenario kills: the step ends when the process has, however long that takes."""

import asyncio

import pytest

from harness.engine.connection import START_SECONDS, Connection
from harness.engine.faults import StillThere


class Dying:
    """A process that is seen to end so many seconds after it was killed; nobody waits for them here."""

    pid = 1

    def __init__(self, takes: float) -> None:
        self._takes = takes
        self._killed = False
        self._waited = 0.0

    def write(self, data: bytes) -> None:
        """Nothing is read."""

    def kill(self) -> None:
        """It begins to end."""
        self._killed = True

    def is_alive(self) -> bool:
        """Until it was killed and waited for."""
        return not (self._killed and self._waited >= self._takes)

    def ending(self) -> str:
        """As told."""
        return "killed by SIGKILL"

    async def wait(self, seconds: float) -> None:
        """Time passes."""
        self._waited += seconds

    def close(self) -> None:
        """Nothing to give back."""


def killed(takes: float, slow: float) -> bool:
    """Whether a process of a target that is so much slower has ended when the kill has."""

    async def kill() -> bool:
        connection = Connection(slow)
        process = connection._process = Dying(takes)
        await connection.kill_on_purpose()
        return not process.is_alive()

    return asyncio.run(kill())


@pytest.mark.parametrize(("takes", "slow"), [(0.0, 1.0), (START_SECONDS, 1.0), (START_SECONDS * 4, 4.0)])
def test_a_kill_takes_as_long_as_a_start_may(takes: float, slow: float) -> None:
    assert killed(takes, slow)


def test_a_process_that_does_not_end_is_told_of() -> None:
    with pytest.raises(StillThere) as told:
        killed(START_SECONDS + 1, 1.0)
    assert told.value.detail == "killed, and not ended within 60 s"
