"""The images that there are, read from `docker/targets.toml`: what each is, and how it is made. Asks no engine and makes nothing."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

REGISTRY = "targets.toml"


class Interpreter(Struct, frozen=True, forbid_unknown_fields=True):
    """An interpreter of an image."""

    path: str
    python: str
    """As many numbers of the version as are certain: `3.11`."""
    implementation: Literal["cpython", "pypy", "jython"] = "cpython"


class Debian(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="debian"):
    """Packages of Debian and what they depend on, unpacked."""

    suite: str
    packages: tuple[str, ...]
    links: dict[str, str] = {}
    """Path and where it leads, as the packages' own scripts would have made them."""


class Pyenv(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="pyenv"):
    """The CPythons of the machine's pyenv on packages of Debian."""

    suite: str
    packages: tuple[str, ...]
    links: dict[str, str] = {}


class Musl(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="musl"):
    """CPython compiled on the machine against musl."""

    suite: str
    packages: tuple[str, ...]
    prefix: str
    source: str
    """The source's path below the mirror."""
    sha256: str
    """Of the source."""
    links: dict[str, str] = {}


Recipe = Debian | Pyenv | Musl


class Image(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the registry."""

    name: str
    about: str
    family: Literal["official", "built"]
    image: str
    """The reference by which the engine knows it."""
    libc: Literal["glibc", "musl"]
    architecture: str = "amd64"
    """Debian's name for it."""
    interpreters: tuple[Interpreter, ...] = ()
    """Empty for tools, and where the machine decides."""
    role: Literal["target", "tools"] = "target"
    programs: tuple[tuple[str, ...], ...] = ()
    """What tools are asked, to see that they run."""
    environment: dict[str, str] = {}
    """Variables of every program in it."""
    recipe: Recipe | None = None
    """How it is made; none for what is pulled."""
    quick: bool = False
    ci: bool = False


class _File(Struct, forbid_unknown_fields=True):
    image: tuple[Image, ...]


class UnknownImage(Exception):
    """No image of the registry has this name. `near` are the nearest that have."""

    def __init__(self, name: str, near: Sequence[str]) -> None:
        self.name = name
        self.near = tuple(near)
        hint = f"did you mean '{near[0]}'?" if near else "see: sockmatrix images list"
        super().__init__(f"no image '{name}'; {hint}")


def definitions() -> Path:
    """The folder of the registry: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "image_definitions"
    return inside if inside.is_dir() else package.parent / "docker"


@cache
def registry() -> tuple[Image, ...]:
    """Every image, in the order of the file."""
    return msgspec.toml.decode((definitions() / REGISTRY).read_bytes(), type=_File).image


def built(images: Iterable[Image]) -> tuple[Image, ...]:
    """Those that are made here."""
    return tuple(image for image in images if image.recipe is not None)


def choose(names: Sequence[str], images: Sequence[Image]) -> tuple[Image, ...]:
    """Images by name or by reference, each once, in the order in which they are named.

    Raises UnknownImage, with the nearest right word.
    """
    known = {key: image for image in images for key in (image.image, image.name)}
    for name in names:
        if name not in known:
            raise UnknownImage(name, _near(name, [image.name for image in images]))
    return tuple({known[name].name: known[name] for name in names}.values())


def _near(name: str, known: Sequence[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name.removeprefix("sockmatrix/"), known, 1, 0.5)
