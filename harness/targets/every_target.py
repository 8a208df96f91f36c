"""Every target of every kind, with what it lacks and what would provide it. Prepares and starts nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from harness.images.inventory import Status

NOTES = (
    "also: any path, ssh:USER@HOST, cmd:COMMAND, docker:IMAGE, tox:ENV; how they are named: sockmatrix targets --help",
    "play on all that is ready: sockmatrix run -t all-here; on what is many times slower as well: -t slow-here",
)


class AnyTarget(Struct, frozen=True, omit_defaults=True):
    """One target that there is, or that there could be."""

    target: str
    """What `-t` is given."""
    kind: Literal["interpreter", "image", "system"]
    state: Literal["ready", "stale", "unprepared", "lacking", "absent", "unknown"]
    """`lacking`: programs are not installed; `absent`: an image that is not there; `unknown`: there is no engine to ask."""
    about: str = ""
    missing: tuple[str, ...] = ()
    command: str = ""
    """What provides it."""
    quick: bool = False
    """Of systems: played at every change."""


class AllTargets(Struct, frozen=True):
    """What `sockmatrix targets --all --json` prints."""

    targets: tuple[AnyTarget, ...]
    skipped: dict[str, str]
    """What was found on the machine and left out, by path, with the reason."""
    notes: tuple[str, ...] = NOTES


def every_target() -> AllTargets:
    """Interpreters first, then images, then systems."""
    from harness.targets.discover import find_all
    from harness.targets.interpreter import ids

    found = find_all()
    local = [
        AnyTarget(name, "interpreter", "ready", f"{one.implementation} {one.version}{one.build} at {one.path}")
        for name, one in zip(ids(found.interpreters), found.interpreters, strict=True)
    ]
    return AllTargets((*local, *_images(), *_systems()), found.skipped)


def _images() -> Iterator[AnyTarget]:
    from harness.images.naming import Row, rows
    from harness.images.registry import registry

    def command(row: Row) -> tuple[tuple[str, ...], str]:
        if row.state == "present":
            return (), ""
        if row.state == "unknown":
            return ("container engine",), "sockmatrix doctor"
        provides = f"docker pull {row.image}" if row.family == "official" else f"sockmatrix images build {row.name}"
        return (row.image,), provides

    states = {"present": "ready", "stale": "stale", "absent": "absent", "unknown": "unknown"}
    for row in rows(registry(), _statuses()):
        missing, provides = command(row)
        about = f"{row.implementation} {row.python}, {row.libc}, {row.architecture}"
        yield AnyTarget(row.target, "image", states[row.state], about, missing, provides)  # type: ignore[arg-type]  # one of the states


def _statuses() -> "tuple[Status, ...]":
    from harness.images.engine import EngineUnavailable, connect, errors
    from harness.images.inventory import statuses
    from harness.images.registry import registry

    try:
        failures = errors()
    except EngineUnavailable:
        return statuses(None, registry())
    try:
        with connect() as client:
            return statuses(client, registry())
    except Exception as error:
        if not isinstance(error, (EngineUnavailable, *failures)):
            raise
        return statuses(None, registry())


def _systems() -> Iterator[AnyTarget]:
    from harness.systems.recipe import systems
    from harness.systems.status import status

    for system in systems():
        state = status(system)
        yield AnyTarget(state.target, "system", state.state, state.about, state.missing, state.command, state.quick)
