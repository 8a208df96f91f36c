"""Point the links of a page at where their targets are in the site. A page is Markdown as GitHub shows it; the rest of it is left alone."""

import posixpath
import re
from collections.abc import Callable, Mapping

REPOSITORY = "repository:"
"""Begins the address of a file that the site has no page of; `docs/conf.py` says where it can be read."""

_CODE = re.compile(r"(?ms)^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)[`~]*[ \t]*$|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|<!--.*?-->")
_LINK = re.compile(r"(?P<before>\]\(<?)(?P<target>[^()<>\s]+)(?P<after>>?(?:\s+\"[^\"]*\")?\))")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def relinked(text: str, file: str, name: str, pages: Mapping[str, str], assets: Mapping[str, str]) -> str:
    """The page `file` of the checkout, with links as they are from `name` in the site.

    `pages` has names of pages, `assets` paths in the site of pictures and other files that are shown, both by path in the checkout.
    """

    def moved(found: re.Match[str]) -> str:
        return found["before"] + _target(found["target"], file, name, pages, assets) + found["after"]

    return outside_of_code(text, lambda part: _LINK.sub(moved, part))


def outside_of_code(text: str, change: Callable[[str], str]) -> str:
    """Apply a change to everything that is neither code nor a comment."""
    parts: list[str] = []
    end = 0
    for found in _CODE.finditer(text):
        parts += [change(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, change(text[end:])])


def links(text: str) -> list[str]:
    """The targets of a page's links, as written."""
    found: list[str] = []

    def noted(part: str) -> str:
        found.extend(each["target"] for each in _LINK.finditer(part))
        return part

    outside_of_code(text, noted)
    return found


def is_within(target: str) -> bool:
    """The link leads to a file of the checkout."""
    return not _SCHEME.match(target) and not target.startswith(("#", "/"))


def path_of(target: str, file: str) -> str:
    """The path in the checkout that a link of `file` leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), target.partition("#")[0]))


def _target(target: str, file: str, name: str, pages: Mapping[str, str], assets: Mapping[str, str]) -> str:
    if not is_within(target):
        return target
    path, anchor = path_of(target, file), "".join(target.partition("#")[1:])
    place = f"{pages[path]}.md" if path in pages else assets.get(path, "")
    if place:
        return posixpath.relpath(place, posixpath.dirname(name) or ".") + anchor
    return REPOSITORY + path + anchor
