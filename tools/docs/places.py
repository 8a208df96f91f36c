"""Which pages the site has, where each comes from, and in which order they are read. Reads no page."""

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
"""The checkout."""

PAGES = {
    "docs/README.md": "index",
    "scenarios/README.md": "language",
    "CHANGELOG.md": "changes",
    "CONTRIBUTING.md": "contributing",
    "reports/README.md": "observed",
    "reports/constants.md": "observed-constants",
    "reports/options.md": "observed-options",
    "reports/errors.md": "observed-errors",
}
"""Files outside of docs/, and its start page, by their path in the checkout. Any other file of docs/ keeps its name."""


class Section(NamedTuple):
    """One part of the table of contents."""

    title: str
    pages: tuple[str, ...]


SECTIONS = (
    Section("Tutorial", ("tutorial",)),
    Section(
        "How to",
        (
            "writing", "finding-out-why", "containers", "reports", "page", "query", "history", "reproducing",
            "pytest", "tox", "ci", "sharding", "gates", "systems/adding", "building-the-docs",
        ),
    ),
    Section(
        "Reference",
        (
            "reference/commands/index", "reference/settings", "reference/words", "language", "reference/vocabulary", "reference/facts",
            "reference/networks", "reference/library/index", "observed", "observed-constants", "observed-options", "observed-errors",
            "compatibility", "images", "systems", "systems/wine", "systems/gvisor", "systems/uml", "systems/qemu", "systems/switchboard", "systems/processors",
            "systems/micropython", "systems/pyodide", "systems/wasi", "systems/ssh",
            "coverage", "sources", "reference/formats/index", "plan", "agent-protocol",
        ),
    ),
    Section("Explanation", ("trust", "design")),
    Section("The project", ("changes", "contributing")),
)  # fmt: skip
"""Pages by name. One that is not there is left out; one that is there and stands in no section is a mistake."""


def written_pages(root: Path = ROOT) -> dict[str, str]:
    """The pages that somebody has written: name in the site, by path in the checkout."""
    found = {path: name for path, name in PAGES.items() if (root / path).is_file()}
    for file in sorted([*(root / "docs").glob("*.md"), *(root / "docs" / "systems").glob("*.md")]):
        found.setdefault(file.relative_to(root).as_posix(), file.relative_to(root / "docs").with_suffix("").as_posix())
    return found


def unplaced(names: "set[str]") -> tuple[str, ...]:
    """Pages that no section has. Those below one that a section has are listed there."""
    placed = {page for section in SECTIONS for page in section.pages}
    parts = tuple(page.removesuffix("index") for page in placed if page.endswith("/index"))
    return tuple(sorted(name for name in names - placed - {"index"} if not name.startswith(parts)))
