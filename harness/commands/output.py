"""How commands print: pages, text and JSON. A reader of our output that goes away changes no exit code."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from harness.reports.terminal import Page


def print_page(fill: "Callable[[Page], None]") -> None:
    """Fill a page on standard output."""
    from harness.reports.terminal import open_page

    _unless_reader_left(lambda: fill(open_page()))


def print_json(data: Any) -> None:
    """Data as indented JSON."""
    import msgspec

    from harness.runs.safe import safe_json

    text = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
    _unless_reader_left(lambda: click.echo(safe_json(text)))


def print_text(text: str) -> None:
    """Text of our own, line ends included."""
    _unless_reader_left(lambda: click.echo(text, nl=False))


def print_bytes(data: bytes) -> None:
    """A file as it is."""
    _unless_reader_left(lambda: click.echo(data, nl=False))


def _unless_reader_left(write: Callable[[], None]) -> None:
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        leave_quietly()


def leave_quietly() -> None:
    """Let nothing complain that the reader of our output has gone, not even the flush at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
