"""Processes of this machine, and those at the end of a command. Knows nothing of containers."""

import asyncio
import os
import signal
import sys
from typing import Any

from harness.agents.program import local_arguments, pipe_arguments
from harness.hosts.process import CannotStart, Listener, told
from harness.targets.spec import TargetSpec, arguments

DRAIN_SECONDS = 0.5
"""What a dead process wrote last may still be in a pipe, and a child of it may hold that pipe open for ever."""


class LocalHost:
    """This machine, for one target."""

    interpreter = ""

    def __init__(self, spec: TargetSpec) -> None:
        self.spec = spec
        self.pipe = spec.pipe
        self.starts = spec.starts
        self.lost_starts = 0
        self.slow = spec.slow

    async def open(self, listener: Listener) -> "LocalProcess":
        """Start the target's interpreter in a process group of its own. Raises `CannotStart`."""
        words = arguments(self.spec, pipe_arguments() if self.pipe else local_arguments())
        environment = {**os.environ, **self.spec.environment} if self.spec.environment else None
        process = LocalProcess(listener)
        new_group: dict[str, Any] = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
        try:
            await asyncio.get_running_loop().subprocess_exec(lambda: process, *words, env=environment, **new_group)
        except OSError as error:
            raise CannotStart(f"{words[0]}: {error.strerror or error}") from None
        return process


class LocalProcess(asyncio.SubprocessProtocol):
    """One process of this machine."""

    def __init__(self, listener: Listener) -> None:
        self.pid = 0
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.SubprocessTransport | None = None

    def write(self, data: bytes) -> None:
        """Send to its standard input."""
        transport = self._transport.get_pipe_transport(0) if self._transport else None
        if isinstance(transport, asyncio.WriteTransport) and not transport.is_closing():
            transport.write(data)

    def kill(self) -> None:
        """End it at once, with whatever it started in its own group."""
        transport = self._transport
        if transport is None or transport.get_returncode() is not None:
            return
        try:
            if sys.platform == "win32":
                transport.kill()
            else:
                os.killpg(transport.get_pid(), signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            transport.kill()

    def is_alive(self) -> bool:
        """It has no exit code yet."""
        return self._transport is not None and self._transport.get_returncode() is None

    def ending(self) -> str:
        """How it ended."""
        return told(self._transport.get_returncode() if self._transport else None)

    async def wait(self, seconds: float) -> None:
        """Until it has ended, or for so long."""
        await asyncio.wait([self._ended], timeout=seconds)

    def close(self) -> None:
        """Close the pipes."""
        if self._transport is not None:
            self._transport.close()

    # -- callbacks of the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._listener.errors(data)
        else:
            self._listener.output(data)

    def process_exited(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        self._loop.call_later(DRAIN_SECONDS, self._listener.ended)

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.ended()
