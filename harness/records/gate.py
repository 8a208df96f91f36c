"""What a run comes to as a whole, and what became of each known entry. Deciding it is the business of `harness.gates`."""

from typing import Literal

from msgspec import Struct

from harness.records.known import Known

KnownState = Literal["used", "stale", "unused", "elsewhere", "unplayed", "quiet"]
"""`used`: it speaks of cells of the run, and holds. `stale`: it does not hold any more. `unused`: it speaks of no cell of a run that should
have one. `elsewhere`: the run was of a part in which it has no cell. `unplayed`: its cells are all unsupported. `quiet`: what it says
was not seen, and that is no reason to be red: what departs now and then did not, in plays enough to see it; no pair in which only one
interpreter is meant departed, or all departed otherwise; cells to be skipped were played, by a run that was made without it."""

RED_STATES: frozenset[KnownState] = frozenset({"stale", "unused"})


class KnownUse(Struct, frozen=True, omit_defaults=True):
    """A known entry, and what it came to in a run."""

    known: Known
    state: KnownState
    cells: int = 0
    """Cells of the run that it speaks of; of kind `skip`, those that were not played because of it."""
    departed: int = 0
    """How many of them departed as it says."""
    stale: tuple[tuple[str, str], ...] = ()
    """Cells (scenario, target) that do not depart as it says."""
    plays: int = 0
    """Of kind `flaky`: plays that its rate was held against: all but those of `--retry-unexpected`."""
    departures: int = 0
    """How many of these plays departed."""
    note: str = ""
    """The state in words, where it needs some."""


class HeldBaseline(Struct, frozen=True, omit_defaults=True):
    """What a baseline said to a run when it was held against it."""

    file: str
    """As it was named."""
    changes: int = 0
    """How many things were not as accepted."""
    strict: bool = False
    """What was new, edited or absent counted too."""
    exit_code: int = 0
    """What the baseline comes to where changes are overlooked: 3 where not all, or nothing, could be compared; 2 for bad scenarios."""


class Gate(Struct, frozen=True, omit_defaults=True):
    """Why a run ends as it does."""

    exit_code: int = 0
    meaning: str = ""
    """What the exit code says."""
    fail_on: tuple[str, ...] = ()
    """Classes of cells that make it fail, beside `error` and `missing`, which always do."""
    failing: dict[str, int] = {}
    """How many cells (of `known-unused`: entries) of each class make it fail."""
    overlooked: dict[str, int] = {}
    """How many cells of each class it was told to overlook."""
    expected: int = 0
    """Red cells that are known, and depart as they should."""
    known: tuple[KnownUse, ...] = ()
    """Every known entry, in the order of its file."""
    baseline: HeldBaseline | None = None
    """What the baseline said that the run was held against."""
