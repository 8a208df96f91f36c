"""Which list of known entries each cell of a merged run is judged by: its target's own, as its newest run had it. Judges nothing."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from harness.records.known import Known
from harness.records.run import Header, Part, PartTarget


class Rulings:
    """The lists of a merged run whose parts do not know the same."""

    def __init__(self, header: Header) -> None:
        self._sets = header.sets
        self._rows: dict[str, str] = {}
        """By target, the list of the newest of its runs."""
        self._cells: dict[str, dict[str, str]] = {}
        """By target and scenario, where the runs of a target part."""
        for row, members in _by_row(header.parts).items():
            self._add(row, members)
        ruling = {*self._rows.values(), *(name for cells in self._cells.values() for name in cells.values())}
        self.lists = {name: header.lists.get(name, ()) for name in ("", *newest_first(header.parts, header.lists)) if name in ruling}
        """Those that some cell is judged by, the newest first; the others are no longer in force."""

    def _add(self, row: str, members: Sequence[tuple[Part, PartTarget]]) -> None:
        self._rows[row] = members[0][0].known
        if len({part.known for part, _ in members}) > 1:
            cells = self._cells[row] = {}
            for part, target in members:
                for scenario in (*self._sets.get(target.planned, ()), *target.excused):
                    cells.setdefault(scenario, part.known)

    def of(self, scenario: str, target: str) -> str:
        """The name of the list for a cell; of one that no run was to play, the list of the newest run of its target."""
        newest = self._rows.get(target, "")
        return self._cells[target].get(scenario, newest) if target in self._cells else newest


def rulings_of(header: Header) -> Rulings | None:
    """None where all cells are judged by the same list."""
    return Rulings(header) if len({part.known for part in header.parts}) > 1 else None


def _by_row(parts: Iterable[Part]) -> dict[str, list[tuple[Part, PartTarget]]]:
    """By id of a target, its runs, the newest first."""
    found: dict[str, list[tuple[Part, PartTarget]]] = {}
    for part in sorted(parts, key=lambda part: (part.started, part.known), reverse=True):
        for target in part.targets:
            found.setdefault(target.merged, []).append((part, target))
    return found


def newest_first(parts: Iterable[Part], lists: Mapping[str, tuple[Known, ...]]) -> list[str]:
    """The names of lists, by when the newest run that knows each was started, else by what is in them."""
    started: dict[str, str] = {}
    for part in parts:
        if part.known:
            started[part.known] = max(part.started, started.get(part.known, ""))
    ordered = sorted(started, key=lambda name: msgspec.json.encode(lists[name]))
    return sorted(ordered, key=started.__getitem__, reverse=True)
