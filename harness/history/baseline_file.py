"""Reads and writes a baseline, and what waits beside it to be reviewed. Compares nothing.

The file is made to be looked at in a review: sorted, in ASCII, with an observation on a line. The same baseline gives the same bytes.
"""

import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, structs

from harness.history.errors import KeptError
from harness.records.baseline import BASELINE_VERSION, Accepted, Baseline, BaselineScenario, Proposals, Rejected
from harness.runs.folder import write_atomically

LONGEST_LINE = 120
_DAMAGED = "the file was changed or damaged"

T = TypeVar("T", bound=Struct)


def beside(file: Path) -> Path:
    """Where the changes of a baseline wait for their review."""
    return file.with_name(file.name + ".new")


def read_baseline(file: Path) -> Baseline:
    """Raises `KeptError`."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise KeptError(str(file), "there is no baseline", f"make one of a run: sockmatrix baseline accept {file}") from None
    except OSError as error:
        raise KeptError(str(file), f"cannot be read: {error.strerror or error}", "name the file of a baseline") from None
    return _decoded(data, file, Baseline, "baseline", "name the file that 'sockmatrix baseline accept' wrote")


def read_proposals(file: Path) -> Proposals | None:
    """What waits beside a baseline, if anything. Raises `KeptError`."""
    place = beside(file)
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeptError(str(place), f"cannot be read: {error.strerror or error}", "remove it, and compare again") from None
    return _decoded(data, place, Proposals, "proposals", "remove it, and compare again")


def _decoded(data: bytes, place: Path, kind: type[T], version: str, advice: str) -> T:
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise KeptError(str(place), f"not a baseline ({error})", _DAMAGED) from None
    if not isinstance(found, dict) or version not in found:
        raise KeptError(str(place), f"not a baseline (it has no '{version}')", advice)
    if found[version] != BASELINE_VERSION:
        problem = f"has format {found[version]!r}, this sockmatrix reads {BASELINE_VERSION}"
        raise KeptError(str(place), problem, "read it with the version that made it, or a newer one")
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise KeptError(str(place), str(error), _DAMAGED) from None


def write_baseline(file: Path, baseline: Baseline) -> None:
    """All of it or nothing. Raises `KeptError`."""
    _write(file, ordered(baseline))


def write_proposals(file: Path, proposals: Proposals) -> None:
    """Put what is to be reviewed beside a baseline; nothing to review, no file. Raises `KeptError`."""
    if proposals.changes:
        _write(beside(file), proposals)
        return
    try:
        beside(file).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(beside(file), error) from None


def _write(file: Path, content: Struct) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, text(content).encode("ascii"))
    except OSError as error:
        raise _unwritable(file, error) from None


def _unwritable(file: Path, error: OSError) -> KeptError:
    advice = "make room, or choose a file in a folder that can be written to"
    return KeptError(str(file), f"cannot be written: {error.strerror or error}", advice, environment=True)


def ordered(baseline: Baseline) -> Baseline:
    """Everything sorted."""
    scenarios = {name: _in_order(scenario) for name, scenario in sorted(baseline.scenarios.items())}
    return structs.replace(baseline, targets=dict(sorted(baseline.targets.items())), scenarios=scenarios)


def _in_order(scenario: BaselineScenario) -> BaselineScenario:
    return structs.replace(scenario, accepted=_by_targets(scenario.accepted), rejected=_by_targets(scenario.rejected))


E2 = TypeVar("E2", Accepted, Rejected)


def _by_targets(entries: tuple[E2, ...]) -> tuple[E2, ...]:
    sortable = [structs.replace(entry, targets=tuple(sorted(entry.targets))) for entry in entries]
    return tuple(sorted(sortable, key=lambda entry: (entry.targets, text(entry.sight))))


def text(content: Struct) -> str:
    """A record as JSON in ASCII: what fits is on one line, else each of its parts begins one."""
    return _text(msgspec.to_builtins(content, str_keys=True), 0) + "\n"


def _text(value: Any, depth: int) -> str:
    if isinstance(value, dict):
        return _together("{}", [f"{_leaf(key)}: {_text(part, depth + 1)}" for key, part in value.items()], depth)
    if isinstance(value, (list, tuple)):
        return _together("[]", [_text(part, depth + 1) for part in value], depth)
    return _leaf(value)


def _together(brackets: str, parts: list[str], depth: int) -> str:
    length = depth + 2 + sum(len(part) + 2 for part in parts)
    if (length <= LONGEST_LINE and not any("\n" in part for part in parts)) or not parts:
        return brackets[0] + ", ".join(parts) + brackets[1]
    inner = "\n" + " " * (depth + 1)
    return brackets[0] + inner + f",{inner}".join(parts) + "\n" + " " * depth + brackets[1]


_leaf = json.JSONEncoder(ensure_ascii=True).encode
