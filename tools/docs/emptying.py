"""Empty a folder that this program has made, and no other."""

import shutil
from pathlib import Path

MARK = ".made-by-tools-docs"

SIGNS = (MARK, "reference/commands", "sockmatrix.1")
"""What shows whose a folder is: the mark, or, where there is none yet, a part of this documentation."""


class NotOurs(Exception):
    """A folder would have to be emptied that somebody else has filled. `folder` is that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder}: holds what was not made here; move it away, or name another folder with --out")


def emptied(folder: Path) -> Path:
    """The folder, with nothing in it but a mark. Raises `NotOurs`."""
    if folder.is_dir() and any(folder.iterdir()) and not any((folder / sign).exists() for sign in SIGNS):
        raise NotOurs(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    return folder
