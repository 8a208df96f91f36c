"""What is wrong with a scenario file, and where. Finds nothing itself; it is how the other modules say it."""

from collections.abc import Iterable

from msgspec import Struct

MOST_PER_FILE = 200
"""Mistakes reported for one file; a file with more is not a scenario file."""


class Mistake(Struct, frozen=True, order=True):
    """One mistake. `line` and `column` count from 1; a line of 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str
    text: str = ""
    """The offending text, as written."""
    hint: str = ""
    """What to try: `did you mean 'returns'?`"""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}" + (f"; {self.hint}" if self.hint else "")


def nearest(word: str, candidates: Iterable[str], likeness: float = 0.7) -> str:
    """The candidate that `word` was probably meant to be, or an empty text. `likeness` is between 0 and 1."""
    from difflib import get_close_matches

    known = sorted(set(candidates))
    for candidate in known:
        if sorted(candidate.lower()) == sorted(word.lower()):
            return candidate
    return next(iter(get_close_matches(word[:80], known, 1, likeness)), "")


def did_you_mean(word: str, candidates: Iterable[str], prefix: str = "") -> str:
    """The hint `did you mean '…'?`, or an empty text where nothing is near."""
    found = nearest(word, candidates)
    return f"did you mean '{prefix}{found}'?" if found else ""


def shortened(text: str, most: int = 60) -> str:
    """Text fit for one line of a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
