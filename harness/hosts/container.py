"""A container that agents run in: made from an image as it is, with nothing mounted and next to nothing allowed.

Knows no networks beyond the one that it is given, and no agents.
"""

import time
from contextlib import suppress
from typing import Any

from msgspec import Struct

from harness.agents.program import BOOT
from harness.hosts.engine import INSIDE_LABEL, Engine
from harness.hosts.keeper import Keeper
from harness.hosts.process import CannotStart, Listener, Loss, told
from harness.hosts.stream import ContainerProcess, let_go
from harness.targets.asking import ISOLATING_FLAGS

MEMORY = "2g"
PROCESSES = 2048
"""Threads count too: those of Jython, which has pools of them for its sockets, came to 503 on a machine with nothing else to do."""
CORES = 2
LOW_SHARES = 128
"""Of 1024 that everybody else has: an emulator wants all there is, and those who measure time beside it want little, but at once."""
TEMPORARY = "rw,nosuid,nodev,size=64m,mode=1777"
NAME = "sockmatrix"
"""Host name of a container that has loopback alone; those on a network are called `host1` and `host2`."""
WAITS = "import sys;sys.stdout.write('ready\\n');sys.stdout.flush();sys.stdin.read()"
"""Keeps a container until the controller, which holds its standard input, is done or dead."""
SETTLES = """
import time
for turn in range(500):
    try:
        lines = [line.split() for line in open("/proc/net/if_inet6")]
    except (IOError, OSError):
        break
    if not [line for line in lines if int(line[4], 16) & 0x40]:
        break
    time.sleep(0.01)
"""
"""For every Python: ends when no address is tentative any more, or after five seconds. A new link-local address can be used when nobody
else on the link has answered to it (RFC 4862), which takes a second."""
GRANTABLE = frozenset({"net_admin", "net_bind_service", "net_broadcast", "net_raw"})
"""Capabilities that a scenario may ask for: those that the socket API depends on."""
REMOVED = "removed"
END_SECONDS = 10
"""What an engine may take to see that a container has ended."""
_KILLED = 128 + 9
_END = "import os\ntry:os.killpg({0},9)\nexcept Exception:os.kill({0},9)"
"""Ends a process beside the first, which leads a group of its own, with whatever it started."""


class Make(Struct, frozen=True, kw_only=True):
    """How a container is to be made."""

    image: str
    command: tuple[str, ...]
    """The interpreter, without arguments."""
    digest: str = ""
    """Of the image: what it is, whatever its name comes to mean later."""
    name: str = NAME
    network: str = ""
    """Of the engine's networks; empty: loopback alone."""
    inside: str = ""
    """Id of a container whose network namespace it joins."""
    sysctls: dict[str, str] = {}
    user: str = ""
    capabilities: tuple[str, ...] = ()
    waits: bool = False
    """Its main process only waits, so that each agent in it can be ended without the container."""
    settles: bool = False
    """Its main process does nothing before the container's addresses can be used."""
    slow: float = 1.0
    """How many times longer than an interpreter of this machine it may take; what is slow leaves the processors to everybody else."""


class Container:
    """One container. Its first agent is its main process, unless it only waits; further agents are started beside it."""

    pipe = True
    starts = 1
    lost_starts = 0
    agent = "python"

    def __init__(self, engine: Engine, make: Make) -> None:
        self.engine = engine
        self.make = make
        self.slow = make.slow
        self.interpreter = f"{make.digest} {' '.join(make.command)}" if make.digest else ""
        self.id = ""
        self.inspected: dict[str, Any] = {}
        self.keeper = Keeper(self.gone, make.slow)
        """Its main process, if that only waits."""
        self._main: Any = None
        self._main_taken = False

    async def start(self) -> "Container":
        """Create and start it, and look at what it became. Raises `CannotStart`."""
        self.id = await self.engine.call(self._create)
        try:
            self._main = await self.engine.call(self._attach_and_start)
        except CannotStart as error:
            raise _explained(error, self.make) from error.__cause__
        if self.make.waits:
            self._main_taken = True
            await self.keeper.attach(self._main)
        if self.make.network:
            self.inspected = await self.engine.call(self.engine.client.inspect_container, self.id)
        return self

    async def settle(self) -> None:
        """Wait until its addresses can be used, where its main process only waits; else nobody is answered before. Raises `CannotStart`."""
        if self.make.waits:
            await self.keeper.line()

    def _create(self) -> str:
        client = self.engine.client
        program = (SETTLES if self.make.settles else "") + (WAITS if self.make.waits else BOOT)
        words = [*self.make.command, *ISOLATING_FLAGS, "-c", program]
        endpoints = None
        if self.make.network:
            # The SDK's annotation has one endpoint where its documentation and its code have a mapping.
            to: Any = {self.make.network: client.create_endpoint_config()}
            endpoints = client.create_networking_config(to)
        made = client.create_container(
            self.make.image, entrypoint=words, command=[], stdin_open=True, hostname=None if self.make.inside else self.make.name,
            user=self.make.user or None, host_config=self._limits(), networking_config=endpoints, labels=self._labels(),
        )  # fmt: skip
        return str(made["Id"])

    def _labels(self) -> dict[str, str]:
        return {**self.engine.labels, INSIDE_LABEL: self.make.inside} if self.make.inside else self.engine.labels

    def _limits(self) -> Any:
        """Nothing is allowed that is not needed, and nothing is without a limit."""
        from docker.types import LogConfig

        mode = f"container:{self.make.inside}" if self.make.inside else self.make.network or "none"
        return self.engine.client.create_host_config(
            network_mode=mode, cap_drop=["ALL"], cap_add=[name.upper() for name in self.make.capabilities],
            security_opt=["no-new-privileges"], read_only=True, tmpfs={"/tmp": TEMPORARY}, mem_limit=MEMORY, memswap_limit=MEMORY,
            pids_limit=PROCESSES, cpu_period=100_000, cpu_quota=CORES * 100_000, cpu_shares=LOW_SHARES if self.slow > 1 else None,
            sysctls=self.make.sysctls or None,
            log_config=LogConfig(type="none"), extra_hosts=None if mode != "none" else {self.make.name: "127.0.0.1"},
        )  # fmt: skip

    def _attach_and_start(self) -> Any:
        # Attached before it starts, so that nothing it says is lost; with its standard input closed when the attached stream is.
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        attached = self.engine.client.attach_socket(self.id, params=streams)
        self.engine.client.start(self.id)
        return attached

    # -- processes

    async def open(self, listener: Listener) -> ContainerProcess:
        """An interpreter that waits for its agent. Raises `CannotStart`."""
        if not self._main_taken:
            self._main_taken = True
            return await ContainerProcess(listener, self._how_it_ended, self._end_container).attach(self._main)
        return await self._execute(listener)

    async def _execute(self, listener: Listener) -> ContainerProcess:
        client = self.engine.client
        words = [*self.make.command, *ISOLATING_FLAGS, "-c", BOOT]
        made = await self.engine.call(client.exec_create, self.id, words, stdin=True, user=self.make.user)
        started = time.time()
        stream = await self.engine.call(client.exec_start, made["Id"], socket=True)

        async def look() -> str:
            found = await self.engine.call(client.exec_inspect, made["Id"])
            if found.get("ExitCode") == _KILLED and await self.engine.call(self._was_short_of_memory, started):
                return short_of_memory()
            return _told(found.get("ExitCode")) if not found.get("Running") else "its output ended"

        return await ContainerProcess(listener, look, self._end_process).attach(stream)

    def _was_short_of_memory(self, since: float) -> bool:
        """The engine keeps no such note for a process beside the first, but it has told of it."""
        # The SDK's annotation has whole seconds where the engine takes parts of one.
        times: dict[str, Any] = {"since": f"{since:.6f}", "until": f"{time.time():.6f}"}
        return bool(list(self.engine.client.events(**times, filters={"container": self.id, "event": "oom"})))

    async def _how_it_ended(self) -> str:
        state = (await self.engine.call(self.engine.client.inspect_container, self.id))["State"]
        if state.get("OOMKilled"):
            return short_of_memory()
        return _told(state.get("ExitCode")) if not state.get("Running") else "its output ended"

    async def _end_process(self, pid: int) -> None:
        """The engine can end no single process, but the interpreter inside can. One that has not said who it is ends with its input, if it
        does: the container is not ended for it, as others play in there."""
        if not pid:
            return
        words = [*self.make.command, *ISOLATING_FLAGS, "-c", _END.format(pid)]
        made = await self.engine.call(self.engine.client.exec_create, self.id, words)
        await self.engine.call(self.engine.client.exec_start, made["Id"])

    async def _end_container(self, pid: int) -> None:
        await self.engine.call(self.engine.client.kill, self.id)

    # -- state

    async def is_running(self) -> bool:
        """Whether the engine still has it running. Raises `CannotStart` where the engine does not say."""
        return not await self.gone()

    async def gone(self) -> Loss | None:
        """How it ended; nothing while it runs. Raises `CannotStart` where the engine does not say."""
        from docker.errors import NotFound

        try:
            state = (await self.engine.call(self.engine.client.inspect_container, self.id))["State"]
            if state["Running"] and not await self._has_processes():
                await self.engine.call(self._wait)
                state = (await self.engine.call(self.engine.client.inspect_container, self.id))["State"]
        except CannotStart as error:
            if isinstance(error.__cause__, NotFound):
                return Loss(self.id, REMOVED)
            raise
        if state["Running"]:
            return None
        if state.get("OOMKilled"):
            return Loss(self.id, short_of_memory(), by_itself=True)
        # The first process of a container can end in any way but by a SIGKILL of its own.
        agents_end = not self.make.waits and state.get("ExitCode") != _KILLED
        return Loss(self.id, _told(state.get("ExitCode")), with_its_agent=agents_end)

    async def _has_processes(self) -> bool:
        """The engine calls a container running for some time after all of it has ended, and its streams with that."""
        try:
            return bool((await self.engine.call(self.engine.client.top, self.id))["Processes"])
        except CannotStart as error:
            return "not running" not in error.detail

    def _wait(self) -> None:
        """For the engine to see that it has ended."""
        from requests.exceptions import RequestException

        with suppress(RequestException):
            self.engine.client.wait(self.id, timeout=END_SECONDS)

    async def remove(self) -> None:
        """End and remove it; it may be gone already."""
        from docker.errors import NotFound

        def removed() -> None:
            try:
                self.engine.client.remove_container(self.id, v=True, force=True)
            except NotFound:
                return

        self.keeper.close()
        if self._main is not None and not self._main_taken:
            let_go(self._main)
        if self.id:
            await self.engine.call(removed)


def _explained(error: CannotStart, make: Make) -> CannotStart:
    """Runtimes say at length that there is no such program, or that it is none."""
    program, told = make.command[0], error.detail.lower()
    if program.lower() in told and ("no such file" in told or "not found" in told):
        return CannotStart(f"there is no {program} in the image '{make.image}'")
    if program.lower() in told and ("permission denied" in told or "exec format error" in told):
        return CannotStart(f"{program} in the image '{make.image}' is no program that can be run; name its Python: docker:IMAGE@/PATH")
    return error


def short_of_memory() -> str:
    """What is said of a process, or of a whole container, that used up its memory."""
    return f"killed for want of memory ({MEMORY} allowed)"


def _told(code: int | None) -> str:
    """A shell's way to say that a signal ended a process is 128 and its number."""
    return told(128 - code if code is not None and 128 < code < 160 else code)
