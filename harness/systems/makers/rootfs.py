"""A root file system of Debian's packages as a folder, for kernels and sandboxes that need no image."""

import platform
from collections.abc import Mapping

from msgspec import Struct

from harness.images import rootfs
from harness.images.registry import Debian
from harness.images.tools import run
from harness.images.unpacking import unpack
from harness.systems.makers import MakeContext

METHOD = 2
PROGRAMS: Mapping[str, str] = {"mmdebstrap": "mmdebstrap"}


MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architectures whose programs this machine may run, by Debian's name."""


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which packages of which suite."""

    suite: str
    packages: tuple[str, ...]
    architecture: str = "amd64"
    links: dict[str, str] = {}
    files: dict[str, str] = {}
    """Text of files that no package has: `etc/hosts`."""


def make(options: Options, context: MakeContext) -> None:
    """The packages and what they depend on, unpacked; their scripts are not run. Raises BuildFailed."""
    context.tell(f"packages of Debian {options.suite} for {options.architecture}")
    recipe = Debian(options.suite, options.packages, options.links)
    packed = rootfs.make(recipe, options.architecture, context.scratch, context.mirror or rootfs.own_mirror())
    # Whoever mounts it makes the device nodes.
    unpack(packed, context.folder, lambda entry: not entry.isdev())
    for name in ("dev", "proc", "sys", "tmp", "run"):
        (context.folder / name).mkdir(exist_ok=True)
    (context.folder / "tmp").chmod(0o1777)
    for name, text in options.files.items():
        (context.folder / name).write_text(text, "utf-8")
    if platform.machine() == MACHINES.get(options.architecture):
        _compile(context)


def _compile(context: MakeContext) -> None:
    """Keep the byte code of the standard library, which packages make in their scripts: an interpreter of a root file system that cannot be
    written to would compile it at every start."""
    root = context.folder
    loader = next(iter(sorted(root.glob("usr/lib/*-linux-gnu/ld-linux*"))), None)
    for library in sorted(root.glob("usr/lib/python3.*")):
        interpreter = root / "usr/bin" / library.name
        if loader is not None and interpreter.is_file():
            run(
                [str(loader), "--library-path", str(loader.parent), str(interpreter), "-m", "compileall", "-q", "-s", str(root), "-p", "/",
                 "--invalidation-mode", "unchecked-hash", str(library)],
                context.scratch, {"PYTHONHOME": str(root / "usr")},
            )  # fmt: skip
