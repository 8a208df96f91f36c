"""Put the source of the site together: written pages, generated ones, the files they show, the table of contents. Renders nothing."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.docs.commands import command_pages
from tools.docs.emptying import emptied
from tools.docs.formats import format_pages
from tools.docs.language import language_pages
from tools.docs.library import anchor, library_pages
from tools.docs.links import REPOSITORY, is_within, links, path_of, relinked
from tools.docs.places import ROOT, SECTIONS, unplaced, written_pages
from tools.docs.settings import settings_pages
from tools.docs.words import word_pages

MORE = "<!-- more of: {} -->"
"""Stands in the start page at the end of a section; pages that it does not name go there, as do those that only the site has."""

_NOTE = re.compile(rf"\]\({REPOSITORY}reports/notes/(?P<area>\w+)\.md(?:#(?P<topic>\w+)-[\d.]+)?\)")

ASSETS = {"reports/compat.svg": "compat.svg"}
"""Pictures, by path in the checkout."""


class Misplaced(Exception):
    """A page stands in no section of the table of contents. `names` are those of the pages."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(f"no section has {', '.join(names)}; add them to SECTIONS in tools/docs/places.py")


def assemble(folder: Path, root: Path = ROOT) -> int:
    """Write the whole source into a folder, which is emptied first; how many pages it has. Raises `Misplaced` and `NotOurs`."""
    written = written_pages(root)
    pages = {name: relinked((root / path).read_text("utf-8"), path, name, written, ASSETS) for path, name in written.items()}
    generated = generated_pages(root)
    if unplaced({*pages, *generated}):
        raise Misplaced(unplaced({*pages, *generated}))
    pages = {name: _noted(text) if name.startswith("observed") else text for name, text in pages.items()}
    pages["index"] = _start(pages["index"], pages | generated)
    emptied(folder)
    _write(folder, pages | generated)
    for path, place in ASSETS.items():
        shutil.copy(root / path, folder / place)
    _copy_files(folder / "files", root, pages | generated)
    return len(pages | generated)


def generated_pages(root: Path = ROOT) -> dict[str, str]:
    """Pages that are made of the code, of its schemas and of the library, by name."""
    makers = (command_pages, settings_pages, word_pages, language_pages, format_pages, lambda: library_pages(root))
    return {name: text for maker in makers for name, text in maker().items()}


def _noted(text: str) -> str:
    """Observed differences are told where their scenarios are, on the page of an area, and not on pages of their own."""
    return _NOTE.sub(_note, text)


def _note(found: re.Match[str]) -> str:
    area, topic = found["area"], found["topic"]
    return f"](#{anchor(f'{area}/{topic}')})" if topic else f"](reference/library/{area}.md)"


def _start(text: str, pages: Mapping[str, str]) -> str:
    """The start page, with links to all pages, and with the table of contents, which is shown at the side of every page."""
    for section in SECTIONS:
        unnamed = [page for page in section.pages if page in pages and f"({page}.md)" not in text]
        text = text.replace(MORE.format(section.title), "\n".join(f"- [{_title(pages[page])}]({page}.md)" for page in unnamed))
    return "\n".join([text, *_contents(set(pages))])


def _title(text: str) -> str:
    return next(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))


def _contents(names: set[str]) -> Iterator[str]:
    for section in SECTIONS:
        pages = [page for page in section.pages if page in names]
        if pages:
            yield from ("```{toctree}", ":hidden:", f":caption: {section.title}", "", *pages, "```", "")


def _write(folder: Path, pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        file = folder / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")


def _copy_files(folder: Path, root: Path, pages: Mapping[str, str]) -> None:
    """Copies of the files that pages link to, for a site that was built without the address of a repository.

    As plain text, which browsers show; otherwise they would offer to save a scenario.
    """
    for path in sorted({path for text in pages.values() for path in _linked_files(text)}):
        if (root / path).is_file():
            place = folder / f"{path}.txt"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, place)


def _linked_files(text: str) -> Iterator[str]:
    yield from (target.removeprefix(REPOSITORY).partition("#")[0] for target in links(text) if target.startswith(REPOSITORY))


def dead_links(root: Path = ROOT) -> list[str]:
    """Links of written pages that lead to no file of the checkout: `docs/x.md: y.md`."""
    pairs = [(path, target) for path in written_pages(root) for target in links((root / path).read_text("utf-8")) if is_within(target)]
    return [f"{path}: {target}" for path, target in pairs if not (root / path_of(target, path)).exists()]
