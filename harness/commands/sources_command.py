"""`sockmatrix sources`: which scenarios establish each row of what the project started from. For a checkout only."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.checkout import docs_file, is_out_of_date, write_page
from harness.commands.reading import load_library

if TYPE_CHECKING:
    from harness.reports.sources import EstablishedRow
    from harness.reports.terminal import Page, Part


TABLE = "sources.toml"


@click.command("sources")
@click.option("--check", "only_check", is_flag=True, help="Exit 1 if docs/sources.md is out of date, or a row has no scenario.")
@click.option("--write", is_flag=True, help="Write docs/sources.md.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema sources).")
def command(only_check: bool, write: bool, as_json: bool) -> int:
    """Show which scenarios establish each row of the project's sources (docs/sources.toml).

    \b
    sockmatrix sources
    sockmatrix sources --write
    sockmatrix sources --check
    """
    from harness.reports.sources import page

    made = docs_file("sources.md", beside=TABLE)
    covered = _cover(made.parent)
    if write:
        return write_page(made, page(covered))
    if only_check:
        return _check(covered, made, page(covered))
    if as_json:
        from harness.commands.output import print_json

        print_json(covered)
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print(page, covered))
    return exits.AS_EXPECTED


def _cover(folder: Path) -> "tuple[EstablishedRow, ...]":
    from harness.reports.sources import SourceError, cover, read_rows, unknown_rows

    try:
        rows = read_rows(folder / TABLE)
    except SourceError as error:
        exits.usage(str(error))
    library = load_library([])
    if library.mistakes:
        exits.usage(f"{len(library.mistakes)} mistake(s) in scenario files; the first: {library.mistakes[0]}")
    unknown = unknown_rows(rows, library.plans)
    if unknown:
        row, file = next(iter(unknown.items()))
        exits.usage(f"{file}: seed:{row} is no row of docs/sources.toml")
    return cover(rows, library.plans)


def _check(covered: "tuple[EstablishedRow, ...]", made: Path, text: str) -> int:
    """Say what is wrong, if anything is."""
    without = [each.row.row for each in covered if not each.scenarios]
    if without:
        click.echo(f"no scenario for {len(without)} of {len(covered)} rows: {', '.join(without)}")
    stale = is_out_of_date(made, text)
    if stale:
        click.echo(f"{made} is out of date; write it again: sockmatrix sources --write")
    if without or stale:
        return exits.NOT_AS_EXPECTED
    click.echo(f"all {len(covered)} rows have a scenario, and {made} says so")
    return exits.AS_EXPECTED


def _print(page: "Page", covered: "tuple[EstablishedRow, ...]") -> None:
    from harness.reports.counting import named, several

    rows: list[list[Part]] = []
    for each in covered:
        count: Part = (several(len(each.scenarios), "scenario"), "green") if each.scenarios else ("none yet", "bold red")
        rows.append([(each.row.row, "bold"), count, each.row.shows + (f"  [{named(each.scenarios, 0, most=3)}]" if each.scenarios else "")])
    page.table(rows)
    page.line((f"{sum(1 for each in covered if each.scenarios)} of {len(covered)} rows have a scenario", "dim"))
