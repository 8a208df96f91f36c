"""Pieces of Markdown that all generated pages are made of: tables, definitions, blocks, folds. Texts of others are made harmless here."""

import re
from collections.abc import Iterable, Sequence

from harness.language.links import url_of
from harness.runs.markdown_text import code, link
from harness.runs.markdown_text import prose as harmless

__all__ = ["block", "code", "definitions", "folded", "link", "prose", "sources", "table", "words"]

_QUOTED = re.compile(r"'((?:sockmatrix|run|report|images|diff|baseline|history) [^']+)'")
LONGEST = 4_000


def prose(text: str, longest: int = LONGEST) -> str:
    """Running words of others. Besides what is markup elsewhere, a line of MyST that begins with a percent sign is a comment."""
    shown = harmless(text, longest)
    return f"&#37;{shown[1:]}" if shown.startswith("%") else shown


def words(text: str) -> str:
    """Running words as people write them in docstrings and in help: what stands in backticks, or is a quoted command, is code."""
    parts = re.split(r"`([^`]+)`|" + _QUOTED.pattern, " ".join(text.split()))
    shown = []
    for number, part in enumerate(parts):
        if part:
            shown.append(code(part) if number % 3 else _spaced(part))
    return "".join(shown)


def _spaced(part: str) -> str:
    """Prose keeps no blanks at its ends; where code comes next to it, they matter."""
    before, after = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return before + prose(part) + after if part.strip() else part


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table; cells are Markdown already."""
    lines = [_row(heads), _row(["---"] * len(heads))]
    return [*lines, *(_row(cells) for cells in rows), ""]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell or " " for cell in cells) + " |"


def definitions(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Lines of a list of words with what they mean."""
    return [line for word, meaning in pairs for line in (word, f": {meaning}", "")]


def block(text: str, language: str = "text") -> list[str]:
    """Lines of a block of code that nothing in the text can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *text.rstrip("\n").split("\n"), fence, ""]


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Lines that a reader can open; the title is plain words of our own."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""]


def sources(see: Iterable[str]) -> str:
    """Who promises something, as links where there is something to read."""
    return ", ".join(link(_shown(source), url_of(source)) for source in see)


def _shown(source: str) -> str:
    return source.removeprefix("https://").removeprefix("http://")
