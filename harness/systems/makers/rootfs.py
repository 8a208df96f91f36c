"""A root file system of Debian's packages as a folder, for kernels and sandboxes that need no image."""

import tarfile
from collections.abc import Mapping

from msgspec import Struct

from harness.images import rootfs
from harness.images.registry import Debian
from harness.systems.makers import MakeContext

METHOD = 1
PROGRAMS: Mapping[str, str] = {"mmdebstrap": "mmdebstrap"}


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
    with tarfile.open(packed) as tar:
        tar.extractall(context.folder, filter=_kept)
    for name in ("dev", "proc", "sys", "tmp", "run"):
        (context.folder / name).mkdir(exist_ok=True)
    (context.folder / "tmp").chmod(0o1777)
    for name, text in options.files.items():
        (context.folder / name).write_text(text, "utf-8")


def _kept(entry: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Everything but device nodes, which whoever mounts it makes."""
    return None if entry.isdev() else tarfile.tar_filter(entry, folder)
