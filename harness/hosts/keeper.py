"""The main process of a container in which others work: it keeps the container, hears lines and says lines. Starts nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from harness.hosts.process import CannotStart, Loss
from harness.hosts.stream import ContainerProcess

PATIENCE_SECONDS = 60.0
"""How long a keeper may take to say a line, if it is not slow."""


class Keeper:
    """The process at the other end of a container's own streams."""

    def __init__(self, gone: Callable[[], Awaitable[Loss | None]], slow: float = 1.0) -> None:
        self._gone = gone
        """How the container ended, if it did."""
        self._seconds = PATIENCE_SECONDS * slow
        self._held = bytearray()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._process: ContainerProcess | None = None

    async def attach(self, stream: Any) -> "Keeper":
        """Take over the stream of the SDK."""
        self._process = await ContainerProcess(self, _nothing_to_say, _not_ended).attach(stream)
        return self

    def hear(self, line: str) -> None:
        """Send it a line."""
        if self._process is not None:
            self._process.write(line.encode() + b"\n")

    async def line(self) -> str:
        """The next line that it says. Raises `CannotStart` where none comes."""
        try:
            said = await asyncio.wait_for(self._lines.get(), self._seconds)
        except TimeoutError:
            raise CannotStart(f"the first process of a container said nothing for {self._seconds:g} s") from None
        if said is None:
            self._lines.put_nowait(None)
            loss = await self._gone()
            raise CannotStart(f"the first process of a container has ended: {loss.how if loss else 'its output ended'}")
        return said

    def close(self) -> None:
        """Let go of it: it ends with its input."""
        if self._process is not None:
            self._process.close()

    # -- what it says

    def output(self, data: bytes) -> None:
        """Its standard output, by lines."""
        self._held += data
        *whole, rest = bytes(self._held).split(b"\n")
        self._held = bytearray(rest)
        for line in whole:
            self._lines.put_nowait(line.decode("utf-8", "replace"))

    def errors(self, data: bytes) -> None:
        """Not told: what is of interest is said on the standard output."""

    def ended(self) -> None:
        """Nothing more will be said."""
        self._lines.put_nowait(None)


async def _nothing_to_say() -> str:
    return ""


async def _not_ended(pid: int) -> None:
    """It ends with its input, or with its container."""
