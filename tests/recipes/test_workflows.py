"""The workflows that `sockmatrix ci init github` writes, and the shell steps in them, run here as they stand."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from harness.commands.ci_command import _init
from tests.recipes.conftest import Gh
from tests.recipes.small_github import HEAD, GitHub

pytestmark = pytest.mark.end_to_end

WORKFLOW = ".github/workflows/sockmatrix.yml"
COMMENT = ".github/workflows/sockmatrix-comment.yml"


def settings(repository: Path, *jobs: str, shards: int = 1) -> None:
    tables = "\n".join(f"[[ci.jobs]]\n{job}" for job in jobs)
    (repository / "sockmatrix.toml").write_text(f'[ci]\nshards = {shards}\nscenarios = ["scenarios"]\n{tables}\n', "utf-8")


def two(pythons: dict[str, str]) -> str:
    """A job on Ubuntu with the oldest and the newest version that is not the controller's."""
    versions = sorted((version for version in pythons if version != "3.13"), key=lambda version: int(version[2:]))
    return f'runner = "ubuntu-latest"\npython = {json.dumps([versions[0], versions[-1]])}'


def test_all(small_github: GitHub, repository: Path, pythons: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    settings(repository, two(pythons), 'runner = "windows-latest"\npython = ["3.13"]', shards=2)
    _init("github", False, "sockmatrix", "main")
    jobs = small_github.play(WORKFLOW)
    for name, job in jobs.items():
        print("=====", name, job.result, job.outputs, job.steps)
        print(job.log)
        print(job.summary)
    assert 0
