"""`sockmatrix targets`: which interpreters there are, how they are named, and preparing the systems that there are recipes for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands import exits

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.images.inventory import Status
    from harness.images.naming import Row
    from harness.images.registry import Image
    from harness.reports.terminal import Page, Part
    from harness.systems.parts import Options, Prepared
    from harness.systems.recipe import System
    from harness.targets.every_target import AllTargets
    from harness.targets.spec import TargetSpec


FIELDS = {"asked for as": "name"}
"""Titles of the table whose field in JSON has another name."""


class WithDefault(click.Group):
    """`sockmatrix targets` alone, or with names or options, is `sockmatrix targets list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self.completed(args))

    def completed(self, args: Sequence[str]) -> list[str]:
        """With the command that is meant where none is named."""
        return [*args] if args and (args[0] in self.commands or args[0] in ("-h", "--help")) else ["list", *args]


@click.group("targets", cls=WithDefault)
def command() -> None:
    """List what can be played on, and prepare the systems that a machine does not have by itself.

    Without a command: list. A target is named

    \b
    python3.8, pypy3        as a shell would start it, else the newest found
    cpython-3.8.18          an id of this list
    /opt/py/bin/python      a path
    pyenv:3.8, 'pyenv:*'    an installer's: also uv:, asdf:, rye:
    tox:py38, 'tox:*'       what tox takes for an environment, or for all of env_list
    docker:IMAGE            in a container; docker:IMAGE@PATH where it has several
    wine:python3.13         a system with a recipe: see 'sockmatrix targets --all'
    ssh:USER@HOST[/PYTHON]  on another machine; a word for the PATH there, or a path
    'cmd:sudo -u me python' any command that reads its program from a pipe
    @GROUP                  a group of sockmatrix.toml or [tool.sockmatrix]
    current, all            the one that runs sockmatrix; every one found
    all-here                all, every image that the engine has, every system that is prepared,
                            but for those that are many times slower than the others
    slow-here               these: emulated processors and machines, WebAssembly with sockets

    \b
    sockmatrix targets
    sockmatrix targets 'pyenv:3.1*' pypy3
    sockmatrix targets --all
    sockmatrix targets prepare wine:python3.13
    """


@command.command("list")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Every target there is: with what it lacks, and the command that provides it.")
@click.option("--docker", is_flag=True, help="List the interpreters of the container images of docs/images.md; NAMEs are names of images.")
@click.option("--ci", is_flag=True, help="With --docker: only those that are meant for CI.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON, with --docker fit for a matrix of CI jobs (schemas: targets, all-targets, image-targets).",
)
def list_command(names: Sequence[str], everything: bool, docker: bool, ci: bool, as_json: bool) -> int:
    """List the interpreters found on this machine, and those left out with the reason.

    With NAMEs: what these names choose. How targets are named: sockmatrix targets --help.

    \b
    sockmatrix targets list
    sockmatrix targets list 'pyenv:3.1*' pypy3
    sockmatrix targets list --docker
    sockmatrix targets list --all
    """
    if everything:
        return _everything(names, docker, as_json)
    if docker:
        return _in_images(names, ci, as_json)
    if ci:
        exits.usage("--ci goes with --docker")
    titles, rows, skipped, troubles = _chosen(names) if names else _found()
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import ListedTarget, ListedTargets

        fields = [FIELDS.get(title, title) for title in titles]
        print_json(ListedTargets(tuple(ListedTarget(**dict(zip(fields, row, strict=True))) for row in rows), skipped))
    else:
        from harness.commands.output import print_page

        print_page(
            lambda page: _print(page, titles, rows, {"Cannot be started": troubles, "Left out": skipped}, exits.no_targets_words(names))
        )
    return exits.AS_EXPECTED if rows else exits.HARNESS


@command.command("prepare")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Every system that there is a recipe for.")
@click.option("--quick", is_flag=True, help="One of each family: what is played at every change.")
@click.option("--mirror", default="", metavar="URL", help="Where Debian's packages come from.  [default: from where this machine's own do]")
@click.option("--force", is_flag=True, help="Also what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON when all is done (its schema: sockmatrix schema prepared-targets).")
def prepare_command(names: Sequence[str], everything: bool, quick: bool, mirror: str, force: bool, as_json: bool) -> int:
    """Make what systems need to be started, in the user's cache. What is there is left as it is; one that cannot be prepared does not keep
    the others from it.

    NAMEs are those of 'sockmatrix targets --all', patterns too; a family's name alone means all of it. Programs are not installed: what is
    missing is said, with the command.

    \b
    sockmatrix targets prepare wine:python3.13
    sockmatrix targets prepare --quick
    sockmatrix targets prepare 'uml:*' gvisor
    """
    from harness.systems.parts import Options

    systems = _to_prepare(names, everything, quick)
    options = Options(mirror, force)
    tell = (lambda each: None) if as_json else _tell_prepared
    prepared = [_prepare(system, options, f"{number}/{len(systems)}", tell) for number, system in enumerate(systems, 1)]
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import PreparedTargets

        print_json(PreparedTargets(tuple(prepared)))
    return exits.HARNESS if any(each.state == "failed" for each in prepared) else exits.AS_EXPECTED


@command.command("remove")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema removed).")
def remove_command(names: Sequence[str], as_json: bool) -> int:
    """Remove what was prepared; without NAME all of it, that of older recipes too. What other systems need as well stays.

    \b
    sockmatrix targets remove wine
    sockmatrix targets remove               all of it
    """
    from harness.commands.output import print_json, print_text
    from harness.reports.counting import megabytes
    from harness.reports.listings import Removed
    from harness.systems.parts import remove, remove_everything
    from harness.systems.recipe import systems
    from harness.targets.systems import choose_systems

    chosen = choose_systems(names)
    removed = remove(chosen, [system for system in systems() if system not in chosen]) if names else remove_everything(systems())
    room = sum(each.room for each in removed)
    if as_json:
        print_json(Removed(tuple(each.name for each in removed), room=room))
    elif removed:
        lines = "".join(f"removed {each.name}  {megabytes(each.room)}\n" for each in removed)
        print_text(f"{lines}{len(removed)} removed, {megabytes(room)} given back\n")
    else:
        print_text("there is nothing to remove\n")
    return exits.AS_EXPECTED


def _to_prepare(names: Sequence[str], everything: bool, quick: bool) -> "tuple[System, ...]":
    from harness.systems.recipe import systems
    from harness.targets.systems import choose_systems

    if not (names or everything or quick):
        exits.usage("name systems, or say --quick or --all; see: sockmatrix targets --all")
    wanted = [system for system in systems() if everything or (quick and system.member.quick)]
    return tuple({system.target: system for system in (*choose_systems(names), *wanted)}.values())


def _prepare(system: "System", options: "Options", number: str, done: "Callable[[Prepared], None]") -> "Prepared":
    from harness.reports.steps import telling
    from harness.systems.parts import prepare

    with telling(f"{number} {system.target}") as tell:
        prepared = prepare(system, options, tell)
    done(prepared)
    return prepared


def _tell_prepared(prepared: "Prepared") -> None:
    from harness.commands.output import print_page

    print_page(lambda page: _print_prepared(page, prepared))


def _print_prepared(page: "Page", prepared: "Prepared") -> None:
    from harness.reports.symbols import STATE_SYMBOLS

    good = prepared.state != "failed"
    took = f"prepared in {prepared.seconds:.1f} s: {', '.join(prepared.made)}"
    words = {"prepared": took, "ready": "ready", "failed": f"not prepared: {prepared.problem}"}[prepared.state]
    page.line(page.sign(STATE_SYMBOLS["ok" if good else "missing"]), f" {prepared.target}: {words}", hang=2)
    if prepared.hint:
        page.line(("try  ", "dim"), (prepared.hint, "dim"), indent=2, hang=5)


def _everything(names: Sequence[str], docker: bool, as_json: bool) -> int:
    """All targets of all kinds. Raises `TargetError`."""
    from harness.targets.every_target import every_target

    if names or docker:
        exits.usage("--all lists every target; neither NAMEs nor --docker go with it")
    found = every_target()
    if as_json:
        from harness.commands.output import print_json

        print_json(found)
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print_everything(page, found))
    return exits.AS_EXPECTED


def _print_everything(page: "Page", found: "AllTargets") -> None:
    styles = {"ready": "green", "absent": "dim"}
    table: list[list[Part]] = [[(title, "dim") for title in ("target", "kind", "state", "what it is")]]
    for row in found.targets:
        table.append([(row.target, "bold"), row.kind, (row.state, styles.get(row.state, "yellow")), row.about])
    page.table(table)
    wanting = [row for row in found.targets if row.command]
    if wanting:
        page.heading("What is missing, and what provides it")
        page.table([[row.target, ", ".join(row.missing), (row.command, "bold")] for row in wanting], indent=2)
    for line in found.notes:
        page.line((line, "dim"))


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


_Listing = tuple[tuple[str, ...], Sequence[tuple[str, ...]], dict[str, str], dict[str, str]]


def _found() -> _Listing:
    """Titles, a row for each interpreter, what was left out, and what is listed though it cannot be started."""
    from harness.targets.candidates import PLACES
    from harness.targets.discover import find_all
    from harness.targets.interpreter import ids

    found = find_all()
    rows = [
        (name, one.implementation, one.version + one.build, PLACES.get(one.source, one.source), one.path)
        for name, one in zip(ids(found.interpreters), found.interpreters, strict=True)
    ]
    return ("id", "implementation", "version", "found", "path"), rows, found.skipped, {}


def _chosen(names: Sequence[str]) -> _Listing:
    """The same for named targets. Raises `TargetError`."""
    from harness.targets.config import read
    from harness.targets.resolve import resolve

    resolved = resolve(names, read(Path.cwd()))
    rows = [(spec.id, spec.implementation, spec.version, spec.name, _command(spec)) for spec in resolved.targets]
    troubles = {spec.id: spec.trouble for spec in resolved.targets if spec.trouble}
    return ("id", "implementation", "version", "asked for as", "command"), rows, resolved.skipped, troubles


def _command(spec: "TargetSpec") -> str:
    if spec.image:
        return f"{spec.command[0] if spec.command else 'the first Python found'} in a container of {spec.image}"
    return " ".join(spec.command)


def _print(
    page: "Page", titles: Sequence[str], rows: Sequence[Sequence[str]], reasons: Mapping[str, Mapping[str, str]], nothing: str
) -> None:
    if not rows:
        page.line(nothing)
    else:
        table: list[list[Part]] = [[(title, "dim") for title in titles]]
        for row in rows:
            table.append([(row[0], "bold"), *row[1:]])
        page.table(table)
    for heading, told in reasons.items():
        if told:
            lines: list[list[Any]] = [[name, (reason, "yellow")] for name, reason in told.items()]
            page.heading(heading)
            page.table(lines, indent=2)
