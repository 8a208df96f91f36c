"""Count verdicts by area and target, or by server and client: the matrix at a glance. Draws nothing."""

from collections.abc import Mapping

from msgspec import Struct

from harness.records.observation import GOOD, VERDICTS, Verdict
from harness.reports.summary import GRAVITY, PairTable, Summary
from harness.runs.folder import Run


class AreaSquare(Struct, frozen=True, omit_defaults=True):
    """One area on one target."""

    verdicts: dict[Verdict, int] = {}
    """Counts of the verdicts that occur."""
    missing: int = 0
    """Planned cells without a result."""
    unplanned: int = 0
    """Cells that were never to be played."""


class AreaRow(Struct, frozen=True, omit_defaults=True):
    """One area on every target."""

    area: str
    scenarios: int
    squares: tuple[AreaSquare, ...]
    """One for each target, in the order of the run."""


class Grid(Struct, frozen=True):
    """Squares in rows and columns, for a picture or a table."""

    what: str
    """`areas of scenarios down, targets across`"""
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    squares: tuple[tuple[AreaSquare | None, ...], ...]
    """By row and column; none where nothing was planned."""


def grids(run: Run, summary: Summary) -> tuple[Grid, ...]:
    """Areas and targets; where targets played with each other, servers and clients instead, once for each network."""
    paired = tuple(table for table in summary.pairs if len(table.servers) * len(table.clients) > 1)
    if paired:
        return tuple(_of_pairs(summary, table) for table in paired)
    rows = by_area(run)
    targets = tuple(target.id for target in summary.targets)
    return (
        Grid(
            "areas of scenarios down, targets across",
            tuple(row.area for row in rows),
            targets,
            tuple(tuple(map(_planned, row.squares)) for row in rows),
        ),
    )


def _planned(square: AreaSquare) -> AreaSquare | None:
    return square if square.verdicts or square.missing else None


def _of_pairs(summary: Summary, table: PairTable) -> Grid:
    played = {target.id: AreaSquare(target.verdicts, target.missing) for target in summary.targets}
    where = f" on the network {table.network}" if table.network else ""
    squares = tuple(tuple(played.get(target) for target in row) for row in table.cells)
    return Grid(f"servers down, clients across{where}", table.servers, table.clients, squares)


def by_area(run: Run) -> tuple[AreaRow, ...]:
    """A row for each area, in the order in which the run has them."""
    areas: dict[str, list[str]] = {}
    for scenario in run.header.scenarios:
        areas.setdefault(run.plans[scenario].area, []).append(scenario)
    return tuple(_row(run, area, scenarios) for area, scenarios in areas.items())


def _row(run: Run, area: str, scenarios: list[str]) -> AreaRow:
    return AreaRow(area, len(scenarios), tuple(_square(run, target.id, scenarios) for target in run.header.targets))


def _square(run: Run, target: str, scenarios: list[str]) -> AreaSquare:
    planned = [scenario for scenario in scenarios if run.is_planned(scenario, target)]
    results = [run.results.get((scenario, target)) for scenario in planned]
    counts: dict[Verdict, int] = {}
    for result in results:
        if result is not None:
            counts[result.verdict] = counts.get(result.verdict, 0) + 1
    return AreaSquare(
        {verdict: counts[verdict] for verdict in VERDICTS if verdict in counts}, results.count(None), len(scenarios) - len(planned)
    )


def word_of(verdicts: Mapping[Verdict, int], missing: int) -> str:
    """The one word for several cells: `missing`, else the gravest red verdict, else the most that any of them did."""
    if missing:
        return "missing"
    red = next((verdict for verdict in GRAVITY if verdict in verdicts), None)
    if red is not None:
        return red
    return next((verdict for verdict in ("variation", "pass", "unsupported") if verdict in verdicts), "unsupported")


def red_cells(verdicts: Mapping[Verdict, int], missing: int) -> int:
    """Cells that make a run red."""
    return missing + sum(count for verdict, count in verdicts.items() if verdict not in GOOD)
