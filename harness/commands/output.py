"""How commands print: pages, JSON, and the summary of a run. A reader of our output that goes away changes no exit code."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from harness.reports.terminal import Page


def show_summary(
    folder: Path, as_json: bool, *, all_kinds: bool = False, everything: bool = False, baseline: Path | None = None, strict: bool = False
) -> int:
    """Print the summary of the run in a folder, held against a baseline if there is one; its exit code. Raises `RunError`, `KeptError`."""
    from harness.comparing.behaviours import compare
    from harness.reports.summary import summarise
    from harness.runs.folder import read

    run = read(folder)
    summary = summarise(run, compare(run))
    report = None
    if baseline is not None:
        from harness.commands.keeping import hold_against

        summary, report = hold_against(baseline, run, summary, strict=strict)
    if as_json:
        print_json(summary)
    else:
        from harness.reports.summary_text import print_summary

        print_page(lambda page: print_summary(page, summary, all_kinds=all_kinds, everything=everything))
    if report is not None and not as_json:
        from harness.reports.baseline_text import print_held

        print_page(lambda page: print_held(page, report, summary.exit_code, all_kinds=all_kinds, everything=everything))
    return summary.exit_code


def print_page(fill: "Callable[[Page], None]") -> None:
    """Fill a page on standard output."""
    from harness.reports.terminal import open_page

    _unless_reader_left(lambda: fill(open_page()))


def print_json(data: Any) -> None:
    """Data as indented JSON."""
    import msgspec

    from harness.reports.safe import safe_json

    text = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
    _unless_reader_left(lambda: click.echo(safe_json(text)))


def print_text(text: str) -> None:
    """Text of our own, line ends included."""
    _unless_reader_left(lambda: click.echo(text, nl=False))


def _unless_reader_left(write: Callable[[], None]) -> None:
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        leave_quietly()


def leave_quietly() -> None:
    """Let nothing complain that the reader of our output has gone, not even the flush at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
