"""Compile CPython against musl with the machine's own compiler, once; the result is kept in the user's cache. Knows nothing of engines."""

import os
import platform
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

from harness.images.registry import Musl
from harness.images.rootfs import OTHER_MIRROR
from harness.images.tools import BuildFailed, need, run
from harness.images.trees import UNNEEDED, UNNEEDED_ENDS
from harness.images.unpacking import unpack

METHOD = 1
"""Version of how it is compiled; raised when the same source gives another result."""

LIBRARY = Path("/usr/lib/x86_64-linux-musl/libc.so")
LOADER = "lib/ld-musl-x86_64.so.1"
HEADERS = {
    "linux": Path("/usr/include/linux"),
    "asm-generic": Path("/usr/include/asm-generic"),
    "asm": Path("/usr/include/x86_64-linux-gnu/asm"),
}

# CPython's configure asks the compiler for its platform and refuses an answer that is glibc's.
COMPILER = """#!/bin/sh
for word in "$@"; do
    case "$word" in -print-multiarch | --print-multiarch) echo x86_64-linux-musl; exit 0 ;; esac
done
exec musl-gcc "$@"
"""

# Otherwise built together with zlib only, which musl's tools do not bring.
EXTENSIONS = "*shared*\nbinascii binascii.c\n"

TIMEOUT = 60

Tell = Callable[[str], None]


def make(recipe: Musl, mirror: str, folder: Path, tell: Tell) -> Path:
    """The tar file with CPython below its prefix and musl's loader; taken from the cache where it is there.

    Raises BuildFailed.
    """
    kept = cache_file(recipe)
    if not kept.is_file():
        _compile(recipe, mirror, folder, tell)
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = pack(folder / "root", kept.with_suffix(f".{os.getpid()}"))
        made.replace(kept)
    return kept


def cache_file(recipe: Musl) -> Path:
    """Where the result is kept: named by what it depends on."""
    from platformdirs import user_cache_path

    digest = sha256(msgspec.json.encode((METHOD, recipe.source, recipe.sha256, recipe.prefix, COMPILER, EXTENSIONS))).hexdigest()
    return user_cache_path("sockmatrix", appauthor=False) / "images" / f"musl-{digest[:16]}.tar"


def _compile(recipe: Musl, mirror: str, folder: Path, tell: Tell) -> None:
    """The stages in their order; the result lies below `root`."""
    _need_tools()
    tell("CPython's source")
    source = _unpack(download(f"{mirror.rstrip('/')}/{recipe.source}", recipe.sha256, folder / "source.tar.gz"), folder)
    compiler = _compiler(folder)
    (source / "Modules" / "Setup.local").write_text(EXTENSIONS, "utf-8")
    tell("configure (about half a minute)")
    flags = f"CFLAGS=-O1 -idirafter {folder / 'headers'}"
    options = [f"--prefix={recipe.prefix}", "--disable-test-modules", "--without-ensurepip"]
    # Otherwise pkg-config offers the machine's zlib and OpenSSL, which are glibc's.
    run(["./configure", f"CC={compiler}", "CXX=false", flags, *options], source, {"PKG_CONFIG_LIBDIR": str(folder)})
    tell("make (some minutes)")
    run(["make", "-s", f"-j{os.cpu_count() or 1}"], source)
    tell("make install")
    run(["make", "-s", "install", f"DESTDIR={folder / 'root'}"], source)
    _finish(folder / "root", source)


def _need_tools() -> None:
    if platform.machine() != "x86_64":
        raise BuildFailed(
            f"it is compiled on x86_64 only, and this is {platform.machine()}", "use python:3.13-alpine, which is musl as well"
        )
    need("musl-gcc", "musl-tools")
    need("make", "make")
    need("strip", "binutils")
    missing = [path for path in HEADERS.values() if not path.is_dir()]
    if missing:
        raise BuildFailed(f"the kernel's headers are missing: {missing[0]}", "on Debian and Ubuntu: sudo apt-get install linux-libc-dev")


def download(url: str, digest: str, out: Path) -> Path:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, open(out, "wb") as file:
            shutil.copyfileobj(answer, file)
    except (OSError, ValueError) as error:
        raise BuildFailed(f"{url} cannot be downloaded: {getattr(error, 'reason', None) or error}", OTHER_MIRROR) from error
    found = sha256(out.read_bytes()).hexdigest()
    if found != digest:
        raise BuildFailed(f"{url} is not the file that was meant: its SHA-256 is {found}", OTHER_MIRROR)
    return out


def _unpack(archive: Path, folder: Path) -> Path:
    unpack(archive, folder / "source")
    return next((folder / "source").iterdir())


def _compiler(folder: Path) -> Path:
    """A compiler for musl, and beside it the kernel's headers without glibc's."""
    headers = folder / "headers"
    headers.mkdir()
    for name, path in HEADERS.items():
        (headers / name).symlink_to(path)
    compiler = folder / "compiler"
    compiler.write_text(COMPILER, "utf-8")
    compiler.chmod(0o755)
    return compiler


def _finish(root: Path, folder: Path) -> None:
    """Leave out what no socket needs, and add the loader."""
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and path.name in UNNEEDED - {"site-packages"}:
            shutil.rmtree(path)
        elif path.name.endswith(UNNEEDED_ENDS):
            path.unlink()
    binaries = [str(path) for path in root.rglob("*") if path.is_file() and not path.is_symlink() and _is_binary(path)]
    run(["strip", "--strip-unneeded", *binaries], folder)
    (root / "lib").mkdir(exist_ok=True)
    shutil.copy(LIBRARY, root / LOADER)


def _is_binary(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def pack(root: Path, out: Path) -> Path:
    with tarfile.open(out, "w") as tar:
        for path in sorted(root.rglob("*")):
            tar.add(path, str(path.relative_to(root)), recursive=False, filter=_of_root)
    return out


def _of_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
