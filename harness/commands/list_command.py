"""`sockmatrix list`: which scenarios there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.completion import complete_terms
from harness.commands.reading import load_library, say_mistakes

if TYPE_CHECKING:
    from harness.records.plan import Plan
    from harness.reports.terminal import Page, Part


@click.command("list")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-k", "terms", multiple=True, metavar="WORDS", shell_complete=complete_terms,
    help="Only these: part of an id, area:udp, tag:slow, see:posix, !word; may be repeated.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema scenarios).")
def command(paths: Sequence[Path], terms: Sequence[str], as_json: bool) -> int:
    """List scenarios: id, title and what they need.

    PATHS are scenario files or folders; without them the library that comes with sockmatrix is listed.

    \b
    sockmatrix list
    sockmatrix list -k area:udp -k 'tcp !tag:slow'
    sockmatrix list my-scenarios/ --json
    """
    from harness.language.selection import select

    library = load_library(paths)
    plans = select(library.plans, terms)
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import listed

        print_json([listed(plan) for plan in plans])
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print(page, plans))
    say_mistakes(library, "which are not listed")
    if not plans and not library.mistakes:
        exits.usage(f"no scenario matches {' or '.join(map(repr, terms))}" if terms else "no scenarios found")
    return exits.USAGE if library.mistakes else exits.AS_EXPECTED


def _print(page: "Page", plans: "Sequence[Plan]") -> None:
    from harness.reports.counting import several

    rows: list[list[Part]] = []
    for plan in plans:
        needs = ", ".join(need.text for need in plan.needs)
        rows.append([(plan.id, "bold"), plan.title + (f"  [{needs}]" if needs else "")])
    page.table(rows)
    if plans:
        areas = len({plan.area for plan in plans})
        page.line((f"{several(len(plans), 'scenario')} in {several(areas, 'area')}", "dim"))
