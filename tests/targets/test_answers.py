"""Answers are remembered by path, time and size."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.targets.answers import answer_of
from harness.targets.asking import NoAnswer

FakeMaker = Callable[..., str]


def starts(path: str) -> int:
    return len(Path(f"{path}.starts").read_text().splitlines())


def test_an_interpreter_is_started_once(fake: FakeMaker, tmp_path: Path) -> None:
    jython = fake("bin/jython", "2.7.3", implementation="jython")
    first = answer_of(jython, tmp_path / "cache")
    assert answer_of(jython, tmp_path / "cache") == first
    assert first.version == "2.7.3"
    assert starts(jython) == 1


def test_a_changed_file_is_asked_again(fake: FakeMaker, tmp_path: Path) -> None:
    python = fake("bin/python3", "3.8.18")
    answer_of(python, tmp_path / "cache")
    fake("bin/python3", "3.10.1")
    assert answer_of(python, tmp_path / "cache").version == "3.10.1"


def test_a_file_of_the_same_size_with_another_time_is_asked_again(fake: FakeMaker, tmp_path: Path) -> None:
    python = fake("bin/python3", "3.8.18")
    answer_of(python, tmp_path / "cache")
    fake("bin/python3", "3.8.19")
    os.utime(python, ns=(1, 1))
    assert answer_of(python, tmp_path / "cache").version == "3.8.19"


def test_a_spoilt_memory_is_not_believed(fake: FakeMaker, tmp_path: Path) -> None:
    python = fake("bin/python3", "3.8.18")
    answer_of(python, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:20] + b"\xff")
    assert answer_of(python, tmp_path / "cache").version == "3.8.18"
    assert starts(python) == 2


def test_without_a_cache_folder_it_is_only_slower(fake: FakeMaker, tmp_path: Path) -> None:
    python = fake("bin/python3")
    (tmp_path / "file").write_text("")
    assert answer_of(python, tmp_path / "file" / "cache") == answer_of(python, tmp_path / "file" / "cache")
    assert starts(python) == 2


def test_nothing_is_written_beside_the_users_own_files(fake: FakeMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    answer_of(fake("bin/python3"), Path("~/.cache/sockmatrix"))
    assert list((tmp_path / "cwd").iterdir()) == []


def test_a_refusal_is_not_remembered(script: Callable[[str, str], str], fake: FakeMaker, tmp_path: Path) -> None:
    broken = script("bin/python3", "exit 1")
    with pytest.raises(NoAnswer):
        answer_of(broken, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_concurrent_writers_leave_one_whole_answer(fake: FakeMaker, tmp_path: Path) -> None:
    python = fake("bin/python3")
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: answer_of(python, tmp_path / "cache"), range(16)))
    assert len(answers) == 1
    assert len(list((tmp_path / "cache").iterdir())) == 1
