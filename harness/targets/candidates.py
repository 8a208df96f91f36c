"""List the files on this machine that may be interpreters, through findpython's providers. Runs none of them."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct

if TYPE_CHECKING:
    from findpython.providers.base import BaseProvider

PLACES: dict[str, str] = {
    "path": "on PATH",
    "asdf": "in asdf",
    "pyenv": "in pyenv",
    "rye": "in rye",
    "uv": "in uv",
    "winreg": "in the Windows registry",
    "macos": "in the macOS framework",
}
"""Where each provider looks, as an error message says it."""

_NAME = re.compile(r"(python|pypy|jython|graalpy|ironpython)[\d.]*[a-z]{0,2}(\.exe)?", re.IGNORECASE)


class Candidate(Struct, frozen=True):
    """A file that may be an interpreter."""

    path: str
    source: str
    """The provider that knew of it, or `current`."""


class Listing(Struct, frozen=True):
    """What all providers know."""

    candidates: tuple[Candidate, ...]
    looked: tuple[str, ...]
    """The providers that looked, in their order."""
    skipped: dict[str, str]
    """Provider or path, and why it was left out."""


def list_all() -> Listing:
    """Every file that a provider of findpython takes for an interpreter, and the one that runs this program."""
    import sys

    found: list[Candidate] = []
    looked: list[str] = []
    skipped: dict[str, str] = {}
    for kind in _provider_kinds():
        try:
            known = _known_to(kind)
        except (OSError, RuntimeError, ValueError) as error:
            skipped[kind.name()] = f"could not be searched: {error}"
            continue
        if known is not None:
            looked.append(kind.name())
            found += known
    if sys.executable:
        found.append(Candidate(sys.executable, "current"))
    return _without_shims(found, tuple(dict.fromkeys(looked)), skipped)


def looks_like_interpreter(path: str) -> bool:
    """The file is named as interpreters are. Which one it is, and of which version, is for the interpreter to say."""
    return bool(_NAME.fullmatch(os.path.basename(path)))


def shim_manager(path: str) -> str:
    """`pyenv` or `asdf` if the path is one of its shims, which start whatever is selected at that moment; else empty."""
    folder = os.path.dirname(os.path.abspath(path))
    return next((manager for manager, root in _shim_roots().items() if folder == os.path.join(root, "shims")), "")


def _without_shims(found: list[Candidate], looked: tuple[str, ...], skipped: dict[str, str]) -> Listing:
    # What a shim can lead to lies in its manager's own folder and is listed from there; running the shim would add only an alias.
    kept = []
    for candidate in found:
        manager = shim_manager(candidate.path)
        if not manager:
            kept.append(candidate)
        elif not _leads_somewhere(candidate.path, manager):
            skipped[candidate.path] = f"a shim of {manager} that leads to no installed version"
    return Listing(tuple(kept), looked, skipped)


def _leads_somewhere(shim: str, manager: str) -> bool:
    versions = {"pyenv": "versions", "asdf": "installs/python"}[manager]
    return any(Path(_shim_roots()[manager], versions).glob(f"*/bin/{os.path.basename(shim)}"))


def _shim_roots() -> dict[str, str]:
    """The rules by which findpython finds these managers."""
    return {
        "pyenv": os.path.expanduser(os.path.expandvars(os.getenv("PYENV_ROOT", "~/.pyenv"))),
        "asdf": os.path.expanduser(os.path.expandvars(os.getenv("ASDF_DATA_DIR", "~/.asdf"))),
    }


def _known_to(kind: "type[BaseProvider]") -> list[Candidate] | None:
    """What one provider knows; None if it has nothing to do with this machine."""
    provider = kind.create()
    return [Candidate(str(python.executable), kind.name()) for python in provider.find_pythons()] if provider else None


def _provider_kinds() -> "list[type[BaseProvider]]":
    from findpython.providers import ALL_PROVIDERS

    # Taken one by one, not through `Finder.find_all`, which runs every interpreter and forgets which provider knew of it.
    return [*ALL_PROVIDERS.values(), _other_implementations()]


@cache
def _other_implementations() -> "type[BaseProvider]":
    """The provider for implementations that findpython's own look at PATH may pass over. Made on demand: findpython is slow to import."""
    from findpython import PythonVersion
    from findpython.providers.base import BaseProvider

    class OtherImplementationsProvider(BaseProvider):
        """PyPy, Jython and GraalPy on PATH."""

        @classmethod
        def name(cls) -> str:
            return "path"

        @classmethod
        def create(cls) -> Self:
            return cls()

        def find_pythons(self) -> Iterator[PythonVersion]:
            for folder in filter(None, os.getenv("PATH", "").split(os.pathsep)):
                yield from map(PythonVersion, _others_in(Path(folder)))

    return OtherImplementationsProvider


def _others_in(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        if re.match(r"pypy|jython|graalpy", name) and looks_like_interpreter(name) and os.access(folder / name, os.X_OK):
            yield folder / name
