"""`sockmatrix reproduce`: one scenario as a standalone Python file, or as the text of an issue."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.completion import complete_scenario
from harness.commands.reading import RUNS, find_plan, load_library, nearest_words, read_run

if TYPE_CHECKING:
    from harness.records.plan import Plan
    from harness.records.reproduction import Reproduction
    from harness.records.run import TargetRecord
    from harness.runs.folder import Run


@click.command("reproduce")
@click.argument("scenario", metavar="ID", shell_complete=complete_scenario)
@click.option("-t", "--target", metavar="TARGET", help="Mark the step that fails or differs on this target of the run.")
@click.option(
    "--run",
    "run_folder",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Run that saw it.  [default: the newest, if it has the scenario]",
)
@click.option("--issue", "as_issue", is_flag=True, help="Print the text of an issue, in Markdown, with the file inside.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the file and its parts (its schema: sockmatrix schema reproduction).")
def command(scenario: str, target: str | None, run_folder: Path | None, as_issue: bool, as_json: bool) -> int:
    """Print one scenario as a standalone Python file, ready to attach to a bug report.

    It needs nothing but the standard library, runs on Python 2.7 to the newest, PyPy and Jython, and has all roles inside. With a run,
    a comment marks the step that fails or differs, with what was expected and what was seen; the file then ends with 1 if it shows
    the same, with 0 if it does not. ID is a scenario's id, or the path of its file.

    \b
    sockmatrix reproduce timeouts/exception > exception.py
    sockmatrix reproduce 'addresses/inet_pton_knows_two_families[unix]' -t pypy-3.9.16
    sockmatrix reproduce timeouts/recv_times_out --target cpython-3.9.18 --issue
    """
    from harness.commands.output import print_json, print_text

    run = _run(scenario, run_folder, needed=target is not None)
    plan = _plan(scenario, run)
    record = _record(run, target)
    made = _made(plan, run, record, as_issue)
    if run is not None and record is not None and made.mark is None:
        from harness.reproducing.marking import why_unmarked

        _say(f"in this run {record.id} {why_unmarked(run, plan, record)}; no step is marked")
    if as_json:
        print_json(made)
    else:
        print_text(made.issue if as_issue else made.file)
    return exits.AS_EXPECTED


def _run(scenario: str, folder: Path | None, *, needed: bool) -> "Run | None":
    """The run that was asked for; else the newest one, if it can be read and has the scenario."""
    from harness.runs.folder import RunError
    from harness.runs.newest import newest

    if folder is not None or needed:
        return read_run(folder)
    found = newest(RUNS)
    if found is None:
        return None
    try:
        run = read_run(found)
    except RunError as error:
        _say(f"{error}; no step is marked")
        return None
    return run if scenario in run.plans else None


def _say(words: str) -> None:
    """One line on standard error."""
    from harness.runs.safe import safe

    click.echo(safe(f"sockmatrix: {words}"), err=True)


def _plan(scenario: str, run: "Run | None") -> "Plan":
    if run is not None:
        return find_plan(run.plans.values(), scenario)
    file = Path(scenario)
    if file.suffix != ".yaml":
        return find_plan(load_library([]).plans, scenario)
    library = load_library([file])
    if library.mistakes:
        exits.usage(f"{len(library.mistakes)} mistake(s) in {file}; the first: {library.mistakes[0]}")
    if len(library.plans) == 1:
        return library.plans[0]
    return find_plan(library.plans, library.plans[0].id.partition("[")[0] if library.plans else scenario)


def _record(run: "Run | None", target: str | None) -> "TargetRecord | None":
    if run is None or target is None:
        return None
    records = {record.id: record for record in run.header.targets}
    if target not in records:
        exits.usage(f"the run has no target '{target}'; {nearest_words(target, list(records)) or 'it has ' + ', '.join(records)}")
    return records[target]


def _made(plan: "Plan", run: "Run | None", asked: "TargetRecord | None", as_issue: bool) -> "Reproduction":
    from harness.reproducing.limits import NotReproducible
    from harness.reproducing.marked import reproduction

    try:
        return reproduction(plan, run, asked, with_issue=as_issue)
    except NotReproducible as error:
        exits.usage(str(error))
