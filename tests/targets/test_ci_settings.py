"""The table [ci] of the settings: jobs, each mistake with its place."""

from pathlib import Path

import pytest

from harness.records.matrix import Job
from harness.targets.ci_settings import Ci
from harness.targets.config import ConfigError, read

GOOD = """
[ci]
shards = 2
scenarios = ["scenarios"]
select = ["area:tcp", "!tag:slow"]

[[ci.jobs]]
runner = "ubuntu-latest"
python = ["3.8", "3.13t", "pypy3.10"]

[[ci.jobs]]
runner = "windows-latest"
python = ["3.10"]
name = "win"
shards = 1

[[ci.jobs]]
runner = "image: big one"
targets = ["docker:python:3.8-slim", "pyenv:*"]
"""


def ci_of(folder: Path, text: str) -> Ci:
    (folder / "sockmatrix.toml").write_text(text, "utf-8")
    return read(folder).ci


def problem(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as wrong:
        ci_of(folder, text)
    return str(wrong.value)


def test_each_version_is_a_job_and_each_list_of_targets_is_one(tmp_path: Path) -> None:
    assert ci_of(tmp_path, GOOD).jobs == (
        Job("ubuntu-latest-python3.8", ("python3.8",), "ubuntu-latest", "3.8", 2),
        Job("ubuntu-latest-python3.13t", ("python3.13t",), "ubuntu-latest", "3.13t", 2),
        Job("ubuntu-latest-pypy3.10", ("pypy3.10",), "ubuntu-latest", "pypy3.10", 2),
        Job("win-python3.10", ("python3.10",), "windows-latest", "3.10", 1),
        Job("image-big-one", ("docker:python:3.8-slim", "pyenv:*"), "image: big one", "", 2),
    )


def test_what_is_played(tmp_path: Path) -> None:
    found = ci_of(tmp_path, GOOD)
    assert (found.scenarios, found.select) == (("scenarios",), ("area:tcp", "!tag:slow"))


def test_without_the_table_there_are_no_jobs(tmp_path: Path) -> None:
    assert ci_of(tmp_path, "") == Ci()


def test_the_table_may_be_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[[tool.sockmatrix.ci.jobs]]\nrunner = "a"\npython = [3.8]\n', "utf-8")
    with pytest.raises(ConfigError) as wrong:
        read(tmp_path)
    place = "pyproject.toml: tool.sockmatrix.ci.jobs[0].python"
    assert str(wrong.value) == f'{place}: must be a list of versions, in quotes: ["3.8", "3.13"]'


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("ci = 1", "ci", "must be a table: [ci]"),
        ("[ci]\nshard = 2", "ci.shard", "unknown key 'shard'; did you mean 'shards'?"),
        ("[ci]\nzz = 2", "ci.zz", "unknown key 'zz'; the keys are shards, scenarios, select and jobs"),
        ("[ci]\nshards = 0", "ci.shards", "must be a number from 1 to 256"),
        ("[ci]\nshards = true", "ci.shards", "must be a number from 1 to 256"),
        ('[ci]\nscenarios = "scenarios"', "ci.scenarios", 'must be a list of texts: ["scenarios"]'),
        ('[ci]\nselect = [" "]', "ci.select", 'must be a list of texts: ["area:tcp"]'),
        ("[ci]\njobs = 1", "ci.jobs", "must be tables: [[ci.jobs]]"),
        ("[[ci.jobs]]\npython = ['3.8']", "ci.jobs[0].runner", 'must name the machine: "ubuntu-latest"'),
        ("[[ci.jobs]]\nrunner = 'a\\b'\npython = []", "ci.jobs[0].python", 'must be a list of versions, in quotes: ["3.8", "3.13"]'),
        (
            "[[ci.jobs]]\nrunner = 'a'\npython = ['3.x']",
            "ci.jobs[0].python[0]",
            "'3.x' is no version of Python; write '3.8', '3.13t' or 'pypy3.10'",
        ),
        (
            "[[ci.jobs]]\nrunner = 'a'",
            "ci.jobs[0]",
            'needs either python = ["3.8", "3.13"] or targets = ["docker:python:3.8-slim"]',
        ),
        (
            "[[ci.jobs]]\nrunner = 'a'\npython = ['3.8']\ntargets = ['python3.9']",
            "ci.jobs[0]",
            'needs either python = ["3.8", "3.13"] or targets = ["docker:python:3.8-slim"]',
        ),
        (
            "[[ci.jobs]]\nrunner = 'a'\ntargets = ['pyhton3.8']",
            "ci.jobs[0].targets[0]",
            "unknown target 'pyhton3.8'; did you mean 'python3.8'?",
        ),
        (
            "[[ci.jobs]]\nrunner = 'a'\ntargets = []",
            "ci.jobs[0].targets",
            'must be a list of targets: ["python3.8", "docker:python:3.13-alpine"]',
        ),
        (
            "[[ci.jobs]]\nrunner = 'a'\nname = '../x'\npython = ['3.8']",
            "ci.jobs[0].name",
            "must be letters, digits, '.', '-' and '_': it becomes part of names of files",
        ),
        (
            "[[ci.jobs]]\nrunner = 'a'\npython = ['3.8', '3.8']",
            "ci.jobs[0]",
            "the job 'a-python3.8' is there already, in sockmatrix.toml: ci.jobs[0]; give one of them another name",
        ),
        ("[[ci.jobs]]\nrunner = 'a'\npyton = ['3.8']", "ci.jobs[0].pyton", "unknown key 'pyton'; did you mean 'python'?"),
    ],
)  # fmt: skip
def test_mistakes_have_a_place_and_a_hint(tmp_path: Path, text: str, place: str, words: str) -> None:
    assert problem(tmp_path, text) == f"sockmatrix.toml: {place}: {words}"
