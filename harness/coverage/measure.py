"""Hold the catalogue against the scenarios: who exercises and who asserts each name, note and error. Reads no files."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from harness.coverage.catalogue import Catalogue, Name, Note, PosixCall
from harness.coverage.usage import Usage, usage_of
from harness.records.plan import Plan

COVERAGE_VERSION = 1

NOTE_PREFIX = "since:"

GOALS = {"function": 100.0, "method": 100.0, "note": 100.0, "error": 90.0}
"""Percent of each kind that must be asserted, of what can be."""


class Covered(Struct, frozen=True, omit_defaults=True):
    """One name, note or error, with the scenarios that are about it (files; cases are counted as their file)."""

    name: str
    """`socket.getaddrinfo`, `3.10:socket.timeout`, `connect ECONNREFUSED`, `TCP_*`."""
    kind: str
    """`function`, `method`, `attribute`, `exception`, `class`, `data`, `constants`, `note` or `error`."""
    exercised: tuple[str, ...] = ()
    """Scenarios that use it."""
    asserted: tuple[str, ...] = ()
    """Scenarios that expect something of it. A note is asserted by scenarios that cite it and mention all of its names."""
    only: str = ""
    """The one system that has it, if it is not everywhere."""
    says: str = ""
    """What a note says, in our words."""
    reason: str = ""
    """Why an error cannot be provoked; such an error does not count."""
    missing: tuple[str, ...] = ()
    """Constants of a group that no scenario mentions, or names of a note that its scenarios do not mention."""


class Total(Struct, frozen=True, omit_defaults=True):
    """The figures of one kind."""

    kind: str
    count: int
    """How many there are that can be covered."""
    exercised: int
    asserted: int
    goal: float = 0.0
    """Percent that must be asserted."""
    left_out: int = 0
    """How many cannot be provoked, each with its reason."""

    @property
    def percent(self) -> float:
        """How many of a hundred are asserted."""
        return 100.0 * self.asserted / self.count if self.count else 100.0

    @property
    def reached(self) -> bool:
        """Whether the goal is."""
        return self.percent >= self.goal


class Coverage(Struct, frozen=True):
    """All of it."""

    version: int
    scenarios: int
    """Scenarios, cases counted one each."""
    without_expectation: tuple[str, ...]
    """Scenarios that cannot fail."""
    totals: tuple[Total, ...]
    entries: tuple[Covered, ...]
    unknown_notes: tuple[str, ...]
    """Notes that scenarios cite and the catalogue does not have."""
    unknown_names: tuple[str, ...]
    """Public names of targets that the catalogue does not have."""


def measure(catalogue: Catalogue, plans: Sequence[Plan], unknown_names: tuple[str, ...] = ()) -> Coverage:
    """The coverage of a catalogue by plans; `unknown_names` are those that targets have and the catalogue lacks."""
    uses = [(plan, usage_of(plan)) for plan in plans]
    notes = {note.id for note in catalogue.notes}
    entries = (
        *(_name(name, uses) for name in catalogue.names),
        *(_note(note, uses) for note in catalogue.notes),
        *(error for call in catalogue.calls for error in _errors(call, uses)),
    )
    return Coverage(
        version=COVERAGE_VERSION,
        scenarios=len(plans),
        without_expectation=tuple(plan.id for plan, use in uses if not use.expects),
        totals=_totals(entries),
        entries=entries,
        unknown_notes=tuple(sorted({cited for plan in plans for cited in _cited(plan)} - notes)),
        unknown_names=unknown_names,
    )


def is_reached(coverage: Coverage) -> bool:
    """Whether every goal is, every scenario can fail, and nothing is there that the catalogue lacks."""
    oddities = (*coverage.unknown_notes, *coverage.unknown_names, *coverage.without_expectation)
    return all(total.reached for total in coverage.totals) and not oddities


def files_of(plans: Iterable[Plan]) -> tuple[str, ...]:
    """Ids of the scenarios' files, sorted, each once."""
    return tuple(sorted({plan.id.partition("[")[0] for plan in plans}))


def _name(name: Name, uses: Sequence[tuple[Plan, Usage]]) -> Covered:
    if name.kind == "constants":
        return _constants(name, uses)
    last = name.name.rpartition(".")[2]
    if name.kind in ("exception", "class", "data"):
        exercised = [plan for plan, use in uses if last in use.mentioned]
        asserted = [plan for plan, use in uses if last in use.mentioned and use.expects]
    else:
        exercised = [plan for plan, use in uses if name.name in use.exercised]
        asserted = [plan for plan, use in uses if name.name in use.asserted]
    return Covered(name.name, name.kind, files_of(exercised), files_of(asserted), name.only)


def _constants(name: Name, uses: Sequence[tuple[Plan, Usage]]) -> Covered:
    members = set(name.members)
    touching = [(plan, use) for plan, use in uses if members & use.mentioned]
    mentioned = {member for _, use in touching for member in use.mentioned}
    asserting = [plan for plan, use in touching if use.expects]
    return Covered(
        name.name, name.kind, files_of(plan for plan, _ in touching), files_of(asserting), missing=tuple(sorted(members - mentioned))
    )


def _note(note: Note, uses: Sequence[tuple[Plan, Usage]]) -> Covered:
    citing = [(plan, use) for plan, use in uses if note.id in _cited(plan)]
    mentioned = {word for _, use in citing for word in use.mentioned}
    missing = tuple(name for name in note.names if name not in mentioned)
    asserting = () if missing else files_of(plan for plan, use in citing if use.expects)
    return Covered(note.id, "note", files_of(plan for plan, _ in citing), asserting, says=note.says, missing=missing if citing else ())


def _errors(call: PosixCall, uses: Sequence[tuple[Plan, Usage]]) -> Iterable[Covered]:
    for symbol in (*call.shall, *call.may):
        pairs = {(function, symbol) for function in call.python}
        expecting = files_of(plan for plan, use in uses if pairs & use.errors)
        documented = files_of(plan for plan, use in uses if pairs & use.documented_errors)
        reason = "" if expecting else call.not_provoked.get(symbol, "")
        yield Covered(f"{call.posix} {symbol}", "error", tuple(sorted({*expecting, *documented})), expecting, reason=reason)


def _cited(plan: Plan) -> set[str]:
    return {entry.removeprefix(NOTE_PREFIX) for entry in plan.see if entry.startswith(NOTE_PREFIX)}


def _totals(entries: Sequence[Covered]) -> tuple[Total, ...]:
    kinds = tuple(dict.fromkeys(entry.kind for entry in entries))
    return tuple(_total(kind, [entry for entry in entries if entry.kind == kind]) for kind in kinds)


def _total(kind: str, entries: Sequence[Covered]) -> Total:
    counted = [entry for entry in entries if not entry.reason]
    return Total(
        kind=kind,
        count=len(counted),
        exercised=sum(1 for entry in counted if entry.exercised),
        asserted=sum(1 for entry in counted if entry.asserted),
        goal=GOALS.get(kind, 0.0),
        left_out=len(entries) - len(counted),
    )
