"""`sockmatrix judge`: the verdicts of a saved run, once more from its evidence."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.gating import check, fail_on_option, outcome_of
from harness.commands.reading import find_run, load_library, read_run

if TYPE_CHECKING:
    from harness.records.plan import Plan


@click.command("judge")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--scenarios", metavar="PATH", type=click.Path(path_type=Path), help="Judge by the expectations that these files have now.")
@click.option(
    "--known", metavar="FILE", type=click.Path(path_type=Path), help="Known failures of this file, not those that the run was made with."
)
@fail_on_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema judge).")
def command(run: Path | None, scenarios: Path | None, known: Path | None, fail_on: str | None, as_json: bool) -> int:
    """Judge the evidence of a saved run again, and say what differs from the recorded verdicts. Nothing is played or changed.

    Without RUN: the newest below sockmatrix-runs/. With --scenarios, expectations are those of the files, as long as a scenario
    makes the same calls as when it was played; where it does not, its cells are undecided, and the exit code is 3.
    The exit code is that of the new verdicts, by the known failures that the run was made with, or those of --known.

    \b
    sockmatrix judge
    sockmatrix judge sockmatrix-runs/before --scenarios scenarios/
    sockmatrix judge --known sockmatrix.toml
    """
    from harness.reports.rejudging import rejudge

    check(fail_on, {})
    saved = read_run(find_run(run))
    judged = rejudge(saved, _current(scenarios) if scenarios else None)
    found = outcome_of(judged.run, fail_on, known=known).gate
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import judged_run

        print_json(judged_run(judged, found))
    else:
        from harness.commands.output import print_page
        from harness.reports.rejudging_text import print_rejudgement

        print_page(lambda page: print_rejudgement(page, judged, found))
    return found.exit_code


def _current(path: Path) -> "dict[str, Plan]":
    """The plans that the files hold now; a mistake in one of them ends the command."""
    library = load_library([path])
    if library.mistakes:
        first = library.mistakes[0]
        exits.usage(f"{len(library.mistakes)} mistake(s) in scenario files; nothing was judged; the first: {first}")
    return {plan.id: plan for plan in library.plans}
