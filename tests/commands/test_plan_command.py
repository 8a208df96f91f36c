"""`sockmatrix plan`, and runs of what it says."""

import json
from pathlib import Path

import pytest

from harness.history.database import open_history
from harness.history.taking import take
from harness.matrix.file import read_matrix
from harness.runs.folder import read
from tests.commands.conftest import Sockmatrix, save
from tests.reports.making import small_run

CI = """
[ci]
shards = 2
scenarios = ["scenarios"]
[[ci.jobs]]
runner = "ubuntu-latest"
python = ["3.8", "3.13"]
[[ci.jobs]]
runner = "ubuntu-latest"
name = "containers"
targets = ["docker:python:3.8-slim"]
shards = 1
"""


def settings(tmp_path: Path, text: str = CI) -> None:
    (tmp_path / "sockmatrix.toml").write_text(text, "utf-8")


def test_the_jobs_are_those_of_the_settings(sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path) -> None:
    settings(tmp_path)
    ended = sockmatrix("plan")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "2 scenarios in 3 jobs, 5 runs\n"
        " ubuntu-latest-python3.8   python3.8               2 shards\n"
        " ubuntu-latest-python3.13  python3.13              2 shards\n"
        " containers                docker:python:3.8-slim\n"
        " each of 2 shards: 3 to 9 steps a target\n"
        "plan  sockmatrix-plan.json\n"
    )
    plan = read_matrix(tmp_path / "sockmatrix-plan.json")
    assert (plan.paths, list(plan.scenarios)) == (("scenarios",), ["connect/refused", "tcp/greeting"])


def test_one_job_of_targets_that_are_named(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    ended = sockmatrix("plan", "scenarios", "-t", "python3.8", "-t", "pyenv:*", "-k", "area:tcp", "--json")
    plan = json.loads(ended.out)
    assert plan["jobs"] == [{"name": "all", "targets": ["python3.8", "pyenv:*"], "patterns": ["pyenv:*"]}]
    assert list(plan["scenarios"]) == ["tcp/greeting"]
    assert not Path("sockmatrix-plan.json").exists()


def test_a_pattern_is_told_of(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    names = ("current", "pyenv:*", "docker:some/image@*", "docker:some/image@/python")
    ended = sockmatrix("plan", "scenarios", *(word for name in names for word in ("-t", name)))
    assert ended.out == (
        "2 scenarios in 1 job, 1 run\n"
        " all  current, pyenv:*, docker:some/image@*, docker:some/image@/python\n"
        " 'pyenv:*' of all is a pattern: one of it is enough for a merge\n"
        " 'docker:some/image@*' of all is a pattern: one of it is enough for a merge\n"
        "plan  sockmatrix-plan.json\n"
    )


def test_groups_are_the_targets_in_them(sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path) -> None:
    settings(tmp_path, '[groups]\nold = ["python2.7", "@older"]\nolder = ["python3.4", "python2.7"]\n')
    plan = json.loads(sockmatrix("plan", "scenarios", "-t", "@old", "-t", "python3.8", "--json").out)
    assert plan["jobs"][0]["targets"] == ["python2.7", "python3.4", "python3.8"]
    ended = sockmatrix("plan", "scenarios", "-t", "@odl")
    assert ended.err == "sockmatrix: group '@odl' is not in sockmatrix.toml; did you mean '@old'?\n"


@pytest.mark.end_to_end
def test_a_name_that_means_what_another_does(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    import sys

    sockmatrix("plan", "scenarios", "-t", "current", "-t", sys.executable, "--out", "plan.json")
    ended = sockmatrix("run", "--plan", "plan.json")
    words = f"the target '{sys.executable}' of the job 'all' is what another of its names means already"
    assert ended.err == f"sockmatrix: {words}; name each interpreter once, and make the plan again\n"


def test_the_same_plan_is_the_same_file(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    for name in ("one.json", "two.json"):
        sockmatrix("plan", "scenarios", "-t", "python3.8", "--out", name)
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()


def test_a_plan_on_standard_output(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    sockmatrix("plan", "scenarios", "-t", "python3.8", "--out", "plan.json")
    assert sockmatrix("plan", "scenarios", "-t", "python3.8", "--out", "-") == (0, Path("plan.json").read_text("utf-8"), "")
    assert not Path("-").exists()


def test_another_plan_is_replaced_and_something_else_is_not(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    assert [sockmatrix("plan", "scenarios", "-t", name).err for name in ("python3.8", "python3.8", "python3.9")] == [
        "", "", "sockmatrix: sockmatrix-plan.json was another plan, which is replaced\n",
    ]  # fmt: skip
    file = "scenarios/tcp/greeting.yaml"
    ended = sockmatrix("plan", "scenarios", "-t", "python3.8", "--out", file)
    assert (ended.code, ended.err) == (2, f"sockmatrix: {file} is there already, and is no plan; name another file with --out\n")
    assert Path(file).read_text("utf-8").startswith("title: A server greets its client\n")


def test_a_folder_of_something_else_takes_no_run(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    ended = sockmatrix("run", "scenarios", "-t", "current", "--out", "scenarios", "-q")
    assert (ended.code, ended.err) == (2, "sockmatrix: scenarios: it is no run and not empty (connect); name another folder\n")


def test_balanced_by_what_a_run_took(sockmatrix: Sockmatrix, scenarios: Path, saved: Path) -> None:
    ended = sockmatrix("plan", "scenarios", "-t", "python3.8", "--balance", str(saved))
    assert (ended.code, ended.err) == (
        2,
        f"sockmatrix: {saved} says of no scenario how long it took; balance by another run, or without --balance by steps\n",
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "no job is planned: name targets with -t, or write [[ci.jobs]] into sockmatrix.toml (docs/sharding.md)"),
        (("-t", "pyhton3.8"), "unknown target 'pyhton3.8'; did you mean 'python3.8'?"),
        (("-t", "python3.8", "--shards", "3"), "2 scenarios cannot be cut into 3 shards: some would have nothing to play"),
        (("-t", "python3.8", "-k", "nothing"), "no scenario matches 'nothing'; see 'sockmatrix list'"),
        (
            ("-t", "python3.8", "--out", "no/where.json"),
            "no/where.json: cannot be written: No such file or directory; name another file with --out",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_planned(sockmatrix: Sockmatrix, scenarios: Path, arguments: tuple[str, ...], problem: str) -> None:
    ended = sockmatrix("plan", "scenarios", *arguments)
    assert ended.err == f"sockmatrix: {problem}\n"
    assert ended.code == (3 if "--out" in arguments else 2)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--job", "a"), "--job goes with --plan"),
        (("--balance", "a"), "--balance goes with --shard"),
        (("--shard", "3"), "--shard: '3' is no shard; write which of how many: 2/8"),
        (("--shard", "1/3", "scenarios"), "2 scenarios cannot be cut into 3 shards: some would have nothing to play"),
        (("--plan", "none.json"), "none.json: cannot be read: No such file or directory; make one: sockmatrix plan"),
        (
            ("--plan", "plan.json", "-k", "tcp"),
            "--plan says what is played: neither -k, --server, --client, --pairs nor --balance goes with it",
        ),
        (
            ("--plan", "plan.json", "--job", "containers", "-t", "python3.8"),
            "--plan says what is played on: docker:python:3.8-slim; -t does not go with it",
        ),
        (
            ("--plan", "plan.json"),
            "which job of plan.json? name one with --job: ubuntu-latest-python3.8, ubuntu-latest-python3.13, containers",
        ),
        (("--plan", "plan.json", "--job", "container"), "plan.json has no job 'container'; did you mean 'containers'?"),
        (
            ("--plan", "plan.json", "--job", "ubuntu-latest-python3.8"),
            "the job 'ubuntu-latest-python3.8' of plan.json is cut into 2 shards; name one: --shard 1/2",
        ),
        (
            ("--plan", "plan.json", "--job", "ubuntu-latest-python3.8", "--shard", "1/3"),
            "--shard 1/3 is not of plan.json: its job 'ubuntu-latest-python3.8' is cut into 2 shards",
        ),
        (
            ("--plan", "plan.json", "--job", "containers", "--shard", "1/3"),
            "--shard 1/3 is not of plan.json: its job 'containers' is not cut into shards",
        ),
    ],
)
def test_runs_that_do_not_go_with_the_plan(
    sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    settings(tmp_path)
    sockmatrix("plan", "--out", "plan.json")
    ended = sockmatrix("run", "--quiet", "-t", "current", *arguments) if "--shard" in arguments[:1] else sockmatrix("run", *arguments)
    assert (ended.code, ended.err) == (2, f"sockmatrix: {problem}\n")


def test_scenarios_that_were_edited_since(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    sockmatrix("plan", "scenarios", "-t", "current", "--out", "plan.json")
    file = scenarios / "tcp" / "greeting.yaml"
    file.write_text(file.read_text("utf-8").replace("returns: 6", "returns: 7"), "utf-8")
    (scenarios / "connect" / "refused.yaml").unlink()
    ended = sockmatrix("run", "--plan", "plan.json")
    words = "1 not here (connect/refused), 1 with another meaning (tcp/greeting)"
    advice = "play what was planned, or make the plan again: sockmatrix plan"
    assert (ended.code, ended.err) == (2, f"sockmatrix: the scenarios of plan.json are others here: {words}; {advice}\n")


def test_scenarios_that_were_added_since_are_told(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    sockmatrix("plan", "scenarios", "-t", "current", "-k", "area:tcp", "--out", "plan.json")
    assert sockmatrix("run", "--plan", "plan.json", "-q", "--out", "one").err == ""
    (scenarios / "tcp" / "new.yaml").write_bytes((scenarios / "tcp" / "greeting.yaml").read_bytes())
    ended = sockmatrix("run", "--plan", "plan.json", "-q", "--out", "two")
    words = "1 scenario came after plan.json and will not be played (tcp/new); make the plan again to have all: sockmatrix plan"
    assert (ended.code, ended.err) == (0, f"sockmatrix: {words}\n")


def test_a_plan_of_another_version(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    from harness import __version__

    sockmatrix("plan", "scenarios", "-t", "current", "--out", "plan.json")
    text = Path("plan.json").read_text("utf-8")
    Path("plan.json").write_text(text.replace(f'"sockmatrix": "{__version__}"', '"sockmatrix": "9.9"'), "utf-8")
    ended = sockmatrix("run", "--plan", "plan.json")
    problem = f"plan.json was made by sockmatrix 9.9, this is {__version__}; make it again: sockmatrix plan"
    assert (ended.code, ended.err) == (2, f"sockmatrix: {problem}\n")


def test_a_history_is_asked_for_its_runs(sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path) -> None:
    run = small_run()
    with open_history(Path("history.sqlite"), make=True) as history:
        take(history, run)
    ended = sockmatrix("plan", "scenarios", "-t", "current", "--balance", "history.sqlite")
    problem = "none of the runs of history.sqlite is where it was, and a history keeps no times; name a run: --balance RUN"
    assert (ended.code, ended.err) == (2, f"sockmatrix: {problem}\n")
    save(run, tmp_path / "runs" / "one")
    ended = sockmatrix("plan", "scenarios", "-t", "current", "--balance", "history.sqlite")
    assert ended.err.startswith("sockmatrix: history.sqlite says of no scenario how long it took;")


@pytest.mark.end_to_end
def test_shards_of_a_plan_are_played_and_merged(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    sockmatrix("plan", "scenarios", "-t", "current", "--shards", "2")
    for number in ("1", "2"):
        assert sockmatrix("run", "-q", "--plan", "sockmatrix-plan.json", "--shard", f"{number}/2", "--out", number).code == 0
    first = read(Path("1"))
    assert (first.header.job, first.header.shard, len(first.results), first.missing) == ("all", "1/2", 1, ())
    assert len(first.header.scenarios) == 2
    ended = sockmatrix("merge", "--plan", "sockmatrix-plan.json", "1", "2", "--out", "merged")
    assert ended.code == 0
    assert "merged of 2 runs\n" in ended.out
    ended = sockmatrix("merge", "--plan", "sockmatrix-plan.json", "2", "--out", "half")
    assert ended.code == 3
    assert "no run of shard 1/2 of the job 'all'\n" in ended.out


@pytest.mark.end_to_end
def test_a_shard_is_gone_on_with_as_it_was_begun(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    sockmatrix("run", "scenarios", "-q", "-t", "current", "--shard", "1/2", "--out", "run")
    whole = (Path("run") / "results.jsonl").read_bytes()
    (Path("run") / "results.jsonl").write_bytes(b"")
    ended = sockmatrix("run", "--resume", "--out", "run", "--shard", "2/2", "-t", "current", "scenarios")
    assert ended.err == "sockmatrix: run: the run was of something else: shard 1/2, now 2/2; start a new one\n"
    assert sockmatrix("run", "-q", "--resume", "--out", "run").code == 0
    assert len((Path("run") / "results.jsonl").read_bytes().splitlines()) == len(whole.splitlines())


@pytest.mark.end_to_end
def test_a_shard_balanced_by_an_earlier_run(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    sockmatrix("run", "scenarios", "-q", "-t", "current", "--out", "before")
    ended = sockmatrix("run", "scenarios", "-q", "-t", "current", "--shard", "2/2", "--balance", "before", "--out", "second")
    assert ended.code == 0
    ended = sockmatrix("plan", "scenarios", "-t", "current", "--balance", "before", "--shards", "2")
    assert "seconds a target\n" in ended.out
