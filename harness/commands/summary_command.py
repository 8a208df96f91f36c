"""`sockmatrix summary`: the summary of a saved run."""

from pathlib import Path

import click

from harness.commands.gating import check, fail_on_option
from harness.commands.reading import find_run


@click.command("summary")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--all-kinds", is_flag=True, help="Show the quiet kinds of difference too: message and type.")
@click.option("--all", "everything", is_flag=True, help="Cut no list short.")
@click.option("-w", "--where", metavar="QUERY", default="", help="Only what a query picks: 'area:udp kind:errno' (docs/query.md).")
@fail_on_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema summary).")
def command(run: Path | None, all_kinds: bool, everything: bool, where: str, fail_on: str | None, as_json: bool) -> int:
    """Show the summary of a run again; without RUN that of the newest below sockmatrix-runs/.

    The exit code is that of what is shown: 0 as expected, 1 failures, 2 a bad scenario, 3 cells that say nothing.

    \b
    sockmatrix summary
    sockmatrix summary --all-kinds sockmatrix-runs/2026-01-31T12-00-00.000000Z
    sockmatrix summary --where 'area:udp target:pypy* verdict:red'
    sockmatrix summary --where 'kind:errno cause:libc'
    sockmatrix summary --fail-on fail,crash
    """
    from harness.commands.summing import show_summary

    check(fail_on, {})
    return show_summary(find_run(run), as_json, all_kinds=all_kinds, everything=everything, where=where, fail_on=fail_on)
