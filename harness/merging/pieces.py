"""Open the runs that are to be joined: which runs they are made of, and what these say of themselves. Holds no results.

A merged run is taken apart into the runs that it was made of. What is joined is therefore always a set of runs as they were played, however
they were merged before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from harness.merging.targets import Lore, kind_of, losses_of
from harness.records.known import Known
from harness.records.plan import Plan
from harness.records.run import Footer, Header, HeldMatrix, Losses, Part, PartTarget, TargetRecord
from harness.runs.folder import HEADER, RESULTS, SCENARIOS, RunFormatError, footer_of, read_header, read_lines

_DIGITS = 16


class Piece(Struct, frozen=True):
    """One run as it was played, and where its results are now."""

    part: Part
    """Its targets have no id in the merged run yet."""
    folder: Path
    place: int | None = None
    """In the parts of the merged run that the folder holds; none: the folder is this run alone."""
    names: dict[str, str] = {}
    """Ids that its targets have in that merged run, by their own."""


class Layout(Struct, frozen=True):
    """Scenarios with their meanings, and the folders that say so."""

    scenarios: dict[str, str]
    folders: list[Path]


class Pieces:
    """All that was opened, each run once."""

    def __init__(self) -> None:
        self.by_digest: dict[str, Piece] = {}
        self.lore = Lore()
        self.sets: dict[str, tuple[str, ...]] = {}
        self.lists: dict[str, tuple[Known, ...]] = {}
        self.layouts: dict[bytes, Layout] = {}
        self.protocols: dict[int, list[Path]] = {}
        self.versions: dict[str, list[Path]] = {}
        self.matrices: dict[str, tuple[HeldMatrix, list[Path]]] = {}
        self.repeated = 0
        """How many runs were given more than once."""
        self._plans: dict[str, bytes] = {}
        self._places: dict[str, str] = {}
        self._files: set[bytes] = set()

    def open(self, folder: Path) -> None:
        """One more folder. Raises `RunFormatError`."""
        header = read_header(folder)
        self._take_layout(header, folder)
        self._take_plans(header, folder)
        self.protocols.setdefault(header.protocol, []).append(folder)
        if header.parts:
            self._open_merged(header, folder)
        else:
            self.versions.setdefault(header.sockmatrix, []).append(folder)
            self._add(Piece(self._part(header, folder), folder))

    def _add(self, piece: Piece) -> None:
        self.repeated += piece.part.digest in self.by_digest
        self.by_digest.setdefault(piece.part.digest, piece)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """In an order that does not depend on how they were given."""
        return tuple(self.by_digest[digest] for digest in sorted(self.by_digest))

    # -- one run

    def _part(self, header: Header, folder: Path) -> Part:
        data, footer = _results_of(folder)
        digest = sha256((folder / HEADER).read_bytes() + b"\0" + data).hexdigest()[:_DIGITS]
        *lines, _torn = data.split(b"\n")
        return Part(
            digest=digest,
            started=header.started,
            sockmatrix=header.sockmatrix,
            controller=header.controller,
            options=header.options,
            scenarios=self.set_of(header.scenarios),
            targets=tuple(self._target(header, target) for target in header.targets),
            results=len(lines) - bool(footer),
            finished=footer.finished if footer else "",
            seconds=footer.seconds if footer else 0.0,
            job=header.job,
            shard=header.shard,
            skipped=header.skipped,
            known=self._list_of(header.known),
        )

    def _target(self, header: Header, target: TargetRecord) -> PartTarget:
        self.lore.add(target)
        elsewhere = frozenset(header.unplanned.get(target.id, ()))
        planned = self.set_of(name for name in header.scenarios if name not in elsewhere)
        excused = header.excused.get(target.id, {})
        return PartTarget(target.id, target.name, "", planned, kind_of(target), target.trouble, excused, losses_of(target))

    def set_of(self, scenarios: Iterable[str]) -> str:
        """The name of a set of scenarios."""
        ordered = tuple(sorted(scenarios))
        name = sha256("\n".join(ordered).encode()).hexdigest()[:_DIGITS]
        self.sets.setdefault(name, ordered)
        return name

    def _list_of(self, known: tuple[Known, ...]) -> str:
        if not known:
            return ""
        name = sha256(msgspec.json.encode(known)).hexdigest()[:_DIGITS]
        self.lists.setdefault(name, known)
        return name

    # -- a merged run

    def _open_merged(self, header: Header, folder: Path) -> None:
        records = {target.id: target for target in header.targets}
        for known in header.lists.values():
            self._list_of(known)
        for name, scenarios in header.sets.items():
            if self.set_of(scenarios) != name:
                raise RunFormatError(str(folder / HEADER), f"the set {name} is not what it was", "the file was changed or damaged")
        if header.matrix is not None:
            self.matrices.setdefault(header.matrix.digest, (header.matrix, []))[1].append(folder)
        told = {target.merged for part in header.parts for target in part.targets if target.losses != Losses()}

        def losses(target: PartTarget) -> Losses:
            """Before its parts said what each has lost, a merged run said it of them all."""
            return target.losses if target.merged in told else losses_of(records[target.merged])

        for place, part in enumerate(header.parts):
            for target in part.targets:
                self._take_record(target, records, folder)
            self.versions.setdefault(part.sockmatrix, []).append(folder)
            bare = tuple(structs.replace(target, merged="", losses=losses(target)) for target in part.targets)
            names = {target.id: target.merged for target in part.targets}
            self._add(Piece(structs.replace(part, targets=bare), folder, place, names))

    def _take_record(self, target: PartTarget, records: dict[str, TargetRecord], folder: Path) -> None:
        if target.merged not in records or target.planned not in self.sets:
            raise RunFormatError(str(folder / HEADER), f"what it says of {target.id} does not fit", "the file was changed or damaged")
        facts = records[target.merged] if target.kind else structs.replace(records[target.merged], facts=None, partners=(), grounds={})
        self.lore.add(structs.replace(facts, id=target.id, name=target.name, trouble=target.trouble, origin=""))

    # -- scenarios

    def _take_layout(self, header: Header, folder: Path) -> None:
        self.layouts.setdefault(_key_of(header.scenarios), Layout(header.scenarios, [])).folders.append(folder)

    def _take_plans(self, header: Header, folder: Path) -> None:
        """Of each scenario the first text of its plan: two that mean the same may still name their files in other ways."""
        path = folder / SCENARIOS
        lines = read_lines(path)
        key = sha256(b"\n".join(lines) + _key_of(header.scenarios)).digest()
        if key in self._files:
            return
        self._files.add(key)
        names = set()
        for number, line in enumerate(lines, 1):
            if line:
                names.add(self._take_plan(line, header, f"{path}:{number}"))
        lost = [name for name in header.scenarios if name not in names]
        if lost:
            raise RunFormatError(str(path), f"{len(lost)} scenario(s) are missing ({lost[0]}, …)", "the file was cut short")

    def _take_plan(self, line: bytes, header: Header, place: str) -> str:
        try:
            plan = _brief.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RunFormatError(place, str(error), "the file was changed or damaged") from None
        if header.scenarios.get(plan.id) != plan.digest:
            raise RunFormatError(place, f"scenario {plan.id} is not the one that the header names", "the folder mixes two runs")
        before = self._plans.get(plan.id)
        if before is None or _rank(line) < _rank(before):
            self._plans[plan.id] = line
            self._places[plan.id] = place
        return plan.id

    def plans(self, scenarios: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The text of the plan of each scenario that some run has. Raises `RunFormatError` where it is no plan."""
        for name in scenarios:
            if name in self._plans:
                _check_plan(self._plans[name], self._places[name])
                yield name, self._plans[name]


def _key_of(scenarios: Mapping[str, str]) -> bytes:
    """The same for equal scenarios with equal meanings."""
    return sha256(msgspec.json.encode(sorted(scenarios.items()))).digest()


class _Brief(Struct):
    """What has to be known of a plan."""

    id: str
    digest: str
    file: str


_brief = msgspec.json.Decoder(_Brief)
_whole = msgspec.json.Decoder(Plan)


def _rank(line: bytes) -> tuple[bool, bytes]:
    """A plan that stands for one that no run has comes last."""
    return not _brief.decode(line).file, line


def _check_plan(line: bytes, place: str) -> None:
    try:
        _whole.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunFormatError(place, str(error), "the file was changed or damaged") from None


def _results_of(folder: Path) -> tuple[bytes, Footer | None]:
    path = folder / RESULTS
    data = path.read_bytes() if path.exists() else b""
    *lines, torn = data.split(b"\n")
    return data, footer_of(lines, path, torn)


def find_runs(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The run folders that are meant: a folder that is none stands for those below it. Raises `RunFormatError` where there is none."""
    return tuple(run for folder in folders for run in _runs_in(folder))


def _runs_in(folder: Path) -> Sequence[Path]:
    if (folder / HEADER).is_file() or not folder.is_dir():
        return (folder,)
    found = sorted(file.parent for file in folder.rglob(HEADER) if file.is_file())
    if not found:
        raise RunFormatError(str(folder), "no run here, and none below it", "name the folders that 'sockmatrix run' named at its end")
    return found
