"""What is odd about the parts of a merged run, in words."""

from pathlib import Path

from harness.merging.planned import remarks
from harness.records.known import Known
from harness.records.matrix import Job, MatrixPlan
from harness.runs.folder import read_header
from tests.merging.making import ONE, THREE, TWO, everything, matrix, merged, save, target
from tests.runs.making import plan

PLAN = matrix(Job("linux", ("python3.8",), shards=2), Job("mac", ("python3.8",)))


def told(tmp_path: Path, *folders: Path, plan: MatrixPlan | None = None) -> list[str]:
    merged(tmp_path / "all", *folders, plan=plan)
    header = read_header(tmp_path / "all")
    return list(remarks(header.parts, header.sets, header.matrix))


def test_of_a_whole_there_is_nothing_to_say(tmp_path: Path) -> None:
    first = save(tmp_path / "1", everything(scenarios=[ONE.id]), shard=("1/2", [TWO.id, THREE.id]), job="linux")
    second = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), shard=("2/2", [ONE.id]), job="linux")
    third = save(tmp_path / "3", everything(), job="mac")
    assert told(tmp_path, first, second, third, plan=PLAN) == []


def test_shards_and_jobs_that_nobody_brought(tmp_path: Path) -> None:
    first = save(tmp_path / "1", everything(scenarios=[ONE.id]), shard=("1/2", [TWO.id, THREE.id]), job="linux")
    assert told(tmp_path, first, plan=PLAN) == ["no run of shard 2/2 of the job 'linux'", "no run of the job 'mac'"]


def test_shards_without_a_job(tmp_path: Path) -> None:
    first = save(tmp_path / "1", everything(scenarios=[ONE.id]), shard=("2/3", [TWO.id, THREE.id]))
    assert told(tmp_path, first) == ["no run of shards 1/3, 3/3"]


def test_runs_that_do_not_know_the_same_failures(tmp_path: Path) -> None:
    entry = Known(ONE.id, "python < 3.9", "xfail", "wrong", "https://example.org")
    first = save(tmp_path / "1", everything(), known=(entry,))
    second = save(tmp_path / "2", everything(), started="2026-01-02T00:00:00+00:00")
    assert told(tmp_path, first, second) == ["the runs do not know the same failures; each target is judged by what its newest run knew"]


def test_what_the_plan_does_not_have(tmp_path: Path) -> None:
    mine = save(tmp_path / "1", everything(), started="2026-01-01T00:00:00+00:00")
    other = save(tmp_path / "2", {}, job="win", started="2026-01-02T00:00:00+00:00", plans=[ONE, plan("area/more")])
    more = save(tmp_path / "3", {}, job="mac", targets=[target(), target("pypy-3.9.1", "pypy3")], started="2026-01-03T00:00:00+00:00")
    whole = save(tmp_path / "4", {}, job="linux", started="2026-01-04T00:00:00+00:00")
    assert told(tmp_path, mine, other, more, whole, plan=PLAN) == [
        "the run of 2026-01-01T00:00:00 is of no job of the plan",
        "the run of 2026-01-02T00:00:00 is of the job 'win', which the plan does not have",
        "the run of 2026-01-02T00:00:00 has 1 scenario that the plan does not have",
        "the run of 2026-01-03T00:00:00 of the job 'mac' has targets that the plan does not have: pypy3",
        "the run of 2026-01-04T00:00:00 of the job 'linux' is not cut into shards, the plan into 2",
    ]
