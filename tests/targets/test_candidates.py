"""Which files of a machine are worth asking."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.targets.candidates import list_all, looks_like_interpreter, shim_manager

FakeMaker = Callable[..., str]


@pytest.mark.parametrize(
    "name", ["python", "python3", "python3.8", "python3.13t", "python3.6m", "pypy3.9", "jython", "graalpy", "python.exe"]
)
def test_names_of_interpreters(name: str) -> None:
    assert looks_like_interpreter(f"/usr/bin/{name}")


@pytest.mark.parametrize("name", ["python3-config", "python2.7-gdb.py", "pypy3compile", "snap", "ipython", "py3clean"])
def test_names_of_other_programs(name: str) -> None:
    assert not looks_like_interpreter(f"/usr/bin/{name}")


def test_every_provider_says_what_it_knows(fake: FakeMaker, machine: Path) -> None:
    on_path, graalpy = fake("bin/python3"), fake("bin/graalpy")
    in_pyenv, in_uv = fake("pyenv/versions/3.8.18/bin/python3.8"), fake("uv/cpython-3.12/bin/python3")
    listing = list_all()
    assert {(candidate.path, candidate.source) for candidate in listing.candidates} >= {
        (on_path, "path"), (graalpy, "path"), (in_pyenv, "pyenv"), (in_uv, "uv"),
    }  # fmt: skip
    assert set(listing.looked) >= {"path", "pyenv", "uv", "rye"}
    assert listing.skipped == {}


def test_a_provider_that_fails_is_told_and_the_others_go_on(fake: FakeMaker, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> None:
        raise RuntimeError("Could not determine home directory.")

    on_path = fake("bin/python3")
    monkeypatch.setattr("findpython.providers.RyeProvider.create", homeless)
    listing = list_all()
    assert listing.skipped["rye"] == "could not be searched: Could not determine home directory."
    assert "rye" not in listing.looked
    assert on_path in [candidate.path for candidate in listing.candidates]


def test_a_shim_is_an_alias_of_what_its_manager_has(fake: FakeMaker, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine / "pyenv" / "shims"))
    shim, real, dead = fake("pyenv/shims/python3.8"), fake("pyenv/versions/3.8.18/bin/python3.8"), fake("pyenv/shims/python3.5")
    listing = list_all()
    assert [candidate.path for candidate in listing.candidates] == [real]
    assert listing.skipped == {dead: "a shim of pyenv that leads to no installed version"}
    assert shim_manager(shim) == "pyenv"
    assert shim_manager(real) == ""
