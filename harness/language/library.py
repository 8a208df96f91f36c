"""Finds scenario files, and loads them all: plans of the good ones, mistakes of the others. Compiles nothing itself."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from harness.language.mistakes import Mistake
from harness.records.plan import Plan

LARGEST = 1_000_000
"""Bytes a scenario file may have."""

_ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class Library(Struct, frozen=True):
    """What was found under some paths."""

    plans: tuple[Plan, ...]
    """Sorted by id."""
    mistakes: tuple[Mistake, ...]
    """Sorted by file, line and column."""


class _File(NamedTuple):
    path: Path
    shown: str
    """As the user gave it, with forward slashes."""
    scenario: str
    """Its id."""


def bundled() -> Path:
    """The folder of the scenario library: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "library"
    return inside if inside.is_dir() else package.parent / "scenarios"


def load(paths: Sequence[Path], *, cache: bool = True) -> Library:
    """Compile every scenario under files and folders. Never raises for what the files hold; every mistake of every file is reported.

    With `cache`, plans of files that have not changed are taken from the user's cache folder.
    """
    mistakes: list[Mistake] = []
    files = _distinct(list(_find(paths, mistakes)), mistakes)
    plans: list[Plan] = []
    for found, wrong in _compile_all(files, cache):
        plans += found
        mistakes += wrong
    return Library(tuple(sorted(plans, key=lambda plan: plan.id)), tuple(sorted(set(mistakes))))


def _compile_all(files: list[_File], cache: bool) -> Iterator[tuple[tuple[Plan, ...], tuple[Mistake, ...]]]:
    if not cache:
        yield from (_compile(file, *_read(file)) for file in files)
        return
    from harness.language.cache import PlanCache, key_of

    known = PlanCache()
    for file in files:
        data, mistakes = _read(file)
        key = key_of(data, file.shown, file.scenario)
        plans = None if mistakes else known.get(key)
        if plans is None:
            plans, mistakes = _compile(file, data, mistakes)
            if not mistakes:
                known.put(key, plans)
        yield plans, mistakes
    known.save()


def _compile(file: _File, data: bytes, mistakes: tuple[Mistake, ...]) -> tuple[tuple[Plan, ...], tuple[Mistake, ...]]:
    if mistakes:
        return (), mistakes
    from harness.language.compile import compile_file

    return compile_file(data, file.shown, file.scenario)


def _read(file: _File) -> tuple[bytes, tuple[Mistake, ...]]:
    """A file's bytes, never more than it may have."""
    try:
        with open(file.path, "rb", buffering=0) as stream:
            data = _read_bounded(stream.fileno())
    except OSError as error:
        return b"", (_cannot_read(file.shown, error),)
    if len(data) > LARGEST:
        hint = "make it several files, one topic each"
        return b"", (Mistake(file.shown, 0, 0, f"is larger than {LARGEST // 1_000_000} MB", hint=hint),)
    return data, ()


def _read_bounded(descriptor: int) -> bytes:
    parts: list[bytes] = []
    left = LARGEST + 1
    while left and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _cannot_read(shown: str, error: OSError) -> Mistake:
    return Mistake(shown, 0, 0, f"cannot be read ({error.strerror})", hint="check its permissions")


def _find(paths: Sequence[Path], mistakes: list[Mistake]) -> Iterator[_File]:
    """The scenario files under paths, each once."""
    seen: set[str] = set()
    for path in paths:
        for file in _under(path, mistakes):
            real = os.path.realpath(file.path)
            if real not in seen:
                seen.add(real)
                yield file


def _under(path: Path, mistakes: list[Mistake]) -> Iterator[_File]:
    shown = path.as_posix()
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mistakes.append(Mistake(shown, 0, 0, "no such file or folder", hint="check the spelling and the current folder"))
        return
    except (OSError, ValueError) as error:
        mistakes.append(Mistake(shown, 0, 0, f"cannot be read ({getattr(error, 'strerror', None) or error})", hint="check its permissions"))
        return
    if stat.S_ISDIR(mode):
        yield from _in_folder(path, mistakes)
    elif stat.S_ISREG(mode):
        yield _File(path, shown, _scenario_id(path, None))
    else:
        mistakes.append(Mistake(shown, 0, 0, "is neither a file nor a folder"))


def _in_folder(folder: Path, mistakes: list[Mistake]) -> Iterator[_File]:
    before = len(mistakes)
    found = sorted(_walk(str(folder), mistakes))
    for name in found:
        path = Path(name)
        if path.suffix == ".yml":
            mistakes.append(Mistake(path.as_posix(), 0, 0, "is not looked at", hint="scenario files end in .yaml"))
        else:
            yield _File(path, path.as_posix(), _scenario_id(path, folder))
    if not found and len(mistakes) == before:
        mistakes.append(Mistake(folder.as_posix(), 0, 0, "holds no scenario", hint="scenario files end in .yaml"))


def _walk(folder: str, mistakes: list[Mistake]) -> Iterator[str]:
    """Paths of YAML files below a folder; hidden folders and links to folders are left alone."""

    def note(error: OSError) -> None:
        mistakes.append(_cannot_read(Path(error.filename).as_posix(), error))

    for place, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = os.path.join(place, name)
            if name.endswith((".yaml", ".yml")) and not name.startswith(".") and _is_regular(path, mistakes):
                yield path


def _is_regular(path: str, mistakes: list[Mistake]) -> bool:
    """Whether a path can be opened without waiting for anyone, as a pipe could make us."""
    if os.path.isfile(path):
        return True
    mistakes.append(Mistake(Path(path).as_posix(), 0, 0, "is not a regular file"))
    return False


def _scenario_id(path: Path, folder: Path | None) -> str:
    """`area/topic`: the path below the nearest folder `scenarios` (or the bundled library), else below the given folder."""
    full = Path(os.path.abspath(path))
    root = next((parent for parent in full.parents if parent.name == "scenarios" or _is_bundled(parent)), None)
    if root is None:
        root = Path(os.path.abspath(folder)) if folder else full.parent.parent
    relative = full.relative_to(root)
    if len(relative.parts) == 1:
        relative = Path(root.name or "scenarios") / relative
    return relative.with_suffix("").as_posix()


def _is_bundled(folder: Path) -> bool:
    return folder.name == "library" and folder == bundled()


def _distinct(files: list[_File], mistakes: list[Mistake]) -> list[_File]:
    """The files whose ids are well-formed and not taken by an earlier one."""
    first: dict[str, str] = {}
    kept = []
    for file in files:
        if not all(part and set(part) <= _ID_LETTERS for part in file.scenario.split("/")):
            hint = "use letters, digits, '.', '-' and '_' in names of files and folders"
            mistakes.append(Mistake(file.shown, 0, 0, f"gives the id '{file.scenario}', which cannot be typed safely", hint=hint))
        elif file.scenario in first:
            hint = "rename one of them"
            mistakes.append(Mistake(file.shown, 0, 0, f"has the same id '{file.scenario}' as {first[file.scenario]}", hint=hint))
        else:
            first[file.scenario] = file.shown
            kept.append(file)
    return kept
