"""Another machine, by the user's own OpenSSH client: one connection for each target, and the processes that share it. Chooses nothing.

The connection is held by a process that waits at the other end for the end of its input, so that it goes when the controller does, whatever
becomes of that. It answers before anything else is started, and so finds out what is wrong: with the host, the key, the Python.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from shlex import quote

from harness.agents.program import BOOT
from harness.hosts.local import LocalProcess, spawn
from harness.hosts.process import CannotStart, Listener
from harness.targets.spec import TargetSpec

CONNECT_SECONDS = 10
ALIVE_SECONDS = 3
ALIVE_COUNT = 3
"""A host that is silent for so many times so many seconds is gone: sooner than a step is taken for hanging."""
START_SECONDS = 45.0
KEPT_NOISE = 2000

OPTIONS = (
    "-T", "-x", "-a",
    "-o", "BatchMode=yes",
    "-o", f"ConnectTimeout={CONNECT_SECONDS}",
    "-o", f"ServerAliveInterval={ALIVE_SECONDS}",
    "-o", f"ServerAliveCountMax={ALIVE_COUNT}",
    "-o", "ClearAllForwardings=yes",
    "-o", "PermitLocalCommand=no",
    "-o", "RemoteCommand=none",
    "-o", "ControlPersist=no",
    "-o", "EscapeChar=none",
    "-o", "LogLevel=ERROR",
)  # fmt: skip
"""Nobody is asked anything, nothing is forwarded, and what the user's settings start by themselves is left out."""

WAIT = "import sys;sys.stdout.write({mark!r}+'\\n');sys.stdout.flush();sys.stdin.read()"
"""Program of the process that holds the connection."""
MARKED_BOOT = "import sys;sys.stdout.write({mark!r}+'\\n');sys.stdout.flush();" + BOOT

REFUSED_KEY = "permission denied"
NEW_HOST = ("host key verification failed", "remote host identification has changed", "no matching host key")
UNREACHED = (
    "connection refused", "timed out", "could not resolve", "no route to host", "network is unreachable", "connection closed",
    "connection reset", "kex_exchange",
)  # fmt: skip
NO_PYTHON = ("not found", "no such file")


class SshHost:
    """One machine elsewhere, for one target."""

    interpreter = ""
    pipe = True
    agent = "python"
    starts = 1
    lost_starts = 0
    slow = 1.0

    def __init__(self, spec: TargetSpec) -> None:
        self.spec = spec
        self.folder = ""
        """Private, for the socket by which processes share the connection."""
        self._connection: LocalProcess | None = None
        self._said = _Said()
        self._errands: set[asyncio.Task[None]] = set()

    # -- the connection

    async def connect(self) -> None:
        """Log in, and see that there is a Python. Raises `CannotStart`."""
        if shutil.which("ssh") is None:
            raise CannotStart("there is no program ssh here; on Debian and Ubuntu: sudo apt-get install openssh-client")
        # Below /tmp where it can be: the address of a socket has little room.
        self.folder = tempfile.mkdtemp(prefix="smx-", dir="/tmp" if os.name == "posix" and os.access("/tmp", os.W_OK) else None)
        mark = _new_mark()
        said = self._said = _Said(mark)
        program = [*self.spec.command, "-c", WAIT.format(mark=mark)]
        self._connection = await _started(self._words(program, "ControlMaster=yes"), said)
        try:
            async with asyncio.timeout(START_SECONDS):
                await said.answered
        except TimeoutError:
            raise CannotStart(f"{self._name} has not answered within {START_SECONDS:g} s{said.noise()}") from None
        finally:
            if not said.is_answered:
                await self.close()
        if self._connection is None:
            raise CannotStart(why_not(self.spec, said))

    @property
    def _name(self) -> str:
        return self.spec.remote

    def is_connected(self) -> bool:
        """The connection has not been seen to end."""
        return self._connection is not None and self._connection.is_alive()

    async def close(self) -> None:
        """End the connection, and with it whatever it carries."""
        await asyncio.gather(*self._errands, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.kill()
            await connection.wait(5)
            connection.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = ""

    # -- processes

    async def open(self, listener: Listener) -> "SshProcess":
        """Start the interpreter there. Raises `CannotStart`."""
        if not self.is_connected():
            raise CannotStart(f"the connection to {self._name} is lost{self._said.last_words()}")
        mark = _new_mark()
        process = SshProcess(listener, self, mark)
        return await spawn(process, self._words([*self.spec.command, "-u", "-c", MARKED_BOOT.format(mark=mark)]))

    def end(self, pid: int) -> None:
        """Kill a process there: ending the client here only closes its streams."""
        if self.is_connected():
            task = asyncio.create_task(self._end(pid))
            self._errands.add(task)
            task.add_done_callback(self._errands.discard)

    async def _end(self, pid: int) -> None:
        process = await _started(self._words(["kill", "-9", str(pid)]), _Said())
        await process.wait(5)
        process.close()

    async def is_there(self) -> bool:
        """Whether the connection still carries something; it is asked."""
        if not self.is_connected():
            return False
        process = await _started(["ssh", "-O", "check", *self._shared, "-o", "LogLevel=QUIET", *self._where], _Said())
        await process.wait(5)
        there = process.ending() == "exit status 0"
        process.close()
        return there

    def _words(self, command: list[str], *more: str) -> list[str]:
        shared = [*self._shared, *(word for each in more for word in ("-o", each))]
        return ["ssh", *OPTIONS, *shared, *self._where, " ".join(map(quote, command))]

    @property
    def _shared(self) -> list[str]:
        return ["-o", f"ControlPath={self.folder}/s"]

    @property
    def _where(self) -> list[str]:
        destination, port = split_port(self.spec.remote)
        return [*(["-p", port] if port else []), "--", destination]


class SshProcess(LocalProcess):
    """A process at the other end. What comes before its own first words, from the login, is left out."""

    def __init__(self, listener: Listener, host: SshHost, mark: str) -> None:
        super().__init__(listener)
        self._host = host
        self._mark = mark.encode() + b"\n"
        self._noise: bytes | None = b""
        """What has come so far, until the mark has."""
        self._lost = False
        self._asking: asyncio.Task[None] | None = None

    def kill(self) -> None:
        """End it at once, at both ends."""
        if self.pid and self.is_alive():
            self._host.end(self.pid)
        super().kill()

    def ending(self) -> str:
        """How it ended, or that the way to it did."""
        return f"the connection to {self._host.spec.remote} was lost" if self._lost else super().ending()

    def is_cut_off(self) -> bool:
        """It was not the process that ended, but the way to it."""
        return self._lost

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2 or self._noise is None:
            super().pipe_data_received(fd, data)
            return
        noise, mark, rest = (self._noise + data).partition(self._mark)
        self._noise = None if mark else noise[-max(KEPT_NOISE, len(self._mark)) :]
        if rest:
            super().pipe_data_received(fd, rest)

    def process_exited(self) -> None:
        """The client says 255 where the connection was lost, and where the process was killed."""
        if not self._ended.done():
            self._ended.set_result(None)
        self._conclude()

    def connection_lost(self, exc: Exception | None) -> None:
        self._conclude()

    def _conclude(self) -> None:
        if self._asking is None:
            self._asking = self._loop.create_task(self._find_out())

    async def _find_out(self) -> None:
        await self.wait(5)
        if super().ending() == "exit status 255":
            self._lost = not await self._host.is_there()
        if self._noise:
            self._listener.errors(b"\n" + self._noise)
        self._listener.ended()


class _Said:
    """What the process that holds the connection says, until it has said the mark."""

    def __init__(self, mark: str = "") -> None:
        self._mark = mark.encode()
        self._out = b""
        self._errors = b""
        self._over = False
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_answered(self) -> bool:
        """The mark has come."""
        return bool(self._mark) and self._mark in self._out

    def output(self, data: bytes) -> None:
        self._out = (self._out + data)[-KEPT_NOISE:]
        if self.is_answered:
            self._settle()

    def errors(self, data: bytes) -> None:
        self._errors = (self._errors + data)[-KEPT_NOISE:]

    def ended(self) -> None:
        self._settle()

    def _settle(self) -> None:
        if not self.answered.done():
            self.answered.set_result(None)

    def complaint(self) -> str:
        """The last that it said on its standard error."""
        lines = [line.strip() for line in self._errors.decode("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""

    def everything(self) -> str:
        """All of it, in small letters."""
        return self._errors.decode("utf-8", "replace").lower()

    def last_words(self) -> str:
        """The complaint, to be put behind something."""
        return f": {self.complaint()}" if self.complaint() else ""

    def noise(self) -> str:
        """What came instead of an answer."""
        lines = [line.strip() for line in self._out.decode("utf-8", "replace").splitlines() if line.strip()]
        return f"; the login says {lines[-1][:80]!r}" if lines else ""


def why_not(spec: TargetSpec, said: _Said) -> str:
    """What was wrong with a connection, and what to try."""
    name, told, everything = spec.remote, said.last_words(), said.everything()
    destination, port = split_port(name)
    by_hand = f"ssh {f'-p {port} ' if port else ''}{destination}"
    if REFUSED_KEY in everything:
        return f"{name} does not let us in{told}; a key is needed for which nobody has to be asked: try '{by_hand} true'"
    if any(text in everything for text in NEW_HOST):
        return f"the host key of {name} is not the one that is known here, or none is{told}; connect once by hand: {by_hand}"
    if any(text in everything for text in UNREACHED):
        return f"{name} cannot be reached{told}; is sshd running there, on that port? (ssh:user@host:port)"
    if any(text in everything for text in NO_PYTHON):
        return f"there is no '{' '.join(spec.command)}' on {name}{told}; name the Python there: ssh:{name}/usr/bin/python3.9"
    return f"{name} has ended the connection before it answered{told}{said.noise()}; try '{by_hand} {' '.join(spec.command)} --version'"


def split_port(remote: str) -> tuple[str, str]:
    """`user@host:2222` to what ssh is given; an address of IPv6 stands in brackets."""
    head, colon, port = remote.rpartition(":")
    if colon and port.isdigit() and not head.endswith(":") and (":" not in head.rpartition("@")[2] or head.endswith("]")):
        return _bare(head), port
    return _bare(remote), ""


def _bare(destination: str) -> str:
    user, at, host = destination.rpartition("@")
    return f"{user}{at}{host.removeprefix('[').removesuffix(']')}"


def _new_mark() -> str:
    return f"sockmatrix-{secrets.token_hex(8)}"


async def _started(words: list[str], listener: Listener) -> LocalProcess:
    return await spawn(LocalProcess(listener), words)
