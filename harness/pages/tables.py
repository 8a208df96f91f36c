"""Keeps what occurs often once, and names it by its place. Knows nothing of what it keeps."""

from collections.abc import Iterable, Mapping

from harness.runs.safe import safe

LONGEST = 4_000
"""Longest text that a page shows; what is longer is cut, and says so."""


class Tables:
    """A table of texts and one of lists of targets."""

    def __init__(self, targets: Mapping[str, int]) -> None:
        self._targets = targets
        self._texts: dict[str, int] = {}
        self._lists: dict[tuple[int, ...], int] = {}

    def text(self, text: str) -> int:
        """The place of a text; made printable on one line."""
        return self._texts.setdefault(shown(text), len(self._texts))

    def line(self, text: str) -> int:
        """The place of a line of a program, of any length, with its tabulators."""
        return self._texts.setdefault("\t".join(map(safe, text.split("\t"))), len(self._texts))

    def optional(self, text: str) -> int | None:
        """The same; nothing for an empty text."""
        return self.text(text) if text else None

    def texts_of(self, texts: Iterable[str]) -> tuple[int, ...]:
        """The places of several texts."""
        return tuple(self.text(text) for text in texts)

    def targets(self, targets: Iterable[str]) -> int:
        """The place of a list of targets."""
        return self._lists.setdefault(tuple(sorted(self._targets[target] for target in targets)), len(self._lists))

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts by their places."""
        return tuple(self._texts)

    @property
    def lists(self) -> tuple[tuple[int, ...], ...]:
        """All lists by their places."""
        return tuple(self._lists)


def shown(text: str) -> str:
    """Text as a page shows it: printable, of a bounded length."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text)} characters)"
    return safe(text)
