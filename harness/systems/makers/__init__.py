"""How the parts of systems are made, a module for each kind: `make(options, context)` fills a folder. Chooses and keeps nothing."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from harness.images.tools import BuildFailed

KINDS = ("deb", "initrd", "npm", "relinked", "rootfs", "run", "sdist", "wheel", "wine-prefix")
"""Each is the name of a module, with `-` for `_`."""


class MakeContext(Struct, frozen=True):
    """What a maker is given."""

    folder: Path
    """New and empty; what is in it at the end is the part."""
    scratch: Path
    """For what is not kept."""
    parts: Mapping[str, Path]
    """Folders of the parts that it uses, by name."""
    mirror: str
    """Of Debian; empty: the one of this machine's own packages."""
    tell: Callable[[str], None]
    """Is told what is being done."""


class Maker(Protocol):
    """What a module of this package has."""

    METHOD: int
    """Raised when the same options give something else."""
    PROGRAMS: Mapping[str, str]
    """What it calls, with the Debian package that has it."""
    Options: type[Struct]

    def make(self, options: Any, context: MakeContext) -> None:
        """Fill `context.folder`. Raises BuildFailed."""


def maker(kind: str) -> Maker:
    """The module of a kind."""
    return importlib.import_module(f"harness.systems.makers.{kind.replace('-', '_')}")


def options_of(kind: str, options: Mapping[str, Any]) -> Any:
    """The options of a part, checked. Raises BuildFailed where they are not those of its kind."""
    try:
        return msgspec.convert(options, maker(kind).Options)
    except msgspec.ValidationError as error:
        raise BuildFailed(f"the recipe has a wrong part of kind '{kind}': {error}") from None
