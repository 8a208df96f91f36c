"""Show the summary of a run: the whole, or what a query picks of it; alone, or held against a baseline. Prints through `output`."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.records.comparison import Comparison
    from harness.runs.folder import Run


def show_summary(
    folder: Path,
    as_json: bool,
    *,
    all_kinds: bool = False,
    everything: bool = False,
    where: str = "",
    baseline: Path | None = None,
    strict: bool = False,
    fail_on: str | None = None,
) -> int:
    """Print the summary of the run in a folder, or of what a query picks of it, held against a baseline if there is one; its exit code.

    Raises `RunError`, `QueryError`, `KeptError` and `FailOnError`.
    """
    from msgspec import structs

    from harness.commands.gating import outcome_of
    from harness.commands.output import print_json, print_page
    from harness.comparing.behaviours import compare
    from harness.reports.summary import summarise
    from harness.runs.folder import read

    run = read(folder)
    comparison = compare(run)
    if where:
        run, comparison = _narrowed(run, comparison, where)
    report = None
    if baseline is not None:
        from harness.commands.keeping import hold_against

        run, report = hold_against(baseline, run, strict=strict)
    summary = summarise(run, comparison, where, outcome_of(run, fail_on, is_part=bool(where)))
    if report is not None:
        summary = structs.replace(summary, baseline=report)
    if as_json:
        print_json(summary)
    else:
        from harness.reports.summary_text import print_summary

        print_page(lambda page: print_summary(page, summary, all_kinds=all_kinds, everything=everything))
    if report is not None and not as_json:
        from harness.reports.baseline_text import print_held

        print_page(lambda page: print_held(page, report, summary.gate, strict=strict, all_kinds=all_kinds, everything=everything))
    return summary.exit_code


def _narrowed(run: "Run", comparison: "Comparison", where: str) -> "tuple[Run, Comparison]":
    from harness.commands import exits
    from harness.query.narrow import narrow
    from harness.query.parse import parse

    part, differences = narrow(parse(where), run, comparison)
    if not part.header.cells:
        exits.usage(f"nothing in {run.folder} is like '{where}'; say less, or see all of it: sockmatrix summary")
    return part, differences
