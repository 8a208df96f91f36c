"""The data set as a file: one entry a line, so that changes can be reviewed. Makes no data."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from harness.compat.records import COMPAT_VERSION, CompatData

ADVICE = "data are written with: sockmatrix compat RUN --out FILE.json"

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CompatData)


class DataError(Exception):
    """A file is no data set that can be read."""

    def __init__(self, place: str, problem: str, advice: str) -> None:
        super().__init__(f"{place}: {problem}; {advice}")
        self.place = place
        self.problem = problem
        self.advice = advice


def text(data: CompatData) -> str:
    """The file's text: JSON, an entry of a table or list on each line. Control characters are for the caller to look at."""
    return "{\n" + ",\n".join(_fields(msgspec.to_builtins(data))) + "\n}\n"


def _fields(data: Mapping[str, Any]) -> Iterator[str]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield f"{_json(name)}: " + _block("{}", (f"{_json(key)}: {_json(each)}" for key, each in value.items()))
        elif isinstance(value, (list, tuple)):
            yield f"{_json(name)}: " + _block("[]", map(_json, value))
        else:
            yield f"{_json(name)}: {_json(value)}"


def _block(brackets: str, lines: Iterable[str]) -> str:
    inner = ",\n".join(lines)
    return f"{brackets[0]}\n{inner}\n{brackets[1]}" if inner else brackets


def _json(value: Any) -> str:
    return _encoder.encode(value).decode()


def read(path: Path) -> CompatData:
    """The data set in a file. Raises `DataError`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(str(path), f"cannot be read ({error.strerror})", ADVICE) from None
    version = _version(content, path)
    if version != COMPAT_VERSION:
        problem = f"the data have format {version!r}, this sockmatrix reads {COMPAT_VERSION}"
        raise DataError(str(path), problem, "read them with the version that made them, or make them again")
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(str(path), str(error), "the file was changed or damaged") from None


def _version(content: bytes, path: Path) -> Any:
    try:
        data = msgspec.json.decode(content)
        if isinstance(data, dict) and "compat" in data:
            return data["compat"]
        error: Exception | str = "it has no format version"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as flaw:
        error = flaw
    raise DataError(str(path), f"no compatibility data ({error})", ADVICE)
