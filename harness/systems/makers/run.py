"""What a program makes of other parts: a recipe's own launcher, say, that compiles what it is going to start."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from harness.images.tools import BuildFailed, run
from harness.systems.makers import MakeContext

METHOD = 1
PROGRAMS: Mapping[str, str] = {}


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which program."""

    command: tuple[str, ...]
    """Its words; `{folder}` is the part's own folder, `{targets}` that of the recipes, `{PART}` that of a part which is named in `uses`."""
    about: str
    """What it does, while it does it."""
    makes: str
    """A file below the part's folder that is there afterwards."""
    method: int = 1
    """Raised when the same command makes something else."""


def make(options: Options, context: MakeContext) -> None:
    """Run it. Raises BuildFailed."""
    from harness.systems.recipe import definitions

    context.tell(options.about)
    known: dict[str, Path] = {**context.parts, "folder": context.folder, "targets": definitions()}
    run([_filled(word, known) for word in options.command], context.scratch)
    if not (context.folder / options.makes).is_file():
        raise BuildFailed(f"{options.command[0]} has ended without an error, and there is no '{options.makes}'")


def _filled(word: str, known: Mapping[str, Path]) -> str:
    for name, place in known.items():
        word = word.replace(f"{{{name}}}", str(place))
    return word
