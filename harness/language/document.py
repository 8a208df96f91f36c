"""YAML text to nodes that know their place in the file. Knows YAML (1.2, core schema, plain data only), not the scenario language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.language.mistakes import Mistake, shortened

DEEPEST = 32
_TOO_DEEP = f"nested more than {DEEPEST} levels deep"
_DEEP_ENOUGH = "a scenario needs about ten"
"""Levels of nesting a file may have; a scenario needs about ten."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"(?P<infinite>[-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}


class NotReadable(Exception):
    """A file is not plain YAML data. Carries the one mistake that stopped the reading."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


@dataclass(slots=True)
class Scalar:
    """A scalar as written. `line` and `column` count from 1."""

    line: int
    column: int
    text: str
    style: str = ""
    """Empty for a plain scalar, else the quote or block sign."""
    source: str = ""
    """The rest of its line from its first character on, where it ends on the line where it starts; else empty."""

    @property
    def plain(self) -> bool:
        """It was written without quotes, so that it may be a number, a truth value or null."""
        return self.style == ""


@dataclass(slots=True)
class Sequence:
    """A YAML sequence."""

    line: int
    column: int
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """A YAML mapping whose keys are texts, each there once."""

    line: int
    column: int
    entries: dict[str, tuple[Scalar, "Node"]] = field(default_factory=dict)

    def get(self, key: str) -> "Node | None":
        """The value of a key, or None."""
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def key(self, key: str) -> Scalar:
        """The key as written; raises `KeyError` where it is absent."""
        return self.entries[key][0]


Node = Scalar | Sequence | Mapping


def resolve(scalar: Scalar) -> bool | int | float | str | None:
    """The value of a scalar by YAML 1.2's core schema: `on`, `12:30` and `1_000` are text, `012` is 12, `0o17` is 15."""
    text = scalar.text
    if not scalar.plain:
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return text if len(text) > 400 else _number(text)


def _number(text: str) -> int | float | str:
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL_FLOAT.fullmatch(text)
    if special is None:
        return text
    return float("nan") if special["infinite"] is None else float(special["infinite"] + "inf")


def column_of(scalar: Scalar, offset: int) -> int:
    """Column of the character at `offset` of a scalar's text; the scalar's own where the two do not lie on one line."""
    if not scalar.source:
        return scalar.column
    if scalar.plain:
        return scalar.column + offset
    if scalar.style == "'":
        return scalar.column + 1 + offset + scalar.text.count("'", 0, offset)
    return scalar.column + _escaped_width(scalar.source, offset)


def _escaped_width(source: str, offset: int) -> int:
    """Characters that `offset` characters of a double-quoted text take in the source, its opening quote included."""
    position = 1
    for _ in range(offset):
        position += _ESCAPE_LENGTHS.get(source[position + 1 : position + 2], 2) if source[position : position + 1] == "\\" else 1
    return position


def decode(data: bytes, file: str) -> str:
    """The text of a file's bytes. Raises `NotReadable` for what is binary, not UTF-8, or empty."""
    if b"\0" in data:
        raise NotReadable(Mistake(file, 0, 0, "is a binary file", hint="a scenario is YAML text in UTF-8"))
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(data, error.start, file) from None
    if not text.strip():
        raise NotReadable(Mistake(file, 0, 0, "is empty", hint="a scenario has at least title, about, see and steps"))
    return text


def _not_utf8(data: bytes, position: int, file: str) -> NotReadable:
    before = data[:position]
    line, column = before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
    message = f"byte 0x{data[position]:02x} is not valid UTF-8"
    return NotReadable(Mistake(file, line, column, message, hint="save the file in UTF-8"))


def parse(text: str, file: str, mistakes: list[Mistake]) -> Node:
    """The one document of `text` as nodes. Keys that are there twice are added to `mistakes`.

    Raises `NotReadable` with the first thing that is not plain YAML data.
    """
    found = _UNPRINTABLE.search(text)
    if found:
        before = text[: found.start()]
        line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
        hint = "write it as an escape inside a literal"
        raise NotReadable(Mistake(file, line, column, f"control character U+{ord(found[0]):04X} is not allowed", hint=hint))
    return _Builder(text, file, mistakes).build()


class _Builder:
    """Makes nodes of parser events, keeping the open collections in a list, so that no depth of nesting can exhaust the stack."""

    def __init__(self, text: str, file: str, mistakes: list[Mistake]) -> None:
        self.text = text
        self.file = file
        self.mistakes = mistakes
        self.lines = text.split("\n")
        self.open: list[Sequence | Mapping] = []
        self.keys: list[Scalar | None] = []
        self.root: Node | None = None
        self.documents = 0

    def build(self) -> Node:
        import yaml

        try:
            for event in self._events(yaml):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            raise self._broken(error) from None
        except yaml.YAMLError as error:
            raise NotReadable(Mistake(self.file, 1, 1, f"not valid YAML: {shortened(str(error))}")) from None
        if self.root is None:
            raise NotReadable(Mistake(self.file, 0, 0, "is empty", hint="a scenario has at least title, about, see and steps"))
        return self.root

    def _events(self, yaml: Any) -> Iterator[Any]:
        loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        events: Iterator[Any] = yaml.parse(self.text, Loader=loader)
        return events

    def _broken(self, error: Any) -> NotReadable:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(error.problem or error.context)
        if "nesting depth" in problem:  # newer ones of libyaml look ahead, and refuse before an event has come
            return NotReadable(Mistake(self.file, line, column, _TOO_DEEP, hint=_DEEP_ENOUGH))
        if "mapping values" in problem:
            hint = "a ': ' inside a call reads as a key: put the whole call in single quotes"
        elif "cannot start any token" in problem:
            hint = "indent with spaces, and put text that starts with a sign in single quotes"
        else:
            hint = "put text with signs that YAML knows ([ ] { } , : # & * ! | > ' \" % @ `) in single quotes"
        return NotReadable(Mistake(self.file, line, column, f"not valid YAML: {problem}", hint=hint))

    def _refuse(self, mark: Any, message: str, text: str = "", hint: str = "a scenario is plain data") -> NotReadable:
        return NotReadable(Mistake(self.file, mark.line + 1, mark.column + 1, message, text, hint))

    def _take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._refuse_marks(event)
            self._place(self._scalar(event))
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._refuse_marks(event)
            self._enter(event, kind)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.open.pop()
            self.keys.pop()
        elif kind == "AliasEvent":
            raise self._refuse(event.start_mark, f"alias '*{event.anchor}' is not allowed", f"*{event.anchor}", "write the value out")
        elif kind == "DocumentStartEvent":
            self._count_document(event)

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._refuse(event.start_mark, f"anchor '&{event.anchor}' is not allowed", f"&{event.anchor}")
        if event.tag is not None:
            raise self._refuse(event.start_mark, f"tag '{shortened(event.tag)}' is not allowed", event.tag)

    def _count_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self._refuse(
                event.start_mark, "a file holds one document, and here a second one starts", "---", "make it a file of its own"
            )
        if event.version or event.tags:
            raise self._refuse(event.start_mark, "a YAML directive is not allowed", "%", "leave it out: files are read as YAML 1.2")

    def _enter(self, event: Any, kind: str) -> None:
        mark = event.start_mark
        if len(self.open) >= DEEPEST:
            raise self._refuse(mark, _TOO_DEEP, hint=_DEEP_ENOUGH)
        node: Sequence | Mapping
        node = Mapping(mark.line + 1, mark.column + 1) if kind[0] == "M" else Sequence(mark.line + 1, mark.column + 1)
        self._place(node)
        self.open.append(node)
        self.keys.append(None)

    def _scalar(self, event: Any) -> Scalar:
        mark = event.start_mark
        style = "" if event.style is None or event.style == ":" else str(event.style)
        if _SURROGATE.search(event.value):
            raise self._refuse(mark, "a lone surrogate is not allowed", hint="write bytes and decode them in a call")
        one_line = mark.line == event.end_mark.line and style not in ("|", ">") and mark.line < len(self.lines)
        source = self.lines[mark.line][mark.column :] if one_line else ""
        return Scalar(mark.line + 1, mark.column + 1, str(event.value), style, source)

    def _place(self, node: Node) -> None:
        """Put a finished scalar or a just opened collection where it belongs."""
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = self._new_key(parent, node)
        else:
            parent.entries[key.text] = (key, node)
            self.keys[-1] = None

    def _new_key(self, parent: Mapping, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            raise NotReadable(Mistake(self.file, node.line, node.column, "a key must be text", hint="a scenario is plain data"))
        if node.plain and node.text == "<<":
            raise NotReadable(Mistake(self.file, node.line, node.column, "merge key '<<' is not allowed", "<<", "write the keys out"))
        first = parent.entries.get(node.text)
        if first:
            message = f"key '{shortened(node.text)}' is there twice, first in line {first[0].line}"
            self.mistakes.append(Mistake(self.file, node.line, node.column, message, node.text, "keep one of them"))
        return node
