"""The CPythons of the machine's pyenv: which there are, what marks their content, and a tar file of what of them sockets need."""

import os
import re
import stat
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

from msgspec import Struct

from harness.images.registry import Interpreter
from harness.images.tools import BuildFailed

SHORT = PurePosixPath("/usr/local/bin")
"""Where the image has a link to the newest of each minor version."""

UNNEEDED = frozenset(
    "__pycache__ ensurepip idle_test idlelib include lib-tk lib2to3 pkgconfig share site-packages test tests tkinter turtledemo".split()
)
"""Folders that are left out, wherever they are in a tree: they make up nine tenths of it."""

UNNEEDED_ENDS = (".a", ".o", ".pyc", ".pyo")

_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")


class Tree(Struct, frozen=True):
    """One installed CPython."""

    version: str
    path: Path

    @property
    def minor(self) -> str:
        """`3.8` of 3.8.18."""
        return ".".join(self.version.split(".")[:2])


def pyenv_root() -> Path:
    """Where pyenv keeps its versions, by its own rule."""
    return Path(os.path.expanduser(os.path.expandvars(os.environ.get("PYENV_ROOT", "~/.pyenv"))))


def find(root: Path | None = None) -> tuple[Tree, ...]:
    """The CPythons of pyenv, oldest first; aliases and virtual environments are not counted.

    Raises BuildFailed where there are none.
    """
    versions = (root or pyenv_root()) / "versions"
    trees = [Tree(path.name, path) for path in versions.glob("*") if _is_tree(path)]
    if not trees:
        hint = "install pyenv and the versions to test: pyenv install 3.8 3.13; or set PYENV_ROOT"
        raise BuildFailed(f"there is no CPython of pyenv in {versions}", hint)
    return tuple(sorted(trees, key=lambda tree: _order(tree.version)))


def interpreters(trees: Sequence[Tree]) -> tuple[Interpreter, ...]:
    """The interpreters that an image of these trees has: the newest of each minor version by its short name, others by their own."""
    newest = {tree.minor: tree for tree in trees}
    return tuple(
        Interpreter(str(SHORT / f"python{tree.minor}") if newest[tree.minor] is tree else str(tree.path / "bin/python"), tree.version)
        for tree in trees
    )


def stamp(tree: Tree) -> str:
    """Marks the content of a tree by names, sizes and times of the files that go into an image."""
    seen = sha256()
    for path, name in _files(tree.path):
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):  # changes its time when compiled files are written beside its sources
            continue
        seen.update(f"{name}\0{status.st_mode}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return seen.hexdigest()


def make(trees: Sequence[Tree], out: Path) -> Path:
    """A tar file with every tree at its own path, because the paths of its libraries are compiled in, and with the short names."""
    with tarfile.open(out, "w") as tar:
        _add_parents(tar, [tree.path for tree in trees])
        for tree in trees:
            for path, name in _files(tree.path):
                tar.add(path, str(tree.path / name).lstrip("/"), recursive=False, filter=_of_root)
        for tree, interpreter in zip(trees, interpreters(trees), strict=True):
            if PurePosixPath(interpreter.path).parent == SHORT:
                tar.addfile(_link(interpreter.path, str(tree.path / "bin/python")))
    return out


def _is_tree(path: Path) -> bool:
    is_own = path.is_dir() and not path.is_symlink() and not (path / "pyvenv.cfg").exists()
    return is_own and bool(_VERSION.fullmatch(path.name)) and os.access(path / "bin/python", os.X_OK)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    """Everything below a tree that is needed, folders included, with its name inside the tree."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in UNNEEDED)
        here = Path(folder)
        yield here, str(here.relative_to(root))
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted([*files, *links]):
            if not name.endswith(UNNEEDED_ENDS):
                yield here / name, str((here / name).relative_to(root))


def _add_parents(tar: tarfile.TarFile, paths: Iterable[Path]) -> None:
    """The folders above, open to every user: pyenv often lies in a home that only its owner may enter."""
    for folder in sorted({parent for path in paths for parent in path.parents} - {Path("/")}):
        entry = tarfile.TarInfo(str(folder).lstrip("/"))
        entry.type = tarfile.DIRTYPE
        entry.mode = 0o755
        tar.addfile(entry)


def _link(path: str, target: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type = tarfile.SYMTYPE
    entry.linkname = target
    return entry


def _of_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
