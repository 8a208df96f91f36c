"""Join runs into one: from their folders to a folder. The main flow of merging.

The merged run is a function of the set of runs that were played, whatever their order, and however they were merged before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from harness.gates.rulings import newest_first
from harness.matrix.file import digest_of
from harness.merging.conflicts import refuse_conflicts
from harness.merging.index import Index
from harness.merging.pieces import Pieces
from harness.merging.planned import Planned, planned_of
from harness.merging.targets import Row, natural, rows_of
from harness.merging.writing import ROOM, write_merged
from harness.records.known import Known
from harness.records.matrix import MatrixPlan
from harness.records.plan import PLAN_VERSION, Plan
from harness.records.run import RUN_VERSION, Header, HeldMatrix, Part
from harness.runs.folder import claim

UNSEEN = "Planned; no run that was merged has it"


def merge(
    folders: Iterable[Path],
    out: Path,
    matrix: MatrixPlan | None = None,
    file: str = "the plan",
    *,
    mixed_versions: bool = False,
    fail_on: str | None = None,
) -> Header:
    """Write the merged run into a folder of its own. `file` is what the plan of the matrix is called; `fail_on`, where given, is what the
    merged run was asked to fail on, so that its reports say the same.

    Raises `MergeError` where the runs do not go together, `RunFormatError` where one is damaged, `ResumeError` where `out` has a run
    already, and `RunStorageError`. Nothing is written unless all of it can be.
    """
    pieces = Pieces()
    for folder in folders:
        pieces.open(folder)
    refuse_conflicts(pieces, matrix, file, mixed_versions=mixed_versions)
    held = _held(pieces, matrix)
    parts = [piece.part for piece in pieces.pieces]
    rows = rows_of(parts, pieces.lore)
    planned = planned_of(rows, parts, pieces.sets, held)
    digests = _digests(pieces, matrix)
    index = Index(pieces.pieces, rows, list(digests))
    header = _header(pieces, _with_ids(parts, rows), planned, digests, held)
    plans = list(_plans(pieces, digests))
    if fail_on is not None:
        header = structs.replace(header, options={**header.options, "fail_on": fail_on})
    claim(out, "name another folder with --out", ROOM)
    write_merged(out, header, plans, index)
    return header


def _held(pieces: Pieces, matrix: MatrixPlan | None) -> HeldMatrix | None:
    """The plan that is given, or the one that a run was held against before."""
    if matrix is not None:
        return HeldMatrix(digest_of(matrix), pieces.set_of(matrix.scenarios), matrix.jobs)
    return next((held for held, _ in pieces.matrices.values()), None)


def _digests(pieces: Pieces, matrix: MatrixPlan | None) -> dict[str, str]:
    """Of every scenario that any of them has, in the order of the ids."""
    found = dict(matrix.scenarios) if matrix is not None else {}
    for layout in pieces.layouts.values():
        found.update(layout.scenarios)
    return dict(sorted(found.items()))


def _plans(pieces: Pieces, digests: Mapping[str, str]) -> Iterator[bytes]:
    known = dict(pieces.plans(digests))
    for scenario, digest in digests.items():
        yield known.get(scenario) or msgspec.json.encode(_unseen(scenario, digest))


def _unseen(scenario: str, digest: str) -> Plan:
    """Stands for a scenario that was planned, and that no run has."""
    return Plan(PLAN_VERSION, scenario, digest, "", UNSEEN, "", (), (), (), {}, ())


def _with_ids(parts: Sequence[Part], rows: Sequence[Row]) -> tuple[Part, ...]:
    """The parts, whose targets now have their ids in the merged run."""
    merged = {member: row.record.id for row in rows for member in row.members}
    return tuple(
        structs.replace(part, targets=tuple(structs.replace(target, merged=merged[part.digest, target.id]) for target in part.targets))
        for part in parts
    )


def _header(pieces: Pieces, parts: tuple[Part, ...], planned: Planned, digests: dict[str, str], held: HeldMatrix | None) -> Header:
    unplanned = {target: tuple(name for name in digests if name not in scenarios) for target, scenarios in planned.scenarios.items()}
    return Header(
        run=RUN_VERSION,
        sockmatrix=max((part.sockmatrix for part in parts), key=natural),
        protocol=next(iter(pieces.protocols)),
        started=min(part.started for part in parts),
        controller=_common(part.controller for part in parts),
        options=_options([part.options for part in parts]),
        targets=planned.targets,
        scenarios=digests,
        cells=sum(map(len, planned.scenarios.values())),
        skipped=_skipped(parts),
        unplanned={target: scenarios for target, scenarios in unplanned.items() if scenarios},
        known=_known([pieces.lists[name] for name in newest_first(parts, pieces.lists)]),
        excused=planned.excused,
        parts=parts,
        sets=dict(sorted((name, pieces.sets[name]) for name in _named_sets(parts, held))),
        lists=dict(sorted((name, pieces.lists[name]) for name in {part.known for part in parts} if name)),
        matrix=held,
    )


def _named_sets(parts: Iterable[Part], held: HeldMatrix | None) -> set[str]:
    named = {held.scenarios} if held is not None else set()
    for part in parts:
        named |= {part.scenarios, *(target.planned for target in part.targets)}
    return named


def _known(lists: Sequence[tuple[Known, ...]]) -> tuple[Known, ...]:
    """All entries, each once, those of one list in its order. A cell is judged by its own list alone (`gates.rulings`)."""
    return tuple(dict.fromkeys(entry for each in lists for entry in each))


def _common(tables: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What all of them say."""
    first, *others = tables
    return {key: value for key, value in sorted(first.items()) if all(key in each and each[key] == value for each in others)}


def _options(options: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all were asked for; and of where the scenarios are, and how often each was played, what any was. What a part was to fail on is
    left out: that machines overlook something is no reason for the whole to."""
    paths = sorted({path for each in options for path in each.get("paths", ())})
    repeat, retry = (max(each.get(name, least) for each in options) for name, least in (("repeat", 1), ("retry", 0)))
    common = {name: value for name, value in _common(options).items() if name != "fail_on"}
    return {**common, "paths": paths, "repeat": repeat, "retry": retry}


def _skipped(parts: Iterable[Part]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts:
        for path, reason in part.skipped.items():
            found[path] = min(reason, found.get(path, reason))
    return dict(sorted(found.items()))
