"""`sockmatrix images`: build the images of the registry, show what the engine has of them, remove them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from docker import APIClient

    from harness.images.build import Built, Options
    from harness.images.inventory import Status
    from harness.images.registry import Image
    from harness.reports.terminal import Page, Part

BUILD_TIMEOUT = 600
"""Seconds that the engine may be silent while it unpacks a large image."""

STATE_STYLES = {"present": "green", "stale": "yellow", "absent": "dim", "unknown": "dim"}


@click.group("images")
def command() -> None:
    """Build container images without a registry, list them, remove them.

    The images are those of docs/images.md. The engine is the one of DOCKER_HOST or of the current Docker context, else the first socket
    that is found: Docker's or Podman's.

    \b
    sockmatrix images build --quick      all that take seconds
    sockmatrix images build bookworm
    sockmatrix images list
    sockmatrix images remove
    """


@command.command("build")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="All that can be built.")
@click.option("--quick", is_flag=True, help="All that take seconds, without emulated processors and compiling.")
@click.option("--mirror", default="", metavar="URL", help="Where Debian's packages come from.  [default: from where this machine's own do]")
@click.option("--force", is_flag=True, help="Also what is up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON when all is done (its schema: sockmatrix schema built-images).")
def build_command(names: Sequence[str], everything: bool, quick: bool, mirror: str, force: bool, as_json: bool) -> int:
    """Build images. What is up to date is left as it is; one that cannot be built does not keep the others from it.

    \b
    sockmatrix images build --quick
    sockmatrix images build pythons trixie
    sockmatrix images build sid --force     with what Debian has published since
    """
    from harness.images.build import Options
    from harness.images.checking import sweep

    images = _to_build(names, everything, quick)
    options = Options(mirror, force)
    with _engine(BUILD_TIMEOUT) as client:
        sweep(client)
        tell = (lambda each: None) if as_json else _tell_built
        built = [_build(client, image, options, f"{number}/{len(images)}", tell) for number, image in enumerate(images, 1)]
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import BuiltImages

        print_json(BuiltImages(tuple(built)))
    return exits.HARNESS if any(each.state == "failed" for each in built) else exits.AS_EXPECTED


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema images).")
def list_command(as_json: bool) -> int:
    """List the images of the registry and what the engine has of them.

    A stale image was built by another recipe, or of interpreters that have changed since.

    \b
    sockmatrix images list
    sockmatrix images list --json
    """
    from harness.images.inventory import statuses
    from harness.images.registry import registry

    with _engine() as client:
        found = statuses(client, registry())
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import ListedImages

        print_json(ListedImages(tuple(found)))
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print_list(page, registry(), found))
    return exits.AS_EXPECTED


@command.command("remove")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema removed).")
def remove_command(names: Sequence[str], as_json: bool) -> int:
    """Remove images that sockmatrix has built; without NAME, all of them. Others are never touched.

    \b
    sockmatrix images remove sid
    sockmatrix images remove                all of them
    """
    from harness.images.inventory import ABSENT, remove
    from harness.images.registry import choose, registry

    images = choose(names, registry())
    with _engine() as client:
        removed = remove(client, images)
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import removed_of

        print_json(removed_of(removed))
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print_removed(page, removed))
    return exits.HARNESS if set(removed.values()) - {"", ABSENT} else exits.AS_EXPECTED


@command.command("table")
@click.option("--write", is_flag=True, help="Write docs/images.md of a checkout.")
@click.option("--check", "only_check", is_flag=True, help="Exit 1 where docs/images.md is out of date.")
def table_command(write: bool, only_check: bool) -> int:
    """Print the page of the images in Markdown.

    \b
    sockmatrix images table
    sockmatrix images table --write
    """
    from harness.commands.checkout import docs_file, is_out_of_date, write_page
    from harness.images.page import PAGE, page
    from harness.images.registry import registry

    text = page(registry())
    if write:
        return write_page(docs_file(PAGE), text)
    if only_check:
        if not is_out_of_date(docs_file(PAGE), text):
            return exits.AS_EXPECTED
        click.echo(f"docs/{PAGE} is out of date; write it again: sockmatrix images table --write")
        return exits.NOT_AS_EXPECTED
    from harness.commands.output import print_text

    print_text(text)
    return exits.AS_EXPECTED


@contextmanager
def _engine(timeout: int | None = None) -> "Iterator[APIClient]":
    """A client of the engine; its loss on the way is told as its absence is. Raises EngineUnavailable."""
    from harness.images.engine import TIMEOUT, connect, errors, unavailable

    with connect(timeout or TIMEOUT) as client:
        try:
            yield client
        except errors() as error:
            raise unavailable(error) from error


def _to_build(names: Sequence[str], everything: bool, quick: bool) -> "tuple[Image, ...]":
    from harness.images.registry import built, choose, registry

    can = built(registry())
    chosen = choose(names, registry())
    pulled = [image for image in chosen if image.recipe is None]
    if pulled:
        exits.usage(f"'{pulled[0].name}' is pulled, not built: docker pull {pulled[0].image}")
    if not (names or everything or quick):
        exits.usage("name images, or say --quick or --all; see: sockmatrix images list")
    wanted = {image.name for image in chosen} | {image.name for image in can if everything or (quick and image.quick)}
    return tuple(image for image in can if image.name in wanted)


def _build(client: "APIClient", image: "Image", options: "Options", number: str, done: "Callable[[Built], None]") -> "Built":
    from harness.images.build import build
    from harness.reports.steps import telling

    with telling(f"{number} {image.name}") as tell:
        built = build(client, image, options, tell)
    done(built)
    return built


def _tell_built(built: "Built") -> None:
    from harness.commands.output import print_page

    print_page(lambda page: _print_built(page, built))


def _print_built(page: "Page", built: "Built") -> None:
    from harness.reports.symbols import STATE_SYMBOLS

    good = built.state != "failed"
    page.line(page.sign(STATE_SYMBOLS["ok" if good else "missing"]), f" {built.name}: {_built_words(built)}", hang=2)
    if built.hint:
        page.line(("try  ", "dim"), (built.hint, "dim"), indent=2, hang=5)


def _built_words(built: "Built") -> str:
    """`built in 6.7 s, 52 MB: cpython 3.11.2`."""
    if built.state == "failed":
        return f"not built: {built.problem}"
    took = f"built in {built.seconds:.1f} s" if built.state == "built" else built.state
    seen = ", ".join(f"{each.implementation} {each.python}" for each in built.interpreters)
    return f"{took}, {_megabytes(built.size)}" + (f": {seen}" if seen else "")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _print_list(page: "Page", images: "Sequence[Image]", found: "Sequence[Status]") -> None:
    table: list[list[Part]] = [[(title, "dim") for title in ("name", "image", "state", "size", "id", "what it is")]]
    for image, status in zip(images, found, strict=True):
        size = _megabytes(status.size) if status.size else ""
        state = (status.state, STATE_STYLES[status.state])
        table.append([(image.name, "bold"), image.image, state, size, status.id.removeprefix("sha256:")[:12], image.about])
    page.table(table, right=[3])
    if any(status.state != "present" and status.family == "built" for status in found):
        page.blank()
        page.line("built by: sockmatrix images build NAME; the others are pulled: docker pull IMAGE")


def _print_removed(page: "Page", removed: "dict[str, str]") -> None:
    from harness.images.inventory import ABSENT
    from harness.reports.symbols import STATE_SYMBOLS

    for image, reason in removed.items():
        symbol = STATE_SYMBOLS["ok" if reason in ("", ABSENT) else "missing"]
        page.line(page.sign(symbol), f" {image}: {f'not removed: {reason}' if reason else 'removed'}", hang=2)
    if not removed:
        page.line("there is no image that sockmatrix has built")
