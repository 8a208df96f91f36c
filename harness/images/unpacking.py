"""Unpack tar files so that nothing of them gets outside their folder, on every Python that can steer. Fetches nothing."""

import os
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from harness.images.tools import BuildFailed

Wanted = Callable[[tarfile.TarInfo], bool]


def unpack(archive: Path, folder: Path, wanted: Wanted = lambda entry: True) -> None:
    """What is wanted of an archive, below a folder. Raises BuildFailed for a path that leads out of it."""
    with tarfile.open(archive) as tar:
        entries = [entry for entry in tar if wanted(entry)]
        for entry in entries:
            _check(entry, archive)
        if hasattr(tarfile, "tar_filter"):
            tar.extractall(folder, entries, filter="tar")
        else:  # Python 3.11 had filters from its fourth release on only, and Debian 12 has the second
            tar.extractall(folder, entries)


def _check(entry: tarfile.TarInfo, archive: Path) -> None:
    """Neither its path nor that of what it is another name of leads out. Symbolic links may, as those of a root file system do: these are
    archives that were made here, or whose digest is known."""
    names = [entry.name, *([entry.linkname] if entry.islnk() else [])]
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or os.path.isabs(name):
            raise BuildFailed(f"{archive.name} has a path that leads out of it: {name}")
