"""Recipes that are written for a test, and makers that are quick."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.systems import parts, recipe
from harness.systems.recipe import Recipe

Write = Callable[[str], Recipe]

SMALL = """
family = "toy"
about = "A toy"
page = "systems/toy.md"
command = ["{box}/toy", "--"]
environment = { BOX = "{box}" }

[[part]]
name = "box"
kind = "sdist"
package = "toy"
version = "1"
sha256 = "0"

[[member]]
name = "red"
about = "A red toy"
quick = true
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Read a recipe that stands in a file of this text."""

    def read(text: str) -> Recipe:
        file = tmp_path / "toy.toml"
        file.write_text(text, "utf-8")
        return recipe.read(file)

    return read


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is prepared, and nothing of what the test makes is kept."""
    monkeypatch.setattr(parts, "store", lambda: tmp_path / "store")
    return tmp_path / "store"
