"""Where in the files of the parts the result of each cell is. Keeps no results: those of hundreds of runs would fill the memory."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from harness.merging.pieces import Piece
from harness.merging.targets import Row
from harness.records.run import Result
from harness.runs.folder import DELIVERIES, RESULTS, RunFormatError, footer_of, read_lines, result_in

BLOCK = 24_000_000
"""Bytes of results that are held at once."""

_decoder = msgspec.json.Decoder(Result)

_LENGTH, _OFFSET = 28, 44
"""Bits for the length of a line, and for where it begins; the number of its file is above them."""


class Line(Struct, frozen=True):
    """A result as its file has it."""

    result: Result
    """With the id that its target has in the piece."""
    piece: int
    """Which of the pieces it is from."""


class Source(Struct, frozen=True):
    """One file of results."""

    path: Path
    pieces: dict[int | None, int]
    """By the place that its lines name, or none, which of the pieces; those that are taken from elsewhere are left out."""
    own: bool
    """Its targets bear the ids that they have in the merged run that it is of, not those of the pieces."""


class Index:
    """The place of every result. Raises `RunFormatError` where a line is not what it should be."""

    def __init__(self, pieces: Sequence[Piece], rows: Sequence[Row], scenarios: Sequence[str]) -> None:
        self.pieces = pieces
        self.scenarios = scenarios
        self.targets = [row.record.id for row in rows]
        self.sources: list[Source] = []
        self._row = {member: at for at, row in enumerate(rows) for member in row.members}
        self._place = {scenario: at for at, scenario in enumerate(scenarios)}
        self._cells: dict[int, int | list[int]] = {}
        for folder, members in groupby(sorted(range(len(pieces)), key=lambda at: str(pieces[at].folder)), lambda at: pieces[at].folder):
            self._add_folder(folder, list(members))

    def __len__(self) -> int:
        return len(self._cells)

    def cells(self) -> Iterator[tuple[str, str]]:
        """Those that some part has."""
        for cell in self._cells:
            scenario, row = divmod(cell, len(self.targets))
            yield self.scenarios[scenario], self.targets[row]

    # -- finding

    def _add_folder(self, folder: Path, members: Sequence[int]) -> None:
        by_place = {self.pieces[at].place: at for at in members}
        if None in by_place:
            self._add_file(Source(folder / RESULTS, by_place, own=False), frozenset())
            return
        again = Source(folder / DELIVERIES, by_place, own=False)
        cells = self._add_file(again, frozenset()) if again.path.exists() else frozenset()
        self._add_file(Source(folder / RESULTS, by_place, own=True), cells)

    def _add_file(self, source: Source, elsewhere: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        """The cells, by scenario and row, that its lines are of; those that are `elsewhere` are passed over."""
        number = len(self.sources)
        self.sources.append(source)
        if not source.path.exists():
            return frozenset()
        rows = self._rows(source)
        seen: set[tuple[int, int, int | None]] = set()
        delivered: set[tuple[int, int]] = set()
        for at, offset, line in _lines(source.path):
            result = result_in(line, f"{source.path}:{at}", _decoder)
            cell = self._cell(result, source, rows, at)
            if cell is None or (cell[0], cell[1]) in elsewhere:
                continue
            if cell in seen:
                place = f"{source.path}:{at}"
                raise RunFormatError(place, f"cell {(result.scenario, result.target)} is there twice", "the folder mixes two runs")
            seen.add(cell)
            delivered.add((cell[0], cell[1]))
            self._put(cell[0] * len(self.targets) + cell[1], number << _LENGTH + _OFFSET | offset << _LENGTH | len(line))
        return frozenset(delivered) if not source.own else frozenset()

    def _rows(self, source: Source) -> dict[tuple[int | None, str], int]:
        """Row by place and target, as the lines name them."""
        found: dict[tuple[int | None, str], int] = {}
        for place, at in source.pieces.items():
            piece = self.pieces[at]
            for target in piece.part.targets:
                name = piece.names[target.id] if source.own else target.id
                found[place, name] = self._row[piece.part.digest, target.id]
        return found

    def _cell(
        self, result: Result, source: Source, rows: Mapping[tuple[int | None, str], int], at: int
    ) -> tuple[int, int, int | None] | None:
        if result.part is not None and result.part not in source.pieces and None not in source.pieces:
            return None
        row = rows.get((result.part, result.target))
        if row is None or result.scenario not in self._place:
            place = f"{source.path}:{at}"
            raise RunFormatError(place, f"cell {(result.scenario, result.target)} is not of this run", "the folder mixes two runs")
        return self._place[result.scenario], row, result.part

    def _put(self, cell: int, reference: int) -> None:
        before = self._cells.get(cell)
        if before is None:
            self._cells[cell] = reference
        elif isinstance(before, list):
            before.append(reference)
        else:
            self._cells[cell] = [before, reference]

    # -- reading again

    def read(self) -> Iterator[tuple[str, str, list[Line]]]:
        """Every cell in the order of scenarios and targets, with what each part has of it."""
        for cells in self._blocks():
            lines = self._load(reference for cell in cells for reference in self._references(cell))
            for cell in cells:
                scenario, row = divmod(cell, len(self.targets))
                found = [self._line(reference, lines[reference]) for reference in self._references(cell)]
                yield self.scenarios[scenario], self.targets[row], sorted(found, key=lambda line: line.piece)

    def _references(self, cell: int) -> list[int]:
        found = self._cells[cell]
        return found if isinstance(found, list) else [found]

    def _blocks(self) -> Iterator[list[int]]:
        block: list[int] = []
        size = 0
        for cell in sorted(self._cells):
            block.append(cell)
            size += sum(reference & (1 << _LENGTH) - 1 for reference in self._references(cell))
            if size >= BLOCK:
                yield block
                block, size = [], 0
        if block:
            yield block

    def _load(self, references: Iterator[int]) -> dict[int, bytes]:
        """Each file is opened once, and read from its beginning to its end."""
        found = {}
        for number, ordered in groupby(sorted(references), lambda reference: reference >> _LENGTH + _OFFSET):
            with open(self.sources[number].path, "rb") as file:
                for reference in ordered:
                    file.seek(reference >> _LENGTH & (1 << _OFFSET) - 1)
                    found[reference] = file.read(reference & (1 << _LENGTH) - 1)
        return found

    def _line(self, reference: int, data: bytes) -> Line:
        source = self.sources[reference >> _LENGTH + _OFFSET]
        result = result_in(data, str(source.path), _decoder)
        number = source.pieces[result.part]
        if source.own:
            target = next(own for own, merged in self.pieces[number].names.items() if merged == result.target)
            result = structs.replace(result, target=target)
        return Line(structs.replace(result, part=number), number)


def _lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Number, place and bytes of each whole line that is no footer."""
    *lines, _torn = read_lines(path)
    footer = footer_of(lines, path)
    offset = 0
    for number, line in enumerate(lines[:-1] if footer else lines, 1):
        yield number, offset, line
        offset += len(line) + 1
