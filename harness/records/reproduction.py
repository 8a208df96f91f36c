"""A scenario as a program for a bug report, as data."""

from msgspec import Struct

REPRODUCTION_VERSION = 1


class Mark(Struct, frozen=True, omit_defaults=True):
    """The step that a reproduction is about."""

    step: int
    """Number of the step in the timeline, from 0."""
    target: str = ""
    """Whose behaviour it shows."""
    kind: str = ""
    """`fail`, `stale`, `hang` or `crash`, or the kind of the difference."""
    expected: str = ""
    """What the step must do, in words."""
    see: tuple[str, ...] = ()
    """Who says so, as the scenario cites it."""
    seen: str = ""
    """What the target did."""
    elsewhere: tuple[str, ...] = ()
    """What others did: `python >= 3.10: TimeoutError: timed out`."""
    because: str = ""
    """The documented reason, where the scenario has one."""
    holds: str = ""
    """Whether the variable `outcome` of the program is what the target did, as a Python expression; empty: it cannot be told."""
    warns: bool = False
    """What differs is a warning."""


class Reproduction(Struct, frozen=True, omit_defaults=True):
    """One standalone file in its parts: `head`, the helpers by name, and `body` make the file."""

    scenario: str
    version: str
    """Of Sockmatrix."""
    file: str
    """The whole file."""
    name: str
    """A name for the file: `tcp_greeting.py`."""
    head: str
    """Its beginning: what it is about, and its imports."""
    helpers: tuple[str, ...]
    """Names of the helpers that it uses, in the order in which they stand in it."""
    body: str
    """The steps, and how they are started."""
    mark: Mark | None = None
    limits: tuple[str, ...] = ()
    """What differs from the way in which the harness played it."""
    rerun: str = ""
    """The command that plays the cell again."""
    issue: str = ""
    """The text of an issue, in Markdown, where it was asked for."""
