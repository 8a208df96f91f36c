"""Take a run out of an archive that a stranger may have made, and believe nothing that it says of itself. Reads nothing of the run."""

import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO

from msgspec import Struct

from harness.runs.folder import HEADER, RESULTS, SCENARIOS

FILES = (HEADER, SCENARIOS, RESULTS)
"""What is taken; everything else is left in the archive."""

CHUNK = 1 << 20


class ArchiveError(Exception):
    """A run cannot be taken out of an archive. `environment` tells a failing disk from a wrong archive."""

    def __init__(self, file: Path, problem: str, advice: str, *, environment: bool = False) -> None:
        self.file = file
        self.problem = problem
        self.advice = advice
        self.environment = environment
        super().__init__(f"{file}: {problem}; {advice}")


class Unpacked(Struct, frozen=True):
    """What was taken out."""

    files: tuple[str, ...]
    size: int
    """Bytes of all of them."""
    left: int
    """How many other files are in the archive."""


def unpack(archive: Path, folder: Path, limit: int) -> Unpacked:
    """Write the files of a run into a folder, at most `limit` bytes of them. Raises `ArchiveError`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return _unpack(opened, archive, folder, limit)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise ArchiveError(archive, f"cannot be unpacked: {error}", "name a zip file, as an artifact is downloaded") from None
    except FileNotFoundError:
        raise ArchiveError(archive, "there is no such file", "name a zip file, as an artifact is downloaded") from None
    except OSError as error:
        problem = f"{error.filename or 'it'} cannot be read or written: {error.strerror or error}"
        raise ArchiveError(archive, problem, "see to the file and the folder", environment=True) from None


def _unpack(opened: zipfile.ZipFile, archive: Path, folder: Path, limit: int) -> Unpacked:
    names = opened.namelist()
    missing = [name for name in FILES if name not in names]
    if missing:
        raise ArchiveError(archive, f"it has no {' and no '.join(missing)} at its top", "name the archive of one run folder")
    odd = [name for name in FILES if opened.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
    if odd:
        raise ArchiveError(archive, f"{odd[0]} is packed in an unusual way", "name a zip file, as an artifact is downloaded")
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        for name in FILES:
            with opened.open(name) as source, (folder / name).open("wb") as target:
                size += _copy(source, target, limit - size, archive, limit)
    except BaseException:
        _remove(folder)
        raise
    return Unpacked(FILES, size, len(names) - len(FILES))


def _remove(folder: Path) -> None:
    """Half a run would look like one that was interrupted."""
    for name in FILES:
        with suppress(OSError):
            (folder / name).unlink()
    with suppress(OSError):
        folder.rmdir()


def _copy(source: IO[bytes], target: IO[bytes], room: int, archive: Path, limit: int) -> int:
    """Bytes are counted as they come: what the archive says of its sizes may be a lie."""
    copied = 0
    while data := source.read(CHUNK):
        copied += len(data)
        if copied > room:
            raise ArchiveError(archive, f"the run in it has more than {limit} bytes", "raise --limit, if you trust it")
        target.write(data)
    return copied
