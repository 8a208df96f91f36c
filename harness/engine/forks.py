"""Processes of their own for the price of a fork: an agent that carries nothing divides itself for each scenario that wants one.

Both ends of a fork use the streams of the first process, one after the other. Knows no scenarios; docs/agent-protocol.md has the request.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

import msgspec
from msgspec import Struct

from harness.engine import messages
from harness.engine.connection import Connection
from harness.engine.faults import AgentFault, RequestRefused, StepTimeout
from harness.hosts.ground import Ground
from harness.hosts.process import CannotStart, Distant, Forking, Host, Listener, Process, told

MOST_LOST_IN_A_ROW = 2
"""Forks that could not be had, one after the other, after which nobody tries any more. One may be the fault of what else goes on."""

_MARK = b'"ended"'


class _Fork(Struct, frozen=True):
    """What tells the answer of the first process from all that the other one says."""

    id: int
    ended: int


class _Refusal(Struct, frozen=True):
    """What the first process answers where it cannot divide itself: nothing else was said by then."""

    id: int
    error: str


class Forks:
    """The agents of one crew that divide themselves, by the host that they stand on."""

    def __init__(self, ground: Ground) -> None:
        self.trouble = ""
        """Why one could not be had, where that happened first."""
        self.replaced = 0
        """Processes that were started where there was to be a fork, as far as nobody has asked yet."""
        self._lost_in_a_row = 0
        """When there were `MOST_LOST_IN_A_ROW`, processes are started instead."""
        self._ground = ground
        self._idle: dict[object, list[Parent]] = {}
        self._all: list[Parent] = []

    async def fork(self, place: int, home: object, *, single: bool) -> Connection | None:
        """An agent in a place; nothing where it cannot be had, or could not so often that nobody tries any more."""
        lost_before = self._lost_in_a_row
        if lost_before >= MOST_LOST_IN_A_ROW:
            return None
        host = self._ground.host(place)
        try:
            forked = await Connection.open(ForkHost(self, host, home), single=single)
        except AgentFault as fault:
            self.trouble = self.trouble or fault.detail
            # Those that were tried at the same time are one: what kept one of them kept them all.
            self._lost_in_a_row = max(self._lost_in_a_row, lost_before + 1)
            return None
        self._lost_in_a_row = 0
        self.look_at(host)
        return forked

    def look_at(self, host: Host) -> None:
        """Whether a process was started there that was to be a fork."""
        if isinstance(host, Forking) and host.fork_trouble:
            self.trouble = self.trouble or host.fork_trouble
            self.replaced += 1

    def taken(self) -> int:
        """How many processes were started instead since this was last asked."""
        count, self.replaced = self.replaced, 0
        return count

    async def parent(self, host: Host, home: object) -> "Parent":
        """One that has nothing to do, or a new one. Raises an `AgentFault`."""
        idle = self._idle.setdefault(home, [])
        while idle:
            found = idle.pop()
            if found.is_fit():
                return found
        made = Parent(lambda: idle.append(made))
        self._all.append(made)
        await made.start(host)
        return made

    async def close(self) -> None:
        """End them."""
        parents, self._all, self._idle = self._all, [], {}
        await asyncio.gather(*(parent.connection.close() for parent in parents if parent.connection))

    def drop(self) -> None:
        """Let go of those that end with their hosts."""
        for parent in self._all:
            if parent.connection:
                parent.connection.drop()


class ForkHost:
    """A host whose processes are forks. What it takes to start the first of them is its host's affair."""

    pipe = False
    interpreter = ""
    starts = 1
    lost_starts = 0

    def __init__(self, forks: Forks, host: Host, home: object) -> None:
        self.forks = forks
        self.below = host
        self.home = home
        self.agent = host.agent
        self.slow = host.slow

    async def open(self, listener: Listener) -> "Forked":
        """Fork. Raises `CannotStart`."""
        try:
            parent = await self.forks.parent(self.below, self.home)
        except AgentFault as fault:
            raise CannotStart(fault.detail) from fault
        return parent.fork(listener)


class Parent:
    """An agent that carries nothing, and the streams that it lends to a fork of its own."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self.connection: Connection | None = None
        self._give_back = give_back
        self._process: Process | None = None
        self._below: Listener | None = None
        self._forked: Forked | None = None
        self._held: list[bytes] = []

    async def start(self, host: Host) -> None:
        """Raises an `AgentFault`."""
        self.connection = await Connection.open(_Between(host, self), single=True)

    def is_fit(self) -> bool:
        """It can fork."""
        return self.connection is not None and self.connection.fault is None and self._process is not None and self._process.is_alive()

    async def open(self, host: Host, listener: Listener) -> Process:
        """Its own process, of which it hears everything first. Raises `CannotStart`."""
        self._below = listener
        self._process = await host.open(self)
        return self._process

    def fork(self, listener: Listener) -> "Forked":
        """Another agent, which greets its listener by and by."""
        assert self.connection is not None
        assert self._process is not None
        forked = self._forked = Forked(self, self._process, listener)
        forked.answer = self.connection.request({"do": "fork"}, inf)
        forked.number = self.connection.last_number
        forked.answer.add_done_callback(forked.parent_answered)
        return forked

    def is_lent(self, forked: "Forked") -> bool:
        """The streams are a fork's."""
        return self._forked is forked

    def take_back(self, *, fit: bool) -> None:
        """The fork has ended; one that did not end well leaves nothing behind that is used again."""
        self._forked = None
        self._held = []
        if fit and self.is_fit():
            self._give_back()
        elif self.connection is not None:
            self.connection.kill()

    # -- what the process says

    def output(self, data: bytes) -> None:
        """To the fork, except for the one line that tells of its end."""
        if self._forked is None:
            self._tell(data)
            return
        if b"\n" not in data:
            self._held.append(data)
            return
        whole, _, rest = data.rpartition(b"\n")
        whole = b"".join((*self._held, whole))
        self._held = [rest] if rest else []
        forked = self._forked
        if forked.heard and _MARK not in whole:
            forked.listener.output(whole + b"\n")
            return
        for line in whole.split(b"\n"):
            if forked.is_end(line):
                self._tell(line + b"\n")
            else:
                forked.heard = True
                forked.listener.output(line + b"\n")

    def _tell(self, data: bytes) -> None:
        if self._below is not None:
            self._below.output(data)

    def errors(self, data: bytes) -> None:
        """Of whoever has the streams."""
        listener = self._forked.listener if self._forked else self._below
        if listener is not None:
            listener.errors(data)

    def ended(self) -> None:
        """With the first process everything has ended."""
        forked = self._forked
        if forked is not None:
            forked.listener.output(b"".join(self._held))
            forked.over("")
        if self._below is not None:
            self._below.ended()


class _Between:
    """The host of a parent, which lets the parent hear first."""

    def __init__(self, host: Host, parent: Parent) -> None:
        self._host = host
        self._parent = parent
        self.pipe = host.pipe
        self.agent = host.agent
        self.interpreter = host.interpreter
        self.starts = host.starts
        self.slow = host.slow

    @property
    def lost_starts(self) -> int:
        """Of the host, which is asked for them."""
        return self._host.lost_starts

    @lost_starts.setter
    def lost_starts(self, count: int) -> None:
        self._host.lost_starts = count

    async def open(self, listener: Listener) -> Process:
        """As the host does. Raises `CannotStart`."""
        return await self._parent.open(self._host, listener)


class Forked:
    """A process that is a fork of an agent's."""

    def __init__(self, parent: Parent, process: Process, listener: Listener) -> None:
        self.pid = 0
        self.listener = listener
        self.number = 0
        """Of the request that made it."""
        self.answer: asyncio.Future[Any] | None = None
        self.heard = False
        """It has said something."""
        self._parent = parent
        self._process = process
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._how = ""
        self._killed = False
        """What it was forked from is about to end, though it may still answer."""

    def is_end(self, line: bytes) -> bool:
        """The answer of the first process to the request that made this one."""
        kind: type[_Fork | _Refusal] | None = _Fork if _MARK in line else None if self.heard else _Refusal
        if kind is None:
            return False
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(line, type=kind).id == self.number
        return False

    def parent_answered(self, answer: "asyncio.Future[messages.Reply]") -> None:
        """How it ended, or why there was none."""
        try:
            reply = answer.result()
        except (RequestRefused, StepTimeout) as error:
            self._parent.errors(str(error).encode())
            self.over("it could not fork")
        except (AgentFault, asyncio.CancelledError):
            self.over("")
        else:
            self.over(told(reply.ended), fit=reply.ended == 0 and not self._killed)

    def over(self, how: str, *, fit: bool = False) -> None:
        """It is gone; `fit` says that the first process can fork again."""
        if self._ended.done():
            return
        self._ended.set_result(None)
        self._how = how
        self._parent.take_back(fit=fit)
        self.listener.ended()

    # -- as a process

    def write(self, data: bytes) -> None:
        """Send to its standard input."""
        if self.is_alive() and self._parent.is_lent(self):
            self._process.write(data)

    def kill(self) -> None:
        """End it at once, with the agent that it was forked from."""
        if self.is_alive():
            self._killed = True
            self._process.kill()

    def is_alive(self) -> bool:
        """It has not been seen to end."""
        return not self._ended.done()

    def ending(self) -> str:
        """How it ended."""
        return self._how or self._process.ending()

    def is_cut_off(self) -> bool:
        """It was not the process that ended, but the way to it."""
        return not self._how and isinstance(self._process, Distant) and self._process.is_cut_off()

    async def wait(self, seconds: float) -> None:
        """Until it has ended, or for so long."""
        await asyncio.wait([self._ended], timeout=seconds)

    def close(self) -> None:
        """The streams are its parent's."""
