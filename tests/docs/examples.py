"""The examples of the documentation: blocks of its pages, and the commands in them. Runs and judges nothing."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]

SHELLS = ("sh", "console")
_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->\s*\Z", re.DOTALL)
_PROMPT = re.compile(r"^\$ ", re.MULTILINE)
_BETWEEN = frozenset({"&&", "||", "|", ";", "&"})
_REDIRECTIONS = frozenset({">", ">>", "<", ">&", "2>", "<<"})


class Block(NamedTuple):
    """One fenced block of a page."""

    page: str
    line: int
    """Of its opening fence, counted from 1."""
    language: str
    text: str
    mark: str
    """What the comment right above it says; empty without one."""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


class Command(NamedTuple):
    """A call of sockmatrix, as a reader would type it."""

    place: str
    words: tuple[str, ...]
    """Without `sockmatrix` itself."""


class Typed(NamedTuple):
    """One line that a reader types, with the output that the page shows for it."""

    place: str
    text: str
    output: str | None = None


@cache
def pages() -> tuple[str, ...]:
    """Every page that people have written and read, by path."""
    found = [
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/systems/*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "scenarios/README.md")),
    ]
    return tuple(sorted(file.relative_to(ROOT).as_posix() for file in found if file.is_file()))


@cache
def blocks() -> tuple[Block, ...]:
    """The fenced blocks of all pages."""
    return tuple(block for page in pages() for block in _blocks(page, (ROOT / page).read_text("utf-8")))


def _blocks(page: str, text: str) -> Iterator[Block]:
    before: Token | None = None
    for token in MarkdownIt().parse(text):
        if token.type == "fence" and token.map is not None:
            mark = _COMMENT.match(before.content) if before is not None and before.type == "html_block" else None
            yield Block(page, token.map[0] + 1, token.info.strip(), token.content, mark[1] if mark else "")
        before = token


def typed(block: Block) -> Iterator[Typed]:
    """What a block of shell has a reader type, one logical line at a time."""
    if block.language == "console":
        for part in _PROMPT.split(block.text)[1:]:
            line, _, output = part.partition("\n")
            yield Typed(block.place, line, output if output.strip() else None)
    else:
        for line in re.sub(r"\\\n\s*", "", block.text).splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                yield Typed(block.place, line)


def commands_of(line: str, place: str) -> Iterator[Command]:
    """The calls of sockmatrix in a line of shell."""
    for words in _simple_commands(line):
        called = [word for word in words if not re.fullmatch(r"\w+=.*", word)] if words and "=" in words[0] else words
        if called and Path(called[0]).name == "sockmatrix":
            yield Command(place, tuple(called[1:]))


def _simple_commands(line: str) -> Iterator[list[str]]:
    """A line cut at what joins commands; where output goes, and comments, are left out."""
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.wordchars += "[]{}$…%@+,!:^"
    words: list[str] = []
    skip = False
    for word in _words(reader, line):
        if word in _BETWEEN:
            yield words
            words = []
        elif word in _REDIRECTIONS:
            skip = True
        elif skip:
            skip = False
        else:
            words.append(word)
    yield words


def _words(reader: shlex.shlex, line: str) -> Iterator[str]:
    try:
        yield from reader
    except ValueError as error:
        raise AssertionError(f"no line of shell: {line}") from error


def all_commands() -> Iterator[Command]:
    """Every call of sockmatrix that a page shows: in blocks of shell, in recipes of other languages, in running words."""
    for block in blocks():
        if block.language in SHELLS:
            for line in typed(block):
                yield from commands_of(line.text, line.place)
        else:
            for text in _recipe_lines(block.text):
                yield from commands_of(text, block.place)
    for page in pages():
        yield from _inline(page)


def _recipe_lines(text: str) -> Iterator[str]:
    """Lines of a recipe that call sockmatrix: `- run: sockmatrix …`, `sh 'sockmatrix …'`."""
    for line in text.splitlines():
        if found := re.search(r"(?:^\s*(?:- )?(?:\w+: )?|&& |(?P<quote>'))(?P<call>sockmatrix [a-z].*)", line):
            yield found["call"].partition("'")[0] if found["quote"] else found["call"]


def _inline(page: str) -> Iterator[Command]:
    for token in MarkdownIt().enable("table").parse((ROOT / page).read_text("utf-8")):
        for child in token.children or ():
            if child.type == "code_inline" and child.content.startswith("sockmatrix ") and "…" not in child.content:
                # Words that only speak of a command need not say on what it is to act.
                bare = re.fullmatch(r"sockmatrix( [a-z-]+)+", child.content)
                yield from commands_of(f"{child.content} --help" if bare else child.content, f"{page}:{(token.map or [0])[0] + 1}")


def marked_files(page: str) -> Iterator[tuple[str, str, Block]]:
    """Blocks of a page that are files: name, remark, block."""
    for block in blocks():
        if block.page == page and block.mark.startswith("file: "):
            name, _, remark = block.mark.removeprefix("file: ").partition(", ")
            yield name, remark, block
