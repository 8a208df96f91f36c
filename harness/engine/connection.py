"""One agent process and the stream to it: requests out, replies in, every misbehaviour as a fault. Knows no scenarios."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from harness.agents.program import PROTOCOL_VERSION, pipe_line
from harness.engine import messages
from harness.engine.faults import AgentBroke, AgentDied, AgentFault, AgentSilent, RequestRefused, StartFailed, StepTimeout
from harness.engine.messages import Reply

LONGEST_LINE = 64 * 1024 * 1024
KEPT_STDERR = 4000
START_SECONDS = 60.0
STOP_SECONDS = 1.0
DRAIN_SECONDS = 0.5
SWEEP_SECONDS = 0.1
"""How late a request may be found to have passed its limit."""


class Connection(asyncio.SubprocessProtocol):
    """Speaks to one agent. Replies are matched to requests by number; a fault ends every request under way."""

    def __init__(self) -> None:
        self.fault: AgentFault | None = None
        self.stopping = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.SubprocessTransport | None = None
        self._parts: list[bytes] = []
        self._held = 0
        self._outgoing: list[bytes] = []
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._deadlines: dict[int, float] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._abandoned: set[int] = set()
        self._number = 0
        self._hello: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._stderr = b""
        self._suspicion: AgentBroke | None = None

    # -- life

    @classmethod
    async def open(cls, command: Sequence[str], *, pipe: bool, single: bool) -> "Connection":
        """Start the process, send the agent down the pipe where asked, wait for its hello.

        Raises `StartFailed`, or `AgentBroke` where something else than an agent of our protocol answers.
        """
        connection = cls()
        try:
            await connection._spawn(command)
        except OSError as error:
            raise StartFailed(f"{command[0]}: {error.strerror or error}") from None
        try:
            if pipe:
                connection._send(pipe_line())
            await connection._greeting(command)
            await connection.request({"do": "start", "protocol": PROTOCOL_VERSION, "single": single}, START_SECONDS)
        except RequestRefused as error:
            await connection.close()
            raise AgentBroke(str(error)) from None
        except StepTimeout:
            await connection.close()
            raise StartFailed(f"no answer to 'start' within {START_SECONDS:g} s") from None
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _spawn(self, command: Sequence[str]) -> None:
        new_group: dict[str, Any] = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
        await self._loop.subprocess_exec(lambda: self, *command, **new_group)

    async def _greeting(self, command: Sequence[str]) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._hello
        except TimeoutError:
            raise StartFailed(f"no hello within {START_SECONDS:g} s{self._last_words()}") from None
        except AgentDied as error:
            raise StartFailed(f"ended before its hello: {error.detail}") from None

    async def close(self) -> None:
        """Ask the agent to stop; end its process group if it does not."""
        self.stopping = True
        if self._transport is None:
            return
        if self._transport.get_returncode() is None and self.fault is None:
            self._send(messages.encode({"id": self._next_number(), "do": "stop"}) + b"\n")
            self._flush()
            await self._wait_for_end(STOP_SECONDS)
        self.kill()
        await self._wait_for_end(STOP_SECONDS * 5)
        self._transport.close()

    async def _wait_for_end(self, seconds: float) -> None:
        await asyncio.wait([self._ended], timeout=seconds)

    def kill(self) -> None:
        """End the process at once, with whatever it started in its own group."""
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

    # -- requests

    def request(self, message: dict[str, Any], limit: float) -> "asyncio.Future[Reply]":
        """Send a request without a number; the future has the reply, a fault, `StepTimeout` or `RequestRefused`."""
        number = self._next_number()
        return self._submit(number, messages.encode({"id": number, **message}), limit)

    def run(self, request: messages.RunRequest, limit: float) -> "asyncio.Future[Reply]":
        """Send a `run` request whose `id` came from `number()`."""
        return self._submit(request.id, messages.encode_run(request), limit)

    def number(self) -> int:
        """A number for a request."""
        return self._next_number()

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _submit(self, number: int, data: bytes, limit: float) -> "asyncio.Future[Reply]":
        future: asyncio.Future[Reply] = self._loop.create_future()
        if self.fault is not None:
            _fail(future, self.fault)
            return future
        self._waiting[number] = future
        self._deadlines[number] = self._loop.time() + limit
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        self._send(data + b"\n")
        return future

    def _sweep(self) -> None:
        """End what has passed its limit. One timer for all requests: most are answered long before a look is taken."""
        now = self._loop.time()
        for number in [number for number, deadline in self._deadlines.items() if deadline <= now]:
            self._expire(number)
        self._sweeper = self._loop.call_later(SWEEP_SECONDS, self._sweep) if self._deadlines else None

    def _expire(self, number: int) -> None:
        future = self._waiting.pop(number, None)
        del self._deadlines[number]
        if future is not None and not future.done():
            self._abandoned.add(number)
            _fail(future, StepTimeout())

    def _send(self, data: bytes) -> None:
        """Gather what one turn of the loop wants to say into one write."""
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(data)

    def _flush(self) -> None:
        data, self._outgoing = b"".join(self._outgoing), []
        transport = self._transport.get_pipe_transport(0) if self._transport else None
        if data and isinstance(transport, asyncio.WriteTransport) and not transport.is_closing():
            transport.write(data)

    # -- callbacks of the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._stderr = (self._stderr + data)[-KEPT_STDERR:]
            return
        if b"\n" not in data:
            self._hold(data)
            return
        *lines, rest = data.split(b"\n")
        lines[0] = b"".join((*self._parts, lines[0]))
        self._parts, self._held = [], 0
        for line in lines:
            if self.fault is None and self._suspicion is None:
                self._take(line)
        self._hold(rest)

    def _hold(self, data: bytes) -> None:
        self._parts.append(data)
        self._held += len(data)
        if self._held > LONGEST_LINE:
            self._break(AgentBroke(f"a line of more than {LONGEST_LINE >> 20} MiB on its standard output"))

    def _take(self, line: bytes) -> None:
        if not self._hello.done():
            self._take_hello(line)
            return
        try:
            reply = messages.decode_reply(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._suspect(AgentBroke(f"not a reply on its standard output: {_shown(line)} ({error})"))
            return
        future = self._waiting.pop(reply.id, None) if reply.id is not None else None
        if future is None:
            self._unasked(reply, line)
            return
        del self._deadlines[reply.id or 0]
        if future.done():
            return
        if reply.error:
            _fail(future, RequestRefused(reply.error))
        else:
            future.set_result(reply)

    def _suspect(self, fault: AgentBroke) -> None:
        """Rubbish may be the last words of a process that is just dying: then that is what happened to it."""
        if self._suspicion is None:
            self._suspicion = fault
            self._loop.call_later(DRAIN_SECONDS, self._break, fault)

    def _unasked(self, reply: Reply, line: bytes) -> None:
        if reply.id in self._abandoned:
            self._abandoned.discard(reply.id)
        else:
            self._break(AgentBroke(f"a reply to nothing that was asked: {_shown(line)}"))

    def _take_hello(self, line: bytes) -> None:
        try:
            hello = messages.decode_hello(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._break(AgentBroke(f"no agent: its standard output begins with {_shown(line)}"))
            return
        if hello.protocol != PROTOCOL_VERSION:
            self._break(AgentBroke(f"the agent speaks protocol {hello.protocol}, this controller speaks {PROTOCOL_VERSION}"))
            return
        self._hello.set_result(None)

    def process_exited(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        # What the dead process wrote last may still be in a pipe, and a child of it may hold that pipe open.
        self._loop.call_later(DRAIN_SECONDS, self._died)

    def connection_lost(self, exc: Exception | None) -> None:
        self._died()

    def _died(self) -> None:
        if not self.stopping:
            self._break(AgentDied(f"{self._exit()}{self._last_words()}"))

    def _exit(self) -> str:
        code = self._transport.get_returncode() if self._transport else None
        if code is None:
            return "its output ended"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"killed by signal {-code}"
        return f"exit status {code}"

    def _last_words(self) -> str:
        lines = [line for line in self._stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        return f": {lines[-1].strip()[:300]}" if lines else ""

    def _break(self, fault: AgentFault) -> None:
        if self.fault is not None:
            return
        self.fault = fault
        self.kill()
        if not self._hello.done():
            _fail(self._hello, fault)
        self._deadlines.clear()
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                _fail(future, fault)

    def misbehaved(self, detail: str) -> None:
        """End an agent that answers something else than it was asked."""
        self._break(AgentBroke(detail))

    def give_up(self, detail: str) -> None:
        """End an agent that does not do as told."""
        self._break(AgentSilent(detail))


def _fail(future: "asyncio.Future[Any]", error: Exception) -> None:
    """End a future that perhaps nobody awaits any more: looking at the exception keeps asyncio from complaining of that."""
    future.set_exception(error)
    future.exception()


def _shown(line: bytes) -> str:
    return repr(line[:80].decode("utf-8", "replace")) + ("…" if len(line) > 80 else "")
