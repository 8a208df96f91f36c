"""Hold the catalogue against the scenarios: who exercises and who asserts each name, note and error. Reads no files."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from harness.coverage.catalogue import Catalogue, Name, Note, PosixCall
from harness.coverage.usage import Usage, merged, usage_of
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


class _Topic(Struct, frozen=True):
    """One file of scenarios, its cases taken together."""

    id: str
    cited: frozenset[str]
    """The notes that it cites."""
    use: Usage


def measure(catalogue: Catalogue, plans: Sequence[Plan], unknown_names: tuple[str, ...] = ()) -> Coverage:
    """The coverage of a catalogue by plans; `unknown_names` are those that targets have and the catalogue lacks."""
    uses = [(plan, usage_of(plan)) for plan in plans]
    topics = _topics(uses)
    cited = frozenset(note for topic in topics for note in topic.cited)
    entries = (
        *(_name(name, topics) for name in catalogue.names),
        *(_note(note, topics) for note in catalogue.notes),
        *(error for call in catalogue.calls for error in _errors(call, topics)),
    )
    return Coverage(
        version=COVERAGE_VERSION,
        scenarios=len(plans),
        without_expectation=tuple(plan.id for plan, use in uses if not use.expects),
        totals=_totals(entries),
        entries=entries,
        unknown_notes=tuple(sorted(cited - {note.id for note in catalogue.notes})),
        unknown_names=unknown_names,
    )


def is_reached(coverage: Coverage) -> bool:
    """Whether every goal is, every scenario can fail, and nothing is there that the catalogue lacks."""
    oddities = (*coverage.unknown_notes, *coverage.unknown_names, *coverage.without_expectation)
    return all(total.reached for total in coverage.totals) and not oddities


def _topics(uses: Sequence[tuple[Plan, Usage]]) -> tuple[_Topic, ...]:
    """Files sorted by their ids."""
    found: dict[str, list[tuple[Plan, Usage]]] = {}
    for plan, use in uses:
        found.setdefault(plan.id.partition("[")[0], []).append((plan, use))
    return tuple(_topic(name, found[name]) for name in sorted(found))


def _topic(name: str, uses: Sequence[tuple[Plan, Usage]]) -> _Topic:
    cited = {entry.removeprefix(NOTE_PREFIX) for plan, _ in uses for entry in plan.see if entry.startswith(NOTE_PREFIX)}
    return _Topic(name, frozenset(cited), merged([use for _, use in uses]))


def _name(name: Name, topics: Sequence[_Topic]) -> Covered:
    if name.kind == "constants":
        return _constants(name, topics)
    last = name.name.rpartition(".")[2]
    if name.kind in ("exception", "class", "data"):
        exercised = [topic for topic in topics if last in topic.use.mentioned]
        asserted = [topic for topic in exercised if topic.use.expects]
    else:
        exercised = [topic for topic in topics if name.name in topic.use.exercised]
        asserted = [topic for topic in topics if name.name in topic.use.asserted]
    return Covered(name.name, name.kind, _ids(exercised), _ids(asserted), name.only)


def _constants(name: Name, topics: Sequence[_Topic]) -> Covered:
    members = frozenset(name.members)
    touching = [topic for topic in topics if members & topic.use.mentioned]
    mentioned = frozenset(member for topic in touching for member in topic.use.mentioned)
    asserting = [topic for topic in touching if topic.use.expects]
    return Covered(name.name, name.kind, _ids(touching), _ids(asserting), missing=tuple(sorted(members - mentioned)))


def _note(note: Note, topics: Sequence[_Topic]) -> Covered:
    citing = [topic for topic in topics if note.id in topic.cited]
    mentioned = frozenset(word for topic in citing for word in topic.use.mentioned)
    missing = tuple(name for name in note.names if name not in mentioned) if citing else ()
    asserting = [] if missing else [topic for topic in citing if topic.use.expects]
    return Covered(note.id, "note", _ids(citing), _ids(asserting), says=note.says, missing=missing)


def _errors(call: PosixCall, topics: Sequence[_Topic]) -> Iterable[Covered]:
    for symbol in (*call.shall, *call.may):
        pairs = frozenset((function, symbol) for function in call.python)
        expecting = _ids(topic for topic in topics if pairs & topic.use.errors)
        documented = _ids(topic for topic in topics if pairs & topic.use.documented_errors)
        reason = "" if expecting else call.not_provoked.get(symbol, "")
        yield Covered(f"{call.posix} {symbol}", "error", tuple(sorted({*expecting, *documented})), expecting, reason=reason)


def _ids(topics: Iterable[_Topic]) -> tuple[str, ...]:
    return tuple(topic.id for topic in topics)


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
