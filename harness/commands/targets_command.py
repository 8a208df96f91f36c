"""`sockmatrix targets`: which interpreters there are, and how they are named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.images.inventory import Status
    from harness.images.naming import Row
    from harness.images.registry import Image
    from harness.reports.terminal import Page, Part
    from harness.targets.spec import TargetSpec


FIELDS = {"asked for as": "name"}
"""Titles of the table whose field in JSON has another name."""


@click.command("targets")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--docker", is_flag=True, help="List the interpreters of the container images of docs/images.md; NAMEs are names of images.")
@click.option("--ci", is_flag=True, help="With --docker: only those that are meant for CI.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, with --docker fit for a matrix of CI jobs (schemas: targets, image-targets)."
)
def command(names: Sequence[str], docker: bool, ci: bool, as_json: bool) -> int:
    """List the interpreters found on this machine, and those left out with the reason.

    With NAMEs: what these names choose. A target is named

    \b
    python3.8, pypy3        as a shell would start it, else the newest found
    cpython-3.8.18          an id of this list
    /opt/py/bin/python      a path
    pyenv:3.8, 'pyenv:*'    an installer's: also uv:, asdf:, rye:
    tox:py38, 'tox:*'       what tox takes for an environment, or for all of env_list
    docker:IMAGE            in a container; docker:IMAGE@PATH where it has several
    'cmd:ssh host python3'  any command that reads its program from a pipe
    @GROUP                  a group of sockmatrix.toml or [tool.sockmatrix]
    current, all            the one that runs sockmatrix; every one found

    \b
    sockmatrix targets
    sockmatrix targets 'pyenv:3.1*' pypy3
    sockmatrix targets --docker
    """
    if docker:
        return _in_images(names, ci, as_json)
    if ci:
        exits.usage("--ci goes with --docker")
    titles, rows, skipped = _chosen(names) if names else _found()
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import ListedTarget, ListedTargets

        fields = [FIELDS.get(title, title) for title in titles]
        print_json(ListedTargets(tuple(ListedTarget(**dict(zip(fields, row, strict=True))) for row in rows), skipped))
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print(page, titles, rows, skipped))
    return exits.AS_EXPECTED if rows else exits.HARNESS


def _in_images(names: Sequence[str], ci: bool, as_json: bool) -> int:
    """The interpreters of the registry's images. Raises `UnknownImage`."""
    from harness.images.naming import rows
    from harness.images.registry import choose, registry

    images = choose(names, registry()) or registry()
    found = [row for row in rows(images, _statuses(images)) if row.ci or not ci]
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import ImageTargets

        print_json(ImageTargets(tuple(found)))
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print_images(page, found))
    return exits.AS_EXPECTED


def _statuses(images: "Sequence[Image]") -> "Sequence[Status]":
    """What the engine has of images; without an engine that is unknown, and said to be."""
    from harness.images.engine import EngineUnavailable, connect
    from harness.images.inventory import statuses
    from harness.runs.safe import safe

    try:
        with connect() as client:
            return statuses(client, images)
    except EngineUnavailable as error:
        click.echo(safe(f"sockmatrix: which images there are is not known: {error}"), err=True)
        return statuses(None, images)


def _print_images(page: "Page", found: "Sequence[Row]") -> None:
    titles = ("python", "implementation", "libc", "architecture", "state", "target")
    table: list[list[Part]] = [[(title, "dim") for title in titles]]
    for row in found:
        table.append([row.python, row.implementation, row.libc, row.architecture, row.state, (row.target, "bold")])
    page.table(table)


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
    rows = [(spec.id, spec.implementation, spec.version, spec.name, _command(spec)) for spec in resolved.targets]
    return ("id", "implementation", "version", "asked for as", "command"), rows, resolved.skipped


def _command(spec: "TargetSpec") -> str:
    if spec.image:
        return f"{spec.command[0] if spec.command else 'the first Python found'} in a container of {spec.image}"
    return " ".join(spec.command)


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
