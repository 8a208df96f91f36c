"""What is known of an interpreter on this machine, and how a set of them is ordered and told apart. Runs nothing."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from msgspec import Struct

OLDEST_2 = (2, 7)
OLDEST_3 = (3, 4)


class Interpreter(Struct, frozen=True):
    """One installation of Python, as it described itself when it was asked."""

    path: str
    implementation: str
    """`cpython`, `pypy`, `jython`, …"""
    version: str
    """Version of the language, with the mark of a release before the final one: `3.8.18`, `3.15.0rc1`."""
    source: str
    """Who knew of it: `path`, `pyenv`, `uv`, `asdf`, `rye`, `winreg`, `macos`, `current` or `asked`."""
    build: str = ""
    """`t` free-threaded, `d` debug, `td` both."""
    home: str = ""
    """The installation's own folder (`sys.base_prefix`), links resolved."""

    @property
    def label(self) -> str:
        """Implementation, version and build: `cpython-3.13.0t`. Two installations may share it."""
        return f"{self.implementation}-{self.version}{self.build}"

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Equal for two paths that lead to the same installation."""
        return (self.implementation, self.version, self.build, self.home or self.path)


def ordered(interpreters: Iterable[Interpreter]) -> tuple[Interpreter, ...]:
    """CPython first, then by implementation, version and path."""
    return tuple(sorted(interpreters, key=_order))


def version_numbers(version: str) -> tuple[int, ...]:
    """`3.15.0rc1` to `(3, 15, 0)`."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in numbers[0].split(".")) if numbers else ()


def too_old(version: str) -> str:
    """Why this version of the language cannot be a target, or an empty text."""
    numbers = version_numbers(version)
    if OLDEST_2 <= numbers < (3,) or numbers >= OLDEST_3:
        return ""
    return f"Python {version} is too old; an agent runs on 2.7 and on 3.4 and later"


def ids(interpreters: Sequence[Interpreter]) -> tuple[str, ...]:
    """An id for each, in the given order: the label, and for further installations with the same label a suffix.

    `cpython-3.11.7`, `cpython-3.11.7+pyenv`, `cpython-3.11.7+opt-python`: who knew of it, else the folder it lies in.
    """
    taken: dict[str, None] = {}
    for interpreter in interpreters:
        taken[next(name for name in _possible_ids(interpreter) if name not in taken)] = None
    return tuple(taken)


def folder_name(path: str) -> str:
    """Name of the folder an interpreter was installed to: `3.8.18` of `…/versions/3.8.18/bin/python`."""
    folder = PurePath(path).parent
    return folder.parent.name if folder.name == "bin" else folder.name


def _order(interpreter: Interpreter) -> tuple[bool, str, tuple[int, ...], tuple[bool, str], str, str]:
    suffix = re.sub(r"^[\d.]+", "", interpreter.version)
    return (
        interpreter.implementation != "cpython",
        interpreter.implementation,
        version_numbers(interpreter.version),
        (not suffix, suffix),
        interpreter.build,
        interpreter.path,
    )


def _possible_ids(interpreter: Interpreter) -> Iterable[str]:
    yield interpreter.label
    if interpreter.source not in ("path", "current", "asked"):
        yield f"{interpreter.label}+{interpreter.source}"
    yield from (f"{interpreter.label}+{suffix}" for suffix in _folder_suffixes(interpreter.path))
    yield from (f"{interpreter.label}+{number}" for number in range(2, 1000))


def _folder_suffixes(path: str) -> Iterable[str]:
    folders = [part for part in PurePath(path).parent.parts[1:] if part != "bin"]
    for count in range(1, len(folders) + 1):
        yield "-".join(re.sub(r"[^A-Za-z0-9.]+", "_", folder) for folder in folders[-count:])
