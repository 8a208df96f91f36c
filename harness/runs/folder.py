"""The folder of a run: written as results come, closed with a footer, read back with every doubt said. Judges nothing.

`run.json` is the header, `scenarios.jsonl` the plans (a run can be judged and shown without the library), `results.jsonl` one line a cell
and a footer. While a run goes on, results are in the order in which they came; closing puts them into the order of the plan.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import IO, Any

import msgspec
from msgspec import Struct, structs

from harness.records.plan import Plan
from harness.records.run import RUN_VERSION, Footer, Header, Result, TargetRecord, Volatile
from harness.runs.decoding import ResultDecoder

HEADER, SCENARIOS, RESULTS = "run.json", "scenarios.jsonl", "results.jsonl"
SUPERSEDED = "superseded.jsonl"
"""Results that said nothing of their target, and were played again."""
DELIVERIES = "deliveries.jsonl"
"""Of a merged run: every result, as it was, of the cells that several of its parts have."""
FILES = (HEADER, SCENARIOS, RESULTS, SUPERSEDED, DELIVERIES)


class RunError(Exception):
    """A run folder cannot be used. `environment` tells a failing disk from a wrong folder."""

    environment = False

    def __init__(self, place: str, problem: str, advice: str) -> None:
        super().__init__(f"{place}: {problem}; {advice}")
        self.place = place
        self.problem = problem
        self.advice = advice


class RunFormatError(RunError):
    """What is in the folder is no run, or none that this version can read."""


class ResumeError(RunError):
    """The run cannot be gone on with."""


class RunStorageError(RunError):
    """The disk does not take what is to be written."""

    environment = True


class Run:
    """A run as read from its folder."""

    def __init__(
        self, folder: Path, header: Header, plans: dict[str, Plan], results: dict[tuple[str, str], Result], footer: Footer | None
    ) -> None:
        self.folder = folder
        self.header = header
        self.plans = plans
        self.results = results
        self.footer = footer

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.footer is not None

    @cached_property
    def planned(self) -> tuple[tuple[str, str], ...]:
        """The cells (scenario, target) that were to be played, in the order of the run. Others have no result and lack none."""
        return tuple(
            (scenario, target.id)
            for scenario in self.header.scenarios
            for target in self.header.targets
            if self.is_planned(scenario, target.id)
        )

    def is_planned(self, scenario: str, target: str) -> bool:
        """Whether a cell was to be played."""
        return scenario not in self._unplanned.get(target, ())

    @cached_property
    def _unplanned(self) -> dict[str, frozenset[str]]:
        return {target: frozenset(scenarios) for target, scenarios in self.header.unplanned.items()}

    @cached_property
    def excused(self) -> dict[tuple[str, str], str]:
        """The cells that are not planned because a known entry says so, with its reason."""
        return {
            (scenario, target.id): reason
            for target in self.header.targets
            for scenario, reason in self.header.excused.get(target.id, {}).items()
            if scenario in self.header.scenarios
        }

    @cached_property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """Planned cells without a result, which make a run red."""
        return tuple(cell for cell in self.planned if cell not in self.results)

    @property
    def broken(self) -> tuple[str, ...]:
        """Scenario files that a session of pytest could not play, since there are mistakes in them: the run has no end for that."""
        named = self.header.options.get("broken", ())
        return tuple(map(str, named)) if isinstance(named, list) else ()


_encoder = msgspec.json.Encoder()
_header_decoder = msgspec.json.Decoder(Header)
_plan_decoder = msgspec.json.Decoder(Plan)
_footer_decoder = msgspec.json.Decoder(Footer)


class RunWriter:
    """Appends results as they come."""

    def __init__(self, folder: Path, header: Header, done: frozenset[tuple[str, str]]) -> None:
        self.folder = folder
        self.header = header
        self.done = done
        self._started = perf_counter()
        self._file: IO[bytes] = self._open()
        self._header_file = HeaderFile()

    @classmethod
    def create(cls, folder: Path, header: Header, plans: Iterable[Plan]) -> "RunWriter":
        """Begin a run in a folder of its own. Raises `RunStorageError`, and `ResumeError` where a run already is."""
        claim(folder)
        with storage(folder):
            write_atomically(folder / SCENARIOS, b"".join(_encoder.encode(plan) + b"\n" for plan in plans))
            write_atomically(folder / HEADER, header_bytes(header))
        return cls(folder, header, frozenset())

    @classmethod
    def resume(
        cls, folder: Path, scenarios: Mapping[str, str], targets: Iterable[str], protocol: int, part: tuple[str, str] = ("", "")
    ) -> "RunWriter":
        """Go on with an interrupted run, or with one in which some cells are an `error`, or lacked what may be there now: these say
        nothing of their targets, and are played again. Raises `ResumeError` where it was of other scenarios or targets, or there is
        nothing to go on with.

        `scenarios` are the digests by id that are to be played now, `targets` the ids of the targets, `part` the job and the shard.
        """
        _refuse_while_written(folder)
        run = read(folder)
        refuse_merged(run.header, folder)
        if run.broken:
            problem = f"the run is without {', '.join(run.broken)}, where there were mistakes"
            raise ResumeError(str(folder), problem, "play all in a new run")
        again = frozenset(key for key, result in run.results.items() if says_nothing(result))
        if run.complete and not again:
            raise ResumeError(str(folder), "the run is complete", "there is nothing to go on with")
        differences = list(_differences(run.header, scenarios, set(targets), protocol, part))
        if differences:
            raise ResumeError(str(folder), "the run was of something else: " + "; ".join(differences), "start a new one")
        _drop_torn_line(folder / RESULTS)
        _set_aside(folder, again)
        # What a baseline said was said of what there was.
        return cls(folder, structs.replace(run.header, baseline=None), frozenset(run.results) - again)

    def _open(self) -> IO[bytes]:
        with storage(self.folder):
            file = open(self.folder / RESULTS, "ab", buffering=0)  # noqa: SIM115 - open for as long as the run goes on
        if not _lock(file):
            file.close()
            raise ResumeError(str(self.folder), "another process is writing to this run", "wait for it to end")
        return file

    def introduce(self, targets: tuple[TargetRecord, ...]) -> None:
        """Put what the targets say of themselves into the header."""
        self.header = structs.replace(self.header, targets=targets)
        with storage(self.folder):
            write_atomically(self.folder / HEADER, self._header_file.of(self.header))

    def excuse(self, target: str, reasons: Mapping[str, str]) -> None:
        """Take scenarios out of what is planned on a target, with the reason of each; `introduce` writes it."""
        header = self.header
        kept = {**header.excused.get(target, {}), **reasons}
        out = {*header.unplanned.get(target, ()), *reasons}
        ordered = tuple(scenario for scenario in header.scenarios if scenario in out)
        self.header = structs.replace(
            header,
            cells=header.cells - len(ordered) + len(header.unplanned.get(target, ())),
            unplanned={**header.unplanned, target: ordered},
            excused={**header.excused, target: {scenario: kept[scenario] for scenario in ordered if scenario in kept}},
        )

    def append(self, result: Result) -> None:
        """One more cell; on disk when this returns."""
        with storage(self.folder):
            _write_line(self._file, _encoder.encode(result) + b"\n")

    def close(self) -> None:
        """All cells are there: put them in order and add the footer."""
        self._file.close()
        lines = (self.folder / RESULTS).read_bytes().splitlines()
        lines.sort(key=self._rank())
        footer = Footer(len(lines), datetime.now(UTC).isoformat(timespec="seconds"), round(perf_counter() - self._started, 3))
        with storage(self.folder):
            write_atomically(self.folder / RESULTS, b"\n".join((*lines, _encoder.encode(footer), b"")))

    def abandon(self) -> None:
        """Leave the run as it is, to be gone on with."""
        self._file.close()

    def _rank(self) -> Callable[[bytes], int]:
        """Where the line of a cell belongs; those that are not of the plan come last."""
        scenarios = {scenario: row for row, scenario in enumerate(self.header.scenarios)}
        targets = {target.id: column for column, target in enumerate(self.header.targets)}
        last = len(scenarios) * len(targets)

        def rank(line: bytes) -> int:
            scenario, target = _key(line)
            if scenario not in scenarios or target not in targets:
                return last
            return scenarios[scenario] * len(targets) + targets[target]

        return rank


def says_nothing(result: Result) -> bool:
    """The harness or the environment is at fault: the cell tells nothing of its target, and is worth playing again."""
    return result.verdict == "error" or (result.trouble is not None and result.trouble.mendable)


def refuse_merged(header: Header, folder: Path) -> None:
    """A merged run was played by nobody. Raises `ResumeError`."""
    if header.parts:
        advice = "play what is missing in a run of its own, and merge that too: sockmatrix merge"
        raise ResumeError(str(folder), "the run was merged of others, and cannot be gone on with", advice)


def _refuse_while_written(folder: Path) -> None:
    """Find out before anything is changed: a line that seems torn may just be on its way."""
    if (folder / RESULTS).exists():
        with open(folder / RESULTS, "ab", buffering=0) as file:
            if not _lock(file):
                raise ResumeError(str(folder), "another process is writing to this run", "wait for it to end")


def header_bytes(header: Header) -> bytes:
    """The file `run.json`."""
    return msgspec.json.format(_encoder.encode(header), indent=1) + b"\n"


class HeaderFile:
    """The same file again and again while targets say more of themselves: only of those that have said more is it written anew.

    A target has facts for every network that it stands on, so that the header of a run of forty is 13 MB.
    """

    def __init__(self) -> None:
        self._rest: Header | None = None
        self._ends = (b"", b"")
        self._records: dict[str, tuple[TargetRecord, bytes]] = {}

    def of(self, header: Header) -> bytes:
        """Byte for byte what `header_bytes` gives."""
        if not header.targets:
            return header_bytes(header)
        rest = structs.replace(header, targets=())
        if self._rest is None or not _is_made_of_the_same(rest, self._rest):
            before, no_targets, after = header_bytes(rest).partition(_NO_TARGETS)
            self._rest, self._ends = rest, (before + no_targets[:-1], no_targets[-1:] + after)
        start, end = self._ends
        return b"".join((start, b"\n  ", b",\n  ".join(map(self._record, header.targets)), b"\n ", end))

    def _record(self, record: TargetRecord) -> bytes:
        known = self._records.get(record.id)
        if known is None or known[0] != record:
            # A text has no line ends of its own in JSON, so that every one begins a line of the file.
            lines = msgspec.json.format(_encoder.encode(record), indent=1).replace(b"\n", b"\n  ")
            known = self._records[record.id] = record, lines
        return known[1]


_NO_TARGETS = b'\n "targets": []'


def _is_made_of_the_same(one: Header, other: Header) -> bool:
    return all(getattr(one, name) is getattr(other, name) for name in Header.__struct_fields__ if name != "targets")


def write_header(folder: Path, header: Header) -> None:
    """Replace the header of a run that has ended. Raises `RunStorageError`."""
    with storage(folder):
        write_atomically(folder / HEADER, header_bytes(header))


def _lock(file: IO[bytes]) -> bool:
    """Whether this process is the only one that writes to a file. The lock goes with the process, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


GO_ON = "what was written is kept; make room or choose another folder with --out, then go on with --resume"


def claim(folder: Path, advice: str = "name another folder, or go on with it: --resume", on_failure: str = GO_ON) -> None:
    """Make sure of a folder for a new run. Raises `RunStorageError`, and `ResumeError` where a run already is, or something else."""
    if (folder / HEADER).exists():
        raise ResumeError(str(folder), "there is a run in it already", advice)
    with storage(folder, on_failure):
        folder.mkdir(parents=True, exist_ok=True)
        other = other_file(folder)
    if other:
        raise ResumeError(str(folder), f"it is no run and not empty ({other})", "name another folder")


def other_file(folder: Path) -> str:
    """The first thing in a folder that no run has left there, not even one that was ended before it had a header; or nothing."""
    names = (file.name for file in folder.iterdir()) if folder.is_dir() else ()
    return min((name for name in names if name not in FILES and not name.startswith(".")), default="")


def is_evidence(file: Path) -> bool:
    """Whether a file is part of a run, which nothing replaces that is made of runs."""
    return file.name in FILES and (file.parent / HEADER).exists()


class _Key(msgspec.Struct):
    scenario: str
    target: str


_KEYS = [b"scenario", b"target"]
_BEFORE_KEYS = [b"{", b":", b",", b":"]
_key_decoder = msgspec.json.Decoder(_Key)


def _key(line: bytes) -> tuple[str, str]:
    """The cell that a line is of. Mostly it is what the line begins with, and the rest need not be looked at."""
    parts = line.split(b'"', 8)
    if len(parts) == 9 and parts[:7:2] == _BEFORE_KEYS and parts[1:6:4] == _KEYS and b"\\" not in parts[3] + parts[7]:
        return parts[3].decode(), parts[7].decode()
    key = _key_decoder.decode(line)
    return key.scenario, key.target


class storage:
    """Turns a failing disk into `RunStorageError`."""

    def __init__(self, folder: Path, advice: str = GO_ON) -> None:
        self.folder = folder
        self.advice = advice

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise RunStorageError(str(self.folder), f"cannot be written to: {error.strerror or error}", self.advice) from None


def _write_line(file: IO[bytes], line: bytes) -> None:
    """All of a line or nothing, so that a later one does not continue a torn one."""
    end = file.seek(0, os.SEEK_END) if file.seekable() else None
    try:
        _write_all(file, line)
    except OSError:
        if end is not None:
            with suppress(OSError):
                file.truncate(end)
        raise


def _write_all(file: IO[bytes], data: bytes) -> None:
    """An unbuffered file may take a part only."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def write_atomically(path: Path, data: bytes) -> None:
    """All of it or nothing. Raises `OSError`."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _drop_torn_line(path: Path) -> None:
    data = path.read_bytes() if path.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        with storage(path.parent):
            write_atomically(path, whole)


def _set_aside(folder: Path, again: frozenset[tuple[str, str]]) -> None:
    """Move the lines of cells that are to be played again, and the footer, to a file of their own: evidence is never thrown away."""
    lines = (folder / RESULTS).read_bytes().splitlines(keepends=True) if (folder / RESULTS).exists() else []
    kept: list[bytes] = []
    aside: list[bytes] = []
    for line in lines:
        (aside if line.startswith(b'{"footer"') or _key(line) in again else kept).append(line)
    if aside:
        with storage(folder):
            before = (folder / SUPERSEDED).read_bytes() if (folder / SUPERSEDED).exists() else b""
            write_atomically(folder / SUPERSEDED, before + b"".join(aside))
            write_atomically(folder / RESULTS, b"".join(kept))


def _differences(before: Header, scenarios: Mapping[str, str], targets: set[str], protocol: int, part: tuple[str, str]) -> Iterable[str]:
    changed = sorted(name for name in before.scenarios.keys() | scenarios.keys() if before.scenarios.get(name) != scenarios.get(name))
    if changed:
        yield f"{len(changed)} scenario(s) differ ({', '.join(changed[:3])}{', …' if len(changed) > 3 else ''})"
    there = {target.id for target in before.targets}
    if there != targets:
        yield "targets differ (" + ", ".join(sorted(there ^ targets)) + ")"
    if before.protocol != protocol:
        yield f"agent protocol {before.protocol}, now {protocol}"
    for what, was, now in (("job", before.job, part[0]), ("shard", before.shard, part[1])):
        if was != now:
            yield f"{what} {was or 'none'}, now {now or 'none'}"


# --------------------------------------------------------------------------------------------------------- reading


def read(folder: Path) -> Run:
    """A run from its folder; an interrupted one too. Raises `RunFormatError`."""
    header = read_header(folder)
    plans = _read_plans(folder, header)
    results, footer = _read_results(folder, header)
    return Run(folder, header, plans, results, footer)


def read_header(folder: Path) -> Header:
    """What a run says of itself. Raises `RunFormatError`."""
    path = folder / HEADER
    try:
        data = path.read_bytes()
    except OSError as error:
        advice = "a run is the folder that 'sockmatrix run' names at its end"
        raise RunFormatError(str(folder), f"no run here ({HEADER}: {error.strerror})", advice) from None
    version = _version(data, path)
    if version != RUN_VERSION:
        raise RunFormatError(
            str(path),
            f"the run has format {version!r}, this sockmatrix reads {RUN_VERSION}",
            "read it with the version that made it, or a newer one",
        )
    try:
        return _decoded(data)
    except msgspec.DecodeError as error:
        raise RunFormatError(str(path), str(error), "the file was changed or damaged") from None


def _decoded(data: bytes) -> Header:
    header = _header_decoder.decode(data)
    if b'"lost_machines"' not in data:
        return header
    lost = [each.lost_machines for each in msgspec.json.decode(data, type=_Earlier).targets]
    targets = [structs.replace(each, lost_hosts=each.lost_hosts + more) for each, more in zip(header.targets, lost, strict=True)]
    return structs.replace(header, targets=tuple(targets))


class _EarlierTarget(Struct):
    lost_machines: int = 0


class _Earlier(Struct):
    """A header of the time when lost machines had a count of their own, before they were hosts like any other."""

    targets: tuple[_EarlierTarget, ...]


def _version(data: bytes, path: Path) -> Any:
    try:
        header = msgspec.json.decode(data)
        if isinstance(header, dict) and "run" in header:
            return header["run"]
        error: Exception | str = "it has no format version"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as flaw:
        error = flaw
    raise RunFormatError(str(path), f"not the header of a run ({error})", "the file was changed or damaged")


def read_lines(path: Path) -> Sequence[bytes]:
    """The lines of a file of a run. Raises `RunFormatError`."""
    try:
        return path.read_bytes().split(b"\n")
    except OSError as error:
        raise RunFormatError(str(path), error.strerror or str(error), "a run folder has three files: copy all of them") from None


def _read_plans(folder: Path, header: Header) -> dict[str, Plan]:
    path = folder / SCENARIOS
    plans = {}
    for number, line in enumerate(read_lines(path), 1):
        if not line:
            continue
        try:
            plan = _plan_decoder.decode(line)
        except msgspec.DecodeError as error:
            raise RunFormatError(f"{path}:{number}", str(error), "the file was changed or damaged") from None
        if header.scenarios.get(plan.id) != plan.digest:
            raise RunFormatError(
                f"{path}:{number}", f"scenario {plan.id} is not the one that the header names", "the folder mixes two runs"
            )
        plans[plan.id] = plan
    lost = [name for name in header.scenarios if name not in plans]
    if lost:
        raise RunFormatError(str(path), f"{len(lost)} scenario(s) are missing ({lost[0]}, …)", "the file was cut short")
    return plans


def _read_results(folder: Path, header: Header) -> tuple[dict[tuple[str, str], Result], Footer | None]:
    path = folder / RESULTS
    if not path.exists():
        return {}, None
    *lines, torn = read_lines(path)
    footer = footer_of(lines, path, torn)
    results: dict[tuple[str, str], Result] = {}
    targets = {target.id for target in header.targets}
    decoder = ResultDecoder()
    lines = lines[:-1] if footer else lines
    lines.reverse()  # so that each can be let go of when it has been read
    for number in range(1, len(lines) + 1):
        result = result_in(lines.pop(), f"{path}:{number}", decoder)
        key = (result.scenario, result.target)
        if result.scenario not in header.scenarios or result.target not in targets:
            raise RunFormatError(f"{path}:{number}", f"cell {key} is not of this run", "the folder mixes two runs")
        if key in results:
            raise RunFormatError(f"{path}:{number}", f"cell {key} is there twice", "the folder mixes two runs")
        results[key] = result
    return results, footer


def footer_of(lines: Sequence[bytes], path: Path, torn: bytes = b"") -> Footer | None:
    """The last of the lines of results, if it is a footer; nothing may be behind one. Raises `RunFormatError`."""
    for number, line in enumerate(lines if torn else lines[:-1], 1):
        if line.startswith(b'{"footer"'):
            raise RunFormatError(f"{path}:{number + 1}", "something is behind the end of the results", "the file was changed or damaged")
    if not lines or not lines[-1].startswith(b'{"footer"'):
        return None
    try:
        footer = _footer_decoder.decode(lines[-1])
    except msgspec.DecodeError as error:
        raise RunFormatError(f"{path}:{len(lines)}", str(error), "the file was changed or damaged") from None
    if footer.footer != len(lines) - 1:
        raise RunFormatError(
            str(path), f"the footer counts {footer.footer} results, there are {len(lines) - 1}", "lines were lost or added"
        )
    return footer


def result_in(line: bytes, place: str, decoder: ResultDecoder | msgspec.json.Decoder[Result]) -> Result:
    """What a line of results says. Raises `RunFormatError`."""
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunFormatError(place, str(error), "the file was changed or damaged") from None


def canonical(run: Run) -> bytes:
    """What two identical runs share, byte for byte: results without `volatile`, in the order of the plan."""
    cells = ((scenario, target.id) for scenario in run.header.scenarios for target in run.header.targets)
    results = (run.results[cell] for cell in cells if cell in run.results)
    return b"\n".join(_encoder.encode(structs.replace(result, volatile=_NOTHING)) for result in results)


_NOTHING = Volatile()
