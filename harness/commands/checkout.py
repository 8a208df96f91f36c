"""Pages below docs/ that commands write: where they are, and whether they are as they would be written now. Makes no text."""

from pathlib import Path

from harness.commands import exits
from harness.commands.reading import library_folder


def docs_file(name: str, beside: str = "") -> Path:
    """A page of a checkout, beside a file that must be there; an installed package has neither."""
    folder = library_folder().parent / "docs"
    if not (folder / beside).exists():
        exits.usage(f"docs/{beside or name} is not part of an installed sockmatrix; use a checkout of the project")
    return folder / name


def spare_evidence(file: Path) -> None:
    """Refuse to put something in the place of what a run consists of."""
    from harness.runs.folder import is_evidence

    if is_evidence(file):
        exits.usage(f"{file} is part of a run, which nothing replaces; name another file")


def write_page(file: Path, text: str) -> int:
    """Write a page; the exit code."""
    spare_evidence(file)
    try:
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        exits.harness(f"{file}: cannot be written: {error.strerror or error}")
    return exits.AS_EXPECTED


def is_out_of_date(file: Path, text: str) -> bool:
    """Whether the page is missing or says something else."""
    return not file.is_file() or file.read_text("utf-8") != text
