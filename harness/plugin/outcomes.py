"""What pytest is told of a verdict: passed, skipped, failed, or an error of the harness. Pure data; shows nothing.

A verdict stays what it is: a known failure is a `fail`, and it is pytest's `xfail` that says that it was expected.
"""

from typing import Literal

from msgspec import Struct

from harness.gates.classes import SILENT, classes_of, is_unsteady, plays_of, telling_plays
from harness.gates.uses import departs_as_known
from harness.language.needs import unmet
from harness.plugin.stage import Cell, Settled
from harness.records.known import Known
from harness.records.observation import GOOD
from harness.records.run import Result, TargetRecord

Way = Literal["passed", "skipped", "failed", "error"]
"""`error` is what pytest calls a set-up that failed: nothing was found out about the target."""


class Outcome(Struct, frozen=True):
    """Of one cell."""

    way: Way
    reason: str = ""
    line: int = 0
    """Of the scenario file, where one can be named."""
    column: int = 0
    known: Known | None = None
    """The entry that has a say in it: it may fail, or, if the entry is of the kind `xfail`, has to."""
    excused: bool = False
    """It failed as the entry says."""


def outcome_of(cell: Cell, settled: Settled) -> Outcome:
    """The outcome of what came of a cell."""
    result, entry = settled.result, settled.known
    if result is None:
        assert entry is not None
        return Outcome("skipped", known_verdict_words(entry, None), known=entry)
    if result.verdict == "unsupported":
        return Outcome("skipped", result.reason, *_need_place(cell, result, settled.record))
    place = _step_place(cell, result)
    if result.verdict == "error":
        return Outcome("error", result.reason, *place)
    entry = entry if entry is not None and _is_its_business(entry, result) else None
    if result.verdict in GOOD:
        return Outcome("passed", result.reason, *place, known=entry)
    return Outcome("failed", result.reason, *place, known=entry, excused=entry is not None)


def _is_its_business(entry: Known, result: Result) -> bool:
    """As the gate of a run decides (`harness.gates`): every play that departed did so in the way that is known, and for an entry of the
    kind `xfail` either all plays departed or none did."""
    if result.verdict in SILENT or not departs_as_known(entry, result):
        return False
    plays = telling_plays(result)
    return entry.kind == "flaky" or sum(verdict not in GOOD for verdict in plays) in (0, len(plays))


def is_flaky(result: Result) -> bool:
    """Whether its plays came to several things, as the gate of a run counts them; also where it is known, and where the last is good."""
    return "flaky" in classes_of(result) or is_unsteady(result)


def other_plays(result: Result) -> tuple[str, ...]:
    """What the others came to, of a cell that is flaky."""
    return result.flaky or (", ".join(plays_of(result)),)


def known_words(entry: Known) -> str:
    """Why something is known, and where that is told of."""
    return f"{entry.reason} ({entry.see})"


def known_verdict_words(entry: Known, result: Result | None) -> str:
    """The verdict, and what the entry makes of it: `fail, known: …`."""
    if result is None or result.verdict not in GOOD:
        return f"{result.verdict if result else 'not played'}, known: {known_words(entry)}"
    if entry.kind == "xfail":
        return f"{result.verdict}, and {entry.place} says that it fails: remove the entry or narrow its condition; {known_words(entry)}"
    return f"{result.verdict}, known to depart now and then: {known_words(entry)}"


def _step_place(cell: Cell, result: Result) -> tuple[int, int]:
    steps = cell.plan.steps
    if result.step is None or result.step >= len(steps):
        return 0, 0
    return steps[result.step].place.line, steps[result.step].place.column


def _need_place(cell: Cell, result: Result, record: TargetRecord) -> tuple[int, int]:
    """Where the need stands that is not met."""
    facts = record.own_facts_on(result.ground)
    for need in cell.plan.needs:
        if any(unmet((need,), each) for each in facts):
            return need.place.line, need.place.column
    return _step_place(cell, result)
