"""Which YAML files are scenario files. Reads no more of a file than it takes to see what it looks like, and loads none.

Other tools have YAML files too, and a project's configuration must never turn into errors of ours. So a file is a scenario file only
- below a folder that the setting `sockmatrix_scenarios` names;
- below a folder called `scenarios`, if an option of ours was given and the setting names nothing;
- named on the command line itself, if an option of ours was given, or if it looks like a scenario;
- below a folder on the command line, if an option of ours was given and it looks like a scenario.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

SUFFIXES = (".yaml", ".yml")
"""The second is collected only so that it can be said that such files are not looked at."""
FOLDER = "scenarios"
LARGEST = 1_000_000
_TITLE, _STEPS = re.compile(rb"^title\s*:", re.MULTILINE), re.compile(rb"^steps\s*:", re.MULTILINE)


def named_files(arguments: Iterable[str], folder: Path, *, only_alike: bool) -> frozenset[Path]:
    """The YAML files among pytest's arguments, which may have `::` and the name of an item behind them."""
    files = {folder / argument.partition("::")[0] for argument in arguments}
    return frozenset(file for file in files if file.suffix in SUFFIXES and file.is_file() and (not only_alike or looks_alike(file)))


def looks_alike(file: Path) -> bool:
    """A title and steps at the outermost level, which no other tool's files have."""
    try:
        with open(file, "rb") as stream:
            text = stream.read(LARGEST)
    except OSError:
        return False
    return bool(_TITLE.search(text) and _STEPS.search(text))


class Rules(Struct, frozen=True):
    """What was asked for."""

    folders: tuple[Path, ...]
    """Of the setting `sockmatrix_scenarios`."""
    spoken: bool
    """An option of ours was given."""
    named: frozenset[Path]
    """Files on the command line that count."""
    searched: tuple[Path, ...] = ()
    """Folders on the command line in which files that look like scenarios count."""

    def root(self, file: Path) -> Path | None:
        """What is to be loaded to have the scenarios of a file: the folder that its id begins in, or the file; None: it is no such file."""
        if file.suffix not in SUFFIXES:
            return None
        below = [folder for folder in self.folders if folder == file or folder in file.parents]
        if below:
            return max(below, key=lambda folder: len(folder.parts))
        if self.spoken and not self.folders:
            nearest = next((parent for parent in file.parents if parent.name == FOLDER), None)
            if nearest is not None:
                return nearest
        if file in self.named:
            return file
        return self._found(file) if file.suffix == SUFFIXES[0] else None

    def _found(self, file: Path) -> Path | None:
        """The folder on the command line that a file lies in, if the file is to be looked at, and looks like a scenario."""
        above = [folder for folder in self.searched if folder in file.parents]
        return max(above, key=lambda folder: len(folder.parts)) if above and looks_alike(file) else None


def rules(folders: Sequence[Path], arguments: Sequence[str], start: Path, *, spoken: bool, typed: bool = True) -> Rules:
    """The rules of a session that began in the folder `start`; `typed`: somebody typed the arguments, and they are no setting."""
    searched = (start / argument for argument in arguments) if spoken and typed and not folders else ()
    named = named_files(arguments, start, only_alike=not spoken)
    return Rules(tuple(folders), spoken, named, tuple(folder for folder in searched if folder.is_dir()))
