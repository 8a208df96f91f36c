"""Remember what interpreters answered, so that each is started once and not in every run. Never fails: no cache is only slower."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from harness.targets.asking import Answer, ask

FORM = 1
"""Version of the question; raised when the question changes, so that older answers are not taken for new ones."""


class _Kept(Struct, frozen=True):
    form: int
    path: str
    mtime_ns: int
    size: int
    answer: Answer


def default_folder() -> Path:
    """Where answers are kept: `interpreters` in the user's cache folder for sockmatrix."""
    from platformdirs import user_cache_path

    return user_cache_path("sockmatrix", appauthor=False) / "interpreters"


def answer_of(path: str, folder: Path) -> Answer:
    """The remembered answer of the interpreter, as long as its file is the same by time and size; else ask and remember.

    Only good answers are remembered. Raises NoAnswer as `ask` does.
    """
    file = folder / _file_name(path)
    before = _stamp(path)
    kept = _recall(file)
    if kept and (kept.form, kept.path, kept.mtime_ns, kept.size) == (FORM, path, *before):
        return kept.answer
    answer = ask(path)
    _remember(file, _Kept(FORM, path, *before, answer))
    return answer


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (-1, -1)
    return (status.st_mtime_ns, status.st_size)


def _file_name(path: str) -> str:
    from hashlib import sha256

    return sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:24] + ".json"


def _recall(file: Path) -> _Kept | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _remember(file: Path, kept: _Kept) -> None:
    # Written aside and moved into place, so that a reader beside us sees the old answer or the new one, never half of one.
    from tempfile import mkstemp

    if not file.is_absolute():
        return  # A user without a home has no cache folder, and nothing may be written to wherever the command was started.
    with suppress(OSError, UnicodeEncodeError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = mkstemp(dir=file.parent, prefix=".", suffix=".json")
        with os.fdopen(handle, "wb") as stream:
            stream.write(msgspec.json.encode(kept))
        os.replace(aside, file)
