"""Find the lines of a TOML file on which the tables of a list stand. The parser of the standard library gives values without places."""

import re
import tomllib

_HEADER = re.compile(r"\s*\[\[\s*([^\]#]+?)\s*\]\]")
_KEY = re.compile(r"""\s*["']?([A-Za-z_-]+)["']?\s*=""")

Places = dict[str, int]
"""Lines by key, from 1; the key `` is the header's own."""


def places(text: str, name: str) -> list[Places]:
    """For each `[[name]]` its lines. Headers inside of texts that span lines are none."""
    lines = text.split("\n")
    starts = _headers(lines)
    found = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        header = _HEADER.match(lines[start])
        if header and re.sub(r"""[\s"']""", "", header[1]) == name:
            found.append(_keys(lines, start, end))
    return found


def _headers(lines: list[str]) -> list[int]:
    """Numbers of the lines that begin a table: what stands between two of them can be read on its own."""
    starts = []
    begun = 0
    for number, line in enumerate(lines):
        if line.lstrip().startswith("[") and _is_whole(lines[begun:number]):
            starts.append(number)
            begun = number
    return starts


def _is_whole(lines: list[str]) -> bool:
    try:
        tomllib.loads("\n".join([*lines, ""]))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _keys(lines: list[str], start: int, end: int) -> Places:
    found = {"": start + 1}
    begun = start + 1
    for number in range(start + 1, end):
        key = _KEY.match(lines[number])
        if key and _is_whole(lines[begun:number]):
            found[key[1]] = number + 1
            begun = number
    return found
