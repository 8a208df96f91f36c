"""`sockmatrix targets`: which interpreters there are, and how they are named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.reports.terminal import Page, Part


@click.command("targets")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(names: Sequence[str], as_json: bool) -> int:
    """List the interpreters found on this machine, and those left out with the reason.

    With NAMEs: what these names choose. A target is named

    \b
    python3.8, pypy3        as a shell would start it, else the newest found
    cpython-3.8.18          an id of this list
    /opt/py/bin/python      a path
    pyenv:3.8, 'pyenv:*'    an installer's: also uv:, asdf:, rye:
    'cmd:ssh host python3'  any command that reads its program from a pipe
    @GROUP                  a group of sockmatrix.toml or [tool.sockmatrix]
    current, all            the one that runs sockmatrix; every one found

    \b
    sockmatrix targets
    sockmatrix targets 'pyenv:3.1*' pypy3
    """
    titles, rows, skipped = _chosen(names) if names else _found()
    if as_json:
        from harness.commands.output import print_json

        print_json({"targets": [dict(zip(titles, row, strict=True)) for row in rows], "skipped": skipped})
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print(page, titles, rows, skipped))
    return exits.AS_EXPECTED if rows else exits.HARNESS


_Listing = tuple[tuple[str, ...], Sequence[tuple[str, ...]], dict[str, str]]


def _found() -> _Listing:
    """Titles, a row for each interpreter, and what was left out."""
    from harness.targets.candidates import PLACES
    from harness.targets.discover import find_all
    from harness.targets.interpreter import ids

    found = find_all()
    rows = [
        (name, one.implementation, one.version + one.build, PLACES.get(one.source, one.source), one.path)
        for name, one in zip(ids(found.interpreters), found.interpreters, strict=True)
    ]
    return ("id", "implementation", "version", "found", "path"), rows, found.skipped


def _chosen(names: Sequence[str]) -> _Listing:
    """The same for named targets. Raises `TargetError`."""
    from harness.targets.config import read
    from harness.targets.resolve import resolve

    resolved = resolve(names, read(Path.cwd()))
    rows = [(spec.id, spec.implementation, spec.version, spec.name, " ".join(spec.command)) for spec in resolved.targets]
    return ("id", "implementation", "version", "asked for as", "command"), rows, resolved.skipped


def _print(page: "Page", titles: Sequence[str], rows: Sequence[Sequence[str]], skipped: dict[str, str]) -> None:
    if not rows:
        page.line("no interpreter found; 'sockmatrix doctor' says where it was looked for")
    else:
        table: list[list[Part]] = [[(title, "dim") for title in titles]]
        for row in rows:
            table.append([(row[0], "bold"), *row[1:]])
        page.table(table)
    if skipped:
        left_out: list[list[Any]] = [[path, (reason, "yellow")] for path, reason in skipped.items()]
        page.heading("Left out")
        page.table(left_out, indent=2)
