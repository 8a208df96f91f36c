"""A machine that is booted for a run, or a sandbox: one line to a switchboard in it, and the processes that it starts.

Knows no protocol of agents and no recipe. The other end is `harness/agents/switchboard.py`; docs/systems/switchboard.md describes the line.
"""

import asyncio
import base64
import json
import os
import re
import signal
import socket
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count

from msgspec import Struct

from harness.agents.boarding import READY, WIRING, boot_arguments, program_pieces, wiring
from harness.agents.program import MODULE, source
from harness.hosts.process import CannotStart, HostGone, Listener, Loss, Process, told
from harness.targets.asking import ISOLATING_FLAGS
from harness.targets.spec import TargetSpec

BOOT_SECONDS = 60.0
"""For a machine that is as fast as the one outside, with much else going on there."""
TRIES = 2
"""A first start that fails may be the fault of what else goes on."""
STOP_SECONDS = 3.0
LINE = "fd=FD"
"""In a word of a command: FD is the number of a socket that is the line once the switchboard is there; else that stays on standard input
and output."""
HOLDS = 3584
"""Bytes under way to a machine, until it says how many its line holds."""
LONGEST_LINE = 1 << 20
KEPT_NOISE = 2000

ON_ONE_PROCESSOR = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"{sys.argv[2]}: {error.strerror}")
"""
"""Becomes the program that its words name, on the processor that the first of them is the number of."""

_numbers = count(1)
_FRAME = re.compile(rb"<smx (([0-9]+) ([a-z]+) ([0-9]+) ([A-Za-z0-9+/=]*)) ([0-9a-f]{8})>")
_MARK = b"<smx "


class Frame(Struct, frozen=True):
    """One frame that came out of a machine."""

    number: int
    kind: str
    channel: int
    data: bytes


class LineBroken(Exception):
    """A frame was damaged or lost."""


def framed(number: int, kind: str, channel: int, data: bytes = b"") -> bytes:
    """One frame, as a line of ASCII with its number and its checksum."""
    inner = b"%d %s %d %s" % (number, kind.encode(), channel, base64.b64encode(data))
    return b"<smx %s %08x>\n" % (inner, zlib.crc32(inner))


class FrameReader:
    """Finds frames among whatever else comes down a line, and misses none."""

    def __init__(self) -> None:
        self.noise = b""
        """The end of what was no frame: of a kernel's messages."""
        self._held = b""
        self._expected = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that have now come as a whole, those before one that is missing or damaged too. Raises `LineBroken`."""
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > LONGEST_LINE:
            raise LineBroken(f"a line of more than {LONGEST_LINE >> 20} MiB")
        yield from (frame for line in lines if (frame := self._frame(line)) is not None)

    def _frame(self, line: bytes) -> Frame | None:
        found = _FRAME.search(line)
        if found is None or zlib.crc32(found[1]) != int(found[6], 16):
            if _MARK in line:
                raise LineBroken(f"frame {self._expected} was damaged: {_shown(line)}")
            self._keep(line)
            return None
        self._keep(line[: found.start()])
        if int(found[2]) != self._expected:
            raise LineBroken(f"frame {self._expected} was lost")
        self._expected += 1
        return Frame(int(found[2]), found[3].decode(), int(found[4]), base64.b64decode(found[5]))

    def _keep(self, noise: bytes) -> None:
        if noise.strip():
            self.noise = (self.noise + noise.rstrip() + b"\n")[-KEPT_NOISE:]


def _shown(line: bytes) -> str:
    return ascii(line[:80].decode("ascii", "replace"))


class Machine(asyncio.SubprocessProtocol):
    """One machine, from its boot to its end."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], slow: float = 1.0, descriptors: Sequence[int] = (),
        one_processor: bool = False,
    ) -> None:  # fmt: skip
        self.number = next(_numbers)
        self.command = tuple(command)
        self.descriptors = tuple(descriptors)
        """Of this process, which it is given under the same numbers."""
        self.environment = dict(environment)
        self.slow = slow
        self.one_processor = one_processor
        """All of it stays on one, where a system lets a process say so."""
        self.notes: tuple[str, ...] = ()
        """What the machine says it could not do when it was brought up."""
        self.answers: dict[str, bool] = {}
        """What was asked of its kernel, by the words of a shell, and came to be so or not: it stays as it is."""
        self._files: set[str] = set()
        """What it has been sent."""
        self.folder = ""
        """In the machine: where it has the agent."""
        self.interpreter = ""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.SubprocessTransport | None = None
        self._frames: FrameReader | None = None
        self._early = b""
        self._errors = b""
        self._asked: asyncio.Future[None] = self._loop.create_future()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._fault = ""
        self._dismissed = False
        """It was to end."""
        self._processes: dict[int, MachineProcess] = {}
        self._wired: dict[int, asyncio.Future[str]] = {}
        """Of orders to wire: why it was not done, or nothing."""
        self._channels = count(1)
        self._number = 0
        self._queue: deque[bytes] = deque()
        self._sent = self._taken = 0
        self._holds = HOLDS
        self._line: asyncio.WriteTransport | None = None
        """Where it has one besides its standard input and output."""

    # -- boot and end

    @classmethod
    async def boot(
        cls, command: Sequence[str], environment: Mapping[str, str], slow: float = 1.0, descriptors: Sequence[int] = (),
        tries: int = TRIES, lost: Callable[[], None] = lambda: None, one_processor: bool = False,
    ) -> "Machine":  # fmt: skip
        """Start a machine, and wait until its switchboard answers; try again, and tell of that, if it does not. Raises `CannotStart`."""
        for left in reversed(range(tries)):
            machine = cls(command, environment, slow, descriptors, one_processor)
            try:
                await machine._boot()
            except CannotStart:
                await machine.stop()
                if not left:
                    raise
                lost()
            except BaseException:
                await asyncio.shield(machine.stop())
                raise
            else:
                return machine
        raise AssertionError  # the last try has raised

    async def _boot(self) -> None:
        try:
            with await self._line_of_its_own() as line:
                number = line.fileno()
                command = [*self._on_one_processor(), *(word.replace(LINE, f"fd={number}") for word in self.command)]
                given = (*self.descriptors, number) if self._line else self.descriptors
                await self._loop.subprocess_exec(
                    lambda: self, *command, env={**os.environ, **self.environment}, start_new_session=True, pass_fds=given,
                )  # fmt: skip
        except OSError as error:
            raise CannotStart(f"{self.command[0]}: {error.strerror or error}") from None
        seconds = BOOT_SECONDS * self.slow
        try:
            async with asyncio.timeout(seconds):
                for piece in program_pieces():
                    await self._asked
                    self._asked = self._loop.create_future()
                    self._write(piece)
                self._frames = FrameReader()
                await self._ready
                self.put(f"{MODULE}.py", source())
        except TimeoutError:
            raise CannotStart(f"the machine was not ready within {seconds:g} s{self._last_words()}") from None

    def _on_one_processor(self) -> list[str]:
        """Words before those of the command that keep all of it on one processor: machines take them in turn."""
        if not self.one_processor or not hasattr(os, "sched_setaffinity"):
            return []
        processors = sorted(os.sched_getaffinity(0))
        return [sys.executable, "-I", "-S", "-c", ON_ONE_PROCESSOR, str(processors[self.number % len(processors)])]

    async def _line_of_its_own(self) -> socket.socket:
        """The machine's end of a line, if its command asks for one."""
        ours, theirs = socket.socketpair()
        if any(LINE in word for word in self.command):
            self._line, _ = await self._loop.create_connection(lambda: _Line(self), sock=ours)
        else:
            ours.close()
        return theirs

    def put(self, name: str, content: bytes) -> str:
        """Send a file, once, to the memory of the machine; where it is then. Byte code of a module is kept there too."""
        path = f"{self.folder}/{name}"
        if name in self._files:
            return path
        self._files.add(name)
        for at in range(0, len(content), self._holds // 4):
            part = base64.b64encode(content[at : at + self._holds // 4]).decode()
            self._send("file", 0, json.dumps({"name": name, "content": part}).encode())
        return path

    async def stop(self) -> None:
        """End the machine for certain: it is asked to, and then it and all it consists of are killed."""
        if self._transport is None:
            self._leave_line()
            return
        self._dismissed = self._dismissed or self.is_alive()
        if self.is_alive() and self._ready.done() and not self._fault:
            self._queue.clear()
            self._write(framed(self._number, "stop", 0))
            await asyncio.wait([self._gone], timeout=STOP_SECONDS)
        self._kill()
        await asyncio.wait([self._gone], timeout=STOP_SECONDS)
        self._transport.close()
        self._leave_line()

    def _leave_line(self) -> None:
        if self._line is not None:
            self._line.close()

    def _kill(self) -> None:
        """The whole group: what a machine is made of may outlive its first process."""
        if self._transport is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._transport.get_pid(), signal.SIGKILL)

    def is_alive(self) -> bool:
        """It has not been seen to end, and its line is whole."""
        return not self._gone.done() and not self._fault

    def is_lost(self) -> bool:
        """It ended though nobody wanted it to, or had to be ended because its line was broken."""
        return not self.is_alive() and not self._dismissed

    # -- processes in it

    def loss(self) -> Loss:
        """What there is to say of its end: it was ended from here if its line was broken, or it did not do as told."""
        return Loss(f"machine {self.number}", self.ending(), by_itself=not self._fault)

    async def start(self, argv: Sequence[str], listener: Listener, room: str = "") -> "MachineProcess":
        """Start a program in the machine, or in a namespace of it; an empty first word is the interpreter of the switchboard. Raises
        `CannotStart`."""
        return await self._process("start", {"argv": list(argv), "in": room}, listener)

    async def fork(self, module: str, listener: Listener, room: str = "", user: int = 0) -> "MachineProcess":
        """A process of the switchboard's that runs a module of those that were sent. Raises `CannotStart`."""
        return await self._process("fork", {"module": module, "in": room, "user": user}, listener)

    async def _process(self, kind: str, order: dict[str, object], listener: Listener) -> "MachineProcess":
        if not self.is_alive():
            raise HostGone(self.loss())
        process = MachineProcess(self, next(self._channels), listener)
        self._processes[process.channel] = process
        self._send(kind, process.channel, json.dumps(order).encode())
        refused = await process.answered
        if refused:
            raise HostGone(self.loss()) if process.is_lost() else CannotStart(refused)
        return process

    async def wire(self, order: dict[str, object], seconds: float) -> None:
        """Have it make and change networks (`harness/agents/wiring.py`). Raises `CannotStart` where it cannot."""
        if not self.is_alive():
            raise HostGone(self.loss())
        self.put(f"{WIRING}.py", wiring())
        channel = next(self._channels)
        answer = self._wired[channel] = self._loop.create_future()
        self._send("wire", channel, json.dumps(order).encode())
        try:
            refused = await asyncio.wait_for(answer, seconds)
        except TimeoutError:
            self.give_up(f"what shapes networks has not ended within {seconds:g} s")
            raise HostGone(self.loss()) from None
        finally:
            self._wired.pop(channel, None)
        if not self.is_alive():
            raise HostGone(self.loss())
        if refused:
            raise CannotStart(refused)

    def leave(self, rooms: Sequence[str]) -> None:
        """Remove namespaces that nobody needs any more; nobody waits for it."""
        if rooms and self.is_alive():
            self._send("wire", next(self._channels), json.dumps({"drop": list(rooms)}).encode())

    async def run(self, *argv: str, room: str = "") -> str:
        """Run a program to its end; what it said. Raises `CannotStart` where it fails."""
        heard = _Heard(self._loop)
        process = await self.start(argv, heard, room)
        await heard.over
        if process.is_lost():
            raise HostGone(self.loss())
        if process.ending() != told(0):
            raise CannotStart(f"{argv[0]} in the machine: {process.ending()}: {heard.said.strip()[-300:]}")
        return heard.said

    def _send(self, kind: str, channel: int, data: bytes = b"") -> None:
        """In frames that fit into the window: one that does not would never be read."""
        largest = self._holds // 2  # a third longer in its frame, and a quarter of the window may be read and not acknowledged yet
        while len(data) > largest:
            self._enqueue("more", channel, data[:largest])
            data = data[largest:]
        self._enqueue(kind, channel, data)
        self._pour()

    def _enqueue(self, kind: str, channel: int, data: bytes) -> None:
        self._queue.append(framed(self._number, kind, channel, data))
        self._number += 1

    def give(self, channel: int, data: bytes) -> None:
        """Input of a process."""
        for at in range(0, len(data), self._holds // 4):
            self._send("in", channel, data[at : at + self._holds // 4])

    def end(self, channel: int) -> None:
        """Kill a process."""
        self._send("kill", channel)

    def _pour(self) -> None:
        """Write as much as the line may hold."""
        while self._queue and (self._sent == self._taken or self._sent + len(self._queue[0]) - self._taken <= self._holds):
            frame = self._queue.popleft()
            self._sent += len(frame)
            self._write(frame)

    def _write(self, data: bytes) -> None:
        pipe = self._transport.get_pipe_transport(0) if self._transport else None
        if self._line is not None and self._frames is not None:
            pipe = self._line
        if isinstance(pipe, asyncio.WriteTransport) and not pipe.is_closing():
            pipe.write(data)

    # -- what the machine says

    def _take(self, frame: Frame) -> None:
        if frame.kind == "ack":
            self._taken = int(frame.data)
            self._pour()
        elif frame.kind == "ready":
            ready = json.loads(frame.data)
            self.folder, self.interpreter, self.notes = ready["folder"], ready["interpreter"], tuple(ready["notes"])
            self._holds = ready["holds"]
            if not self._ready.done():
                self._ready.set_result(None)
        elif frame.kind == "broken":
            self._break(f"its line is broken: {frame.data.decode('ascii', 'replace')}")
        elif frame.channel in self._wired:
            answer = self._wired.pop(frame.channel)
            if not answer.done():
                answer.set_result(frame.data.decode("utf-8", "replace"))
        elif frame.channel in self._processes:
            self._processes[frame.channel].take(frame)
            if frame.kind in ("ended", "refused"):
                del self._processes[frame.channel]

    def give_up(self, fault: str) -> None:
        """It does not do as told."""
        self._break(fault)

    def _break(self, fault: str) -> None:
        """A machine of which something was lost is no longer trusted with anything."""
        if not self._fault:
            self._fault = fault
            self._kill()

    def ending(self) -> str:
        """Why there is no machine any more."""
        how = self._fault or told(self._transport.get_returncode() if self._transport else None)
        return f"the machine ended: {how}{self._last_words()}"

    def _last_words(self) -> str:
        noise = (self._frames.noise if self._frames else self._early) + b"\n" + self._errors
        lines = [line.strip() for line in noise.decode("ascii", "replace").splitlines() if line.strip()]
        return f": {lines[-1][:300]}" if lines else ""

    # -- callbacks of the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._errors = (self._errors + data)[-KEPT_NOISE:]
        elif self._frames is None:
            self._await_boot(data)
        elif self._line is not None:
            self._errors = (self._errors + data)[-KEPT_NOISE:]
        else:
            self.read(data)

    def _await_boot(self, data: bytes) -> None:
        _, found, self._early = (self._early + data).rpartition(READY.encode())
        self._early = self._early[-KEPT_NOISE:]
        if found and not self._asked.done():
            self._asked.set_result(None)

    def read(self, data: bytes) -> None:
        """What came on the line, once the switchboard is there."""
        if self._frames is None or self._fault:
            return
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except LineBroken as broken:
            self._break(f"its line is broken: {broken}")

    def process_exited(self) -> None:
        self._kill()
        # What it said last may still be in the pipes.
        self._loop.call_soon(self._end)

    def _end(self) -> None:
        if self._gone.done():
            return
        self._gone.set_result(None)
        for waiting in (self._asked, self._ready):
            if not waiting.done():
                waiting.set_exception(CannotStart(f"the machine did not start: {self.ending()}"))
                waiting.exception()
        wired, self._wired = self._wired, {}
        for answer in wired.values():
            if not answer.done():
                answer.set_result(self.ending())
        processes, self._processes = self._processes, {}
        for process in processes.values():
            process.lost()


class _Line(asyncio.Protocol):
    """A line that is a socket. Its end is told by the end of the machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def data_received(self, data: bytes) -> None:
        self.machine.read(data)


class MachineProcess:
    """One process in a machine."""

    def __init__(self, machine: Machine, channel: int, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        self.pid = 0
        self.channel = channel
        self.answered: asyncio.Future[str] = loop.create_future()
        """Why it was not started; empty if it was."""
        self._machine = machine
        self._listener = listener
        self._ended: asyncio.Future[None] = loop.create_future()
        self._how = ""
        self._lost = False

    def write(self, data: bytes) -> None:
        """Send to its standard input."""
        if self.is_alive():
            self._machine.give(self.channel, data)

    def kill(self) -> None:
        """End it at once, with whatever it started in its own group."""
        if self.is_alive():
            self._machine.end(self.channel)

    def is_alive(self) -> bool:
        """It has not been seen to end."""
        return not self._ended.done()

    def ending(self) -> str:
        """How it ended, or how the machine did."""
        return self._how or self._machine.ending()

    def is_lost(self) -> bool:
        """The machine has ended with it in it."""
        return self._lost

    async def wait(self, seconds: float) -> None:
        """Until it has ended, or for so long."""
        await asyncio.wait([self._ended], timeout=seconds)

    def close(self) -> None:
        """Nothing is held of it."""

    def take(self, frame: Frame) -> None:
        """What the switchboard says of it."""
        if frame.kind == "out":
            self._listener.output(frame.data)
        elif frame.kind == "err":
            self._listener.errors(frame.data)
        elif frame.kind == "started" and not self.answered.done():
            self.answered.set_result("")
        elif frame.kind == "refused" and not self.answered.done():
            self.answered.set_result(frame.data.decode("utf-8", "replace"))
            self._ended.set_result(None)
        elif frame.kind == "ended":
            self._end(told(int(frame.data)))

    def lost(self) -> None:
        """The machine is gone, and it with that."""
        self._lost = True
        if not self.answered.done():
            self.answered.set_result(self._machine.ending())
        self._end("")

    def _end(self, how: str) -> None:
        self._how = how
        if not self._ended.done():
            self._ended.set_result(None)
            self._listener.ended()


class _Heard:
    """Listens to a program to its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.said = ""
        self.over: asyncio.Future[None] = loop.create_future()

    def output(self, data: bytes) -> None:
        self.said += data.decode("utf-8", "replace")

    errors = output

    def ended(self) -> None:
        self.over.set_result(None)


class MachineHost:
    """A machine, for agents."""

    pipe = False
    agent = "python"
    interpreter = ""
    starts = 1
    lost_starts = 0

    def __init__(self, machine: Machine, room: str = "", user: int = 0) -> None:
        self.machine = machine
        self.room = room
        """The name of a namespace in it."""
        self.user = user
        self.slow = machine.slow
        self.fresh = False
        self.fork_trouble = ""

    async def open(self, listener: Listener) -> Process:
        """An agent in the machine. Those of its namespaces are many, and forked unless that cannot be. Raises `CannotStart`."""
        if self.room and not self.fresh:
            try:
                return await self.machine.fork(MODULE, listener, self.room, self.user)
            except HostGone:
                raise
            except CannotStart as refused:
                self.fork_trouble = refused.detail
        program = agent_program(self.machine.folder, self.user)
        return await self.machine.start(["", *ISOLATING_FLAGS, "-c", program], listener, self.room)


def agent_program(folder: str, user: int = 0) -> str:
    """Runs the agent from its file, as somebody else if need be. It must not serve while it is being imported: see `local_arguments`."""
    become = f"import os;os.setgroups([]);os.setgid({user});os.setuid({user});" if user else ""
    return f"{become}import sys;sys.path.insert(0,{folder!r});import {MODULE} as a;del sys.path[0];a.main()"


def boot_command(spec: TargetSpec) -> list[str]:
    """The words that start a machine; the interpreter's arguments come last, or where `{}` stands, and a kernel knows no quotes."""
    extra = boot_arguments()
    if not any("{}" in word for word in spec.command):
        return [*spec.command, *extra]
    return [part for word in spec.command for part in (extra if word == "{}" else [word.replace("{}", " ".join(extra))])]


def linked_command(spec: TargetSpec, device: str) -> list[str]:
    """The words that start a machine with one device more; a kernel takes it before the name of its first program."""
    words = boot_command(spec)
    at = next(number for number, word in enumerate(words) if word.startswith("init="))
    return [*words[:at], device, *words[at:]]
