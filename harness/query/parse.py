"""Read a query: words that must all hold. Knows which words there are and what they may be told; evaluates nothing.

The page has the same reader in its own language (`harness/pages/assets/query.js`); `tests/query/vectors.json` holds the two together.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from msgspec import Struct

from harness.language.mistakes import did_you_mean, shortened
from harness.records.comparison import DifferenceKind
from harness.records.observation import VERDICTS

About = Literal["scenario", "cell", "difference"]

YES_NO = ("yes", "no")
RED, MISSING = "red", "missing"
"""What `verdict:` may be told besides verdicts: any that makes a run red, and no result at all."""

LONGEST = 1_000


class Key(Struct, frozen=True):
    """A word with a colon."""

    about: About
    says: str
    values: tuple[str, ...] = ()
    """What it may be told; empty: any text."""


KEYS: Mapping[str, Key] = {
    "id": Key("scenario", "the whole id"),
    "area": Key("scenario", "the first part of the id"),
    "tag": Key("scenario", "one of its tags"),
    "see": Key("scenario", "how one of its sources begins: see:rfc:793"),
    "title": Key("scenario", "part of its title"),
    "call": Key("scenario", "a function or method that it calls: call:recv"),
    "differs": Key("scenario", "targets part over it in a kind that is not quiet", YES_NO),
    "target": Key("cell", "the target's id, or how it begins"),
    "verdict": Key("cell", "a verdict, 'red' for any that makes a run red, 'missing' for none", (*VERDICTS, RED, MISSING)),
    "flaky": Key("cell", "it also ended otherwise", YES_NO),
    "known": Key("cell", "it is red, and known to be", YES_NO),
    "kind": Key("difference", "the kind of the difference", get_args(DifferenceKind)),
    "cause": Key("difference", 'part of a cause: cause:libc, cause:"python < 3"'),
    "odd": Key("difference", "the id, or its beginning, of a target that is not with the most"),
    "explained": Key("difference", "every behaviour has a cause", YES_NO),
    "documented": Key("difference", "a variation says why", YES_NO),
}
"""In the order in which they are explained."""


class Word(Struct, frozen=True, omit_defaults=True):
    """One word of a query."""

    key: str
    """One of `KEYS`, or empty for part of an id."""
    value: str
    """In small letters."""
    negated: bool = False
    wild: bool = False
    """It has `*` or `?` outside of quotes, and so is of the whole value."""


class QueryError(ValueError):
    """A query cannot be understood. `offset` counts characters of the text from 0."""

    def __init__(self, text: str, offset: int, message: str, hint: str = "") -> None:
        place = f"in query '{shortened(text)}', character {offset + 1}"
        super().__init__(f"{message} {place}" + (f"; {hint}" if hint else ""))
        self.text = text
        self.offset = offset
        self.message = message
        self.hint = hint


class Query(Struct, frozen=True):
    """Words that must all hold; none: everything is picked."""

    text: str
    words: tuple[Word, ...]

    def of(self, about: About) -> tuple[Word, ...]:
        """Its words about scenarios, cells or differences."""
        return tuple(word for word in self.words if (KEYS[word.key].about if word.key else "scenario") == about)


_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_KEY = re.compile(r"[A-Za-z_-]+:")
_WILD = re.compile(r"[*?]")


def parse(text: str) -> Query:
    """The query that a text says. Raises `QueryError` with the place and a hint."""
    if len(text) > LONGEST:
        raise QueryError(text, LONGEST, f"a query has at most {LONGEST} characters")
    return Query(text, tuple(_words(text)))


def _words(text: str) -> Iterator[Word]:
    for found in _WORD.finditer(text):
        if found[0].count('"') % 2:
            raise QueryError(text, text.index('"', found.start()), "a quote is not closed", 'write cause:"python < 3"')
        yield _word(text, found[0], found.start())


def _word(text: str, written: str, offset: int) -> Word:
    plain = written.lstrip("!")
    marks = len(written) - len(plain)
    key = _KEY.match(plain)
    name = key[0][:-1].lower() if key else ""
    if key and name not in KEYS:
        raise QueryError(text, offset + marks, f"unknown word '{key[0]}'", _nearest_key(name))
    rest = plain[len(key[0]) :] if key else plain
    value = rest.replace('"', "").lower()
    if not value:
        what = f"'{key[0]}' is not told what" if key else "there is nothing to look for"
        raise QueryError(text, offset, what, _told(name))
    word = Word(name, value, marks % 2 == 1, _WILD.search(re.sub(r'"[^"]*"', "", rest)) is not None)
    _check(text, word, offset + marks + len(plain) - len(rest))
    return word


def _check(text: str, word: Word, offset: int) -> None:
    values = KEYS[word.key].values if word.key else ()
    if values and not word.wild and word.value not in values:
        raise QueryError(text, offset, f"'{word.key}:' is never '{word.value}'", did_you_mean(word.value, values) or _told(word.key))


def _nearest_key(name: str) -> str:
    hint = did_you_mean(name, KEYS)
    return hint[:-2] + ":'?" if hint else "there are " + ", ".join(f"{key}:" for key in KEYS)


def _told(name: str) -> str:
    if not name:
        return "write part of an id, or a word such as area:udp"
    values = KEYS[name].values
    return "it is one of " + ", ".join(values) if values else f"it is {KEYS[name].says}"
