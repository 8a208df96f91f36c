"""Where the parts of systems are kept, which are there, and making those that are not. Starts nothing, and chooses nothing."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from harness.images.tools import BuildFailed, need
from harness.systems.makers import MakeContext, maker, options_of
from harness.systems.recipe import Part, System, folders_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MAKING = ".making-"
"""Begins the names of folders in which parts are made."""

LOCK = ".lock-"
"""Begins the names of files that are locked while a part is made, so that nobody else makes it meanwhile."""

PLENTY = 2 * 2**30
"""Bytes that no part takes while it is made. Where there were fewer, want of room may be why it failed, which few programs say."""

Tell = Callable[[str], None]
"""Is told what is being done."""


class Options(Struct, frozen=True):
    """How to make parts."""

    mirror: str = ""
    """Where Debian's packages come from; empty: from where this machine's own do."""
    force: bool = False
    """Also what is there."""


class Prepared(Struct, frozen=True):
    """What became of one target."""

    target: str
    state: Literal["prepared", "ready", "failed"]
    """`ready`: everything was there already."""
    seconds: float = 0.0
    made: tuple[str, ...] = ()
    """Parts that were made."""
    problem: str = ""
    hint: str = ""


def store() -> Path:
    """The folder of all parts, below the user's cache."""
    from platformdirs import user_cache_path

    return user_cache_path("sockmatrix", appauthor=False) / "parts"


def places(system: System) -> dict[str, Path]:
    """The folder of each part by its name, whether it is there or not. What does not change has the same place in every family."""
    digests: dict[str, str] = {}
    for part in system.parts:
        digests[part.name] = _digest(part, [digests[name] for name in part.uses])
    return {part.name: store() / f"{part.kind}-{digests[part.name]}" for part in system.parts}


def _digest(part: Part, uses: Sequence[str]) -> str:
    content = (maker(part.kind).METHOD, part.kind, part.options, uses)
    return sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:20]


def missing(system: System) -> tuple[str, ...]:
    """Names of the parts that are not there."""
    return tuple(name for name, place in places(system).items() if not place.is_dir())


def lacking_programs(system: System) -> dict[str, str]:
    """Programs that are not on PATH, with the Debian package that has each."""
    return {program: package for program, package in system.programs.items() if shutil.which(program) is None}


def filled(system: System, text: str) -> str:
    """A word of a command with the folders of parts in it; `{}` stays."""
    folders = {**folders_of(system), **{name: str(place) for name, place in places(system).items()}}
    for name, folder in folders.items():
        text = text.replace(f"{{{name}}}", folder)
    return text


def prepare(system: System, options: Options, tell: Tell) -> Prepared:
    """Make what is missing; what went wrong is in the result."""
    started = time.monotonic()
    made: list[str] = []
    try:
        with _told():
            for program, package in system.programs.items():
                need(program, package)
            where = places(system)
            for part in system.parts:
                if _ensure(part, where, options, tell):
                    made.append(part.name)
    except BuildFailed as failed:
        return Prepared(system.target, "failed", time.monotonic() - started, tuple(made), failed.problem, failed.hint)
    return Prepared(system.target, "prepared" if made else "ready", time.monotonic() - started, tuple(made))


@contextmanager
def _told() -> "Iterator[None]":
    """What the disk refuses is told as a failed build."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = f"is there room in {store()}?" if full else f"is {store()} a folder that you can write to?"
        raise BuildFailed(f"{where}{error.strerror or error}", hint) from error


def _ensure(part: Part, where: Mapping[str, Path], options: Options, tell: Tell) -> bool:
    """Make one part if that is needed. Whether it was: somebody else may be at it, who is waited for."""
    place = where[part.name]
    if not options.force and place.is_dir():
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    with _alone(place, lambda: tell(f"{part.name}: another sockmatrix is making it, which is waited for")):
        if not options.force and place.is_dir():
            return False
        _make(part, where, options, tell)
        return True


@contextmanager
def _alone(place: Path, wait: Callable[[], None]) -> "Iterator[None]":
    """Nobody else makes what is to be in this place. A lock ends with its process, however that ends; where there are none (on Windows) two
    may make the same."""
    path = place.parent / f"{LOCK}{place.name}"
    held = None
    while held is None:
        held = _locked(path, wait)
    try:
        yield
    finally:
        if held >= 0:
            path.unlink(missing_ok=True)  # before it is let go of: whoever waits then finds that it is gone, and takes a new one
            os.close(held)


def _locked(path: Path, wait: Callable[[], None]) -> int | None:
    """An open file that is locked, once it can be; -1 where there are no locks. None: it was taken away meanwhile."""
    try:
        import fcntl
    except ImportError:
        return -1
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
    except BaseException:
        os.close(file)
        raise
    os.close(file)
    return None


def _make(part: Part, where: Mapping[str, Path], options: Options, tell: Tell) -> None:
    """Make one part beside its place, and put it there when it is whole."""
    kind, place = maker(part.kind), where[part.name]
    wanted = options_of(part.kind, part.options)
    for program, package in kind.PROGRAMS.items():
        need(program, package)
    # Beside its place, so that it can be renamed; what was killed leaves it, and `remove` takes it away.
    work = Path(tempfile.mkdtemp(prefix=MAKING, dir=place.parent))
    free = shutil.disk_usage(work).free
    held = _hold(work)
    try:
        folder, scratch = work / "part", work / "scratch"
        folder.mkdir()
        scratch.mkdir()
        tell(f"{part.name}")
        kind.make(wanted, MakeContext(folder, scratch, {name: where[name] for name in part.uses}, options.mirror, tell))
        _put(folder, place, work / "old")
    except BuildFailed as failed:
        if free < PLENTY:
            room = f"is there room? {free // 10**6} MB were free in {place.parent}"
            raise BuildFailed(failed.problem, f"{failed.hint}; {room}" if failed.hint else room) from failed
        raise
    finally:
        discard(work)
        if held is not None:
            os.close(held)


def _hold(work: Path) -> int | None:
    """Mark a folder as in use, for as long as what is returned is open. None: somebody else has, or there are no such marks here."""
    try:
        import fcntl
    except ImportError:
        return None
    folder = os.open(work, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(folder)
        return None
    return folder


def _put(made: Path, place: Path, old: Path) -> None:
    """In its place; where somebody else was quicker, theirs is as good."""
    with suppress(FileNotFoundError):
        os.rename(place, old)
    try:
        os.rename(made, place)
    except OSError:
        if not place.is_dir():
            raise


def discard(folder: Path) -> None:
    """Remove a folder, also what is in it that may not be written to."""

    def again(function: Callable[[str], object], path: str, _: object) -> None:
        with suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)
            function(path)

    shutil.rmtree(folder, onerror=again)


class RemovedPart(Struct, frozen=True):
    """A part that was removed."""

    name: str
    """`runsc of gvisor:trixie`; of what no recipe knows any more, its folder."""
    room: int
    """Bytes that were given back."""


def remove(systems: Iterable[System], keep: Iterable[System] = ()) -> tuple[RemovedPart, ...]:
    """Remove the parts of targets, but those that others need too."""
    systems = tuple(systems)
    kept = {place for system in keep for place in places(system).values()}
    unwanted = dict.fromkeys(place for system in systems for place in places(system).values() if place not in kept)
    names = _names(systems)
    return tuple(_remove(place, names) for place in unwanted if place.is_dir())


def remove_everything(known: Iterable[System]) -> tuple[RemovedPart, ...]:
    """Remove all parts, those of older recipes and what preparations that were killed have left too. What is being made stays.
    `known` are the systems that parts may be of."""
    there = sorted(store().iterdir()) if store().is_dir() else []
    names = _names(known)
    removed = []
    for path in there:
        is_lock = path.name.startswith(LOCK)
        if not (is_lock or path.is_dir()):
            continue
        held = _hold(path)
        if held is None and path.name.startswith((MAKING, LOCK)):
            continue
        if is_lock:
            path.unlink(missing_ok=True)
        else:
            removed.append(_remove(path, names))
        if held is not None:
            os.close(held)
    return tuple(removed)


def _remove(place: Path, names: Mapping[Path, str]) -> RemovedPart:
    room = _room(place)
    discard(place)
    left = "what a preparation that did not end had left" if place.name.startswith(MAKING) else f"{place.name} of an older recipe"
    return RemovedPart(names.get(place, left), room)


def _names(systems: Iterable[System]) -> dict[Path, str]:
    """What each place holds, and for whom."""
    parts: dict[Path, str] = {}
    targets: dict[Path, list[str]] = {}
    for system in systems:
        for name, place in places(system).items():
            parts.setdefault(place, name)
            targets.setdefault(place, []).append(system.target)
    return {place: f"{name} of {', '.join(targets[place])}" for place, name in parts.items()}


def _room(folder: Path) -> int:
    """Bytes that a folder takes on the disk; a file that has several names is counted once."""
    sizes: dict[tuple[int, int, str], int] = {}
    for where, folders, files in os.walk(folder):
        for path in (os.path.join(where, name) for name in (*folders, *files)):
            with suppress(OSError):
                told = os.lstat(path)
                sizes[told.st_dev, told.st_ino, "" if told.st_ino else path] = getattr(told, "st_blocks", -(-told.st_size // 512)) * 512
    return sum(sizes.values())
