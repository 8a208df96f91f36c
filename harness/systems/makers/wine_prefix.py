"""A prefix of Wine: the registry and the drive that Windows programs see. Which programs run in it is not decided here."""

from collections.abc import Mapping
from contextlib import suppress

from msgspec import Struct

from harness.images.tools import BuildFailed, run
from harness.systems.makers import MakeContext

METHOD = 1
PROGRAMS: Mapping[str, str] = {"wine": "wine", "wineboot": "wine", "wineserver": "wine"}
WITHOUT = "winemenubuilder.exe=d;mscoree=;mshtml="
"""What would write into the user's menus, or ask on a screen whether to fetch what .NET and HTML need."""


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What the prefix says it is."""

    windows: str = "win10"
    """As `winecfg /v` takes it: Python for Windows looks at the version to see which options of sockets there are."""


def make(options: Options, context: MakeContext) -> None:
    """Make the prefix in the part's folder, and end what was started for it. Raises BuildFailed."""
    environment = {"WINEPREFIX": str(context.folder), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": WITHOUT, "DISPLAY": "", "WINEARCH": "win64"}
    try:
        context.tell("a new prefix of Wine")
        run(["wineboot", "--init"], context.scratch, environment)
        context.tell(f"it says that it is {options.windows}")
        run(["wine", "winecfg", "/v", options.windows], context.scratch, environment)
    finally:
        _end(context, environment)
    if not (context.folder / "system.reg").is_file():
        raise BuildFailed("wineboot made no registry", "does 'wine --version' say what you expect?")


def _end(context: MakeContext, environment: Mapping[str, str]) -> None:
    """End the services of this prefix, and of no other, and wait until the registry is written."""
    with suppress(BuildFailed):  # where it has ended by itself, it says that there is none
        run(["wineserver", "--kill"], context.scratch, environment)
    run(["wineserver", "--wait"], context.scratch, environment)
