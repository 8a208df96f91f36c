"""The files for CI systems: made of the templates, the same each time, and without what a stranger could use."""

import re
from pathlib import Path

import pytest
import yaml

from harness.recipes.actions import ACTIONS
from harness.recipes.entries import TooManyParts, matrix_of
from harness.recipes.files import ACTION, COMMENT, GITLAB, STEPS, WORKFLOW, as_yaml, github, gitlab, own, step
from harness.records.matrix import Job
from tests.recipes.small_github import inputs_of, read

ROOT = Path(__file__).parents[2]
CALLER = ".github/workflows/conformance.yml"


@pytest.mark.skipif(not (ROOT / WORKFLOW).is_file(), reason="an installed package has no workflows")
@pytest.mark.parametrize("name", own())
def test_our_own_are_made_of_the_templates(name: str) -> None:
    """If not: python tools/make_ci.py"""
    assert (ROOT / name).read_text("utf-8") == own()[name]


@pytest.mark.skipif(not (ROOT / WORKFLOW).is_file(), reason="an installed package has no workflows")
def test_every_action_is_pinned_to_a_commit_that_we_know() -> None:
    known = {f"{action.name}@{action.commit} # {action.tag}" for action in ACTIONS.values()}
    for file in [*(ROOT / ".github" / "workflows").glob("*.yml"), ROOT / "action.yml", ROOT / "docs" / "ci.md"]:
        used = re.findall(r"^ +(?:- )?uses: (actions/.*)", file.read_text("utf-8"), re.MULTILINE)
        assert set(used) <= known, file


@pytest.mark.skipif(not (ROOT / CALLER).is_file(), reason="an installed package has no workflows")
def test_our_caller_gives_what_is_taken_and_is_commented_on() -> None:
    caller = read(ROOT / CALLER)
    matrix, action = caller["jobs"]["matrix"], caller["jobs"]["action"]["steps"][-1]
    assert matrix["uses"] == f"./{WORKFLOW}"
    assert matrix["with"].keys() <= inputs_of(read(ROOT / WORKFLOW)).keys()
    assert action["uses"] == "./"
    assert action["with"].keys() <= read(ROOT / ACTION)["inputs"].keys()
    assert read(ROOT / COMMENT)[True]["workflow_run"]["workflows"] == [caller["name"]]


def test_the_workflow_that_comments_waits_for_the_one_that_plays() -> None:
    files = {name: yaml.safe_load(text) for name, text in github().items()}
    assert files[COMMENT][True]["workflow_run"]["workflows"] == [files[WORKFLOW]["name"]]


def permissions(text: str) -> dict[str, list[str]]:
    """Permissions by job."""
    return {
        name: sorted(f"{what}: {how}" for what, how in job["permissions"].items()) for name, job in yaml.safe_load(text)["jobs"].items()
    }


def test_the_workflow_that_plays_may_write_nothing() -> None:
    text = github()[WORKFLOW]
    assert yaml.safe_load(text)["permissions"] == {}
    assert permissions(text) == {name: ["contents: read"] for name in ("plan", "play", "merge")}
    assert "secrets" not in text
    assert "pull_request_target" not in text


def test_the_workflow_that_comments_checks_nothing_out_and_may_write_comments_alone() -> None:
    text = github()[COMMENT]
    assert permissions(text) == {"comment": ["actions: read", "pull-requests: write"]}
    assert "actions/checkout" not in text
    assert "download-artifact" not in text


def test_a_tool_that_lies_in_the_repository_is_taken_from_the_default_branch() -> None:
    text = github(".[docker]")[COMMENT]
    assert permissions(text) == {"comment": ["actions: read", "contents: read", "pull-requests: write"]}
    checkout = yaml.safe_load(text)["jobs"]["comment"]["steps"][0]
    assert (checkout["name"], checkout["with"]) == ("Check out the default branch", {"persist-credentials": False})


def test_no_expression_is_put_into_a_script() -> None:
    for name in STEPS:
        assert "${{" not in step(name), name


def test_every_step_is_used() -> None:
    texts = [
        *own().values(),
        *github().values(),
        *gitlab(matrix_of([Job("a", ("docker:a:1", "python3.8"), runner, "3.8") for runner in ("a:1", "a")], {}).include).values(),
    ]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    assert [name for name in STEPS if not {line.strip() for line in step(name).splitlines()} <= lines] == []


def test_the_files_are_the_same_each_time() -> None:
    assert github() == github()


PARTS = (
    Job("linux-python3.8", ("python3.8",), "python:3.13", "3.8"),
    Job("old", ("docker:python:2.7-slim",), "python:3.13", shards=2),
    Job("windows-python3.13", ("python3.13",), "windows", "3.13"),
)


def test_gitlab_has_a_job_for_images_one_for_containers_and_one_for_each_tag() -> None:
    document = yaml.safe_load(gitlab(matrix_of(PARTS, {}).include)[GITLAB])
    plays = {name: job for name, job in document.items() if name.startswith("sockmatrix play")}
    assert {name: [each["SOCKMATRIX_PART"] for each in job["parallel"]["matrix"]] for name, job in plays.items()} == {
        "sockmatrix play": ["linux-python3.8"],
        "sockmatrix play in containers": ["old+1-of-2", "old+2-of-2"],
        "sockmatrix play on windows": ["windows-python3.13"],
    }
    assert plays["sockmatrix play on windows"]["tags"] == ["windows"]
    assert "image" not in plays["sockmatrix play on windows"]
    assert plays["sockmatrix play in containers"]["services"] == [{"name": "docker:dind", "alias": "docker"}]
    assert document["sockmatrix"]["needs"] == ["sockmatrix plan", *plays]


def test_on_gitlab_what_needs_an_engine_has_one_beside_it_whatever_finds_its_runner() -> None:
    jobs = (Job("b", ("docker:python:3.8-slim",), "shell"), Job("a-python3.13", ("python3.13",), "shell", "3.13"))
    document = yaml.safe_load(gitlab(matrix_of(jobs, {}).include)[GITLAB])
    bare, engine = document["sockmatrix play on shell"], document["sockmatrix play in containers on shell"]
    assert [each["SOCKMATRIX_PART"] for each in bare["parallel"]["matrix"]] == ["a-python3.13"]
    assert "services" not in bare
    assert "import docker" not in "\n".join(bare["script"])
    assert engine["parallel"]["matrix"] == [
        {"SOCKMATRIX_PART": "b", "SOCKMATRIX_JOB": "b", "SOCKMATRIX_SHARD": "1/1", "SOCKMATRIX_IMAGES": "python:3.8-slim"}
    ]
    assert (engine["tags"], engine["services"]) == (["shell"], [{"name": "docker:dind", "alias": "docker"}])
    assert engine["script"][0].splitlines()[0] == step("engine_gitlab").splitlines()[0]
    assert {"sockmatrix play on shell", "sockmatrix play in containers on shell"} <= {*document["sockmatrix"]["needs"]}


def test_gitlab_starts_so_many_jobs_of_one_matrix() -> None:
    entries = matrix_of([Job("a", ("current",), "python:3.13", shards=201)], {}).include
    with pytest.raises(TooManyParts) as wrong:
        gitlab(entries)
    assert str(wrong.value) == "201 parts are more than the 200 of one matrix of GitLab; use fewer shards, or put targets into one job"


@pytest.mark.parametrize(
    "text", ["main", "on", "true", "3.8", "1/2", "", " a", "a: b", "a #b", "#", "- a", '"', "'", "ü\\n", "release/1.x", "null", "*a", "y"]
)
def test_a_text_is_the_same_text_in_yaml(text: str) -> None:
    assert yaml.safe_load(f"a: {as_yaml(text)}\nb: [{as_yaml(text)}]\n") == {"a": text, "b": [text]}
