"""Cells of a run that have a step to mark."""

from harness.reproducing.marking import mark
from harness.runs.folder import Run
from tests.reproducing.playing import Cell


def marked_cells(run: Run, target: str, word: str = "") -> list[Cell]:
    """Those of one target, each marked with what was seen there."""
    played = [plan for plan in run.plans.values() if word in plan.id and (plan.id, target) in run.results]
    found = [Cell(plan, target, mark(run, plan, target)) for plan in played]
    return [cell for cell in found if cell.mark is not None and cell.mark.target == target]
