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
        data = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(str(path), str(error), "the file was changed or damaged") from None
    flaw = next(_flaws(data), "")
    if flaw:
        raise DataError(str(path), flaw, "the file was changed or damaged")
    return data


def _flaws(data: CompatData) -> Iterator[str]:
    """What entries say of others that are not there."""
    versions = {name: frozenset(each.version for each in family.versions) for name, family in data.families.items()}
    for name, feature in data.features.items():
        yield from (f"feature {name} has the note {note}, which is not there" for note in feature.notes if note not in data.notes)
        for family, stated in feature.support.items():
            named = {stated.since, stated.without, stated.last, stated.removed, *stated.having, *stated.lacking, *stated.unknown} - {""}
            yield from _unknown(f"feature {name}", family, named, versions)
    for name, note in data.notes.items():
        if not any(each.on for each in note.behaviours):
            yield f"note {name} has no behaviour"
        for behaviour in note.behaviours:
            for family, on in behaviour.on.items():
                yield from _unknown(f"note {name}", family, on, versions)
    for name, target in data.targets.items():
        yield from _unknown(f"target {name}", target.family, [target.version], versions)


def _unknown(who: str, family: str, named: Iterable[str], versions: Mapping[str, frozenset[str]]) -> Iterator[str]:
    if family not in versions:
        yield f"{who} speaks of the family {family}, which is not there"
    else:
        yield from (f"{who} speaks of {family} {version}, which is not there" for version in named if version not in versions[family])


def _version(content: bytes, path: Path) -> Any:
    try:
        data = msgspec.json.decode(content)
        if isinstance(data, dict) and "compat" in data:
            return data["compat"]
        error: Exception | str = "it has no format version"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as flaw:
        error = flaw
    raise DataError(str(path), f"no compatibility data ({error})", ADVICE)
