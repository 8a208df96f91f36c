"""A page of text for a terminal, a pipe or a file: styled parts, wrapping with an indent, tables. Everything printed is made harmless here.

What is printed is plain text to Rich, never its markup.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.reports.symbols import Symbol
from harness.runs.safe import safe

Part = str | tuple[str, str]
"""Text, or text and a Rich style."""

PIPED_WIDTH = 120
NARROWEST = 40
GAP = 2
LEAST_LAST = 24
"""Cells that the last column of a table needs beside the others; with less room it goes below them."""


class Page:
    """Prints lines to a console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = max(console.width, NARROWEST)
        self.signs = _can_show(console)

    def line(self, *parts: Part, indent: int = 0, hang: int = 0) -> None:
        """One line; what does not fit goes on below, `hang` cells further in."""
        text = assemble(parts)
        for number, piece in enumerate(wrapped(text, self.width - indent, hang)):
            self._print(Text(" " * (indent + (hang if number else 0))) + piece)

    def blank(self) -> None:
        """An empty line."""
        self._print(Text(""))

    def heading(self, text: str, note: str = "") -> None:
        """The title of a part of the page, after an empty line."""
        self.blank()
        self.line((text, "bold"), (f"  {note}" if note else "", "dim"))

    def table(self, rows: Sequence[Sequence[Part]], indent: int = 0, right: Iterable[int] = ()) -> None:
        """Columns as wide as their widest cell; the last one wraps. Columns in `right` are set against their right edge."""
        cells = [[assemble([part]) for part in row] for row in rows]
        widths = column_widths(cells)
        flush_right = frozenset(right)
        start = indent + sum(widths[:-1]) + GAP * (len(widths) - 1)
        below = self.width - start < min(LEAST_LAST, widths[-1]) if widths else False
        for row in cells:
            self._row(row, widths, indent, start, flush_right, below)

    def _row(self, row: list[Text], widths: list[int], indent: int, start: int, right: frozenset[int], below: bool) -> None:
        line = Text(" " * indent)
        for column, cell in enumerate(row[:-1]):
            line += _padded(cell, widths[column], column in right) + Text(" " * GAP)
        last = _padded(row[-1], widths[-1], True) if len(row) - 1 in right else row[-1]
        if below:
            self._print(line)
            line, start = Text(" " * (indent + 4)), indent + 4
        for piece in wrapped(last, self.width - start, 0) or [Text("")]:
            self._print(line + piece)
            line = Text(" " * start)

    def sign(self, symbol: Symbol) -> tuple[str, str]:
        """A symbol as a part of a line."""
        return (symbol.sign if self.signs else symbol.plain, symbol.style)

    def whole(self, *parts: Part) -> None:
        """One line that is not taken apart, so that a command in it can be copied."""
        self._print(assemble(parts))

    def text(self, line: Text) -> None:
        """A line that was laid out already."""
        self._print(line)

    def _print(self, line: Text) -> None:
        line.rstrip()
        self.console.print(line, soft_wrap=True)


class _QuietConsole(Console):
    """Leaves a reader that has gone away to the command line, which knows the exit code."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def open_page(stream: TextIO | None = None) -> Page:
    """A page on a stream, standard output if none is given: as wide as the terminal, and of a fixed width where there is none."""
    stream = stream or sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    return Page(_QuietConsole(file=stream, width=width, highlight=False, markup=False, emoji=False))


def assemble(parts: Sequence[Part]) -> Text:
    """Parts as one harmless line."""
    text = Text()
    for part in parts:
        content, style = (part, "") if isinstance(part, str) else part
        text.append(safe(content), style or None)
    return text


def wrapped(text: Text, width: int, hang: int) -> list[Text]:
    """The text in pieces of at most `width` cells, all but the first shorter by `hang`; words longer than a line are cut."""
    width = max(width, NARROWEST // 2)
    if text.cell_len <= width:
        return [text]
    console = Console(file=None, width=width)
    first = text.wrap(console, width, overflow="fold")[0]
    rest = text[len(first.plain) :]
    while rest.plain.startswith(" "):
        rest = rest[1:]
    return [first, *(rest.wrap(console, max(width - hang, NARROWEST // 2), overflow="fold") if rest.plain else [])]


def column_widths(rows: Sequence[Sequence[Text]]) -> list[int]:
    """Cells that each column takes."""
    count = max((len(row) for row in rows), default=0)
    return [max((row[column].cell_len for row in rows if column < len(row)), default=0) for column in range(count)]


def cells(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return cell_len(safe(text))


def _padded(text: Text, width: int, right: bool) -> Text:
    space = Text(" " * max(width - text.cell_len, 0))
    return space + text if right else text + space


def _can_show(console: Console) -> bool:
    try:
        "✓≈○✗∞‼§▲│▶".encode(console.encoding)
    except (UnicodeError, LookupError):
        return False
    return True
