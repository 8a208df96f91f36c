"""Scenarios as pytest's collectors and items: their names, marks and places, and the three moments of an item. Plays and loads nothing.

An item gets its cell settled in its set-up: a need that is not met is a skip there, as a mark would be, and a harness that failed is an
error and no failure. What the target did is judged in the call.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin import outcomes, telling
from harness.plugin.shelf import Scenarios
from harness.plugin.stage import Cell, Settled
from harness.plugin.telling import shown
from harness.runs.safe import safe, safe_lines

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

    from harness.plugin.session import Session
    from harness.records.plan import Plan


class NotAsExpected(Exception):
    """The target did not do what the scenario says."""


class KnownDeparture(NotAsExpected):
    """Nor did it when the entry of the settings was written that says so."""


class HarnessFailed(Exception):
    """Nothing was found out about the target."""


class ScenarioFile(pytest.File):
    """A scenario file of the user's own."""

    sockmatrix: "Session"
    root: Path

    def collect(self) -> Iterator["ScenarioItem"]:
        """An item for every scenario of the file on every target. Mistakes are a `CollectError`."""
        found = self.sockmatrix.shelf.of_file(self.path, self.root)
        return _items(self, self.sockmatrix, found, shown(self.root, self.config.invocation_params.dir))


class Library(pytest.Collector):
    """The scenarios that come with sockmatrix."""

    sockmatrix: "Session"

    def collect(self) -> Iterator["LibraryFile"]:
        """A collector for each file, named as in a checkout, wherever the library is installed."""
        for name, found in self.sockmatrix.shelf.bundled().items():
            path = Path(os.path.abspath((found.plans or found.mistakes)[0].file))
            file: LibraryFile = LibraryFile.from_parent(self, name=name, nodeid=name, path=path)
            file.found, file.sockmatrix = found, self.sockmatrix
            yield file


class LibraryFile(pytest.Collector):
    """One of them. No `pytest.File`, since `--lf` looks for such below the root folder of the project."""

    sockmatrix: "Session"
    found: Scenarios

    def collect(self) -> Iterator["ScenarioItem"]:
        """As of the user's own files."""
        return _items(self, self.sockmatrix, self.found, self.sockmatrix.library)


def _items(parent: pytest.Collector, session: "Session", found: Scenarios, root: str) -> Iterator["ScenarioItem"]:
    if found.mistakes:
        raise pytest.Collector.CollectError(safe_lines("\n".join(map(str, found.mistakes))))
    for plan in found.plans:
        marks = session.marks_of(plan)
        for target in session.targets:
            name = item_name(plan, target)
            # Told in full: pytest 9.2 takes the name of a plain item for something else than what it reads from its own cache.
            item: ScenarioItem = ScenarioItem.from_parent(parent, name=name, nodeid=f"{parent.nodeid}::{name}")
            item.prepare(session, Cell(plan, target), root)
            item.own_markers.extend((*marks, session.group_mark(target)))
            item.keywords.update({mark.name: mark for mark in item.own_markers})
            yield item


def item_name(plan: "Plan", target: str) -> str:
    """`greeting[cpython-3.8.18]` of `tcp/greeting`; a case is in front: `shut[rd][cpython-3.8.18]`."""
    topic, bracket, case = plan.id.partition("[")
    return f"{topic.rpartition('/')[2]}{bracket}{case}[{target}]"


class ScenarioItem(pytest.Item):
    """One scenario on one target."""

    sockmatrix: "Session"
    cell: Cell
    root: str
    """The folder, or the file, that its scenario's id begins in."""
    settled: Settled | None
    outcome: outcomes.Outcome | None

    def prepare(self, session: "Session", cell: Cell, root: str) -> None:
        """What it is of. Not given to the constructor, whose arguments are pytest's."""
        self.sockmatrix, self.cell, self.root = session, cell, root
        self.settled = self.outcome = None

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands: at the first step, since that is what a scenario has of its own in a file of several."""
        first = self.cell.plan.steps[0].place.line if "[" in self.cell.plan.id and self.cell.plan.steps else 1
        return self.path, first - 1, self.name

    def setup(self) -> None:
        """Have it played, and say at once if there is nothing to judge."""
        self.sockmatrix.look_ahead(self)
        self.settled = self.sockmatrix.stage.settle(self.cell)
        self.outcome = outcomes.outcome_of(self.cell, self.settled)
        self.user_properties[:] = [each for each in self.user_properties if not each[0].startswith("sockmatrix_")]
        self.user_properties.extend(_properties(self.settled))
        if self.outcome.way == "error":
            raise HarnessFailed
        if self.outcome.way == "skipped":
            pytest.skip(safe(self.outcome.reason))
        self._expect_what_is_known(self.outcome, self.settled)

    def _expect_what_is_known(self, outcome: outcomes.Outcome, settled: Settled) -> None:
        """With pytest's own mark, so that `--runxfail` and whatever else there is for it works."""
        if outcome.known is not None:
            reason = safe(outcomes.known_verdict_words(outcome.known, settled.result))
            strict = outcome.known.kind == "xfail"
            self.add_marker(pytest.mark.xfail(reason=reason, strict=strict, raises=KnownDeparture))

    def runtest(self) -> None:
        """Judge what was played."""
        assert self.outcome is not None
        if self.outcome.way == "failed":
            raise KnownDeparture if self.outcome.excused else NotAsExpected

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> "str | TerminalRepr":
        """What is wrong, instead of where in our code that was found."""
        return self._told_failure() if isinstance(excinfo.value, NotAsExpected) else super().repr_failure(excinfo, style)

    def _told_failure(self) -> "TerminalRepr":
        return telling.representation(self.told(), self.config.getoption("tbstyle", "auto"))

    def told(self) -> telling.Told:
        """All that can be said of it."""
        assert self.settled is not None
        assert self.outcome is not None
        of_library = self.root == self.sockmatrix.library
        around = telling.Surroundings(self.path, self.config.invocation_params.dir, of_library, self.sockmatrix.run_words)
        return telling.told(self.cell, self.settled, self.outcome, around)

    def finish(self, report: pytest.TestReport) -> None:
        """Put into a report of this item what pytest could not know."""
        if self.settled is None or self.outcome is None or report.when == "teardown":
            return
        if report.skipped and report.when == "setup":
            report.longrepr = (os.fspath(self.path), self.outcome.line or 1, f"Skipped: {safe(self.outcome.reason)}")
        if report.failed and self.outcome.way == "error":
            report.longrepr = self._told_failure()  # in a set-up pytest does not ask the item for it
        result = self.settled.result
        decided = report.when == "call" or not report.passed
        report.duration = result.volatile.wall if decided and result is not None else 0.0
        if decided:
            report.sections.extend(_notes(self, report))
            self.sockmatrix.attach(self, report)


def _properties(settled: Settled) -> Iterable[tuple[str, object]]:
    """For JUnit files: the verdict where pytest's word says less, and what other plays came to."""
    result = settled.result
    if result is None:
        return
    if result.verdict not in ("pass", "unsupported"):
        yield "sockmatrix_verdict", result.verdict
        if result.reason:
            yield "sockmatrix_reason", safe(result.reason)
    if outcomes.is_flaky(result):
        yield "sockmatrix_flaky", safe("; ".join(outcomes.other_plays(result)))


def _notes(item: ScenarioItem, report: pytest.TestReport) -> Iterable[tuple[str, str]]:
    """Shown with -rP, and with failures."""
    assert item.settled is not None
    result = item.settled.result
    if result is None:
        return
    if result.verdict == "variation":
        see = f" (see {', '.join(result.see)})" if result.see else ""
        yield "sockmatrix", safe(f"variation, departs as documented: {result.reason}{see}")
    if report.passed and outcomes.is_flaky(result):
        yield "sockmatrix", "\n".join(safe(f"flaky, another play: {other}") for other in outcomes.other_plays(result))
