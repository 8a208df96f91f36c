"""`sockmatrix show`: one scenario, as it is meant or as it was played."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.completion import complete_scenario
from harness.commands.reading import RUNS, find_plan, find_run, load_library, nearest_words, read_run, say_mistakes

if TYPE_CHECKING:
    from harness.records.plan import Plan
    from harness.runs.folder import Run


@click.command("show")
@click.argument("scenario", metavar="ID", shell_complete=complete_scenario)
@click.option(
    "--run",
    "run_folder",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Run to show.  [default: the newest, if it has the scenario]",
)
@click.option("--plan", "plan_only", is_flag=True, help="Only what the scenario says, no run.")
@click.option("-t", "--target", "targets", multiple=True, metavar="TARGET", help="Only this target of the run; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema show).")
def command(scenario: str, run_folder: Path | None, plan_only: bool, targets: Sequence[str], as_json: bool) -> int:
    """Show one scenario as a timeline, with a column for each role.

    With a run: under each step what the targets did, where they differ and why. ID is a scenario's id, or the path of its file.

    \b
    sockmatrix show timeouts/exception
    sockmatrix show 'creation/closed_socket_refuses[accept]' --run sockmatrix-runs/2026-01-31T12-00-00.000000Z
    sockmatrix show timeouts/exception -t cpython-2.7.18 -t pypy-3.9.16
    sockmatrix show my-scenarios/area/topic.yaml --plan
    """
    if plan_only and (run_folder or targets):
        exits.usage("--plan is shown without a run; leave out --run and --target")
    run = None if plan_only else _run(scenario, run_folder, needed=bool(targets))
    if run is None:
        _show_plan(_from_library(scenario), as_json)
    else:
        _show_played(find_plan(run.plans.values(), scenario), run, _chosen(run, targets), as_json)
    return exits.AS_EXPECTED


def _run(scenario: str, folder: Path | None, *, needed: bool) -> "Run | None":
    """The run that was asked for; else the newest one, if it has the scenario."""
    from harness.runs.newest import newest

    if folder is not None or needed:
        return read_run(folder)
    found = newest(RUNS)
    if found is None:
        return None
    from harness.runs.folder import read

    run = read(found)
    if scenario not in run.plans:
        return None
    return run if run.complete else read_run(find_run(found))


def _from_library(scenario: str) -> "Plan":
    file = Path(scenario)
    library = load_library([file] if file.suffix == ".yaml" else [])
    if file.suffix == ".yaml" and len(library.plans) == 1:
        return library.plans[0]
    say_mistakes(library, "which cannot be shown")
    name = library.plans[0].id.partition("[")[0] if file.suffix == ".yaml" and library.plans else scenario
    return find_plan(library.plans, name)


def _chosen(run: "Run", targets: Sequence[str]) -> list[str]:
    known = [target.id for target in run.header.targets]
    for target in targets:
        if target not in known:
            exits.usage(f"the run has no target '{target}'; {nearest_words(target, known) or 'it has ' + ', '.join(known)}")
    return list(targets) or known


def _show_plan(plan: "Plan", as_json: bool) -> None:
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import ShownScenario

        print_json(ShownScenario(plan))
        return
    from harness.commands.output import print_page
    from harness.reports.timeline import print_plan

    print_page(lambda page: print_plan(page, plan))


def _show_played(plan: "Plan", run: "Run", targets: list[str], as_json: bool) -> None:
    from harness.comparing.behaviours import compare
    from harness.reproducing.marking import only

    comparison = compare(only(run, plan))
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import shown_scenario

        print_json(shown_scenario(plan, run, comparison, targets))
        return
    from harness.commands.output import print_page
    from harness.reports.played import print_played

    print_page(lambda page: print_played(page, plan, run, comparison, targets))
