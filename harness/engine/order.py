"""What the engine is asked to do, as data, and what it says while doing it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from harness.records.known import Known
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
from harness.targets.spec import TargetSpec


class Cast(Struct, frozen=True):
    """Who plays: one interpreter for every role, or one for each (the first named plays the first role), or one with a helper."""

    id: str
    name: str
    specs: tuple[TargetSpec, ...]
    condition: str = ""
    """The network condition that was asked for; empty: each scenario gets what it needs."""
    helped: bool = False
    """The first interpreter can only connect; the second plays the roles that wait for it."""

    @property
    def is_pair(self) -> bool:
        """Two interpreters are tried with each other."""
        return len(self.specs) > 1 and not self.helped


class Order(Struct, frozen=True, kw_only=True):
    """One run."""

    casts: tuple[Cast, ...]
    plans: tuple[Plan, ...]
    folder: Path
    jobs: int = 8
    """Scenarios in flight on each target."""
    repeat: int = 1
    """Plays of each cell; more than one tells flaky from stable."""
    retry: int = 0
    """How many times more a cell is played that is red and not known, until it is not red."""
    known: tuple[Known, ...] = ()
    """What is known to fail. A run that is gone on with keeps what it was begun with."""
    network: bool = False
    """Lift the address guard."""
    resume: bool = False
    options: dict[str, Any] = {}
    """As asked for, kept in the header."""
    skipped: dict[str, str] = {}
    job: str = ""
    """The job of the matrix that this is, if there is a plan of one."""
    shard: str = ""
    """Which part of `plans` is played: `2/8`; empty: all."""
    left_out: frozenset[str] = frozenset()
    """Scenarios that are for other shards. A run that is gone on with plays what it was begun with."""


class Observer(Struct, frozen=True):
    """Called as things happen; every call returns at once."""

    planned: Callable[[int], None]
    """How many cells are to be played; those that an interrupted run already has are not among them."""
    target: Callable[[TargetRecord], None]
    """A target has started, or could not be."""
    result: Callable[[Result], None]
    """A cell has its verdict."""
    excused: Callable[[int], None] = lambda _: None
    """So many cells of a target are not played after all, because a known entry says so."""
    told: Callable[[str], None] = lambda _: None
    """Something has happened on the way that is no result: a line of text."""
