"""What is said of a scenario that did not come out well: the step in its file, what was expected and seen, how to see it again.

Makes the same record of it that pytest makes of a traceback, so that `--tb`, xdist and JUnit files treat it as one. Decides nothing.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from _pytest._code.code import ReprEntry, ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback
from msgspec import Struct

from harness.plugin.outcomes import Outcome
from harness.plugin.stage import Cell, Settled
from harness.records.observation import Verdict
from harness.records.run import Result
from harness.runs.again import played_again
from harness.runs.safe import safe

AROUND = 3
"""Lines shown before the step, and after it."""

BLAME: dict[Verdict, str] = {
    "fail": "not as expected",
    "stale": "a documented departure no longer occurs: remove the variation, or narrow its condition",
    "hang": "the target did not end in time",
    "crash": "the target died",
    "inconclusive": "a time bound was missed while the machine was starved, also when tried again: play it again with less beside it",
    "bug": "the scenario is wrong, not the target",
    "error": "the harness or its environment failed: this says nothing of the target",
}


class Told(Struct, frozen=True):
    """Everything that is said, in the parts that `--tb` chooses from."""

    path: str
    line: int
    message: str
    """One line, for the short summary."""
    source: tuple[str, ...]
    findings: tuple[str, ...]
    more: tuple[str, ...]


class Surroundings(Struct, frozen=True):
    """What only the session knows of a cell."""

    file: Path
    """Of the scenario."""
    start: Path
    """The folder that paths are shown from."""
    of_library: bool
    run: str = ""
    """Folder of the run, if there is one."""


def told(cell: Cell, settled: Settled, outcome: Outcome, around: Surroundings) -> Told:
    """What is said of a cell."""
    result = settled.result
    assert result is not None
    return Told(
        path=shown(around.file, around.start),
        line=outcome.line or 1,
        message=safe(f"{result.verdict}: {result.reason}" if result.reason else result.verdict),
        source=tuple(_source(around.file, outcome.line, outcome.column)),
        findings=tuple(map(safe, _findings(cell, result))),
        more=tuple(map(safe, _more(cell, settled, outcome, around))),
    )


def shown(file: Path, start: Path) -> str:
    """Relative where the file is below the folder."""
    return os.fspath(file.relative_to(start)) if file.is_relative_to(start) else os.fspath(file)


def representation(what: Told, style: str) -> ReprExceptionInfo:
    """As pytest keeps failures. `style` is that of `--tb`."""
    crash = ReprFileLocation(what.path, what.line, what.message)
    source = () if style == "short" else what.source
    findings = [f"E   {line}" for line in what.findings]
    entries = [ReprEntry([*source, *findings], None, None, crash, "short")]
    if style != "short":
        entries.append(ReprEntryNative([f"{line}\n" for line in what.more]))  # type: ignore[arg-type]  # as pytest itself does
    return ReprExceptionInfo(ReprTraceback(entries, None, style="short"), crash)


def _source(file: Path, line: int, column: int) -> Iterator[str]:
    """The lines around the step, with a mark at it."""
    if not line:
        return
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    first = max(line - AROUND, 1)
    for number, text in enumerate(lines[first - 1 : line + AROUND], first):
        yield f"{'>' if number == line else ' '}   {number:4d} | {safe(text)}"
        if number == line and column:
            yield " " * (11 + column - 1) + "^"


def _findings(cell: Cell, result: Result) -> Iterator[str]:
    plan = cell.plan
    step = plan.steps[result.step] if result.step is not None and result.step < len(plan.steps) else None
    yield f"{plan.title}"
    if step is not None:
        yield f"step {step.call.n + 1}    {step.role}: {step.text}"
    if result.expected or result.observed:
        yield f"expected  {result.expected or 'nothing else'}"
        yield f"observed  {result.observed}"
    else:
        yield f"{result.reason}"
    yield f"{result.verdict}: {BLAME.get(result.verdict, '')}"


def _more(cell: Cell, settled: Settled, outcome: Outcome, around: Surroundings) -> Iterator[str]:
    """How to look closer."""
    plan, result, record = cell.plan, settled.result, settled.record
    assert result is not None
    if result.expected or result.observed:
        yield f"reason    {result.reason}"
    yield f"on        {cell.target}" + (f", network {result.ground}" if result.ground else "")
    yield from (f"left open {leak}" for leak in result.leaks)
    yield from (f"flaky     another play: {other}" for other in result.flaky)
    if result.see:
        yield f"see       {', '.join(result.see)}"
    if settled.known is not None and not outcome.excused:
        entry = settled.known
        yield f"known     {entry.place} does not excuse this: kind {entry.kind}, verdicts {', '.join(entry.verdicts)}" + (
            f", step {entry.step}" if entry.step else ""
        )
    yield f"again     {played_again(plan, record, of_library=around.of_library)}"
    if around.run:
        of_run = f"{quote(plan.id)} -t {quote(cell.target)} --run {quote(around.run)}"
        yield f"closer    sockmatrix show {of_run}"
        yield f"alone     sockmatrix reproduce {of_run}"
