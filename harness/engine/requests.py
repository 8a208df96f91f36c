"""Requests of the agent protocol as records, for the schema of what a controller sends. Sends nothing.

What is sent is put together where it is needed, since steps are encoded once for all targets; a test holds it against this schema.
"""

from typing import Any

from msgspec import Struct

from harness.engine.messages import Opening
from harness.records.plan import Call


class Start(Struct, frozen=True, tag_field="do", tag="start"):
    """The first request."""

    id: int
    protocol: int
    single: bool
    """Every request is performed on the main thread, one at a time."""
    compiled: bool = False
    """The answer may have the agent's byte code, for the next process of the same interpreter."""


class AskFacts(Struct, frozen=True, tag_field="do", tag="facts"):
    """What the target says of itself."""

    id: int


class Run(Struct, frozen=True, tag_field="do", tag="run"):
    """Steps of one session."""

    id: int
    session: str
    """Names the session; it is opened by its first request."""
    steps: tuple[Call, ...]
    open: Opening | None = None
    """There in the session's first request only."""
    given: dict[str, Any] = {}
    """Values, in their wire form, of names that another role set."""
    export: tuple[str, ...] = ()
    """Names whose values the answer is to carry whole."""
    close: bool = False
    """Clean up after the last step, if none was left undone."""


class CloseSession(Struct, frozen=True, tag_field="do", tag="close"):
    """Clean up."""

    id: int
    session: str


class Abort(Struct, frozen=True, tag_field="do", tag="abort"):
    """A step has passed its limit: wake what blocks, and clean up."""

    id: int
    session: str


class Stop(Struct, frozen=True, tag_field="do", tag="stop"):
    """Exit, without an answer."""

    id: int


Request = Start | AskFacts | Run | CloseSession | Abort | Stop
"""Whatever a controller may send."""
