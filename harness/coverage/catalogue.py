"""Read what there is to be covered: names of the API, notes of the documentation, errors of POSIX. Knows no scenario."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from msgspec import Struct, convert

from harness.language.vocabulary import module_names


class Name(Struct, frozen=True):
    """One public name, or a group of constants."""

    name: str
    """`socket.getaddrinfo`, `socket.socket.recv`; of a group of constants its title, `TCP_*`."""
    kind: str
    """`function`, `method`, `attribute`, `exception`, `class`, `data` or `constants`."""
    only: str = ""
    """The one system that has it, if it is not everywhere."""
    members: tuple[str, ...] = ()
    """The constants of a group, sorted."""


class Note(Struct, frozen=True):
    """One note "New in version" or "Changed in version" of Python's documentation."""

    id: str
    """`3.10:socket.timeout`, with `#slug` where a version has several of a name."""
    kind: str
    """`new` or `changed`."""
    names: tuple[str, ...]
    """Words that a scenario about it mentions."""
    says: str


class PosixCall(Struct, frozen=True):
    """The errors that POSIX names for one call."""

    posix: str
    python: tuple[str, ...]
    """Functions and methods of Python that make the call."""
    shall: tuple[str, ...]
    may: tuple[str, ...]
    not_provoked: dict[str, str] = {}
    """Errors that need what a machine at hand does not have, each with its reason."""


class Catalogue(Struct, frozen=True):
    """All that there is to be covered."""

    names: tuple[Name, ...]
    notes: tuple[Note, ...]
    calls: tuple[PosixCall, ...]


@cache
def catalogue() -> Catalogue:
    """What the package's data files say."""
    return Catalogue(
        names=_names(_read("api.toml")),
        notes=convert(_read("notes.toml")["note"], tuple[Note, ...]),
        calls=convert(_read("errors.toml")["call"], tuple[PosixCall, ...]),
    )


def unknown_names(names: frozenset[str]) -> tuple[str, ...]:
    """Of the public names of a target (`recv_fds`, `socket.socket.share`) those that the catalogue lacks, sorted."""
    known = {each.name.removeprefix("socket.") for each in catalogue().names} | {"socket"}
    known |= {f"socket.{each}" for each in known} | {member for each in catalogue().names for member in each.members}
    known |= set(_read("api.toml")["left_over"])
    return tuple(sorted(name for name in names if name not in known and not _in_a_group(name)))


def is_constant(name: str) -> bool:
    """Whether a public name is a constant of the socket API, met before or not; the few names of other modules are none."""
    return _is_constant(name) and name.startswith(_starts())


@cache
def _starts() -> tuple[str, ...]:
    groups = _read("api.toml")["constants"]
    return tuple(start for title, starts in groups.items() if not title.startswith("names of other modules") for start in starts)


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads(files("harness.coverage").joinpath(file).read_text("utf-8"))


def _names(data: dict[str, Any]) -> tuple[Name, ...]:
    plain = [("function", "functions"), ("exception", "exceptions"), ("class", "classes"), ("data", "data")]
    found = [Name(f"socket.{name}", kind, data["only"].get(f"socket.{name}", "")) for kind, key in plain for name in data[key]]
    for kind, key in (("method", "methods"), ("attribute", "attributes")):
        found += [Name(f"socket.socket.{name}", kind, data["only"].get(f"socket.socket.{name}", "")) for name in data[key]]
    return (*found, *(Name(title, "constants", members=_members(starts)) for title, starts in data["constants"].items()))


def _members(starts: list[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in module_names()["socket"] if _is_constant(name) and name.startswith(tuple(starts))))


def _in_a_group(name: str) -> bool:
    starts = [start for group in _read("api.toml")["constants"].values() for start in group]
    return _is_constant(name) and name.startswith(tuple(starts))


def _is_constant(name: str) -> bool:
    return name[:3].isupper() and not name.startswith("CMSG_")
