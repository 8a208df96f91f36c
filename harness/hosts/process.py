"""What a running agent looks like to those who talk to it, wherever it runs. Starts nothing."""

from typing import Protocol, runtime_checkable

from msgspec import Struct


class CannotStart(Exception):
    """A process, or the host that it was to run on, could not be started. `detail` says why in one line."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Loss(Struct, frozen=True):
    """A host that has ended under its agents: a container, or a machine."""

    host: str
    """Tells it from every other."""
    how: str
    by_itself: bool = False
    """What went on in it has ended it: nobody outside did, and the controller had no reason to."""
    with_its_agent: bool = False
    """It consisted of one agent and ended as that did, which is told of the agent."""


class HostGone(CannotStart):
    """The host is no more; another one in its place may do."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.how)
        self.loss = loss


class NotProvided(CannotStart):
    """Something that a scenario needs is not there, and can be named."""


class Listener(Protocol):
    """Who is told what a process says. Every call comes from the event loop and returns at once."""

    def output(self, data: bytes) -> None:
        """Bytes of the standard output."""

    def errors(self, data: bytes) -> None:
        """Bytes of the standard error."""

    def ended(self) -> None:
        """Nothing more will come; the process says how it ended."""


class Process(Protocol):
    """A process with its three streams."""

    pid: int
    """As the process itself knows it, for ending it; 0 until it has said so."""

    def write(self, data: bytes) -> None:
        """Send to its standard input; nothing happens if it has ended."""

    def kill(self) -> None:
        """End it at once."""

    def is_alive(self) -> bool:
        """It has not been seen to end."""

    def ending(self) -> str:
        """How it ended: `exit status 1`, `killed by SIGKILL`."""

    async def wait(self, seconds: float) -> None:
        """Until it has ended, or for so long."""

    def close(self) -> None:
        """Give back what the controller holds of it."""


@runtime_checkable
class Distant(Process, Protocol):
    """A process to which the way can be lost."""

    def is_cut_off(self) -> bool:
        """It was not the process that ended, but the way to it."""


@runtime_checkable
class Forking(Protocol):
    """A host that forks its agents from a process which has the agent's program already, where it is not told to start them."""

    fresh: bool
    """It is told to."""
    fork_trouble: str
    """Why it could not, and started a process instead."""


class Host(Protocol):
    """Something that can start processes that reach each other by loopback."""

    pipe: bool
    """Its processes do not see this machine's files, so that the agent is sent down the pipe."""
    agent: str
    """Which agent is sent there (`harness/agents/program.py`)."""
    interpreter: str
    """Tells what runs there from every other interpreter, wherever that is; empty where nobody can say."""
    starts: int
    """How often a process is started until an agent answers."""
    lost_starts: int
    """How many of its processes ended before that, and were started again."""

    @property
    def slow(self) -> float:
        """How many times longer than an interpreter of this machine it may take."""

    async def open(self, listener: Listener) -> Process:
        """Start an interpreter that waits for an agent, or has it. Raises `CannotStart`."""


def told(code: int | None) -> str:
    """What an exit code says; negative ones are signals, as in `subprocess`."""
    from signal import Signals

    if code is None:
        return "its output ended"
    if code >= 0:
        return f"exit status {code}"
    return f"killed by {Signals(-code).name}" if -code in set(Signals) else f"killed by signal {-code}"
