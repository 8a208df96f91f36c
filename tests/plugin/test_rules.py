"""A YAML file is a scenario file by where it is or what it is called on the command line, and never by accident."""

from pathlib import Path

import pytest

from harness.plugin.rules import looks_alike, named_files, rules
from tests.plugin.projects import BROKEN, GOOD

FOREIGN = {
    "docker-compose.yaml": "services:\n  web:\n    image: nginx\n",
    ".github/workflows/ci.yaml": "name: ci\non: push\njobs:\n  test:\n    steps:\n      - run: pytest\n",
    "tests/test_api.tavern.yaml": "test_name: an api\nstages:\n  - name: one\n",
    "openapi.yaml": "openapi: 3.0.0\ninfo:\n  title: An API\n",
    "list.yaml": "- title: a\n  steps: []\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {**FOREIGN, "scenarios/tcp/good.yaml": GOOD, "conformance/tcp/good.yaml": GOOD, "loose.yaml": GOOD}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def collected(project: Path, *arguments: str, folders: tuple[str, ...] = (), spoken: bool = False, typed: bool = True) -> dict[str, str]:
    """The files that are collected, with what has to be loaded for each."""
    asked = rules([project / folder for folder in folders], arguments, project, spoken=spoken, typed=typed)
    roots = {file.relative_to(project): asked.root(file) for file in sorted(project.rglob("*.y*ml"))}
    return {file.as_posix(): root.relative_to(project).as_posix() for file, root in roots.items() if root is not None}


def test_nothing_is_collected_that_nobody_asked_for(project: Path) -> None:
    assert collected(project) == {}
    assert collected(project, ".") == {}


def test_folders_of_the_setting_are_collected_and_no_others(project: Path) -> None:
    assert collected(project, folders=("conformance",)) == {"conformance/tcp/good.yaml": "conformance"}
    assert collected(project, folders=("conformance",), spoken=True) == {"conformance/tcp/good.yaml": "conformance"}


def test_the_innermost_folder_of_the_setting_is_the_root(project: Path) -> None:
    assert collected(project, folders=("conformance", "conformance/tcp")) == {"conformance/tcp/good.yaml": "conformance/tcp"}


def test_with_an_option_folders_called_scenarios_are_collected(project: Path) -> None:
    assert collected(project, spoken=True) == {"scenarios/tcp/good.yaml": "scenarios"}


@pytest.mark.parametrize("spoken", [True, False])
def test_a_file_that_is_named_and_looks_like_a_scenario_is_collected(project: Path, spoken: bool) -> None:
    found = collected(project, "loose.yaml::loose[cpython-3.8.18]", spoken=spoken)
    assert found["loose.yaml"] == "loose.yaml"


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_tool_is_not_collected_even_if_it_is_named(project: Path, name: str) -> None:
    assert collected(project, name) == {}


def test_with_an_option_whatever_is_named_is_a_scenario_so_that_mistakes_are_seen(project: Path) -> None:
    (project / "broken.yaml").write_text("titel: It is broken\n", "utf-8")
    assert "broken.yaml" not in collected(project, "broken.yaml")
    assert "broken.yaml" in collected(project, "broken.yaml", spoken=True)


def test_with_an_option_what_looks_like_a_scenario_is_collected_from_folders_on_the_command_line(project: Path) -> None:
    (project / "mine" / "deep").mkdir(parents=True)
    (project / "mine" / "deep" / "good.yaml").write_text(GOOD, "utf-8")
    (project / "mine" / "compose.yaml").write_text(FOREIGN["docker-compose.yaml"], "utf-8")
    scenarios = {"scenarios/tcp/good.yaml": "scenarios"}
    assert collected(project, "mine") == {}
    assert collected(project, "mine", spoken=True) == {**scenarios, "mine/deep/good.yaml": "mine"}
    assert collected(project, "mine", "mine/deep", spoken=True) == {**scenarios, "mine/deep/good.yaml": "mine/deep"}
    assert collected(project, "mine", spoken=True, typed=False) == scenarios
    assert collected(project, "mine", spoken=True, folders=("conformance",)) == {"conformance/tcp/good.yaml": "conformance"}


def test_the_wrong_ending_is_collected_to_be_refused(project: Path) -> None:
    (project / "scenarios" / "tcp" / "late.yml").write_text(GOOD, "utf-8")
    assert "scenarios/tcp/late.yml" in collected(project, spoken=True)


def test_a_scenario_with_a_mistake_still_looks_like_one(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN, "utf-8")
    assert looks_alike(tmp_path / "broken.yaml")
    assert not looks_alike(tmp_path / "missing.yaml")


def test_arguments_that_are_no_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    assert named_files(["folder.yaml", "missing.yaml", "-x", "tests/test_a.py::test_b"], tmp_path, only_alike=False) == frozenset()
