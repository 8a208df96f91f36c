"""Choose, among the interpreters that were found, those that a name means. Expands no groups and makes no command lines."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from harness.targets.asking import NoAnswer
from harness.targets.candidates import PLACES
from harness.targets.discover import Found, look_at
from harness.targets.interpreter import Interpreter, folder_name, ids, version_numbers
from harness.targets.names import TargetError, TargetName, is_pattern, nearest, split_name


class TargetNotFound(TargetError):
    """Nothing on this machine answers to a name. `looked` says where, `near` what there is instead, `left_out` what was refused."""

    def __init__(self, name: str, looked: Sequence[str], near: Sequence[str] = (), left_out: Sequence[str] = ()) -> None:
        self.name = name
        self.looked = tuple(looked)
        self.near = tuple(near)
        self.left_out = tuple(left_out)
        super().__init__(_not_found_text(self))


def by_name(name: TargetName, find: Callable[[], Found]) -> tuple[Interpreter]:
    """What a shell would start, if it is what its name says; else the newest of that name that was found anywhere."""
    started = _on_path(name.argument)
    if started:
        return (started,)
    found = find()
    fitting = [interpreter for interpreter in found.interpreters if _is_named(interpreter, name.argument)]
    if not fitting:
        raise TargetNotFound(name.text, found.looked, _near_names(name.argument, found), _left_out(name.argument, found))
    return (_newest(fitting),)


def _on_path(word: str) -> Interpreter | None:
    path = shutil.which(word)
    if not path:
        return None
    try:
        interpreter = look_at(path)
    except NoAnswer:
        return None  # such as a shim whose manager has another version selected: the search below finds what it can lead to
    return interpreter if _is_named(interpreter, word) else None


def _newest(interpreters: Iterable[Interpreter]) -> Interpreter:
    return max(interpreters, key=lambda interpreter: version_numbers(interpreter.version))


def _is_named(interpreter: Interpreter, word: str) -> bool:
    implementation, version = split_name(word)
    wanted = version_numbers(version)
    return (
        interpreter.implementation == implementation
        and version_numbers(interpreter.version)[: len(wanted)] == wanted
        and version.endswith("t") == ("t" in interpreter.build)
    )


def by_id(name: TargetName, found: Found) -> tuple[Interpreter, ...]:
    """The interpreter that has this id among all that were found."""
    known = dict(zip(ids(found.interpreters), found.interpreters, strict=True))
    if name.argument not in known:
        raise TargetNotFound(name.text, found.looked, [right for right in [nearest(name.argument, tuple(known))] if right])
    return (known[name.argument],)


def from_source(name: TargetName, found: Found) -> tuple[Interpreter, ...]:
    """All of an installer's interpreters that fit a pattern, or the newest that fits a plain version."""
    there = [interpreter for interpreter in found.interpreters if interpreter.source == name.source]
    fitting = [interpreter for interpreter in there if _fits(interpreter, name.argument)]
    if not fitting:
        asked = version_numbers(name.argument)
        near = [f"{name.source}:{interpreter.version}{interpreter.build}" for interpreter in _by_distance(there, asked)]
        raise TargetNotFound(name.text, (name.source,), near)
    if is_pattern(name.argument):
        return tuple(fitting)
    return (_newest(fitting),)


def _fits(interpreter: Interpreter, pattern: str) -> bool:
    """By version or by the name of its folder; a plain version fits what it begins, `3.8` fits 3.8.18."""
    words = (interpreter.version + interpreter.build, folder_name(interpreter.path))
    if is_pattern(pattern):
        return any(fnmatchcase(word, pattern) for word in words)
    return any(word == pattern or word.startswith(pattern + ".") for word in words)


def _near_names(word: str, found: Found) -> list[str]:
    implementation, version = split_name(word)
    same = [interpreter for interpreter in found.interpreters if interpreter.implementation == implementation]
    stem = "python" if implementation == "cpython" else implementation
    return [
        f"{stem}{'.'.join(map(str, version_numbers(interpreter.version)[:2]))}{interpreter.build.replace('d', '')}"
        for interpreter in _by_distance(same, version_numbers(version))
    ]


def _by_distance(interpreters: Iterable[Interpreter], asked: tuple[int, ...]) -> list[Interpreter]:
    def distance(interpreter: Interpreter) -> tuple[int, ...]:
        return tuple(abs(have - want) for have, want in zip(version_numbers(interpreter.version), asked, strict=False))

    return sorted(interpreters, key=distance)


def _left_out(word: str, found: Found) -> list[str]:
    return [f"{path} was left out: {reason}" for path, reason in found.skipped.items() if path.replace("\\", "/").endswith(f"/{word}")]


def _not_found_text(error: TargetNotFound) -> str:
    where = ", ".join(PLACES.get(provider, provider) for provider in error.looked)
    text = f"no interpreter for '{error.name}'" + (f" (looked {where})" if where else "")
    text += "; install one or leave it out of targets"
    near = list(dict.fromkeys(error.near))[:3]
    if near:
        text += f"; near it: {', '.join(near)}"
    return "; ".join([text, *error.left_out])
