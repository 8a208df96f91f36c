"""Many runs over time, as data. Keeping and finding it is the business of `harness.history`."""

from typing import Literal

from msgspec import Struct

from harness.records.comparison import DifferenceKind, FactChange, StepChange
from harness.records.observation import Verdict

HISTORY_VERSION = 1

CauseKind = Literal["upgrade", "edited", "sockmatrix", "flaky"]
"""`upgrade`: the target has other facts. `edited`: the scenario has another meaning, and nothing is compared. `sockmatrix`: another version
of it made the run. `flaky`: the cell came to several things within one of the two runs."""


class HistoryRun(Struct, frozen=True, omit_defaults=True):
    """One run of a history."""

    number: int
    """In the order in which runs were added; stays the same."""
    started: str
    """UTC, ISO 8601. Runs are told in this order."""
    folder: str
    """Where it was when it was added."""
    sockmatrix: str
    scenarios: int
    cells: int
    """Planned."""
    silent: int
    """Cells that say nothing of their target: error, bug, inconclusive, or no result."""
    targets: tuple[str, ...]
    """Ids of those that could be started."""
    complete: bool = True
    repeat: int = 1
    """Plays of each cell."""


class TurnCause(Struct, frozen=True, omit_defaults=True):
    """What else is other since the run before; it may be why."""

    kind: CauseKind
    before: str = ""
    """Id of the target, or version, before."""
    after: str = ""
    facts: tuple[FactChange, ...] = ()
    """Of an upgrade."""


class Turn(Struct, frozen=True, omit_defaults=True):
    """A run in which a line came to something else than in the run before: where it was first seen differing."""

    run: int
    started: str
    previous: int
    """The last run that saw what was before."""
    previous_started: str
    target: str
    """Id that the target had in this run."""
    before: Verdict
    after: Verdict
    steps: tuple[StepChange, ...] = ()
    """Empty if the scenario was edited."""
    causes: tuple[TurnCause, ...] = ()
    """All that may explain it; none: nothing that is known."""


class Line(Struct, frozen=True, omit_defaults=True):
    """One scenario on one target over time, upgrades of the target and edits of the scenario included."""

    scenario: str
    target: str
    """Id in the last run that had it."""
    platform: str
    """Where it is: `linux x86_64`. The same id somewhere else is another line."""
    first: int
    """The run that saw it first."""
    last: int
    """The run that saw it last."""
    since: int
    """The run that first saw what the last one saw."""
    since_started: str
    runs: int
    """How many runs say something of it."""
    plays: int
    """How often it was played in them; of a part of a history since a day: in those since then."""
    verdict: Verdict
    """In the last run."""
    flaky: int = 0
    """How many of the plays came to something else than the rest of their run."""
    flaky_runs: int = 0
    """In how many runs some did."""
    turns: tuple[Turn, ...] = ()
    """The earliest first."""


class Differing(Struct, frozen=True, omit_defaults=True):
    """A scenario over which targets part, or did. Kinds that are quiet do not count."""

    scenario: str
    kind: DifferenceKind
    """The gravest, when they did lastly."""
    first: int
    """The run in which they were first seen differing."""
    first_started: str
    since: int
    """The run since which they do, without a break; or since which they do no more."""
    since_started: str
    now: bool
    """They do in the last run that tells: one that says something of several targets, and of all that parted and are played still."""


class History(Struct, frozen=True, omit_defaults=True):
    """What a history knows, or the part of it that was asked for."""

    history: int
    """Version of this format."""
    file: str
    runs: tuple[HistoryRun, ...]
    """In the order of time."""
    lines: tuple[Line, ...] = ()
    """By scenario and target."""
    differing: tuple[Differing, ...] = ()
    """Of scenarios that were asked for by id."""
    steady: int = 0
    """How many lines, of those that were asked for, never came to anything else, and are left out."""
    since: str = ""
    """The day, if only what came to something else on it or later was asked for."""
    unchanged: int = 0
    """How many lines did so before that day only, and are left out."""


TakenState = Literal["added", "renewed", "known"]
"""`renewed`: the run had gone on since it was added. `known`: it is there as it is, or fuller."""


class Taken(Struct, frozen=True, omit_defaults=True):
    """What became of one run that was to be added."""

    folder: str
    state: TakenState
    number: int
    """Of the run in the history."""
    turns: int = 0
    """Cells that came to something else than in the run before."""


class TakenRuns(Struct, frozen=True):
    """What became of runs that were to be added."""

    history: int
    """Version of this format."""
    file: str
    runs: tuple[Taken, ...]
