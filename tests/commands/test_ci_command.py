"""`sockmatrix ci`: what is written, what is refused, and what is said."""

import json
import zipfile
from pathlib import Path

import jsonschema
import pytest

from harness.matrix.file import write_matrix
from harness.matrix.planning import plan_of
from harness.recipes.files import COMMENT, GITLAB, INSTALL, WORKFLOW
from harness.records.matrix import Job
from harness.reports.schemas import schema
from tests.commands.conftest import Sockmatrix

RELEASE = (
    "each machine installs {spec}: make sure that your package index has this release; if it has not, name a checkout: "
    "sockmatrix ci init {system} --force --install 'sockmatrix[docker] @ git+https://HOST/OWNER/REPOSITORY@COMMIT'"
)
UBUNTU = '[[ci.jobs]]\nrunner = "ubuntu-latest"\npython = ["3.8", "3.13"]\n'


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """The current folder, which is the top of a repository."""
    (tmp_path / ".git").mkdir()
    return tmp_path


# -------------------------------------------------------------------------------------------------------------- matrix


def test_the_matrix_is_one_line_that_github_takes(sockmatrix: Sockmatrix, top: Path) -> None:
    (top / "sockmatrix.toml").write_text(f"[ci]\nshards = 2\n{UBUNTU}")
    ended = sockmatrix("ci", "matrix", "--json")
    assert (ended.code, ended.out.count("\n"), ended.err) == (0, 1, "")
    found = json.loads(ended.out)
    jsonschema.validate(found, schema("ci-matrix"))
    assert [entry["part"] for entry in found["include"]] == [
        "ubuntu-latest-python3.8+1-of-2", "ubuntu-latest-python3.8+2-of-2", "ubuntu-latest-python3.13+1-of-2",
        "ubuntu-latest-python3.13+2-of-2",
    ]  # fmt: skip
    assert found["include"][1] == {
        "part": "ubuntu-latest-python3.8+2-of-2", "job": "ubuntu-latest-python3.8", "shard": "2/2", "runner": "ubuntu-latest",
        "python": "3.8", "images": "",
    }  # fmt: skip


def test_the_matrix_as_a_table(sockmatrix: Sockmatrix, top: Path) -> None:
    images = '[[ci.jobs]]\nname = "old"\nrunner = "ubuntu-latest"\ntargets = ["docker:python:2.7-slim", "@more"]\n'
    (top / "sockmatrix.toml").write_text(f'groups = {{ more = ["docker:python:3.6-slim"] }}\n{UBUNTU}{images}')
    assert sockmatrix("ci", "matrix").out.splitlines() == [
        "3 parts of 3 jobs",
        " ubuntu-latest-python3.8   ubuntu-latest  Python 3.8",
        " ubuntu-latest-python3.13  ubuntu-latest  Python 3.13",
        " old                       ubuntu-latest  python:2.7-slim python:3.6-slim",
    ]


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("", "", "[[ci.jobs]] into sockmatrix.toml"),
        ("sockmatrix.toml", 'targets = ["current"]', "[[ci.jobs]] into sockmatrix.toml"),
        ("pyproject.toml", "[tool.sockmatrix]", "[[tool.sockmatrix.ci.jobs]] into pyproject.toml"),
    ],
)
def test_without_jobs_there_is_no_matrix(sockmatrix: Sockmatrix, top: Path, file: str, text: str, place: str) -> None:
    if file:
        (top / file).write_text(text)
    ended = sockmatrix("ci", "matrix", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        f'sockmatrix: no job is planned: write {place}, with runner = "ubuntu-latest" and python = ["3.8", "3.13"] (docs/ci.md)\n'
    )


def test_the_matrix_of_a_plan(sockmatrix: Sockmatrix, top: Path) -> None:
    write_matrix(top / "plan.json", plan_of((), [Job("a", ("docker:python:3.8-slim",), "ubuntu-latest", shards=2)]))
    found = json.loads(sockmatrix("ci", "matrix", "--plan", "plan.json", "--json").out)
    assert [(entry["part"], entry["images"]) for entry in found["include"]] == [
        ("a+1-of-2", "python:3.8-slim"),
        ("a+2-of-2", "python:3.8-slim"),
    ]


def test_a_plan_for_no_machine(sockmatrix: Sockmatrix, top: Path) -> None:
    write_matrix(top / "plan.json", plan_of((), [Job("all", ("current",))]))
    ended = sockmatrix("ci", "matrix", "--plan", "plan.json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "sockmatrix: plan.json: no machine is named for the job 'all'; plan the jobs of the settings, without -t\n"


# ---------------------------------------------------------------------------------------------------------------- init


def test_a_repository_without_settings_gets_some_to_begin_with(sockmatrix: Sockmatrix, top: Path) -> None:
    ended = sockmatrix("ci", "init", "github")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[:3] == ["wrote  sockmatrix.toml", f"wrote  {WORKFLOW}", f"wrote  {COMMENT}"]
    assert " ".join(ended.out.split("next")[1].split()) == (
        "edit sockmatrix.toml to the Pythons that you support, look at the machines (sockmatrix ci matrix), commit and push"
    )
    assert [entry["runner"] for entry in json.loads(sockmatrix("ci", "matrix", "--json").out)["include"]] == [
        "ubuntu-latest", "ubuntu-latest", "ubuntu-latest", "windows-latest", "macos-latest", "ubuntu-latest",
    ]  # fmt: skip


def test_settings_that_are_there_are_taken_and_left(sockmatrix: Sockmatrix, top: Path) -> None:
    (top / "pyproject.toml").write_text(UBUNTU.replace("ci.", "tool.sockmatrix.ci."))
    ended = sockmatrix("ci", "init", "github", "--json")
    told = json.loads(ended.out)
    jsonschema.validate(told, schema("ci-init"))
    assert told == {
        "written": [WORKFLOW, COMMENT], "notes": [RELEASE.format(spec=INSTALL, system="github")],
        "next": "look at the machines (sockmatrix ci matrix), commit and push", "same": [],
    }  # fmt: skip
    assert not (top / "sockmatrix.toml").exists()


def test_the_same_again_is_no_conflict(sockmatrix: Sockmatrix, top: Path) -> None:
    first = sockmatrix("ci", "init", "github")
    text = (top / WORKFLOW).read_bytes()
    again = sockmatrix("ci", "init", "github")
    assert (first.code, again.code) == (0, 0)
    assert again.out.splitlines()[:2] == [f"same   {WORKFLOW}", f"same   {COMMENT}"]
    assert (top / WORKFLOW).read_bytes() == text


def test_a_file_that_was_edited_is_left_unless_forced(sockmatrix: Sockmatrix, top: Path) -> None:
    (top / "sockmatrix.toml").write_text(UBUNTU)
    (top / WORKFLOW).parent.mkdir(parents=True)
    (top / WORKFLOW).write_text("mine")
    ended = sockmatrix("ci", "init", "github")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"sockmatrix: {WORKFLOW}: is there already, and different; --force replaces\n"
    assert not (top / COMMENT).exists()
    assert sockmatrix("ci", "init", "github", "--force").code == 0
    assert (top / WORKFLOW).read_text() != "mine"


def test_what_is_to_be_looked_at_is_said(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    (tmp_path / "sockmatrix.toml").write_text('[[ci.jobs]]\nrunner = "ubuntu-latest"\npython = ["2.7"]\n')
    told = json.loads(sockmatrix("ci", "init", "github", "--json").out)
    lacking, _, elsewhere = told["notes"]
    assert lacking == (
        "setup-python has no Python 2.7 for ubuntu-latest: that part will fail; play it in a container, with "
        'targets = ["docker:python:2.7-slim"]'
    )
    assert elsewhere == "this folder is not the top of a repository, where these files are looked for"


def test_what_is_installed_and_the_branch_are_yours(sockmatrix: Sockmatrix, top: Path) -> None:
    assert sockmatrix("ci", "init", "github", "--install", ".[docker]", "--branch", "on").code == 0
    assert "each machine installs" not in sockmatrix("ci", "init", "github", "--install", ".[docker]", "--branch", "on").out
    text = (top / WORKFLOW).read_text("utf-8")
    assert '  SOCKMATRIX_INSTALL: ".[docker]" # what pip installs\n' in text
    assert '    branches: ["on"]\n' in text
    ended = sockmatrix("ci", "init", "github", "--install", "a\nb")
    assert (ended.code, ended.err) == (2, "sockmatrix: --install 'a\\nb' is no text that a file can hold\n")


def test_gitlab_gets_a_file_of_its_own_and_one_that_includes_it(sockmatrix: Sockmatrix, top: Path) -> None:
    ended = sockmatrix("ci", "init", "gitlab")
    assert ended.out.splitlines()[:3] == ["wrote  sockmatrix.toml", f"wrote  {GITLAB}", "wrote  .gitlab-ci.yml"]
    assert (top / ".gitlab-ci.yml").read_text() == "include:\n  - local: .gitlab/sockmatrix.yml\n"


def test_a_gitlab_file_that_is_there_is_not_touched(sockmatrix: Sockmatrix, top: Path) -> None:
    (top / "sockmatrix.toml").write_text(UBUNTU)
    (top / ".gitlab-ci.yml").write_text("stages: [build]\n")
    told = json.loads(sockmatrix("ci", "init", "gitlab", "--force", "--json").out)
    assert told["written"] == [GITLAB]
    assert told["notes"] == [
        "'ubuntu-latest' is a tag of runners; an image has a ':' or a '/' in its name: python:3.13",
        ".gitlab-ci.yml is yours; add to it: include: [{local: .gitlab/sockmatrix.yml}]",
        RELEASE.format(spec=INSTALL, system="gitlab"),
    ]
    assert (top / ".gitlab-ci.yml").read_text() == "stages: [build]\n"


def test_a_runner_with_windows_has_another_shell_on_gitlab(sockmatrix: Sockmatrix, top: Path) -> None:
    (top / "sockmatrix.toml").write_text(UBUNTU.replace("ubuntu", "windows"))
    assert json.loads(sockmatrix("ci", "init", "gitlab", "--json").out)["notes"][1] == (
        "'windows-latest': the scripts are for bash; a runner on Windows uses PowerShell unless it is set up otherwise"
    )


def test_a_place_that_cannot_be_written_to(sockmatrix: Sockmatrix, top: Path) -> None:
    (top / "sockmatrix.toml").write_text(UBUNTU)
    (top / ".github").write_text("a file")
    ended = sockmatrix("ci", "init", "github")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"sockmatrix: {WORKFLOW}: cannot be written: ")


# -------------------------------------------------------------------------------------------------------------- unpack


def test_a_run_is_taken_out_of_an_artifact(sockmatrix: Sockmatrix, top: Path, saved: Path) -> None:
    with zipfile.ZipFile(top / "merged.zip", "w") as opened:
        for file in (top / saved).iterdir():
            opened.write(file, file.name)
        opened.writestr("report.html", "<script>")
    ended = sockmatrix("ci", "unpack", "merged.zip", "--out", "merged")
    assert (ended.code, ended.out) == (0, "merged  0.1 MB, 1 other file left in the archive\n")
    assert sockmatrix("summary", "merged").code == sockmatrix("summary", str(saved)).code


def test_a_folder_that_is_there_is_not_written_over(sockmatrix: Sockmatrix, top: Path, saved: Path) -> None:
    ended = sockmatrix("ci", "unpack", "merged.zip", "--out", str(saved))
    assert (ended.code, ended.err) == (2, f"sockmatrix: {saved} is there already; name a folder that is not, or is empty\n")


def test_an_artifact_that_is_not_there(sockmatrix: Sockmatrix, top: Path) -> None:
    ended = sockmatrix("ci", "unpack", "merged.zip", "--out", "merged")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "sockmatrix: merged.zip: there is no such file; name a zip file, as an artifact is downloaded\n"
