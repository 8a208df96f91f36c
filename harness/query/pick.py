"""Evaluate a query over scenarios: which of them, which cells, which differences it picks. Reads no files and no queries.

Words are asked about one scenario, one cell of it and one difference of it at a time (no difference, where there is none). What is picked
is every scenario, cell and difference of which all words hold together.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct

from harness.query.parse import MISSING, RED, Query, Word
from harness.query.subject import Cell, Subject, Trait
from harness.records.observation import GOOD

T = TypeVar("T")


class Picked(Struct, frozen=True, omit_defaults=True):
    """What a query picks of a scenario."""

    cells: tuple[int, ...] = ()
    """Places in `Subject.cells`."""
    differences: tuple[int, ...] = ()
    """Places in `Subject.differences`."""


def pick(query: Query, subject: Subject) -> Picked | None:
    """What is picked of a scenario; None: it is not."""
    if not all(holds_of_scenario(word, subject) for word in query.of("scenario")):
        return None
    planned = ((at, cell) for at, cell in enumerate(subject.cells) if not cell.unplanned)
    cells = tuple(at for at, cell in planned if _all_hold(query.of("cell"), cell, _CELL_TESTS))
    differences = tuple(at for at, each in enumerate(subject.differences) if _all_hold(query.of("difference"), each, _DIFFERENCE_TESTS))
    nothing_differs = not subject.differences and all(word.negated for word in query.of("difference"))
    return Picked(cells, differences) if (cells or not subject.cells) and (differences or nothing_differs) else None


def columns(query: Query, targets: Iterable[str]) -> tuple[str, ...]:
    """The targets of which all words about targets hold."""
    words = [word for word in query.of("cell") if word.key == "target"]
    return tuple(target for target in targets if _all_hold(words, Cell(target), _CELL_TESTS))


def holds_of_scenario(word: Word, subject: Subject) -> bool:
    """Whether a word about scenarios holds."""
    return _SCENARIO_TESTS[word.key](word, subject) is not word.negated


def _all_hold(words: Sequence[Word], of: T, tests: Mapping[str, Callable[[Word, T], bool]]) -> bool:
    return all(tests[word.key](word, of) is not word.negated for word in words)


def _is(word: Word, text: str) -> bool:
    """The whole text."""
    return _wild(word, text) if word.wild else word.value == text.lower()


def _begins(word: Word, text: str) -> bool:
    return _wild(word, text) if word.wild else text.lower().startswith(word.value)


def _within(word: Word, text: str) -> bool:
    return _wild(word, text) if word.wild else word.value in text.lower()


def _wild(word: Word, text: str) -> bool:
    """`*` and `?` are the only wildcards: ids have square brackets."""
    pattern = re.escape(word.value).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, text.lower(), re.DOTALL) is not None


def _yes(word: Word, said: bool) -> bool:
    return _is(word, "yes" if said else "no")


def _verdict(word: Word, cell: Cell) -> bool:
    if word.value == RED:
        return cell.verdict is None or cell.verdict not in GOOD
    return _is(word, cell.verdict or MISSING)


_SCENARIO_TESTS: dict[str, Callable[[Word, Subject], bool]] = {
    "": lambda word, of: _within(word, of.id),
    "id": lambda word, of: _is(word, of.id),
    "area": lambda word, of: _is(word, of.area),
    "tag": lambda word, of: any(_is(word, tag) for tag in of.tags),
    "see": lambda word, of: any(_begins(word, entry) for entry in of.see),
    "title": lambda word, of: _within(word, of.title),
    "call": lambda word, of: any(_is(word, name) for name in of.calls),
    "differs": lambda word, of: _yes(word, of.differs),
}

_CELL_TESTS: dict[str, Callable[[Word, Cell], bool]] = {
    "target": lambda word, of: _begins(word, of.target),
    "verdict": _verdict,
    "flaky": lambda word, of: _yes(word, of.flaky),
    "known": lambda word, of: _yes(word, of.known),
}

_DIFFERENCE_TESTS: dict[str, Callable[[Word, Trait], bool]] = {
    "kind": lambda word, of: _is(word, of.kind),
    "cause": lambda word, of: any(_within(word, cause) for cause in of.causes),
    "odd": lambda word, of: any(_begins(word, target) for target in of.odd),
    "explained": lambda word, of: _yes(word, all(of.causes)),
    "documented": lambda word, of: _yes(word, of.documented),
}
