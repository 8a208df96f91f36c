"""Show on standard error how a run goes, while it goes. Judges nothing and keeps nothing."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from harness.engine.order import Observer
from harness.records.observation import GOOD, VERDICTS
from harness.records.run import Result, TargetRecord
from harness.reports.counting import several
from harness.reports.symbols import VERDICT_SYMBOLS
from harness.runs.folder import RESULTS
from harness.runs.safe import safe

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

TENTHS = 10


@contextmanager
def watching(folder: Path, quiet: bool) -> Iterator[Observer]:
    """An observer for `perform`: a live bar on a terminal, a few plain lines elsewhere, nothing if `quiet`.

    Cells that an interrupted run in `folder` has already, and that are not played again, count as done.
    """
    if quiet:
        yield Observer(_ignore, _ignore, _ignore)
    elif _is_terminal(sys.stderr):
        with _live(partial(count_done, folder)) as observer:
            yield observer
    else:
        yield PlainProgress(sys.stderr, partial(count_done, folder)).observer()


def count_done(folder: Path) -> int:
    """Cells that the results file has now; a torn line and the footer do not count."""
    try:
        with open(folder / RESULTS, "rb") as file:
            return sum(line.endswith(b"\n") and not line.startswith(b'{"footer"') for line in file)
    except OSError:
        return 0


def _ignore(_: object) -> None:
    """An observer that does not look."""


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Tally:
    """Running counts. What was done before is counted when the rest is known: the engine has put aside by then what it plays again."""

    def __init__(self, done: Callable[[], int]) -> None:
        self._before = done
        self.done = 0
        self.planned = 0
        self.bad: Counter[str] = Counter()

    def plan(self, cells: int) -> None:
        """So many cells are still to be played."""
        self.done = self._before()
        self.planned = self.done + cells

    def excuse(self, cells: int) -> None:
        """So many are not played after all."""
        self.planned -= cells

    def count(self, result: Result) -> None:
        """One more cell."""
        self.done += 1
        if result.verdict not in GOOD:
            self.bad[result.verdict] += 1

    def bad_words(self) -> str:
        """`2 fail, 1 hang`; empty while all is well."""
        return ", ".join(f"{self.bad[verdict]} {verdict}" for verdict in VERDICTS if self.bad[verdict])


def target_words(record: TargetRecord) -> str:
    """How a target has started, on one line."""
    if record.trouble:
        return f"{record.id}: could not be started: {record.trouble}"
    versions = [f"{facts.implementation} {facts.implementation_version}" for facts in (record.facts, *record.partners) if facts is not None]
    return f"{record.id}: started" + (f" ({', '.join(versions)})" if not record.id.startswith("cpython") and versions else "")


def excused_words(cells: int) -> str:
    """Cells that are known, and of kind `skip`."""
    return f"{several(cells, 'cell')} not played: known failures of kind 'skip'"


class PlainProgress:
    """Lines for logs: each target as it starts, and every tenth of the cells."""

    def __init__(self, stream: TextIO, done: Callable[[], int]) -> None:
        self.tally = Tally(done)
        self._stream = stream
        self._told = 0

    def observer(self) -> Observer:
        """The calls that the engine makes."""
        return Observer(self._planned, self._target, self._result, self._excused, self._say)

    def _planned(self, cells: int) -> None:
        self.tally.plan(cells)
        self._told = self._tenth()
        before = f", {self.tally.done} done before" if self.tally.done else ""
        self._say(f"{several(cells, 'cell')} to play{before}")

    def _target(self, record: TargetRecord) -> None:
        self._say(target_words(record))

    def _result(self, result: Result) -> None:
        self.tally.count(result)
        tenth = self._tenth()
        if tenth > self._told:
            self._told = tenth
            bad = self.tally.bad_words()
            self._say(f"{self.tally.done}/{self.tally.planned} cells ({tenth * TENTHS} %)" + (f", {bad}" if bad else ""))

    def _excused(self, cells: int) -> None:
        self.tally.excuse(cells)
        self._say(excused_words(cells))

    def _tenth(self) -> int:
        return min(TENTHS, TENTHS * self.tally.done // self.tally.planned) if self.tally.planned else 0

    def _say(self, line: str) -> None:
        """A run goes on when nobody can read of its progress any more."""
        with suppress(OSError, ValueError):
            self._stream.write(safe(line) + "\n")
            self._stream.flush()


@contextmanager
def _live(done: Callable[[], int]) -> Iterator[Observer]:
    with _bar() as progress:
        yield LiveProgress(progress, done).observer()


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[bad]}", style="bold red", markup=False))
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    return Progress(*columns, console=console, refresh_per_second=5, transient=True)


class LiveProgress:
    """A bar that is gone when the run ends; targets stay above it."""

    def __init__(self, progress: "Progress", done: Callable[[], int]) -> None:
        self.tally = Tally(done)
        self._progress = progress
        self._task: TaskID = progress.add_task("", total=None, bad="starting targets")

    def observer(self) -> Observer:
        """The calls that the engine makes."""
        return Observer(self._planned, self._target, self._result, self._excused, self._say)

    def _planned(self, cells: int) -> None:
        self.tally.plan(cells)
        self._progress.update(self._task, total=self.tally.planned)

    def _target(self, record: TargetRecord) -> None:
        symbol = VERDICT_SYMBOLS["error" if record.trouble else "pass"]
        from rich.text import Text

        line = Text.assemble((symbol.sign, symbol.style), " ", safe(target_words(record)))
        self._progress.console.print(line, soft_wrap=True)

    def _result(self, result: Result) -> None:
        self.tally.count(result)
        self._progress.update(self._task, completed=self.tally.done, bad=self.tally.bad_words())

    def _excused(self, cells: int) -> None:
        self.tally.excuse(cells)
        self._progress.update(self._task, total=self.tally.planned)

    def _say(self, line: str) -> None:
        self._progress.console.print(safe(line), soft_wrap=True)
