"""`sockmatrix diff`: what changed between two runs, or what parts two targets of one run."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.reading import find_run, read_run

if TYPE_CHECKING:
    from harness.records.baseline import BaselineReport
    from harness.records.comparison import RunDiff


@click.command("diff")
@click.argument("runs", nargs=-1, metavar="RUN [RUN]", type=click.Path(path_type=Path))
@click.option("--targets", nargs=2, metavar="A B", help="Two targets of one run instead of two runs.")
@click.option("--baseline", metavar="FILE", type=click.Path(path_type=Path), help="Accepted observations instead of the first run.")
@click.option(
    "--strict", is_flag=True, help="With --baseline: exit code 1 for scenarios and targets that are new, edited or not played, too."
)
@click.option("--all-kinds", is_flag=True, help="Show cells that changed in message or type only, too.")
@click.option("--all", "everything", is_flag=True, help="Cut no list short.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema diff).")
def command(
    runs: Sequence[Path], targets: tuple[str, str] | None, baseline: Path | None, strict: bool, all_kinds: bool, everything: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Compare two runs cell by cell; or, with --targets, two targets of one run (the newest if none is named).

    Scenarios are compared if they have the same meaning in both. A target is known again by its id, by the name that it was asked for by
    (python3.8), or as the only one of its kind; if its facts are others now, it is shown as an upgrade, with what changed with it.

    Exit code 0 if no cell changed (new or edited scenarios, new targets and upgrades alone are no change), 1 if one did, or if a scenario
    or a target of the first is gone, 3 if none did but cells say nothing, or where there is nothing to compare at all.

    With --baseline: what of a run (the newest if none is named) nobody has accepted. Exit code 0 if all is as accepted, 1 if something
    is not, 2 if all that is wrong are scenarios with a bug, 3 if nothing could be compared, or cells say nothing.

    \b
    sockmatrix diff sockmatrix-runs/before sockmatrix-runs/after
    sockmatrix diff --targets cpython-3.8.18 pypy-3.9.16
    sockmatrix diff sockmatrix-runs/before sockmatrix-runs/after --json
    sockmatrix diff --baseline baseline.json
    """
    if baseline is not None:
        report = _with_baseline(runs, targets, baseline)
        return _show_report(report, strict=strict, as_json=as_json, all_kinds=all_kinds, everything=everything)
    if strict:
        exits.usage("--strict goes with --baseline")
    found = _between_targets(runs, *targets) if targets else _between_runs(runs)
    if as_json:
        from harness.commands.output import print_json

        print_json(found)
    else:
        from harness.commands.output import print_page
        from harness.reports.diff_text import print_diff

        print_page(lambda page: print_diff(page, found, all_kinds=all_kinds, everything=everything))
    return exit_code(found)


def exit_code(found: "RunDiff") -> int:
    """Something changed, nothing did, or nobody can say."""
    from harness.reports.diff_text import has_changed, has_compared

    if not has_compared(found):
        return exits.HARNESS
    if has_changed(found):
        return exits.NOT_AS_EXPECTED
    return exits.HARNESS if found.missing_before or found.missing_after else exits.AS_EXPECTED


def _with_baseline(runs: Sequence[Path], targets: object, baseline: Path) -> "BaselineReport":
    from harness.commands.keeping import reviewed

    if targets or len(runs) > 1:
        exits.usage("--baseline is compared with one run; leave out --targets, and name one run, or none for the newest")
    return reviewed(baseline, read_run(find_run(runs[0] if runs else None))).report


def _show_report(report: "BaselineReport", *, strict: bool, as_json: bool, all_kinds: bool, everything: bool) -> int:
    from harness.commands.keeping import baseline_exit_code, show_report

    show_report(report, as_json=as_json, strict=strict, all_kinds=all_kinds, everything=everything)
    return baseline_exit_code(report, strict=strict)


def _between_runs(runs: Sequence[Path]) -> "RunDiff":
    from harness.comparing.diff import diff

    if len(runs) != 2:
        exits.usage("name two runs: sockmatrix diff BEFORE AFTER; or one and two of its targets: sockmatrix diff RUN --targets A B")
    return diff(read_run(runs[0]), read_run(runs[1]))


def _between_targets(runs: Sequence[Path], a: str, b: str) -> "RunDiff":
    from harness.comparing.diff import UnknownTarget, diff_targets

    if len(runs) > 1:
        exits.usage("--targets are two of one run; name one run, or none for the newest")
    try:
        return diff_targets(read_run(find_run(runs[0] if runs else None)), a, b)
    except UnknownTarget as error:
        exits.usage(str(error))
