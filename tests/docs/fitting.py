"""Does an output have the shape that a page shows? Numbers, times and blanks may differ. Runs nothing."""

import re

_VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d[:-]\d\d(\.\d+)?Z?( UTC)?"), "TIME"),
    (re.compile(r"\d+(\.\d+)+"), "N"),
    (re.compile(r"\d+"), "N"),
    (re.compile(r"\b(in (pyenv|uv|rye|asdf)|on PATH)\b"), "THERE"),
    (re.compile(r"\s+"), " "),
)
ANYTHING = "…"


def misfit(shown: str, real: str) -> str:
    """The first line of what a page shows that the real output does not have in its place; empty if all of it fits."""
    there = _common(real)
    lines = shown.strip("\n").split("\n")
    for number in range(1, len(lines) + 1):
        if not _begins(there, "\n".join(lines[:number])):
            return lines[number - 1]
    return "" if _pattern(shown).fullmatch(there) else "(the output goes on where the page's ends)"


def _begins(there: str, shown: str) -> bool:
    return _pattern(shown).match(there) is not None


def _pattern(shown: str) -> re.Pattern[str]:
    parts = [re.escape(part.strip()) for part in _common(shown).split(ANYTHING)]
    return re.compile(r" ?.*? ?".join(parts))


def _common(text: str) -> str:
    """Without what varies, on one line: where an output is wide, its lines are broken elsewhere."""
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text.strip()
