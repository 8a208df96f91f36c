"""One agent process and the stream to it: requests out, replies in, every misbehaviour as a fault. Knows no scenarios."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from harness.agents.program import PROTOCOL_VERSION, compiled_lines, keep, recall, sent_program
from harness.engine import messages
from harness.engine.faults import (
    AgentBroke,
    AgentCutOff,
    AgentDied,
    AgentFault,
    AgentSilent,
    NoHello,
    RequestRefused,
    StartFailed,
    StepTimeout,
    StillThere,
)
from harness.engine.load import patiently
from harness.engine.messages import Reply
from harness.hosts.local import DRAIN_SECONDS
from harness.hosts.process import CannotStart, Distant, Host, Process
from harness.targets.java import NOTICE

LONGEST_LINE = 64 * 1024 * 1024
KEPT_STDERR = 4000
START_SECONDS = 60.0
STOP_SECONDS = 1.0
SWEEP_SECONDS = 0.1
"""How late a request may be found to have passed its limit."""


More = Callable[[float, float], float]
"""By how many seconds a limit that has passed is lengthened, after a wait of so many; 0: not at all."""


class Connection:
    """Speaks to one agent. Replies are matched to requests by number; a fault ends every request under way."""

    def __init__(self, slow: float = 1.0) -> None:
        self.start_seconds = START_SECONDS * slow
        self.fault: AgentFault | None = None
        self.stopping = False
        self.unchanged = False
        """Its process says that it is as it was when it started."""
        self._loop = asyncio.get_running_loop()
        self._process: Process | None = None
        self._parts: list[bytes] = []
        self._held = 0
        self._outgoing: list[bytes] = []
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._deadlines: dict[int, float] = {}
        self._more: dict[int, tuple[More, float, float]] = {}
        """With the limit, and when the wait began."""
        self._sweeper: asyncio.TimerHandle | None = None
        self._first = 0.0
        """The deadline that it goes by."""
        self._abandoned: set[int] = set()
        self._number = 0
        self._hello: asyncio.Future[None] = self._loop.create_future()
        self._stderr = b""
        self._suspicion: AgentBroke | None = None

    # -- life

    @classmethod
    async def open(cls, host: Host, *, single: bool) -> "Connection":
        """Start the process, send the agent down the pipe where asked, wait until it has answered.

        One that ends before that, or never greets, is started again as often as its host says: nothing was asked of it yet.
        Raises `StartFailed`, or `AgentBroke` where something else than an agent of our protocol answers.
        """
        for _ in range(host.starts - 1):
            try:
                return await cls._open(host, single=single)
            except (NoHello, AgentDied):
                host.lost_starts += 1
        return await cls._open(host, single=single)

    @classmethod
    async def _open(cls, host: Host, *, single: bool) -> "Connection":
        connection = cls(host.slow)
        try:
            connection._process = await host.open(connection)
        except CannotStart as error:
            raise StartFailed(error.detail) from None
        try:
            known = recall(host.interpreter) if host.interpreter else None
            if host.pipe:
                connection._send(compiled_lines(known) if known else sent_program(host.agent))
            await connection._greeting()
            start = {"do": "start", "protocol": PROTOCOL_VERSION, "single": single, "compiled": bool(host.interpreter and not known)}
            started = await connection.request(start, connection.start_seconds)
            if started.compiled is not None:
                keep(host.interpreter, started.compiled)
        except RequestRefused as error:
            await connection.close()
            raise AgentBroke(str(error)) from None
        except StepTimeout:
            await connection.close()
            raise StartFailed(f"no answer to 'start' within {connection.start_seconds:g} s") from None
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _greeting(self) -> None:
        try:
            await patiently(self._hello, self.start_seconds)
        except TimeoutError:
            raise NoHello(f"no hello within {self.start_seconds:g} s{self._last_words()}") from None
        except (AgentDied, AgentCutOff) as error:
            raise NoHello(f"ended before its hello: {error.detail}") from None

    async def close(self) -> None:
        """Ask the agent to stop; end its process if it does not."""
        self.stopping = True
        process = self._process
        if process is None:
            return
        if process.is_alive() and self.fault is None:
            self._send(messages.encode({"id": self._next_number(), "do": "stop"}) + b"\n")
            self._flush()
            await process.wait(STOP_SECONDS)
        self.kill()
        await process.wait(STOP_SECONDS * 5)
        process.close()
        if not self._waiting:
            self._stop_sweeping()

    def is_fit(self) -> bool:
        """It can carry another scenario as if it had just started."""
        return self.unchanged and self.fault is None and not self.stopping and self._process is not None and self._process.is_alive()

    def drop(self) -> None:
        """Close the streams of a process that ends with its host."""
        self.stopping = True
        if self._process is not None:
            self._process.close()
        if not self._waiting:
            self._stop_sweeping()

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None and self._process.is_alive():
            self._process.kill()

    async def kill_on_purpose(self) -> None:
        """End the process because the scenario says so: what it leaves undone is nobody's fault. Returns when it has ended.

        In a container another interpreter ends it, so that this may take as long as a start. Raises `StillThere`.
        """
        self.stopping = True
        self.kill()
        if self._process is not None:
            await self._process.wait(self.start_seconds)
            if self._process.is_alive():
                raise StillThere(f"killed, and not ended within {self.start_seconds:g} s")

    # -- requests

    def request(self, message: dict[str, Any], limit: float, more: More | None = None) -> "asyncio.Future[Reply]":
        """Send a request without a number; the future has the reply, a fault, `StepTimeout` or `RequestRefused`."""
        number = self._next_number()
        return self._submit(number, messages.encode({"id": number, **message}), limit, more)

    def run(self, request: messages.RunRequest, limit: float, more: More | None = None) -> "asyncio.Future[Reply]":
        """Send a `run` request whose `id` came from `number()`."""
        return self._submit(request.id, messages.encode_run(request), limit, more)

    def number(self) -> int:
        """A number for a request."""
        return self._next_number()

    @property
    def last_number(self) -> int:
        """Of the newest request."""
        return self._number

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _submit(self, number: int, data: bytes, limit: float, more: More | None) -> "asyncio.Future[Reply]":
        future: asyncio.Future[Reply] = self._loop.create_future()
        if self.fault is not None:
            _fail(future, self.fault)
            return future
        self._waiting[number] = future
        now = self._loop.time()
        deadline = self._deadlines[number] = now + limit
        if more is not None:
            self._more[number] = more, limit, now
        if self._sweeper is None or deadline < self._first:
            self._look_after(deadline)
        self._send(data + b"\n")
        return future

    def _look_after(self, deadline: float) -> None:
        """One timer for all requests, which goes by the first that could pass its limit: most are answered long before."""
        self._stop_sweeping()
        self._first = deadline
        self._sweeper = self._loop.call_at(deadline + SWEEP_SECONDS, self._sweep)

    def _stop_sweeping(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    def _sweep(self) -> None:
        """End what has passed its limit."""
        self._sweeper = None
        now = self._loop.time()
        for number in [number for number, deadline in self._deadlines.items() if deadline <= now]:
            self._expire(number)
        if self._deadlines:
            self._look_after(min(self._deadlines.values()))

    def _expire(self, number: int) -> None:
        if number in self._more:
            more, limit, begun = self._more[number]
            longer = more(limit, self._loop.time() - begun)
            if longer > 0:
                self._deadlines[number] = self._loop.time() + longer
                return
        future = self._waiting.pop(number, None)
        self._forget(number)
        if future is not None and not future.done():
            self._abandoned.add(number)
            _fail(future, StepTimeout())

    def _forget(self, number: int) -> None:
        del self._deadlines[number]
        self._more.pop(number, None)

    def _send(self, data: bytes) -> None:
        """Gather what one turn of the loop wants to say into one write."""
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(data)

    def _flush(self) -> None:
        data, self._outgoing = b"".join(self._outgoing), []
        if data and self._process is not None:
            self._process.write(data)

    # -- what the process says

    def errors(self, data: bytes) -> None:
        """Keep the end of what comes on standard error."""
        self._stderr = (self._stderr + data)[-KEPT_STDERR:]

    def output(self, data: bytes) -> None:
        """Take the replies out of what comes on standard output."""
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
        self._forget(reply.id or 0)
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
        if self._process is not None:
            self._process.pid = hello.pid
        self._hello.set_result(None)

    def ended(self) -> None:
        """The process is gone; unless it was told to go, that is what happened to all that was asked of it."""
        if not self.stopping:
            how = self._process.ending() if self._process else ""
            self._break(self._loss()(f"{how}{self._last_words()}"))
        if self._process is not None:
            self._process.close()

    def _loss(self) -> type[AgentFault]:
        """What kind of fault the end of the process is."""
        if isinstance(self._process, Distant) and self._process.is_cut_off():
            return AgentCutOff
        return AgentDied

    def _last_words(self) -> str:
        lines = [line for line in self._stderr.decode("utf-8", "replace").splitlines() if line.strip() and not line.startswith(NOTICE)]
        return f": {lines[-1].strip()[:300]}" if lines else ""

    def _break(self, fault: AgentFault) -> None:
        if self.fault is not None:
            return
        self.fault = fault
        self.kill()
        if not self._hello.done():
            _fail(self._hello, fault)
        self._deadlines.clear()
        self._more.clear()
        self._stop_sweeping()
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
