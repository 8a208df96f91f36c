"""Nothing is deleted but what was made before."""

from pathlib import Path

import pytest

from tools.docs.emptying import NotOurs, emptied


def test_a_folder_that_was_made_is_emptied(tmp_path: Path) -> None:
    made = emptied(tmp_path / "a" / "site")
    (made / "old.html").touch()
    assert [each.name for each in emptied(made).iterdir()] == [".made-by-tools-docs"]


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert emptied(tmp_path) == tmp_path


def test_what_somebody_else_has_made_stays(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(NotOurs) as caught:
        emptied(tmp_path)
    assert str(caught.value) == f"{tmp_path}: holds what was not made here; move it away, or name another folder with --out"
    assert (tmp_path / "thesis.txt").exists()
