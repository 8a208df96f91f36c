"""The files of a compatibility set: data, pages and picture, in one folder. Writes and compares them; makes no data."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.compat import file
from harness.compat.records import CompatData
from harness.reports.compat_page import DATA, GENERATED, PICTURE, page, pages
from harness.reports.compat_picture import picture
from harness.runs.safe import safe_json

FORMATS = (".json", ".md", ".svg")
"""Endings of single files that can be written."""


def data_text(data: CompatData) -> str:
    """The data set as its file has it."""
    return safe_json(file.text(data))


def one_file(data: CompatData, names: Sequence[str], ending: str) -> str:
    """The text of a single file about some features, by the ending of its name."""
    if ending == ".svg":
        return picture(data, names)
    return page(data, names) if ending == ".md" else data_text(data)


def files(data: CompatData) -> dict[str, str]:
    """The text of every file of the set, by its path below the folder."""
    return {DATA: data_text(data), PICTURE: picture(data, list(data.features)), **pages(data)}


def write(data: CompatData, folder: Path) -> None:
    """Write the set; pages that it no longer has go away. Raises `OSError`."""
    made = files(data)
    for left_over in _left_over(folder, made):
        left_over.unlink()
    for name, text in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8", newline="\n")


def out_of_date(data: CompatData, folder: Path) -> tuple[str, ...]:
    """Files of the set that are missing, say something else, or should not be there."""
    made = files(data)
    stale = [name for name, text in made.items() if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text]
    return (*stale, *(path.relative_to(folder).as_posix() for path in _left_over(folder, made)))


def _left_over(folder: Path, made: dict[str, str]) -> Iterator[Path]:
    """Generated pages that the set no longer has; what people put there is theirs."""
    for path in sorted(folder.glob("**/*.md")):
        if path.relative_to(folder).as_posix() not in made and GENERATED in path.read_text("utf-8", errors="replace"):
            yield path
