"""The interpreters of small made-up machines, and of this one."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.targets.asking import NoAnswer
from harness.targets.candidates import Candidate
from harness.targets.discover import examine, find_all, look_at
from harness.targets.interpreter import Interpreter

FakeMaker = Callable[..., str]
Script = Callable[[str, str], str]


def starts(path: str) -> int:
    return len(Path(f"{path}.starts").read_text().splitlines())


def test_an_empty_machine_has_none(machine: Path) -> None:
    assert find_all(machine / "cache").interpreters == ()


def test_links_to_one_file_are_one_and_it_is_started_once(fake: FakeMaker, machine: Path) -> None:
    real = fake("bin/python3.8")
    for alias in ("python", "python3"):
        (machine / "bin" / alias).symlink_to("python3.8")
    found = find_all(machine / "cache")
    assert found.interpreters == (Interpreter(real, "cpython", "3.8.18", "path", home=str(machine)),)
    assert starts(real) == 1


def test_a_second_search_starts_nothing(fake: FakeMaker, machine: Path) -> None:
    jython = fake("bin/jython", "2.7.3", implementation="jython")
    assert find_all(machine / "cache") == find_all(machine / "cache")
    assert starts(jython) == 1


def test_copies_that_name_one_home_are_one_and_the_path_inside_it_is_taken(fake: FakeMaker, machine: Path) -> None:
    real = fake("pyenv/versions/3.8.18/bin/python3.8")
    fake("bin/python3", home=str(machine / "pyenv/versions/3.8.18"))
    assert [(each.path, each.source) for each in find_all(machine / "cache").interpreters] == [(real, "pyenv")]


def test_the_installer_names_an_installation_that_path_has_too(fake: FakeMaker, machine: Path) -> None:
    real = fake("pyenv/versions/3.8.18/bin/python3.8")
    (machine / "bin/python3.8").symlink_to(real)
    assert [(each.path, each.source) for each in find_all(machine / "cache").interpreters] == [(real, "pyenv")]


def test_the_same_version_in_two_homes_is_two(fake: FakeMaker, machine: Path) -> None:
    paths = [fake("bin/python3", "3.11.7"), fake("pyenv/versions/3.11.7/bin/python", "3.11.7")]
    assert sorted(each.path for each in find_all(machine / "cache").interpreters) == sorted(paths)


def test_the_version_is_what_the_interpreter_says_not_its_name(fake: FakeMaker, machine: Path) -> None:
    fake("bin/python3.8", "3.12.1")
    assert [each.version for each in find_all(machine / "cache").interpreters] == ["3.12.1"]


def test_what_cannot_be_a_target_is_skipped_with_the_reason(fake: FakeMaker, script: Script, machine: Path) -> None:
    old, broken = fake("bin/python2.6", "2.6.9"), script("bin/python3.7", "echo 'no libpython here' >&2; exit 127")
    found = find_all(machine / "cache")
    assert found.interpreters == ()
    assert found.skipped == {
        old: "Python 2.6.9 is too old; an agent runs on 2.7 and on 3.4 and later",
        broken: "ended with status 127: no libpython here",
    }


def test_a_file_that_may_not_be_executed_is_skipped_with_the_reason(fake: FakeMaker, machine: Path) -> None:
    locked = fake("bin/python3")
    Path(locked).chmod(0o644)
    assert find_all(machine / "cache").skipped == {locked: "cannot be started: Permission denied"}


def test_a_launcher_that_looks_at_its_own_name_is_left_as_it_is(fake: FakeMaker, machine: Path) -> None:
    fake("bin/launcher", home=str(machine))
    link = machine / "bin/python3"
    link.symlink_to("launcher")
    assert [each.path for each in find_all(machine / "cache").interpreters] == [str(link)]


def test_a_shim_is_followed_each_time_it_is_named(fake: FakeMaker, machine: Path) -> None:
    real = fake("pyenv/versions/3.8.18/bin/python3.8")
    shim = fake("pyenv/shims/python3", executable=real, home=str(machine / "pyenv/versions/3.8.18"))
    assert [look_at(shim, machine / "cache").path for _ in range(2)] == [real, real]
    assert starts(shim) == 2


def test_a_path_that_is_too_old_or_not_there(fake: FakeMaker, machine: Path) -> None:
    with pytest.raises(NoAnswer, match=r"Python 3\.2\.6 is too old"):
        look_at(fake("bin/python3.2", "3.2.6"), machine / "cache")
    with pytest.raises(NoAnswer, match="No such file or directory"):
        look_at(str(machine / "bin/python9"), machine / "cache")


def test_a_virtual_environment_is_its_base(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    inside = shutil.which("python", path=str(tmp_path / "env/bin")) or str(tmp_path / "env/Scripts/python.exe")
    found = examine([Candidate(inside, "path"), Candidate(sys.executable, "current")], tmp_path / "cache")
    assert len(found.interpreters) == 1
    assert found.skipped == {}


@pytest.mark.end_to_end
def test_this_machine_has_at_least_the_interpreter_of_this_test(tmp_path: Path) -> None:
    found = find_all(tmp_path)
    mine = look_at(sys.executable, tmp_path)
    assert mine.identity in {each.identity for each in found.interpreters}
    assert len({each.identity for each in found.interpreters}) == len(found.interpreters)
