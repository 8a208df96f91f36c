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
    protocol: int
    python: str
    implementation: str
    pid: int


class Closed(Struct, frozen=True):
    """What a clean-up found."""

    leaks: tuple[str, ...] = ()
    temporary: str = ""
    starved: float = 0.0


class Reply(Struct, frozen=True):
    """An agent's answer to the request with the same `id`."""

    id: int | None
    steps: tuple[Observation, ...] = ()
    export: dict[str, Any] = {}
    closed: Closed | None = None
    stuck: int = 0
    facts: Facts | None = None
    compiled: Compiled | None = None
    error: str = ""


class Opening(Struct, frozen=True, omit_defaults=True):
    """How a session begins."""

    role: str
    instance: int
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
    folder: str = ""
    """Where the session may make its temporary folder; empty: wherever it likes."""


class RunRequest(Struct, frozen=True, omit_defaults=True):
    """Steps of one session, already in JSON."""

    id: int
    session: str
    steps: msgspec.Raw
    do: str = "run"
    open: Opening | None = None
    given: dict[str, Any] = {}
    export: tuple[str, ...] = ()
    close: bool = False


encode = msgspec.json.Encoder().encode
decode_reply = msgspec.json.Decoder(Reply).decode
decode_hello = msgspec.json.Decoder(Hello).decode


def encode_run(request: RunRequest) -> bytes:
    """`do` is a default and would be left out of a compact encoding, so it is put first by hand."""
    return b'{"do":"run",' + encode(request)[1:]
