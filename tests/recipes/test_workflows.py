"""The workflows that `sockmatrix ci init github` writes, and the shell steps in them, run here as they stand."""

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from msgspec import structs

from harness.recipes.actions import ACTIONS
from harness.recipes.files import COMMENT, WORKFLOW, github, own
from harness.runs.folder import Run
from harness.runs.markdown_text import comment
from tests.commands.conftest import save
from tests.recipes.conftest import Gh, program, write_all
from tests.recipes.gh import BOT
from tests.recipes.small_github import HEAD, Ended, GitHub
from tests.reports.hostile import hostile_run

pytestmark = pytest.mark.end_to_end


@pytest.fixture(autouse=True)
def workflows(repository: Path) -> None:
    write_all(repository, github("sockmatrix"))


def settings(repository: Path, *jobs: str, shards: int = 1) -> None:
    tables = "\n".join(f"[[ci.jobs]]\n{job}" for job in jobs)
    (repository / "sockmatrix.toml").write_text(f'[ci]\nshards = {shards}\nscenarios = ["scenarios"]\n{tables}\n', "utf-8")


def ubuntu(*versions: str) -> str:
    return f'runner = "ubuntu-latest"\npython = {json.dumps(versions)}'


WINDOWS = 'runner = "windows-latest"\npython = ["3.13"]'


def results(jobs: dict[str, Ended]) -> dict[str, str]:
    return {name: job.result for name, job in jobs.items()}


def verdicts(merged: Path) -> list[tuple[str, str, str]]:
    lines = [json.loads(line) for line in (merged / "results.jsonl").read_text("utf-8").splitlines()]
    return sorted((line["scenario"], line["target"].rpartition(".")[0], line["verdict"]) for line in lines if "scenario" in line)


def test_a_matrix_is_planned_played_in_shards_merged_and_held_against_a_baseline(
    small_github: GitHub, repository: Path, two: tuple[str, str], controller: Path, tmp_path: Path
) -> None:
    settings(repository, ubuntu(*two), shards=2)
    jobs = small_github.play(WORKFLOW)
    parts = [f"play: ubuntu-latest-python{version}+{number}-of-2" for version in two for number in (1, 2)]
    assert results(jobs) == dict.fromkeys(("plan", *parts, "merge"), "success"), jobs["merge"].log
    assert jobs["merge"].outputs == {"exit-code": "0"}
    assert verdicts(small_github.artifacts["sockmatrix-merged"]) == sorted(
        (scenario, f"cpython-{version}", "pass") for scenario in ("connect/refused", "tcp/greeting") for version in two
    )
    installed = (tmp_path / "pip").read_text().splitlines()
    assert installed == ["-m pip install --disable-pip-version-check --quiet sockmatrix"] * 6

    accepted = [str(controller / "sockmatrix"), "baseline", "accept", "baseline.json", str(small_github.artifacts["sockmatrix-merged"])]
    subprocess.run(accepted, cwd=repository, check=True, capture_output=True)
    write_all(repository, {WORKFLOW: github()[WORKFLOW].replace('BASELINE: ""', "BASELINE: baseline.json")})
    again = small_github.play(WORKFLOW, only="merge")["merge"]
    assert (again.result, again.outputs) == ("success", {"exit-code": "0"})
    assert "as accepted" in again.log

    baseline = repository / "baseline.json"
    baseline.write_text(baseline.read_text("utf-8").replace('"pass"', '"variation"'), "utf-8")
    changed = small_github.play(WORKFLOW, only="merge")["merge"]
    assert (changed.result, changed.outputs) == ("failure", {"exit-code": "1"})
    assert changed.steps["Report"] == "success"
    assert "::error title=Sockmatrix%3A not as the baseline has it::baseline.json: 2 changes that nobody has accepted\n" in changed.log
    assert "\n❌ **2 not as the baseline has them in 4 cells**" in changed.summary
    junit = ElementTree.parse(small_github.artifacts["sockmatrix-report"] / "junit.xml").getroot()
    assert junit.get("failures") == "1"


def test_the_merge_ends_in_summary_annotations_and_reports(small_github: GitHub, repository: Path, two: tuple[str, str]) -> None:
    settings(repository, ubuntu(two[0]))
    merge = small_github.play(WORKFLOW)["merge"]
    assert merge.summary.startswith("<!-- sockmatrix report sockmatrix -->\n## sockmatrix\n\n✅ **as expected in 2 cells**")
    assert "::notice title=Sockmatrix::as expected in 2 cells" in merge.log
    report = small_github.artifacts["sockmatrix-report"]
    assert sorted(file.name for file in report.iterdir()) == ["badge.svg", "junit.xml", "matrix.svg", "report.html", "report.json"]
    assert len(ElementTree.parse(report / "junit.xml").findall(".//testcase")) == 2


def test_a_machine_that_never_started_makes_the_merge_red(small_github: GitHub, repository: Path, two: tuple[str, str]) -> None:
    settings(repository, ubuntu(two[0]), WINDOWS)
    jobs = small_github.play(WORKFLOW)
    assert results(jobs) == {
        "plan": "success", f"play: ubuntu-latest-python{two[0]}": "success", "play: windows-latest-python3.13": "cancelled",
        "merge": "failure",
    }  # fmt: skip
    assert jobs["merge"].outputs == {"exit-code": "3"}
    assert jobs["merge"].steps["Report"] == "success"
    assert jobs["merge"].steps["End as the matrix did"] == "failure"
    assert "❌ **2 without a result in 4 cells**" in jobs["merge"].summary
    assert "- … `python3.13@windows-latest-python3.13`: 2 cells" in jobs["merge"].summary


def test_a_version_that_setup_python_lacks_fails_its_part_and_the_merge(
    small_github: GitHub, repository: Path, two: tuple[str, str]
) -> None:
    settings(repository, ubuntu(two[0], "3.99"))
    jobs = small_github.play(WORKFLOW)
    lost = jobs["play: ubuntu-latest-python3.99"]
    assert lost.log == "no Python 3.99 for this machine\n"
    assert (lost.steps["Play"], lost.steps["Keep the run, whole or not"]) == ("skipped", "failure")
    assert (jobs["merge"].result, jobs["merge"].outputs) == ("failure", {"exit-code": "3"})


def wrong(repository: Path) -> None:
    """One of the scenarios says what is not so, at line 12."""
    greeting = repository / "scenarios" / "tcp" / "greeting.yaml"
    greeting.write_text(greeting.read_text("utf-8").replace("returns: 6", "returns: 7"), "utf-8")


def test_a_departure_is_for_the_merge_to_tell_and_for_its_gate(small_github: GitHub, repository: Path, two: tuple[str, str]) -> None:
    wrong(repository)
    settings(repository, ubuntu(two[0]))
    write_all(repository, own())
    jobs = small_github.play(WORKFLOW, {"install": ".", "title": "socket matrix"})
    assert jobs[f"play: ubuntu-latest-python{two[0]}"].result == "success"
    assert (jobs["merge"].result, jobs["merge"].outputs) == ("failure", {"exit-code": "1"})
    assert "::error file=scenarios/tcp/greeting.yaml,line=12" in jobs["merge"].log
    assert jobs["merge"].summary.startswith("<!-- sockmatrix report socket matrix -->\n")
    assert "https://github.com/owner/project/blob/" + HEAD + "/scenarios/tcp/greeting.yaml#L12" in jobs["merge"].summary

    again = small_github.play(WORKFLOW, {"install": ".", "fail-on": "crash,hang"}, only="merge")["merge"]
    assert (again.result, again.outputs) == ("success", {"exit-code": "0"})
    assert "not failing on: fail (1 cell)" in again.log
    assert "not failing on: fail (1 cell)" in again.summary


def test_a_scenario_that_is_no_scenario_ends_the_plan_and_the_merge(small_github: GitHub, repository: Path, two: tuple[str, str]) -> None:
    (repository / "scenarios" / "tcp" / "greeting.yaml").write_text("title: nothing\n", "utf-8")
    settings(repository, ubuntu(two[0]))
    jobs = small_github.play(WORKFLOW)
    assert results(jobs) == {"plan": "failure", "play": "skipped", "merge": "failure"}
    assert "Artifact 'sockmatrix-plan' not found" in jobs["merge"].log


def test_when_no_part_comes_the_merge_says_so(small_github: GitHub, repository: Path) -> None:
    settings(repository, WINDOWS)
    merge = small_github.play(WORKFLOW)["merge"]
    assert merge.result == "failure"
    assert merge.log.endswith("no part of the matrix has delivered a run; the jobs that were to play say why\n")


def test_images_are_pulled_where_a_job_has_some(small_github: GitHub, repository: Path, two: tuple[str, str], docker: Path) -> None:
    settings(repository, 'runner = "ubuntu-latest"\nname = "images"\ntargets = ["docker:python:3.8-slim", "docker:sockmatrix/bookworm"]')
    small_github.machine.tools = (docker.parent,)
    jobs = small_github.play(WORKFLOW)
    assert jobs["play: images"].steps["Pull the images"] == "failure"
    assert "docker: pull --quiet python:3.8-slim\n" in jobs["play: images"].log
    assert jobs["merge"].result == "failure"


# ------------------------------------------------------------------------------------------------------------- action


def using(action: str) -> str:
    """A workflow with one job that has the action as a step."""
    checkout = f"      - name: Check out\n        uses: {ACTIONS['checkout']}\n        with:\n          persist-credentials: false\n"
    head = "on:\n  push:\njobs:\n  one:\n    name: One\n    runs-on: ubuntu-latest\n    steps:\n"
    return f"{head}{checkout}      - name: Ours\n        uses: ./\n{action}"


def test_the_action_plays_reports_and_ends_as_the_run_did(
    small_github: GitHub, repository: Path, two: tuple[str, str], tmp_path: Path
) -> None:
    wrong(repository)
    with_ = "        with:\n          targets: current\n          scenarios: |\n            scenarios/tcp\n            scenarios/connect\n"
    write_all(repository, own() | {"one.yml": using(with_)})
    one = small_github.play("one.yml")["one"]
    assert one.result == "failure"
    assert one.steps == {
        "Check out": "success", "Python for the controller": "success", "Install": "success", "Play": "success", "Report": "success",
        "Keep the run and its reports": "success", "End as the run did": "failure", "Ours": "failure",
    }  # fmt: skip
    assert (tmp_path / "pip").read_text() == f"-m pip install --disable-pip-version-check --quiet {repository}[docker]\n"
    assert "::error file=scenarios/tcp/greeting.yaml,line=12" in one.log
    assert one.summary.startswith("<!-- sockmatrix report sockmatrix -->\n## sockmatrix\n\n❌ ")
    kept = small_github.artifacts["sockmatrix"]
    assert (kept / "sockmatrix-runs" / "run" / "run.json").is_file()
    assert (kept / "sockmatrix-report" / "junit.xml").is_file()


def test_the_action_tells_in_its_reports_what_the_baseline_says(small_github: GitHub, repository: Path, controller: Path) -> None:
    def sockmatrix(*words: str) -> None:
        subprocess.run([str(controller / "sockmatrix"), *words], cwd=repository, check=True, capture_output=True)

    sockmatrix("run", "-t", "current", "--out", "before", "scenarios")
    sockmatrix("baseline", "accept", "baseline.json", "before")
    baseline = repository / "baseline.json"
    baseline.write_text(baseline.read_text("utf-8").replace('"pass"', '"variation"'), "utf-8")
    with_ = "        with:\n          targets: current\n          scenarios: scenarios\n          baseline: baseline.json\n"
    write_all(repository, own() | {"one.yml": using(with_)})
    one = small_github.play("one.yml")["one"]
    assert one.result == "failure"
    assert "::error title=Sockmatrix%3A not as the baseline has it::baseline.json: 2 changes that nobody has accepted\n" in one.log
    assert "\n❌ **2 not as the baseline has them in 2 cells**" in one.summary


def test_the_action_plays_a_part_of_a_plan_and_leaves_the_verdict_to_the_merge(
    small_github: GitHub, repository: Path, controller: Path
) -> None:
    wrong(repository)
    settings(repository, 'runner = "ubuntu-latest"\nname = "here"\ntargets = ["current"]', shards=2)
    subprocess.run([str(controller / "sockmatrix"), "plan"], cwd=repository, check=True, capture_output=True)
    with_ = "        with:\n          plan: sockmatrix-plan.json\n          job: here\n          shard: {}/2\n          artifact: part-{}\n"
    for number in (1, 2):
        write_all(repository, own() | {"one.yml": using(with_.format(number, number))})
        assert small_github.play("one.yml")["one"].result == "success"
    parts = {name: [each.name for each in (kept / "sockmatrix-runs").iterdir()] for name, kept in small_github.artifacts.items()}
    assert parts == {"part-1": ["here+1-of-2"], "part-2": ["here+2-of-2"]}


# ------------------------------------------------------------------------------------------------------------ comment


def pull_request(number: int, owner: str = "stranger", sha: str = HEAD) -> dict[str, Any]:
    return {"number": number, "head": {"label": f"{owner}:fix", "sha": sha}}


@pytest.fixture
def commenting(small_github: GitHub, gh: Gh) -> GitHub:
    """A run of the first workflow has ended, of a fork's pull request 7."""
    small_github.event = {
        "event_name": "workflow_run",
        "event": {
            "workflow_run": {
                "event": "pull_request", "id": 42, "head_branch": "fix", "head_sha": HEAD,
                "head_repository": {"full_name": "stranger/project", "owner": {"login": "stranger"}},
            }
        },
    }  # fmt: skip
    small_github.machine.tools = (gh.tools,)
    small_github.environment["GH_STATE"] = str(gh.file)
    return small_github


def archive(folder: Path, file: Path) -> dict[str, Any]:
    """What GitHub keeps of an artifact."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for each in sorted(folder.rglob("*")):
            opened.write(each, each.relative_to(folder))
    return {
        "id": 99, "run": 42, "name": "sockmatrix-merged", "file": str(file), "size_in_bytes": file.stat().st_size, "expired": False,
        "created_at": "2026-11-29T21:00:00Z",
    }  # fmt: skip


def test_a_comment_is_written_once_and_then_brought_up_to_date(commenting: GitHub, gh: Gh, merged: Path, tmp_path: Path) -> None:
    kept = archive(merged, tmp_path / "merged.zip")
    gh.write(pulls=[pull_request(7), pull_request(8, sha="another")], artifacts=[kept], comments={}, asked=[])
    assert commenting.play(COMMENT)["comment"].result == "success"
    (written,) = gh.state["comments"]["7"]
    assert written["body"].startswith("<!-- sockmatrix report sockmatrix -->\n## sockmatrix\n")
    assert written["body"].endswith(f"\n{HEAD}, with the page, JUnit and all data: https://github.com/owner/project/actions/runs/42\n")
    assert commenting.play(COMMENT)["comment"].result == "success"
    assert gh.state["comments"] == {"7": [written]}
    assert gh.state["asked"][-3:] == ["GET actions/artifacts/99/zip", "GET issues/7/comments", f"PATCH issues/comments/{written['id']}"]


def test_a_strangers_comment_that_begins_alike_is_left_alone(commenting: GitHub, gh: Gh, merged: Path, tmp_path: Path) -> None:
    trap = {"id": 5, "user": {"login": "stranger"}, "body": "<!-- sockmatrix report sockmatrix -->\nmine"}
    gh.write(pulls=[pull_request(7)], artifacts=[archive(merged, tmp_path / "merged.zip")], comments={"7": [trap]}, asked=[])
    assert commenting.play(COMMENT)["comment"].result == "success"
    assert [each["id"] for each in gh.state["comments"]["7"]] != [5]
    assert gh.state["comments"]["7"][0] == trap


def test_what_a_hostile_run_says_stays_text(commenting: GitHub, gh: Gh, tmp_path: Path) -> None:
    kept = archive(save(hostile_run(), tmp_path / "hostile"), tmp_path / "merged.zip")
    gh.write(pulls=[pull_request(7)], artifacts=[kept], comments={}, asked=[])
    ended = commenting.play(COMMENT)["comment"]
    assert ended.result == "success"
    assert [line for line in ended.log.splitlines() if line.lstrip().startswith("::")] == []
    (written,) = gh.state["comments"]["7"]
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(written["body"])
    assert "everyone" in html
    assert "<script" not in html
    assert re.findall(r'href="(?!https://github\.com/stranger/project/blob/)', html) == []


def test_no_path_of_a_hostile_run_leads_to_another_repository(commenting: GitHub, gh: Gh, tmp_path: Path) -> None:
    """Browsers take `..` out of an address, so that one which begins rightly may lead anywhere."""
    run = hostile_run()
    plans = {name: structs.replace(plan, file=f"../../../../evil/repo/blob/main/{name}.yaml") for name, plan in run.plans.items()}
    astray = save(Run(run.folder, run.header, plans, run.results, run.footer), tmp_path / "astray")
    gh.write(pulls=[pull_request(7)], artifacts=[archive(astray, tmp_path / "merged.zip")], comments={}, asked=[])
    assert commenting.play(COMMENT)["comment"].result == "success"
    (written,) = gh.state["comments"]["7"]
    assert "../../../../evil/repo/blob/main/connect/refused.yaml" in written["body"]
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(written["body"])
    assert re.findall(r'href="([^"]*)"', html) == []


def test_a_pull_request_that_has_moved_on_gets_no_comment(commenting: GitHub, gh: Gh, merged: Path, tmp_path: Path) -> None:
    kept = archive(merged, tmp_path / "merged.zip")
    gh.write(pulls=[pull_request(7, sha="a newer one"), pull_request(8, "somebody else")], artifacts=[kept], comments={}, asked=[])
    ended = commenting.play(COMMENT)["comment"]
    assert ended.result == "success"
    assert f"no open pull request is at {HEAD}\n" in ended.log
    assert gh.state["comments"] == {}


LOST = f"""\
<!-- sockmatrix report sockmatrix -->
## sockmatrix

❌ **The run of {HEAD} has left no result that could be read.** What stood here before was not of it.

What happened: https://github.com/owner/project/actions/runs/42
"""


@pytest.fixture
def green(gh: Gh) -> dict[str, Any]:
    """The comment of an older commit, below a stranger's that begins alike."""
    trap = {"id": 5, "user": {"login": "stranger"}, "body": "<!-- sockmatrix report sockmatrix -->\nmine"}
    older = {"id": 6, "user": BOT, "body": "<!-- sockmatrix report sockmatrix -->\n## sockmatrix\n\n✅ **as expected in 2 cells**\n"}
    return {"pulls": [pull_request(7)], "comments": {"7": [trap, older]}, "asked": []}


def comments(gh: Gh) -> list[str]:
    return [each["body"] for each in gh.state["comments"]["7"]]


def test_without_a_merged_run_there_is_nothing_to_say(commenting: GitHub, gh: Gh) -> None:
    gh.write(pulls=[pull_request(7)], artifacts=[], comments={}, asked=[])
    ended = commenting.play(COMMENT)["comment"]
    assert (ended.result, gh.state["comments"]) == ("success", {})
    assert ended.log.endswith("the run has left no merged run, so there is no result to tell\n")


def test_without_a_merged_run_the_comment_of_an_older_commit_does_not_stay(commenting: GitHub, gh: Gh, green: dict[str, Any]) -> None:
    gh.write(artifacts=[], **green)
    assert commenting.play(COMMENT)["comment"].result == "success"
    assert comments(gh) == ["<!-- sockmatrix report sockmatrix -->\nmine", LOST]


def test_an_artifact_that_is_too_large_is_not_read(commenting: GitHub, gh: Gh, green: dict[str, Any], merged: Path, tmp_path: Path) -> None:
    kept = archive(merged, tmp_path / "merged.zip") | {"size_in_bytes": 50_000_001}
    gh.write(artifacts=[kept], **green)
    ended = commenting.play(COMMENT)["comment"]
    assert ended.result == "failure"
    assert ended.log.endswith("the merged run has 50000001 bytes, more than the 50000000 that are read here\n")
    assert "GET actions/artifacts/99/zip" not in gh.state["asked"]
    assert comments(gh)[1:] == [LOST]


def test_an_artifact_that_is_no_run_ends_in_one_line(commenting: GitHub, gh: Gh, green: dict[str, Any], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "comment.md").write_text("<!-- sockmatrix report sockmatrix -->\n[free money](https://example.org) @everybody")
    gh.write(artifacts=[archive(wrong, tmp_path / "wrong.zip")], **green)
    ended = commenting.play(COMMENT)["comment"]
    assert ended.result == "failure"
    assert ended.log.endswith(
        "sockmatrix: merged.zip: it has no run.json and no scenarios.jsonl and no results.jsonl at its top; "
        "name the archive of one run folder\n"
    )
    assert comments(gh)[1:] == [LOST]


def test_a_sockmatrix_that_cannot_be_installed_leaves_no_comment_of_an_older_commit(
    commenting: GitHub, gh: Gh, green: dict[str, Any], controller: Path
) -> None:
    """The mark by which the comment is found is made without it, of whatever title."""
    program(controller / "python", "exit 1")
    text = (commenting.repository / COMMENT).read_text("utf-8")
    write_all(commenting.repository, {COMMENT: text.replace("SOCKMATRIX_TITLE: sockmatrix", 'SOCKMATRIX_TITLE: "a --> b-"')})
    mark = comment("sockmatrix report a --> b-")
    green["comments"]["7"][1]["body"] = f"{mark}\nof an older commit"
    gh.write(artifacts=[], **green)
    ended = commenting.play(COMMENT)["comment"]
    assert (ended.result, ended.steps["Read the merged run"]) == ("failure", "skipped")
    assert comments(gh)[1].startswith(f"{mark}\n## a --> b-\n\n❌ **The run of {HEAD} has left no result")


def test_a_push_gets_no_comment(commenting: GitHub) -> None:
    commenting.event["event"]["workflow_run"]["event"] = "push"
    assert commenting.play(COMMENT) == {"comment": Ended("skipped")}
