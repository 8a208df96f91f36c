"""`sockmatrix merge`: join runs into one, and show its summary."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from harness.commands import exits
from harness.commands.gating import check, fail_on_option
from harness.commands.reading import RUNS, find_run


@click.command("merge")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--plan", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="The plan of the matrix: what it says and no run delivered is red.",
)  # fmt: skip
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder of the merged run.  [default: sockmatrix-runs/<time>]")
@click.option("--mixed-versions", is_flag=True, help="Merge runs that several versions of sockmatrix made.")
@fail_on_option
@click.option(
    "--baseline", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Fail on what this baseline has not accepted."
)
@click.option("--strict", is_flag=True, help="With --baseline: fail on scenarios and targets that are new, edited or not played, too.")
@click.option("--all-kinds", is_flag=True, help="Show the quiet kinds of difference too: message and type.")
@click.option("--all", "everything", is_flag=True, help="Cut no list short.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON (its schema: sockmatrix schema summary).")
def command(
    runs: Sequence[Path],
    plan: Path | None,
    out: Path | None,
    mixed_versions: bool,
    fail_on: str | None,
    baseline: Path | None,
    strict: bool,
    all_kinds: bool,
    everything: bool,
    as_json: bool,
) -> int:
    """Join RUNS, the shards, machines and reruns of one matrix, into one run, and show its summary.

    A folder that is no run stands for all runs below it. The same run given twice counts once; cells that several runs have and that
    differ are flaky. Runs whose scenarios mean different things, or that other versions made, are refused. The exit code is that of the
    merged run: a cell that was planned and that no run delivered is red.

    \b
    sockmatrix merge shard-1 shard-2 shard-3
    sockmatrix merge --plan sockmatrix-plan.json downloaded/ --out merged
    sockmatrix report merged --out site
    """
    import gc

    from harness.commands.summing import show_summary
    from harness.history.baseline_file import read_baseline
    from harness.matrix.file import read_matrix
    from harness.merging.merge import merge
    from harness.merging.pieces import find_runs

    if strict and baseline is None:
        exits.usage("--strict goes with --baseline")
    check(fail_on, {}, baseline=baseline is not None)
    if baseline is not None:
        read_baseline(baseline)
    # The places of hundreds of thousands of results are kept, and none of them is in a cycle.
    gc.set_threshold(200_000)
    folder = out or RUNS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
    matrix = read_matrix(plan) if plan is not None else None
    found = find_runs([find_run(run) for run in runs])
    merge(found, folder, matrix, str(plan), mixed_versions=mixed_versions, fail_on=fail_on)
    return show_summary(folder, as_json=as_json, all_kinds=all_kinds, everything=everything, baseline=baseline, strict=strict)
