"""Find out why runs cannot be joined: the same scenario with two meanings, other protocols, versions or plans. Joins nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.matrix.file import digest_of
from harness.merging.errors import MergeError
from harness.merging.pieces import Pieces
from harness.records.matrix import MatrixPlan

MOST_NAMED = 3


def refuse_conflicts(pieces: Pieces, matrix: MatrixPlan | None, file: str, *, mixed_versions: bool) -> None:
    """Raises `MergeError` with all of them. `file` is what the plan of the matrix is called."""
    found = [*_meanings(pieces, matrix, file), *_protocols(pieces, matrix, file), *_matrices(pieces, matrix, file)]
    if not mixed_versions:
        found += _versions(pieces, matrix, file)
    if found:
        raise MergeError(found, "merge runs of the same scenarios, that the same sockmatrix made")


def _meanings(pieces: Pieces, matrix: MatrixPlan | None, file: str) -> Iterator[str]:
    """Scenarios over which the same runs part are told together."""
    sources = [(layout.scenarios, _names(layout.folders)) for layout in pieces.layouts.values()]
    if matrix is not None:
        sources.append((matrix.scenarios, [file]))
    together: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for scenario in sorted({name for scenarios, _ in sources for name in scenarios}):
        camps = _camps(scenario, sources)
        if len(camps) > 1:
            together.setdefault(camps, []).append(scenario)
    for camps, scenarios in together.items():
        what = f"scenario {scenarios[0]}" if len(scenarios) == 1 else f"{len(scenarios)} scenarios ({_some(scenarios)})"
        yield f"{what}: one meaning in {', another in '.join(_some(camp) for camp in camps)}"


def _camps(scenario: str, sources: Sequence[tuple[Mapping[str, str], list[str]]]) -> tuple[tuple[str, ...], ...]:
    by_digest: dict[str, list[str]] = {}
    for scenarios, names in sources:
        if scenario in scenarios:
            by_digest.setdefault(scenarios[scenario], []).extend(names)
    return tuple(sorted(tuple(sorted(names)) for names in by_digest.values()))


def _protocols(pieces: Pieces, matrix: MatrixPlan | None, file: str) -> Iterator[str]:
    by_protocol = {str(protocol): _names(folders) for protocol, folders in pieces.protocols.items()}
    if matrix is not None:
        by_protocol.setdefault(str(matrix.protocol), []).append(file)
    yield from _parted("agent protocol", by_protocol, "")


def _versions(pieces: Pieces, matrix: MatrixPlan | None, file: str) -> Iterator[str]:
    by_version = {version: _names(folders) for version, folders in pieces.versions.items()}
    if matrix is not None:
        by_version.setdefault(matrix.sockmatrix, []).append(file)
    yield from _parted("made by sockmatrix", by_version, "; --mixed-versions merges them nevertheless")


def _matrices(pieces: Pieces, matrix: MatrixPlan | None, file: str) -> Iterator[str]:
    by_digest = {digest: _names(folders) for digest, (_, folders) in pieces.matrices.items()}
    if matrix is not None:
        by_digest.setdefault(digest_of(matrix), []).append(file)
    yield from _parted("held against plan", by_digest, "")


def _parted(what: str, camps: Mapping[str, list[str]], more: str) -> Iterator[str]:
    if len(camps) > 1:
        yield f"{what} {', '.join(f'{value} in {_some(sorted(names))}' for value, names in sorted(camps.items()))}{more}"


def _names(folders: Iterable[Path]) -> list[str]:
    return list(dict.fromkeys(folder.as_posix() for folder in folders))


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
