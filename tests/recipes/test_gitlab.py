"""The file that `sockmatrix ci init gitlab` writes, and the shell steps in it, run here as they stand."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from harness.recipes.entries import matrix_of
from harness.recipes.files import GITLAB, gitlab
from harness.records.matrix import Job
from tests.recipes.conftest import program, write_all
from tests.recipes.small_gitlab import GitLab

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def small_gitlab(tmp_path: Path, repository: Path, controller: Path) -> GitLab:
    """The image `python:3.13` has the controller, whose environments are the controller again."""
    shift = f'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; echo "PATH={controller}:\\$PATH" > "$3/bin/activate"; exit 0; fi'
    program(tmp_path / "image" / "python3", f'{shift}\nexec {controller}/python "$@"')
    (tmp_path / "gitlab").mkdir()
    return GitLab(repository, tmp_path / "gitlab", (tmp_path / "image",))


@pytest.fixture
def uv(tmp_path: Path, pythons: dict[str, str]) -> Path:
    """The command `uv`, which installs what this machine has to where uv would."""
    lines = [f"{version}) path={path} ;;" for version, path in pythons.items()]
    return program(
        tmp_path / "image" / "uv",
        f'[ "$1 $2" = "python install" ] || exit 9\ncase $3 in\n{chr(10).join(lines)}\n*) echo "no $3"; exit 1 ;;\nesac\n'
        'folder="$HOME/.local/share/uv/python/cpython-$3/bin"\nmkdir -p "$folder"\n'
        'printf \'#!/bin/sh\\nexec %s "$@"\\n\' "$path" > "$folder/python3"\nchmod +x "$folder/python3"',
    )


def settings(repository: Path, *jobs: Job) -> None:
    """The settings, and the file that is written for them."""
    tables = []
    for job in jobs:
        name = json.dumps(job.name.rpartition("-")[0])
        tables.append(f"[[ci.jobs]]\nname = {name}\nrunner = {json.dumps(job.runner)}\npython = {json.dumps([job.python])}")
    shards = f"shards = {jobs[0].shards}"
    (repository / "sockmatrix.toml").write_text(f'[ci]\n{shards}\nscenarios = ["scenarios"]\n' + "\n".join(tables), "utf-8")
    write_all(repository, gitlab(matrix_of(jobs, {}).include, "sockmatrix"))


def linux(version: str, shards: int = 1) -> Job:
    return Job(f"linux-python{version}", (f"python{version}",), "python:3.13", version, shards)


def test_a_pipeline_plans_plays_and_merges(small_gitlab: GitLab, uv: Path, repository: Path, two: tuple[str, str]) -> None:
    settings(repository, linux(two[0], 2), linux(two[1], 2))
    small_gitlab.variables["SOCKMATRIX_PAGES"] = "true"
    jobs = small_gitlab.play(GITLAB)
    parts = [f"sockmatrix play: linux-python{version}+{number}-of-2" for version in two for number in (1, 2)]
    names = ["sockmatrix plan", *parts, "sockmatrix", "sockmatrix pages"]
    assert {name: job.result for name, job in jobs.items()} == dict.fromkeys(names, "success"), jobs["sockmatrix"].log
    assert "as expected in 4 cells" in jobs["sockmatrix"].log
    report, pages = jobs["sockmatrix"].kept, jobs["sockmatrix pages"].kept
    assert report
    assert pages
    assert (report / "sockmatrix-report" / "junit.xml").is_file()
    assert json.loads((report / "sockmatrix-report" / "gl-code-quality-report.json").read_text()) == []
    assert sorted(file.name for file in (pages / "public").iterdir()) == ["badge.svg", "index.html", "matrix.svg", "report.json"]


def test_a_runner_that_is_not_there_makes_the_merge_red(small_gitlab: GitLab, uv: Path, repository: Path, two: tuple[str, str]) -> None:
    settings(repository, linux(two[0]), Job("windows-python3.13", ("python3.13",), "windows", "3.13"))
    jobs = small_gitlab.play(GITLAB)
    assert {name: job.result for name, job in jobs.items()} == {
        "sockmatrix plan": "success", f"sockmatrix play: linux-python{two[0]}": "success",
        "sockmatrix play on windows: windows-python3.13": "stuck", "sockmatrix": "failure 3", "sockmatrix pages": "left out",
    }  # fmt: skip
    assert "✗ 2 without a result in 4 cells" in jobs["sockmatrix"].log
    assert jobs["sockmatrix"].kept
    assert (jobs["sockmatrix"].kept / "sockmatrix-report" / "report.html").is_file()


def test_a_baseline_that_does_not_agree_is_red_in_the_reports(
    small_gitlab: GitLab, uv: Path, repository: Path, two: tuple[str, str], controller: Path
) -> None:
    settings(repository, linux(two[0]))
    kept = small_gitlab.play(GITLAB)["sockmatrix"].kept
    accepted = [str(controller / "sockmatrix"), "baseline", "accept", "baseline.json", str(kept / "sockmatrix-merged" if kept else "")]
    subprocess.run(accepted, cwd=repository, check=True, capture_output=True)
    baseline = repository / "baseline.json"
    baseline.write_text(baseline.read_text("utf-8").replace('"pass"', '"variation"'), "utf-8")
    small_gitlab.folder = small_gitlab.folder / "again"
    small_gitlab.folder.mkdir()
    small_gitlab.variables["SOCKMATRIX_BASELINE"] = "baseline.json"
    merge = small_gitlab.play(GITLAB)["sockmatrix"]
    assert merge.result == "failure 1"
    assert merge.kept
    report = merge.kept / "sockmatrix-report"
    assert [each["check_name"] for each in json.loads((report / "gl-code-quality-report.json").read_text("utf-8"))] == [
        "sockmatrix/new-difference"
    ]
    assert "2 changes that nobody has accepted" in (report / "junit.xml").read_text("utf-8")


def test_a_runner_of_any_name_is_named_in_the_file() -> None:
    entries = matrix_of([Job("big", ("python3.13",), "big #1"), Job("no", ("python3.12",), "[1]")], {}).include
    document = yaml.safe_load(gitlab(entries, "sockmatrix")[GITLAB])
    names = ["sockmatrix play on big #1", "sockmatrix play on [1]"]
    assert document["sockmatrix"]["needs"] == ["sockmatrix plan", *names]
    assert [document[name]["tags"] for name in names] == [["big #1"], ["[1]"]]


def test_a_python_that_uv_lacks_fails_its_part_and_the_merge(small_gitlab: GitLab, uv: Path, repository: Path) -> None:
    settings(repository, linux("3.99"))
    jobs = small_gitlab.play(GITLAB)
    assert jobs["sockmatrix play: linux-python3.99"].log.endswith("no 3.99\n")
    assert jobs["sockmatrix"].log.endswith("no part of the matrix has delivered a run; the jobs that were to play say why\n")
    assert jobs["sockmatrix"].result == "failure 3"


def test_a_machine_with_windows_has_other_names(small_gitlab: GitLab, uv: Path, repository: Path, two: tuple[str, str]) -> None:
    """No python3 that works, and an environment whose commands are in Scripts."""
    settings(repository, linux(two[0]))
    image = small_gitlab.tools[0]
    text = (image / "python3").read_text()
    program(image / "python", text.removeprefix("#!/bin/sh\n").replace("/bin", "/Scripts", 2))
    program(image / "python3", 'echo "Python was not found" >&2; exit 49')
    jobs = small_gitlab.play(GITLAB)
    assert jobs["sockmatrix"].result == "success", jobs["sockmatrix plan"].log
    assert "as expected in 2 cells" in jobs["sockmatrix"].log


def test_images_are_pulled_from_within_the_job(small_gitlab: GitLab, repository: Path, tmp_path: Path) -> None:
    """The library for containers is a stand-in, which the run itself cannot use."""
    job = Job("old", ("docker:python:2.7-slim", "docker:python:3.6-slim"), "python:3.13")
    (repository / "sockmatrix.toml").write_text(
        f'[ci]\nscenarios = ["scenarios"]\n[[ci.jobs]]\nname = "old"\nrunner = "python:3.13"\ntargets = {json.dumps(job.targets)}\n'
    )
    write_all(repository, gitlab(matrix_of([job], {}).include, "sockmatrix"))
    write_all(tmp_path / "library", {"docker.py": "class from_env:\n    ping = print\n    images = property(lambda self: self)\n"
                                    "    pull = lambda self, image: print('pulled', image)\n"})  # fmt: skip
    small_gitlab.variables["PYTHONPATH"] = str(tmp_path / "library")
    jobs = small_gitlab.play(GITLAB)
    played = jobs["sockmatrix play in containers: old"]
    assert "pulled python:2.7-slim\npulled python:3.6-slim\n" in played.log
    assert played.result.startswith("failure")
    assert jobs["sockmatrix"].result.startswith("failure")
