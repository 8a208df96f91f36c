"""A package of npm with what it needs, in a `node_modules` of its own. No script of it is run."""

from collections.abc import Mapping

from msgspec import Struct

from harness.images.tools import run
from harness.systems.makers import MakeContext

METHOD = 1
PROGRAMS: Mapping[str, str] = {"npm": "npm"}


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which package."""

    package: str
    version: str


def make(options: Options, context: MakeContext) -> None:
    """`node_modules` below the part's folder. Raises BuildFailed."""
    context.tell(f"{options.package} {options.version} from npm")
    install = ["npm", "install", "--silent", "--ignore-scripts", "--no-fund", "--no-audit", "--no-package-lock"]
    where = ["--cache", str(context.scratch / "cache"), "--prefix", str(context.folder)]
    run([*install, *where, f"{options.package}@{options.version}"], context.scratch, hint="is npm's registry reached?")
