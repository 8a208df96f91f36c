"""A program of another suite with that suite's C library beside it, so that it runs on this machine without being root in there."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from harness.images.tools import BuildFailed
from harness.systems.makers import MakeContext

METHOD = 1
PROGRAMS: Mapping[str, str] = {}
LOADER = b"/lib64/ld-linux-x86-64.so.2\0"
BESIDE = "ld.so"
"""A relative path, as there is room for no longer one: whoever starts the program does so from its folder."""
LIBRARY = "libc.so.6"


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which program."""

    program: str
    """Its path in one of the parts; another has the C library."""


def make(options: Options, context: MakeContext) -> None:
    """The program, its loader and its library in one folder. Raises BuildFailed."""
    program = _found(options.program, context)
    context.tell(f"{program.name} with a C library of its own")
    target = context.folder / program.name
    target.write_bytes(relinked(program.read_bytes(), program.name))
    target.chmod(0o755)
    for name, source in ((BESIDE, "ld-linux-x86-64.so.2"), (LIBRARY, LIBRARY)):
        shutil.copy(_found(f"usr/lib/x86_64-linux-gnu/{source}", context), context.folder / name)
        (context.folder / name).chmod(0o755)


def relinked(content: bytes, name: str) -> bytes:
    """With another path of the loader, which is written once in a program. Raises BuildFailed."""
    if content.count(LOADER) != 1:
        raise BuildFailed(f"{name} does not name the loader that was expected")
    return content.replace(LOADER, BESIDE.encode().ljust(len(LOADER), b"\0"))


def _found(path: str, context: MakeContext) -> Path:
    for folder in context.parts.values():
        if (folder / path).is_file():
            return folder / path
    raise BuildFailed(f"no part has the file '{path}'")
