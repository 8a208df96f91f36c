"""`sockmatrix history`: many runs in one file, what changed when, and what is flaky."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands import exits
from harness.commands.reading import find_run, nearest_words, read_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.query.parse import Query
    from harness.records.history import History, Taken


def _file_option(function: "Callable[..., Any]") -> "Callable[..., Any]":
    return click.option(
        "--file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The history.  [default: the setting 'history', else sockmatrix-runs/history.sqlite]",
    )(function)


@click.group("history")
def command() -> None:
    """Keep many runs in one file: what changed when, and what is flaky.

    \b
    sockmatrix history add sockmatrix-runs/*
    sockmatrix history show                          what ever changed, the last first
    sockmatrix history show --scenario timeouts/exception
    sockmatrix run --history history.sqlite          plays, and adds the run

    A history knows a run again wherever its folder is, and takes each once, in any order. Run folders are not needed any more then.
    """


@command.command("add")
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=click.Path(path_type=Path))
@_file_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema history-add).")
def add_command(runs: Sequence[Path], file: Path | None, as_json: bool) -> int:
    """Add runs; without RUN the newest below sockmatrix-runs/. A run that had been interrupted and has gone on takes its own place.

    \b
    sockmatrix history add
    sockmatrix history add sockmatrix-runs/* --file history.sqlite
    """
    from harness.commands.keeping import remember

    place = _file(file)
    named: list[Path | None] = [run for run in runs if not _is_of_history(run, place)]
    taken = []
    for run in named if runs else [None]:
        taken.append(remember(place, read_run(find_run(run))))
        if not as_json:
            _say_taken(taken[-1])  # at once: of a hundred runs the last may be none
    if as_json:
        from harness.commands.output import print_json
        from harness.records.history import HISTORY_VERSION, TakenRuns

        print_json(TakenRuns(HISTORY_VERSION, place.as_posix(), tuple(taken)))
    return exits.AS_EXPECTED


def _is_of_history(run: Path, history: Path) -> bool:
    """`sockmatrix-runs/*` names the history too, where that is among the runs."""
    return run.absolute() in (history.absolute(), history.absolute().with_name(f"{history.name}-journal"))


def _say_taken(taken: "Taken") -> None:
    from harness.reports.counting import several
    from harness.runs.safe import safe

    words = {"added": "added as", "renewed": "has gone on; it is now", "known": "is there already:"}[taken.state]
    turns = f", {several(taken.turns, 'cell')} came to something else than before" if taken.state != "known" else ""
    click.echo(safe(f"{taken.folder}: {words} run {taken.number}{turns}"))


@command.command("list")
@_file_option
@click.option("--all", "everything", is_flag=True, help="Cut no list short.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema history).")
def list_command(file: Path | None, everything: bool, as_json: bool) -> int:
    """List the runs of a history, the last one first.

    \b
    sockmatrix history list
    sockmatrix history list --file nightly.sqlite --all
    """
    from harness.history.database import open_history
    from harness.history.looking import runs
    from harness.records.history import HISTORY_VERSION, History

    with open_history(_file(file)) as database:
        found = History(HISTORY_VERSION, _file(file).as_posix(), runs(database))
    if as_json:
        from harness.commands.output import print_json

        print_json(found)
    else:
        from harness.commands.output import print_page
        from harness.reports.history_text import print_runs

        print_page(lambda page: print_runs(page, found, everything=everything))
    return exits.AS_EXPECTED


@command.command("show")
@_file_option
@click.option(
    "-s", "--scenario", "scenarios", multiple=True, metavar="ID", help="Only this scenario (* and ? are wildcards); may be repeated."
)
@click.option(
    "-t", "--target", "targets", multiple=True, metavar="TARGET", help="Only this target, by id, its beginning, or name; may be repeated."
)
@click.option("-w", "--where", metavar="QUERY", help="Only lines that this query picks: area:udp verdict:red kind:errno cause:kernel.")
@click.option("--since", metavar="DATE", help="Only what came to something else on this day or later: 2026-01-31.")
@click.option("--all-kinds", is_flag=True, help="Show what changed in message or type only, too.")
@click.option("--all", "everything", is_flag=True, help="Cut no list short.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema history).")
def show_command(
    file: Path | None, scenarios: Sequence[str], targets: Sequence[str], where: str | None, since: str | None, all_kinds: bool,
    everything: bool, as_json: bool,
) -> int:  # fmt: skip
    """Show what ever came to something else: in which run it was first seen, and what else was other then.

    A line is one scenario on one target. It goes on when the target is upgraded (python3.8 has another patch release, an image another
    digest, the machine another kernel), and the upgrade is told; it begins anew when the scenario is edited. With --scenario, --target or
    --where the lines themselves are shown, with what they are now and since when, also those that never changed.

    A query is of lines as they are now, and of what ever changed in them: kind:errno picks lines in which an error number did, cause:kernel
    those that did when the kernel was another, cause:edited, cause:sockmatrix and cause:flaky the others, explained:no those for which
    nothing is known.

    \b
    sockmatrix history show
    sockmatrix history show --scenario 'udp/*' --target pypy3
    sockmatrix history show --where 'area:tcp verdict:red cause:kernel'
    sockmatrix history show --since 2026-01-01 --json
    """
    found = _look(_file(file), scenarios, targets, where, since)
    if as_json:
        from harness.commands.output import print_json

        print_json(found)
    else:
        from harness.commands.output import print_page
        from harness.reports.history_text import print_history

        narrow = bool(scenarios or targets or where)
        print_page(lambda page: print_history(page, found, narrow=narrow, all_kinds=all_kinds, everything=everything))
    return exits.AS_EXPECTED


@command.command("export")
@_file_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, which is the only form (its schema: sockmatrix schema history).")
def export_command(file: Path | None, as_json: bool) -> int:
    """Print everything that a history knows, as JSON: its runs, and every line with its turns.

    \b
    sockmatrix history export > history.json
    """
    from harness.commands.output import print_json
    from harness.history.database import open_history
    from harness.history.looking import EVERYTHING, look

    with open_history(_file(file)) as database:
        print_json(look(database, EVERYTHING))
    return exits.AS_EXPECTED


@command.command("remove")
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...", type=int)
@_file_option
def remove_command(numbers: Sequence[int], file: Path | None) -> int:
    """Take runs out, by the numbers that 'history list' shows, as if they had never been added. Run folders are left alone.

    \b
    sockmatrix history remove 17
    sockmatrix history remove 17 18 --file nightly.sqlite
    """
    from harness.history.database import open_history
    from harness.history.taking import remove

    with open_history(_file(file)) as database:
        absent = remove(database, numbers)
    if absent:
        others = "; nothing was taken out" if len(numbers) > 1 else ""
        exits.usage(f"the history has no run {absent[0]}{others}; see: sockmatrix history list")
    for number in dict.fromkeys(numbers):
        click.echo(f"run {number} is taken out")
    return exits.AS_EXPECTED


def _file(file: Path | None) -> Path:
    """The history that is named, or that the settings name, or the usual one."""
    from harness.commands.keeping import HISTORY
    from harness.targets.config import read

    if file is not None:
        return file
    setting = read(Path.cwd()).history
    return Path(setting) if setting else HISTORY


def _look(file: Path, scenarios: Sequence[str], targets: Sequence[str], where: str | None, since: str | None) -> "History":
    from harness.commands.matching import is_like
    from harness.history.database import open_history
    from harness.history.looking import Wanted, look

    wanted = Wanted(
        scenario=lambda name: not scenarios or any(is_like(each, name) for each in scenarios),
        target=lambda target, name: not targets or any(is_like(each, target, begins=True) or is_like(each, name) for each in targets),
        steady=bool(scenarios or targets or where),
        differing=bool(scenarios) and not targets,
        where=_query(where),
        since=_day(since),
    )
    with open_history(file) as database:
        found = look(database, wanted)
        if not (found.lines or found.steady or found.unchanged) and (scenarios or targets) and where is None:
            _nothing_found(look(database, Wanted(steady=True)), scenarios, targets)
    return found


def _query(where: str | None) -> "Query | None":
    from harness.query.parse import QueryError, parse

    try:
        return None if where is None else parse(where)
    except QueryError as error:
        exits.usage(str(error))


def _nothing_found(whole: "History", scenarios: Sequence[str], targets: Sequence[str]) -> None:
    """End the command with what might have been meant."""
    names = {line.scenario for line in whole.lines} if scenarios else {line.target for line in whole.lines}
    told = (*scenarios, *targets)
    hint = nearest_words(told[0], sorted(names)) or "see: sockmatrix history list"
    exits.usage(f"the history has nothing of {' and '.join(repr(each) for each in told)}; {hint}")


def _day(since: str | None) -> str:
    from datetime import date

    if since is None:
        return ""
    try:
        return date.fromisoformat(since).isoformat()
    except ValueError:
        exits.usage(f"'{since}' is no day; write it as 2026-01-31")
