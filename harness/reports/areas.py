"""Count verdicts by area and target: the matrix at a glance. Draws nothing."""

from collections.abc import Mapping

from msgspec import Struct

from harness.records.observation import GOOD, VERDICTS, Verdict
from harness.reports.summary import GRAVITY
from harness.runs.folder import Run


class AreaSquare(Struct, frozen=True, omit_defaults=True):
    """One area on one target."""

    verdicts: dict[Verdict, int] = {}
    """Counts of the verdicts that occur."""
    missing: int = 0
    """Planned cells without a result."""


class AreaRow(Struct, frozen=True, omit_defaults=True):
    """One area on every target."""

    area: str
    scenarios: int
    squares: tuple[AreaSquare, ...]
    """One for each target, in the order of the run."""


def by_area(run: Run) -> tuple[AreaRow, ...]:
    """A row for each area, in the order in which the run has them."""
    areas: dict[str, list[str]] = {}
    for scenario in run.header.scenarios:
        areas.setdefault(run.plans[scenario].area, []).append(scenario)
    return tuple(_row(run, area, scenarios) for area, scenarios in areas.items())


def _row(run: Run, area: str, scenarios: list[str]) -> AreaRow:
    return AreaRow(area, len(scenarios), tuple(_square(run, target.id, scenarios) for target in run.header.targets))


def _square(run: Run, target: str, scenarios: list[str]) -> AreaSquare:
    results = [run.results.get((scenario, target)) for scenario in scenarios]
    counts: dict[Verdict, int] = {}
    for result in results:
        if result is not None:
            counts[result.verdict] = counts.get(result.verdict, 0) + 1
    return AreaSquare({verdict: counts[verdict] for verdict in VERDICTS if verdict in counts}, results.count(None))


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
