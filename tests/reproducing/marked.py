"""Cells of a run that have a step to mark."""

from collections.abc import Iterable

from harness.records.plan import Plan
from harness.reproducing.marking import mark
from harness.runs.folder import Run
from tests.reproducing.playing import Cell


def marked_cells(run: Run, target: str, plans: Iterable[Plan]) -> list[Cell]:
    """Those of one target, each marked with what was seen there."""
    found = [Cell(plan, target, mark(run, plan, target)) for plan in plans if (plan.id, target) in run.results]
    return [cell for cell in found if cell.mark is not None and cell.mark.target == target]
