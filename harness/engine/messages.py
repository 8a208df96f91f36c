"""Requests and replies of the agent protocol as typed data (docs/agent-protocol.md). No input or output."""

from typing import Any

import msgspec
from msgspec import Struct

from harness.agents.program import Compiled
from harness.records.facts import Facts
from harness.records.observation import Observation


class Hello(Struct, frozen=True):
    """First line of an agent."""

    agent: str
    """`sockmatrix`."""
    protocol: int
    python: str
    """Version of the language; empty for an agent that is no Python."""
    implementation: str
    pid: int
    """By which the process is ended where it runs; 0 if it has none."""


class Closed(Struct, frozen=True):
    """What a clean-up found."""

    leaks: tuple[str, ...] = ()
    """Descriptors still open after their owner was closed, described."""
    temporary: str = ""
    """The session's folder, which is removed; empty if it made none."""
    starved: float = 0.0
    """Longest that a waiting thread was kept from running, in seconds; 0 where not watched."""
    unchanged: bool = False
    """The process is as it was when it started: it could carry another scenario that asks for one of its own."""


class Reply(Struct, frozen=True):
    """An agent's answer to the request with the same `id`."""

    id: int | None
    """Null if the request had none that could be read."""
    steps: tuple[Observation, ...] = ()
    """Of `run` and `abort`: what the steps came to, as many as were performed, in their order."""
    export: dict[str, Any] = {}
    """Of `run`: the values that were asked for, of names that are set."""
    closed: Closed | None = None
    """After a clean-up."""
    stuck: int = 0
    """Of `abort`: calls that could not be woken."""
    facts: Facts | None = None
    compiled: Compiled | None = None
    """Of `start`, where it was asked for and can be had."""
    ended: int | None = None
    """Of `fork`: the exit status of the process that it made, or the number of the signal that ended it, negative."""
    error: str = ""
    """Why the request could not be performed; then there is nothing else."""


class Opening(Struct, frozen=True, omit_defaults=True):
    """How a session begins."""

    role: str
    instance: int
    """Number of this member among its role's: the constant `INDEX`."""
    host: str
    host6: str
    peer: str
    peer6: str
    link6: str
    peer_link6: str
    broadcast: str
    nobody: str
    nobody6: str
    reach: tuple[str, ...] = ()
    """Addresses that may be sent to, besides loopback: those of the run's own network."""
    network: bool = False
    """The address guard is lifted altogether."""
    watch: bool = False
    """Measure how long a waiting thread is kept from running."""
    folder: str = ""
    """Where the session may make its temporary folder; empty: wherever it likes."""


class RunRequest(Struct, frozen=True, omit_defaults=True):
    """Steps of one session, already in JSON."""

    id: int
    session: str
    steps: msgspec.Raw
    do: str = "run"
    open: msgspec.Raw | None = None
    """An `Opening`, already in JSON."""
    given: dict[str, Any] = {}
    export: tuple[str, ...] = ()
    close: bool = False


encode = msgspec.json.Encoder().encode
decode_reply = msgspec.json.Decoder(Reply).decode
decode_hello = msgspec.json.Decoder(Hello).decode


def encode_run(request: RunRequest) -> bytes:
    """`do` is a default and would be left out of a compact encoding, so it is put first by hand."""
    return b'{"do":"run",' + encode(request)[1:]
