"""The plan of the matrix, and its file."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from harness import __version__
from harness.matrix.file import MatrixError, digest_of, read_matrix, write_matrix
from harness.matrix.planning import plan_of
from harness.records.matrix import Job, MatrixPlan
from tests.runs.making import plan

JOBS = (Job("linux", ("python3.8", "pyenv:*"), "ubuntu-latest", shards=2), Job("old", ("python2.7",)))


def small() -> MatrixPlan:
    return plan_of([plan("b/two", 4), plan("a/one", 2)], JOBS)


def test_scenarios_are_in_the_order_of_their_ids() -> None:
    assert small().scenarios == {"a/one": "digest of a/one None", "b/two": "digest of b/two None"}
    assert list(small().scenarios) == ["a/one", "b/two"]
    assert (small().weights, small().weighed, small().sockmatrix) == ({"a/one": 2.0, "b/two": 4.0}, "steps", __version__)


def test_shards_for_all_jobs() -> None:
    assert small().shards == 2
    assert [job.shards for job in plan_of([plan()], JOBS, shards=5).jobs] == [5, 5]


def test_weights_of_a_run() -> None:
    made = plan_of([plan("a/one"), plan("b/two")], JOBS, seconds={"a/one": 0.25})
    assert (made.weights, made.weighed) == ({"a/one": 0.25, "b/two": 0.25}, "seconds")


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_matrix(tmp_path / "plan.json", small())
    assert read_matrix(tmp_path / "plan.json") == small()
    first = (tmp_path / "plan.json").read_bytes()
    write_matrix(tmp_path / "plan.json", small())
    assert (tmp_path / "plan.json").read_bytes() == first


def test_two_plans_are_told_apart() -> None:
    assert digest_of(small()) == digest_of(small()) != digest_of(structs.replace(small(), jobs=JOBS[:1]))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not the plan of a matrix (Input data was truncated); name the file that 'sockmatrix plan' wrote"),
        (b"\xff", "not the plan of a matrix (JSON is malformed: invalid character (byte 0)); name the file that 'sockmatrix plan' wrote"),
        (b'{"run": 1}', "not the plan of a matrix; name the file that 'sockmatrix plan' wrote"),
        (b'{"matrix": 9}', "the plan has format 9, this sockmatrix reads 1; make it again: sockmatrix plan"),
        (b'{"matrix": 1}', "Object missing required field `sockmatrix`; the file was changed or damaged"),
    ],
)
def test_what_is_no_plan(tmp_path: Path, data: bytes, problem: str) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(data)
    with pytest.raises(MatrixError) as wrong:
        read_matrix(file)
    assert str(wrong.value) == f"{file}: {problem}"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"weights": {}}, "its parts do not agree"),
        ({"jobs": (JOBS[1], JOBS[1])}, "its parts do not agree"),
        ({"jobs": (Job("none", ()),)}, "a job has no shard, or no target"),
        ({"jobs": (Job("none", ("python3.8",), shards=0),)}, "a job has no shard, or no target"),
    ],
)
def test_a_plan_that_contradicts_itself(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(msgspec.json.encode(structs.replace(small(), **change)))
    with pytest.raises(MatrixError) as wrong:
        read_matrix(file)
    assert str(wrong.value) == f"{file}: {problem}; the file was changed or damaged"


def test_a_plan_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MatrixError) as wrong:
        read_matrix(tmp_path / "none.json")
    assert str(wrong.value) == f"{tmp_path}/none.json: cannot be read: No such file or directory; make one: sockmatrix plan"
    assert not wrong.value.environment


def test_a_plan_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(MatrixError) as wrong:
        write_matrix(tmp_path / "none" / "plan.json", small())
    assert str(wrong.value) == f"{tmp_path}/none/plan.json: cannot be written: No such file or directory; name another file with --out"
    assert wrong.value.environment


@pytest.mark.parametrize(("select", "only_targets", "narrowed"), [((), False, ()), (("udp",), True, ("scenarios", "targets"))])
def test_a_plan_knows_what_it_is_a_part_of(select: tuple[str, ...], only_targets: bool, narrowed: tuple[str, ...]) -> None:
    assert plan_of([], [], select=select, only_targets=only_targets).narrowed == narrowed
