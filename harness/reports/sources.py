"""The page that says which scenarios establish each row of the project's sources: read the rows, find the scenarios, write the page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from harness.records.plan import Plan

PREFIX = "seed:"
KEYS = ("row", "shows", "establish")

HEAD = """# Where the scenarios come from

The project started from five socket tutorials. Each row is something that one of them shows; the scenarios beside it establish what really
happens, on every target. A scenario names its row with `see: [seed:ROW]`.

This page is generated: `sockmatrix sources --write`. Its rows are in [sources.toml](sources.toml).
"""


TITLES = ("| row | the tutorial shows | to be established | scenarios |", "|---|---|---|---|")


class SourceError(Exception):
    """The table of rows cannot be used. `place` is the file, with the row where it is known."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class SourceRow(Struct, frozen=True):
    """One row."""

    row: str
    """`0.2`, as scenarios name it: `seed:0.2`."""
    shows: str
    """What the tutorial shows."""
    establish: str
    """What the scenarios must establish."""


class EstablishedRow(Struct, frozen=True):
    """A row with the scenarios that name it."""

    row: SourceRow
    scenarios: tuple[str, ...]
    """Ids; those of a file's cases as one, without the case."""


def read_rows(file: Path) -> tuple[SourceRow, ...]:
    """The rows of a TOML file, in its order. Raises `SourceError`."""
    import tomllib

    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SourceError(str(file), f"cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(str(file), str(error)) from None
    rows = tuple(_row(entry, f"{file}: source {number}") for number, entry in enumerate(table.get("source", []), 1))
    _refuse_twins(rows, str(file))
    return rows


def _row(entry: Any, place: str) -> SourceRow:
    texts = entry if isinstance(entry, dict) else {}
    if sorted(texts) != sorted(KEYS) or not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise SourceError(place, f"needs the texts {', '.join(KEYS)}, and nothing else")
    return SourceRow(entry["row"], entry["shows"], entry["establish"])


def _refuse_twins(rows: Sequence[SourceRow], place: str) -> None:
    names = [row.row for row in rows]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise SourceError(place, f"row {twins[0]} is there twice")
    if not rows:
        raise SourceError(place, "holds no [[source]]")


def cover(rows: Iterable[SourceRow], plans: Iterable[Plan]) -> tuple[EstablishedRow, ...]:
    """The scenarios of each row, sorted."""
    found: dict[str, set[str]] = {}
    for plan in plans:
        for row in _named_rows(plan):
            found.setdefault(row, set()).add(plan.id.partition("[")[0])
    return tuple(EstablishedRow(row, tuple(sorted(found.get(row.row, ())))) for row in rows)


def unknown_rows(rows: Iterable[SourceRow], plans: Iterable[Plan]) -> Mapping[str, str]:
    """Rows that scenarios name and the table does not have, each with a file that names it."""
    known = {row.row for row in rows}
    return {row: plan.file for plan in plans for row in _named_rows(plan) if row not in known}


def _named_rows(plan: Plan) -> list[str]:
    return [entry.removeprefix(PREFIX) for entry in plan.see if entry.startswith(PREFIX)]


def page(covered: Sequence[EstablishedRow]) -> str:
    """The page, in Markdown."""
    done = sum(1 for each in covered if each.scenarios)
    lines = [HEAD, f"{done} of {len(covered)} rows have a scenario.", "", *TITLES]
    for each in covered:
        cells = (each.row.row, each.row.shows, each.row.establish, _links(each.scenarios))
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _links(scenarios: Sequence[str]) -> str:
    return "<br>".join(f"[{name}](../scenarios/{name}.yaml)" for name in scenarios) or "**none yet**"


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))
