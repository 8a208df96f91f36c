"""Find the distinct interpreters of this machine. Chooses none of them: that is `resolve`."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from harness.targets.answers import answer_of, default_folder
from harness.targets.asking import Answer, NoAnswer, ask
from harness.targets.candidates import Candidate, list_all, looks_like_interpreter, shim_manager
from harness.targets.interpreter import Interpreter, ordered, too_old


class Found(Struct, frozen=True):
    """What is on this machine."""

    interpreters: tuple[Interpreter, ...]
    """One per installation: CPython first, then by implementation, version and path."""
    skipped: dict[str, str]
    """Path of what looked like an interpreter, and why it cannot be a target."""
    looked: tuple[str, ...] = ()
    """The providers that looked, by their names in `candidates.PLACES`."""


def find_all(cache: Path | None = None) -> Found:
    """Every distinct interpreter of this machine, and what was left out; never an exception.

    `cache` is the folder of remembered answers, by default the user's own.
    """
    listing = list_all()
    found = examine(listing.candidates, cache or default_folder())
    return Found(found.interpreters, listing.skipped | found.skipped, listing.looked)


def examine(candidates: Iterable[Candidate], cache: Path) -> Found:
    """Ask the candidates what they are, all at once, and keep one for each installation."""
    sources = _by_file(candidates)
    asked = _ask_each(tuple(sources), cache)
    skipped: dict[str, str] = {}
    usable: list[Interpreter] = []
    for path, answer in asked.items():
        if isinstance(answer, str):
            skipped[path] = answer
        elif reason := too_old(answer.version):
            skipped[path] = reason
        else:
            usable.append(_interpreter(path, answer, sources[path]))
    return Found(ordered(_distinct(usable)), skipped)


def look_at(path: str, cache: Path | None = None) -> Interpreter:
    """The interpreter behind one path.

    Raises NoAnswer if it does not answer or is too old to be a target.
    """
    path = _settled(path)
    if shim_manager(path):
        # A shim starts whatever is selected at the moment: its answer is true only now, and what it led to is the target.
        answer = ask(path)
        path = _settled(answer.executable or path)
    else:
        answer = answer_of(path, cache or default_folder())
    reason = too_old(answer.version)
    if reason:
        raise NoAnswer(path, reason)
    return _interpreter(path, answer, "asked")


def _by_file(candidates: Iterable[Candidate]) -> dict[str, str]:
    """Each file once, aliases and links followed, with the most telling of its sources."""
    sources: dict[str, str] = {}
    for candidate in candidates:
        path = _settled(candidate.path)
        sources[path] = min(sources.get(path, candidate.source), candidate.source, key=_vagueness)
    return sources


def _settled(path: str) -> str:
    # A link to a program with another sort of name is a launcher that looks at the name it was called by; it is left as it is.
    real = os.path.realpath(path)
    return real if looks_like_interpreter(real) else os.path.abspath(path)


def _vagueness(source: str) -> int:
    return {"current": 2, "path": 1}.get(source, 0)


def _ask_each(paths: Sequence[str], cache: Path) -> dict[str, Answer | str]:
    from concurrent.futures import ThreadPoolExecutor

    def answer_or_reason(path: str) -> Answer | str:
        try:
            return answer_of(path, cache)
        except NoAnswer as error:
            return error.reason

    with ThreadPoolExecutor(max_workers=max(4, 2 * (os.cpu_count() or 1))) as pool:
        return dict(zip(paths, pool.map(answer_or_reason, paths), strict=True))


def _interpreter(path: str, answer: Answer, source: str) -> Interpreter:
    return Interpreter(path, answer.implementation, answer.version, source, answer.build, answer.home)


def _distinct(interpreters: Iterable[Interpreter]) -> list[Interpreter]:
    kept: dict[tuple[str, str, str, str], Interpreter] = {}
    for interpreter in sorted(interpreters, key=_remoteness):
        known = kept.setdefault(interpreter.identity, interpreter)
        if _vagueness(interpreter.source) < _vagueness(known.source):
            kept[interpreter.identity] = replace(known, source=interpreter.source)
    return list(kept.values())


def _remoteness(interpreter: Interpreter) -> tuple[bool, int, str]:
    """Of two paths to one installation, the one inside its own folder is preferred to a virtual environment's, then the shorter."""
    inside = Path(interpreter.home) in Path(interpreter.path).parents
    return (not inside, len(interpreter.path), interpreter.path)
