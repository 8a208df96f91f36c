"""Decode results so that what many of them have in common is in memory once: in a large run most targets do the same. Reads no files."""

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.records.observation import Observation
from harness.records.run import Result

_STEPS = Result.__struct_fields__.index("steps")


def _fields() -> Iterator[tuple[Any, ...]]:
    """Those of a result, of which the steps are left as they are written."""
    for field in msgspec.structs.fields(Result):
        kind = msgspec.Raw if field.name == "steps" else field.type
        yield (field.name, kind) if field.default is msgspec.NODEFAULT else (field.name, kind, field.default)


_line_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(msgspec.defstruct("_Line", list(_fields())))
_steps_decoder = msgspec.json.Decoder(tuple[Observation, ...])
_whole_decoder = msgspec.json.Decoder(Result)


class ResultDecoder:
    """Remembers the steps that it has met."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Observation, ...]] = {}
        self._names: dict[str, str] = {}

    def decode(self, line: bytes) -> Result:
        """What a line says. Raises `msgspec.DecodeError`, and `UnicodeDecodeError`."""
        try:
            found: tuple[Any, ...] = msgspec.structs.astuple(_line_decoder.decode(line))
            steps = self._steps(bytes(found[_STEPS]))
        except msgspec.DecodeError:
            return _whole_decoder.decode(line)  # which says at what place of the line it went wrong
        scenario, target = self._name(found[0]), self._name(found[1])
        return Result(*(scenario, target, *found[2:_STEPS], steps, *found[_STEPS + 1 :]))

    def _steps(self, written: bytes) -> tuple[Observation, ...]:
        known = self._known.get(written)
        if known is None:
            known = self._known[written] = _steps_decoder.decode(written)
        return known

    def _name(self, text: str) -> str:
        return self._names.setdefault(text, text)
