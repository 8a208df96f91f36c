"""What steps did on one target, and what was made of it."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

Verdict = Literal["pass", "variation", "stale", "fail", "unsupported", "hang", "crash", "inconclusive", "bug", "error"]

VERDICTS: tuple[Verdict, ...] = (
    "pass", "variation", "stale", "fail", "unsupported", "hang", "crash", "inconclusive", "bug", "error",
)  # fmt: skip

GOOD: frozenset[Verdict] = frozenset({"pass", "variation", "unsupported"})
"""Verdicts that leave a run green."""

Value = Any
"""A value in the wire form of `docs/agent-protocol.md`: JSON scalars as they are, everything else as a tagged object."""


UNTIMED = 0.0
"""What stands for a time that is kept elsewhere."""


class Raised(Struct, frozen=True, omit_defaults=True):
    """An exception, as the target saw it."""

    type: str
    """`OSError`, `socket.timeout`: built-ins bare, others with their public module."""
    bases: tuple[str, ...] = ()
    """Its ancestors in method resolution order, `object` left out."""
    errno: int | None = None
    symbols: tuple[str, ...] = ()
    """Every name the target has for the number: `("EAGAIN", "EWOULDBLOCK")`, with `WSA…` where there is one; preferred first."""
    message: str = ""


class Warned(Struct, frozen=True):
    """A warning given during a step."""

    type: str
    message: str


class Observation(Struct, frozen=True, omit_defaults=True):
    """What one step did for one member of its role. Exactly one of the fields after `instance` says what came of it."""

    step: int
    instance: int = 0
    value: Value | UnsetType = UNSET
    raises: Raised | None = None
    started: bool = False
    """A background call is under way."""
    pending: bool | None = None
    """Answer to `pending`: true, it has not finished."""
    hang: bool = False
    """The step was still under way when its limit had passed."""
    skipped: str = ""
    """The step could not be tried: a name it uses was never set."""
    refused: str = ""
    """The language's guard did not allow it on this target: the scenario is wrong."""
    lacking: str = ""
    """The target lacks what a helper needs."""
    stood_in: tuple[str, ...] = ()
    """Calls that the agent performed in the target's place, because the target does not have them: `socket.socket.getsockname`. What such a
    step came to is the agent's and not the target's, so that it is neither judged nor compared."""
    warnings: tuple[Warned, ...] = ()
    seconds: float = UNTIMED
    """How long the call took on the target's clock; kept in `Volatile` on disk."""


class Trouble(Struct, frozen=True, omit_defaults=True):
    """Why a cell has no full set of observations."""

    kind: Literal["unsupported", "hang", "crash", "inconclusive", "bug", "error"]
    """`inconclusive`: something did not end in time while the machine was overloaded."""
    detail: str
    step: int | None = None
    mendable: bool = False
    """What is missing can be had on the machine that steers: whoever goes on with the run plays the cell again."""


class Addresses(Struct, frozen=True, omit_defaults=True):
    """Where a role stands: the addresses of its own host, of the other one, and of the network between them. The default is loopback."""

    host: str = "127.0.0.1"
    host6: str = "::1"
    """Empty where the network has no IPv6."""
    peer: str = "127.0.0.1"
    peer6: str = "::1"
    link6: str = ""
    """The link-local IPv6 address of the own host's interface; empty on loopback."""
    peer_link6: str = ""
    broadcast: str = "127.255.255.255"
    nobody: str = ""
    """An address of the network that no host has; empty on loopback."""
    nobody6: str = ""


LOOPBACK = Addresses()


class Evidence(Struct, frozen=True, omit_defaults=True):
    """All that was seen of one scenario on one target, raw."""

    observations: tuple[Observation, ...] = ()
    trouble: Trouble | None = None
    leaks: tuple[str, ...] = ()
    """Descriptors still open after clean-up, described."""
    starved: float = 0.0
    """Longest the target's host kept a waiting thread from running during the play, in seconds; 0 where not watched."""
    temporary: tuple[str, ...] = ()
    """The temporary folders of the scenario's roles on the target, in the order of the roles, those that made one."""
    addresses: dict[str, Addresses] = {}
    """By role, where the play was not on loopback."""


class Judgement(Struct, frozen=True, omit_defaults=True):
    """A verdict with its grounds."""

    verdict: Verdict
    reason: str = ""
    """One line: what was expected and what was seen, the unmet need, the documented reason."""
    step: int | None = None
    expected: str = ""
    observed: str = ""
    see: tuple[str, ...] = ()
    late_only: bool = False
    """The only mismatch is an upper time bound."""
