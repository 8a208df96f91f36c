"""Machines for workflows to run on, made of this machine's interpreters; a repository with two scenarios; a `gh` that remembers."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.targets.discover import find_all
from tests.commands.conftest import save
from tests.recipes.small_github import GitHub, Machine
from tests.reports.making import GREETING, REFUSED, small_run

TESTS = Path(__file__).parents[2]


def program(file: Path, text: str) -> Path:
    """A shell script that can be started."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


@pytest.fixture(scope="session")
def pythons() -> dict[str, str]:
    """Path of the newest interpreter of each version of CPython 3: `{"3.8": "/usr/bin/python3.8"}`."""
    found = {".".join(each.version.split(".")[:2]): each.path for each in find_all().interpreters if each.label[:10] == "cpython-3."}
    if sys.platform == "win32" or len(found) < 2:
        pytest.skip("needs a shell and two versions of CPython 3")
    return found


@pytest.fixture
def two(pythons: dict[str, str]) -> tuple[str, str]:
    """The oldest and the newest version of this machine; 3.13 is what the controller is called."""
    versions = sorted((version for version in pythons if version != "3.13"), key=lambda version: int(version[2:]))
    return versions[0], versions[-1]


@pytest.fixture
def controller(tmp_path: Path) -> Path:
    """A folder with `python`, whose pip installs nothing and remembers what it was to install, and `sockmatrix`."""
    real = sys.executable
    pip = f'if [ "$1 $2" = "-m pip" ]; then printf "%s\\n" "$*" >> {tmp_path}/pip; exit 0; fi'
    program(tmp_path / "controller" / "python", f'{pip}\nexec {real} "$@"')
    program(tmp_path / "controller" / "sockmatrix", f'exec {real} -m harness "$@"')
    return tmp_path / "controller"


@pytest.fixture
def machine(tmp_path: Path, pythons: dict[str, str], controller: Path) -> Machine:
    """A runner of Ubuntu: every version that this machine has, the controller as 3.13 too."""
    folders = {}
    for version, path in pythons.items():
        folder = tmp_path / "pythons" / version
        program(folder / f"python{version}", f'exec {path} "$@"')
        folders[version] = folder
    # Two versions may be one: the second setup-python of a job puts the controller before the target.
    return Machine(folders | {"3.13": controller})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two scenarios of its own; its settings are for the test to write."""
    folder = tmp_path / "repository"
    for name, source in (("connect/refused", REFUSED), ("tcp/greeting", GREETING)):
        file = folder / "scenarios" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")
    (folder / ".git").mkdir()
    return folder


@pytest.fixture
def small_github(tmp_path: Path, repository: Path, machine: Machine) -> GitHub:
    """GitHub, as far as the repository's workflows need it."""
    (tmp_path / "github").mkdir()
    return GitHub(repository, tmp_path / "github", machine)


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """The command `docker`, which has no image of any name."""
    return program(tmp_path / "tools" / "docker", 'echo "docker: $*"; exit 1')


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    """A run, as the merge keeps it."""
    return save(small_run(), tmp_path / "merged")


def write_all(folder: Path, files: Mapping[str, str]) -> None:
    """Files by path, below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


class Gh:
    """What the command `gh` has to answer with, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "gh.json"
        self.tools = program(folder / "tools" / "gh", f'exec {sys.executable} {TESTS}/tests/recipes/gh.py "$@"').parent
        self.write(pulls=[], artifacts=[], comments={}, asked=[])

    def write(self, **what: Any) -> None:
        self.file.write_text(json.dumps(what), "utf-8")

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(self.file.read_text("utf-8"))  # type: ignore[no-any-return]


@pytest.fixture
def gh(tmp_path: Path) -> Gh:
    """The command `gh`, with nothing to say yet."""
    return Gh(tmp_path)
