"""The pages of other systems, held against what they speak of."""

import importlib
import re
from pathlib import Path

import pytest

from harness.systems.makers import KINDS

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "docs" / "systems"

pytestmark = pytest.mark.skipif(not SYSTEMS.is_dir(), reason="an installed package has no docs")


def test_each_kind_of_part_has_its_row_with_its_keys() -> None:
    page = (SYSTEMS / "adding.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", page, re.MULTILINE))
    assert set(KINDS) - set(rows) == set()
    for kind in KINDS:
        options = importlib.import_module(f"harness.systems.makers.{kind.replace('-', '_')}").Options
        assert [key for key in options.__struct_fields__ if f"`{key}`" not in rows[kind]] == [], kind


@pytest.mark.parametrize(
    ("page", "row", "besides"),
    [
        ("gvisor.md", r"^\| `gvisor:trixie(?:\+2022)?` \| ([\d, |]+) \| [\d, ]+ \|$", 0),
        ("gvisor.md", r"^\| `gvisor:\S+\+host` \| ([\d, |]+) \| [\d, ]+ \|$", 0),
        ("micropython.md", "", 0),
        ("qemu.md", r"^\| `qemu:\S+` \| \d+ \| (.*) \|$", 0),
        ("uml.md", r"^\| `uml:\S+` \| (.*) \| \d+ \|$", 0),
        ("wasi.md", "", 0),
        ("wine.md", r"^\| 3\.\d+\.\d+ \| (.*) \|$", 0),
    ],
)
def test_the_counts_of_a_target_add_up_to_the_library_that_it_played(page: str, row: str, besides: int) -> None:
    text = (SYSTEMS / page).read_text(encoding="utf-8")
    counts = re.findall(row, text, re.MULTILINE) if row else columns(text)
    assert counts
    for cells in counts:
        total = sum(numbers(cells)) + besides
        assert re.search(rf"{total:,}|{total}", text), f"{cells} make {total}"


def numbers(text: str) -> list[int]:
    """With or without commas between thousands; those in front of a word, as in `0, and 1 known`, too."""
    return [int(number.replace(",", "")) for number in re.findall(r"\d{1,3}(?:,\d{3})+|\d+", text)]


def columns(text: str) -> list[str]:
    """A table whose rows are verdicts and whose columns are targets."""
    rows = re.findall(r"^\| (?:pass|variation|unsupported|known|fail, known)\b[^|]*\| (.*) \|$", text, re.MULTILINE)
    targets = [cell for cell in rows[0].split(" | ") if numbers(cell) and len(cell) < 40]
    return [", ".join(row.split(" | ")[at] for row in rows) for at in range(len(targets))]
