"""Keep what the items found out as a run folder, which every report reads. Only one process does: the one that has the reports of all.

The run has its footer if every planned cell has a result, however the session ended; else it is seen to be interrupted, as any run is.
"""

import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from harness import __version__
from harness.agents.program import PROTOCOL_VERSION
from harness.engine.order import Cast
from harness.engine.player import record_of
from harness.gates.known import excuses
from harness.plugin.outcomes import is_flaky
from harness.plugin.stage import Cell
from harness.records.known import Known
from harness.records.plan import Plan
from harness.records.run import RUN_VERSION, Header, Result, TargetRecord
from harness.runs.folder import RunWriter


class Planned(Struct, frozen=True):
    """What a session will play, after all that deselects."""

    plans: tuple[Plan, ...]
    cells: tuple[tuple[str, str], ...]
    """Scenario and target."""
    paths: tuple[str, ...] = ()
    """Where the scenarios are; none where all are the library's, which `sockmatrix run` takes if no path is named."""


def planned(cells: Iterable[Cell], roots: Iterable[str], library: str) -> Planned:
    """Of the cells in the order in which they were collected. `roots` are the folders and files of their scenarios."""
    known = list(cells)
    plans = {cell.plan.id: cell.plan for cell in known}
    paths = tuple(dict.fromkeys(roots))
    return Planned(
        tuple(plans.values()), tuple(dict.fromkeys((cell.plan.id, cell.target) for cell in known)), () if paths == (library,) else paths
    )


class Setting(Struct, frozen=True):
    """What a run is of besides its cells."""

    casts: tuple[Cast, ...]
    skipped: dict[str, str]
    known: tuple[Known, ...]
    jobs: int
    workers: int = 0
    broken: tuple[str, ...] = ()
    """Scenario files that could not be played, since there are mistakes in them."""


class Recorder:
    """Writes one run."""

    def __init__(self, folder: Path, what: Planned, setting: Setting) -> None:
        self.folder = folder
        self.what = what
        self.verdicts: dict[tuple[str, str], str] = {}
        self.flaky = 0
        """Cells whose plays came to several things."""
        self.repeated = 0
        """Results that came for cells that had one."""
        there = {target for _, target in what.cells}
        casts = [cast for cast in setting.casts if cast.id in there]
        self._records = {cast.id: record_of(cast) for cast in casts}
        self._planned = frozenset(what.cells)
        self._excused: dict[str, dict[str, str]] = {}
        header = _header(what, setting, tuple(self._records.values()))
        self._writer: RunWriter | None = RunWriter.create(folder, header, what.plans)

    @property
    def excused(self) -> int:
        """Cells that were not played since they are known."""
        return sum(map(len, self._excused.values()))

    @property
    def missing(self) -> int:
        """Planned cells that have no result yet."""
        return len(self.what.cells) - len(self.verdicts) - self.excused

    def introduce(self, record: TargetRecord) -> None:
        """Keep what a target says of itself; several processes may each know some of its grounds."""
        before = self._records.get(record.id)
        if before is None or self._writer is None:
            return
        merged = _joined(before, record)
        if merged != before:
            self._records[record.id] = merged
            self._writer.introduce(tuple(self._records.values()))

    def _excuse(self, writer: RunWriter) -> None:
        """What an entry of the settings forbids to play was never planned; which cells that are, only the facts of their target tell.

        Not before the end: a process that could not start a target knows no facts of it, and has an `error` for such a cell. That stays.
        """
        for record in self._records.values():
            there = [each for each, target in self.what.cells if target == record.id and (each, target) not in self.verdicts]
            reasons = self._excused[record.id] = excuses(writer.header.known, there, record.own_facts_on(""))
            if reasons:
                writer.excuse(record.id, reasons)
        if self.excused:
            writer.introduce(tuple(self._records.values()))

    def take(self, result: Result) -> None:
        """One more cell. If another plugin runs a test again, the first result stays: a run has one of each cell."""
        key = (result.scenario, result.target)
        if self._writer is None or key not in self._planned:
            return
        if key in self.verdicts:
            self.repeated += 1
            return
        self._writer.append(result)
        self.verdicts[key] = result.verdict
        self.flaky += is_flaky(result)

    def end(self, *, whole: bool = True) -> None:
        """Close the run if it is whole; else leave it as interrupted."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self._excuse(writer)
        if self.missing or not whole:
            writer.abandon()
        else:
            writer.close()


def _joined(before: TargetRecord, record: TargetRecord) -> TargetRecord:
    """What two processes know of a target. One that could not start it takes nothing away: it has an `error` for each of its cells."""
    told = before if record.facts is None and before.facts is not None else record
    return structs.replace(told, grounds={**before.grounds, **record.grounds})


def _header(what: Planned, setting: Setting, records: Sequence[TargetRecord]) -> Header:
    return Header(
        run=RUN_VERSION,
        sockmatrix=__version__,
        protocol=PROTOCOL_VERSION,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        controller={"python": platform.python_version(), "system": sys.platform, "cores": os.cpu_count() or 0},
        options=_options(what, setting),
        targets=tuple(records),
        scenarios={plan.id: plan.digest for plan in what.plans},
        cells=len(what.cells),
        skipped=setting.skipped,
        unplanned=dict(_unplanned(what, [record.id for record in records])),
        known=setting.known,
    )


def _unplanned(what: Planned, targets: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What was deselected on a target and is played on another."""
    there = frozenset(what.cells)
    for target in targets:
        absent = tuple(plan.id for plan in what.plans if (plan.id, target) not in there)
        if absent:
            yield target, absent


def _options(what: Planned, setting: Setting) -> dict[str, object]:
    """As `sockmatrix run` would have been asked, so that it can go on with the run."""
    return {
        "paths": list(what.paths), "k": [f"id:{plan.id}" for plan in what.plans], "targets": [cast.name for cast in setting.casts],
        "server": None, "client": None, "pairs": None, "networks": [], "repeat": 1, "network": False, "jobs": setting.jobs,
        "by": "pytest", "workers": setting.workers, **({"broken": list(setting.broken)} if setting.broken else {}),
    }  # fmt: skip


_results = msgspec.json.Decoder(Result)
_records = msgspec.json.Decoder(TargetRecord)


def packed(record: Result | TargetRecord) -> str:
    """As text, which reports can carry from one process to another."""
    return msgspec.json.encode(record).decode()


def result_of_text(text: str) -> Result:
    """The result that was packed."""
    return _results.decode(text)


def record_of_text(text: str) -> TargetRecord:
    """The record of a target that was packed."""
    return _records.decode(text)
