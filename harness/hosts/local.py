"""Processes of this machine, and those at the end of a command. Knows nothing of containers."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from harness.agents.program import local_arguments, pipe_arguments
from harness.hosts.process import CannotStart, Listener, told
from harness.targets.spec import TargetSpec, arguments

LOW_PRIORITY = 10
"""Of what is slow, and so would take all that there is from those who measure time beside it."""
P = TypeVar("P", bound="LocalProcess")

DRAIN_SECONDS = 0.5
"""What a dead process wrote last may still be in a pipe, and a child of it may hold that pipe open for ever."""


class LocalHost:
    """This machine, for one target."""

    interpreter = ""

    def __init__(self, spec: TargetSpec) -> None:
        self.spec = spec
        self.pipe = spec.pipe
        self.slow = spec.slow
        self.starts = spec.starts
        self.lost_starts = 0
        self.agent = spec.agent

    async def open(self, listener: Listener) -> "LocalProcess":
        """Start the target's interpreter in a process group of its own. Raises `CannotStart`."""
        words = arguments(self.spec, pipe_arguments(self.agent) if self.pipe else local_arguments())
        environment = {**os.environ, **self.spec.environment} if self.spec.environment else None
        process = await spawn(LocalProcess(listener), words, environment)
        if self.spec.slow > 1:
            process.yield_processor()
        return process


async def spawn(process: P, words: Sequence[str], environment: Mapping[str, str] | None = None) -> P:
    """Start a program in a process group of its own. Raises `CannotStart`."""
    new_group: dict[str, Any] = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
    try:
        await asyncio.get_running_loop().subprocess_exec(lambda: process, *words, env=environment, **new_group)
    except OSError as error:
        raise CannotStart(f"{words[0]}: {error.strerror or error}") from None
    return process


class AgentCommand:
    """A command of this machine that is an agent by itself."""

    pipe = False
    interpreter = ""
    agent = "python"
    starts = 1
    lost_starts = 0
    slow = 1.0

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)

    async def open(self, listener: Listener) -> "LocalProcess":
        """Start it in a process group of its own. Raises `CannotStart`."""
        return await spawn(LocalProcess(listener), self.words)


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

    def end_input(self) -> None:
        """Close its standard input, after what was sent there."""
        transport = self._transport.get_pipe_transport(0) if self._transport else None
        if transport is not None:
            transport.close()

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

    def yield_processor(self) -> None:
        """Leave the processors to everybody else who wants them, with whatever it starts."""
        if self._transport is not None and hasattr(os, "setpriority"):
            with suppress(OSError):
                os.setpriority(os.PRIO_PGRP, self._transport.get_pid(), LOW_PRIORITY)

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
        self._loop.call_later(DRAIN_SECONDS, self._drained)

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.ended()

    def _drained(self) -> None:
        """What holds the pipes now is no part of it: Wine's services are started by the first program that runs, and outlive it."""
        self._listener.ended()
        self.close()
