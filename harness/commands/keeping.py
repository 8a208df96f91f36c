"""What commands do with files that outlive a run: hold a run against a baseline, take a run into a history. Imports late."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.records.baseline import BaselineReport, Proposals
    from harness.records.history import Taken
    from harness.runs.folder import Run

HISTORY = Path("sockmatrix-runs") / "history.sqlite"
"""Where the history is, if neither the command line nor the settings say otherwise."""


def reviewed(file: Path, run: "Run") -> "Proposals":
    """What of a run is not as its baseline has it. Raises `KeptError`."""
    from harness.history.baseline_file import read_baseline
    from harness.history.reviewing import review

    return review(read_baseline(file), run, file.as_posix())


def baseline_exit_code(report: "BaselineReport", *, strict: bool = False) -> int:
    """Of a run that is held against a baseline. `strict`: nor may anything be new or edited, or be absent."""
    return exit_code_of(report, is_red=bool(red_changes(report, strict=strict)), is_known=bool(report.same))


def red_changes(report: "BaselineReport", *, strict: bool) -> int:
    """How many things are not as a baseline has them."""
    from harness.history.reviewing import RED

    changed = sum(strict or change.state in RED for change in report.pending)
    return changed + (len(report.absent_scenarios) + len(report.absent_targets) if strict else 0)


def exit_code_of(report: "BaselineReport", *, is_red: bool, is_known: bool) -> int:
    """Something is not as accepted; or nobody can say that all is; or a scenario is bad; or all is. `is_known`: of any cell at all."""
    if is_red:
        return exits.NOT_AS_EXPECTED
    if report.missing or report.silent > report.bugs:
        return exits.HARNESS
    if report.bugs:
        return exits.USAGE
    return exits.AS_EXPECTED if is_known else exits.HARNESS


def show_report(
    report: "BaselineReport", *, as_json: bool, strict: bool = False, all_kinds: bool = False, everything: bool = False
) -> None:
    """On standard output."""
    from harness.commands.output import print_json, print_page

    if as_json:
        print_json(report)
        return
    from harness.reports.baseline_text import print_report

    print_page(lambda page: print_report(page, report, strict=strict, all_kinds=all_kinds, everything=everything))


def hold_against(file: Path, run: "Run", *, strict: bool) -> "tuple[Run, BaselineReport]":
    """The run with what the baseline says to it in its header, on the disk too: every report of it has the same exit code then.

    What nobody has accepted is put beside the baseline.
    """
    from msgspec import structs

    from harness.records.gate import HeldBaseline
    from harness.runs.folder import Run, write_header

    proposals = reviewed(file, run)
    _put_beside(file, proposals, run)
    report = proposals.report
    red = red_changes(report, strict=strict)
    code = exit_code_of(report, is_red=False, is_known=bool(report.same or red))
    header = structs.replace(run.header, baseline=HeldBaseline(file.as_posix(), red, strict, code))
    write_header(run.folder, header)
    return Run(run.folder, header, run.plans, run.results, run.footer), report


def _put_beside(file: Path, proposals: "Proposals", run: "Run") -> None:
    """A file that cannot be written, or read, is told: the run itself can be reviewed."""
    from harness.history.baseline_file import read_baseline, read_proposals, write_proposals
    from harness.history.errors import KeptError
    from harness.history.reviewing import carried_over, still_open
    from harness.runs.safe import safe

    try:
        waiting = read_proposals(file)
        if waiting is not None:
            proposals = carried_over(still_open(read_baseline(file), waiting), proposals, run)
        write_proposals(file, proposals)
    except KeptError as error:
        click.echo(safe(f"sockmatrix: {error}"), err=True)


def remember(file: Path, run: "Run") -> "Taken":
    """Add a run to a history. Raises `KeptError`."""
    from harness.history.database import open_history
    from harness.history.taking import take

    with open_history(file, make=True) as history:
        return take(history, run)
