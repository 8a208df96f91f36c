"""What a virtual machine starts from: a kernel, and the archive that it unpacks in memory: a root file system with the kernel's modules."""

import lzma
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from harness.images.tools import BuildFailed
from harness.systems.makers import MakeContext

METHOD = 2
PROGRAMS: Mapping[str, str] = {}
KERNEL = "vmlinuz"
MODULES = "modules"
FOLDERS = ("crypto", "drivers/char", "drivers/virtio", "drivers/net/can", "lib", "net", "arch/x86/crypto")
"""Of a kernel's modules, those that sockets may need, and the line to the switchboard."""
SINGLE = ("veth.ko", "ifb.ko", "dummy.ko", "tun.ko")
"""And these of drivers/net."""


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose: one part is the root file system, the others have the kernel and its modules."""


class Entry(Struct, frozen=True):
    """One thing in the archive."""

    name: str
    mode: int
    content: bytes = b""
    device: tuple[int, int] = (0, 0)


def make(options: Options, context: MakeContext) -> None:
    """`vmlinuz` and `initrd`. Raises BuildFailed."""
    parts = list(context.parts.values())
    kernels = sorted(path for part in parts for path in part.rglob("vmlinuz*") if path.is_file())
    if len(kernels) != 1:
        raise BuildFailed(f"the parts have {len(kernels)} kernels, and one is wanted")
    (context.folder / KERNEL).write_bytes(kernels[0].read_bytes())
    context.tell("the archive that the kernel unpacks")
    root = next((part for part in parts if (part / "usr/bin").is_dir() and (part / "etc").is_dir()), None)
    if root is None:
        raise BuildFailed("no part is a root file system")
    with open(context.folder / "initrd", "wb") as file:
        write(file, _entries(root, [part for part in parts if part != root]))


def _entries(root: Path, kernels: list[Path]) -> Iterator[Entry]:
    yield from tree(root)
    yield Entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    yield Entry(MODULES, stat.S_IFDIR | 0o755)
    for path in sorted(path for kernel in kernels for path in _modules(kernel)):
        yield Entry(f"{MODULES}/{path.name.removesuffix('.xz')}", stat.S_IFREG | 0o644, _unpacked(path))


def tree(root: Path) -> Iterator[Entry]:
    """A folder as it is, in the order of names, everything the first user's."""
    for path in sorted(root.rglob("*")):
        name, mode = str(path.relative_to(root)), path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield Entry(name, mode, os.fsencode(os.readlink(path)))
        elif stat.S_ISDIR(mode):
            yield Entry(name, mode)
        elif stat.S_ISREG(mode):
            yield Entry(name, mode, path.read_bytes())


def _modules(kernel: Path) -> Iterator[Path]:
    for base in (*kernel.glob("lib/modules/*/kernel"), *kernel.glob("usr/lib/modules/*/kernel")):
        for folder in FOLDERS:
            yield from (path for path in (base / folder).rglob("*.ko*") if path.is_file())
        yield from (path for path in (base / "drivers/net").glob("*.ko*") if path.name.removesuffix(".xz") in SINGLE)


def _unpacked(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def write(file: BinaryIO, entries: Iterator[Entry]) -> None:
    """A cpio archive in the format that kernels read (`newc`). Times are left out, so that it is the same each time."""
    for number, entry in enumerate((*entries, Entry("TRAILER!!!", 0)), 1):
        file.write(_head(number, entry))
        file.write(_padded(entry.content))


def _head(number: int, entry: Entry) -> bytes:
    name = os.fsencode(entry.name) + b"\0"
    fields = (number, entry.mode, 0, 0, 1, 0, len(entry.content), 0, 0, *entry.device, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return _padded(head)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
