"""The cache saves time and nothing else: with it or without, a load gives the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.language import cache
from harness.language import compile as compiling
from harness.language.library import load
from tests.language.writing import EVERYTHING, GREETING


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two scenario files, and a cache of their own."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache" / "deep")
    (tmp_path / "scenarios" / "tcp").mkdir(parents=True)
    (tmp_path / "scenarios" / "tcp" / "greet.yaml").write_text(GREETING, "utf-8")
    (tmp_path / "scenarios" / "tcp" / "all.yaml").write_text(EVERYTHING, "utf-8")
    return tmp_path / "scenarios"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "deep" / "plans.msgpack"


def forbid_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(data: bytes, file: str, scenario: str) -> None:
        raise AssertionError(f"{file} is compiled again")

    monkeypatch.setattr(compiling, "compile_file", refuse)


def test_a_second_load_compiles_nothing_and_gives_the_same(folder: Path, stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load([folder])
    assert stored.exists()
    assert [path.name for path in stored.parent.iterdir()] == ["plans.msgpack"]
    forbid_compiling(monkeypatch)
    assert load([folder]) == first
    assert len(first.plans) == 3


def test_a_changed_file_is_compiled_again(folder: Path) -> None:
    before = load([folder])
    (folder / "tcp" / "greet.yaml").write_text(GREETING.replace("listen(5)", "listen(6)"), "utf-8")
    after = load([folder])
    assert [plan.digest for plan in before.plans][:2] == [plan.digest for plan in after.plans][:2]
    assert before.plans[2].digest != after.plans[2].digest
    assert after == load([folder], cache=False)


def test_a_changed_language_makes_the_cache_useless(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load([folder])
    monkeypatch.setattr(cache, "fingerprint", lambda: b"another version")
    forbid_compiling(monkeypatch)
    with pytest.raises(AssertionError, match="is compiled again"):
        load([folder])


def test_mistakes_are_found_again_each_time(folder: Path) -> None:
    (folder / "tcp" / "bad.yaml").write_text("title: x\n", "utf-8")
    assert load([folder]) == load([folder])
    assert len(load([folder]).mistakes) == 3


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 500, None])
def test_a_damaged_cache_is_ignored_and_replaced(folder: Path, stored: Path, damage: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load([folder])
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-10] + b"\x00" * 10 if damage is None else damage)
    assert load([folder]) == first
    forbid_compiling(monkeypatch)
    assert load([folder]) == first


def test_without_a_place_to_write_there_is_no_cache(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    assert load([folder]) == load([folder], cache=False)


def test_old_entries_make_room(folder: Path, stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load([folder])
    (folder / "tcp" / "greet.yaml").write_text(GREETING.replace("listen(5)", "listen(6)"), "utf-8")
    load([folder])
    assert len(cache.PlanCache().entries) == 3
    monkeypatch.setattr(cache, "MOST_BYTES", 10)
    (folder / "tcp" / "greet.yaml").write_text(GREETING.replace("listen(5)", "listen(7)"), "utf-8")
    load([folder])
    assert len(cache.PlanCache().entries) == 2


def test_without_the_cache_nothing_is_written(folder: Path, stored: Path) -> None:
    load([folder], cache=False)
    assert not stored.exists()


def test_importing_the_room_is_cheap() -> None:
    program = (
        "import sys, msgspec; before = set(sys.modules); import harness.language.library, harness.language.needs;"
        "print(sorted({'yaml', 'ast', 'difflib', 'hashlib', 'json', 'platformdirs', 'jsonschema'} & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "[]\n"
