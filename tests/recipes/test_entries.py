"""From jobs to machines."""

import pytest

from harness.recipes.entries import TooManyParts, matrix_of, unavailable, without_runner
from harness.records.ci import CiEntry
from harness.records.matrix import Job


def test_a_job_without_shards_is_one_part_of_its_name() -> None:
    job = Job("ubuntu-latest-python3.8", ("python3.8",), "ubuntu-latest", "3.8")
    assert matrix_of([job], {}).include == (
        CiEntry("ubuntu-latest-python3.8", "ubuntu-latest-python3.8", "1/1", "ubuntu-latest", "3.8", ""),
    )


def test_each_shard_is_a_part() -> None:
    found = matrix_of([Job("a", ("current",), "x", shards=3)], {}).include
    assert [(entry.part, entry.shard) for entry in found] == [("a+1-of-3", "1/3"), ("a+2-of-3", "2/3"), ("a+3-of-3", "3/3")]


def test_images_are_named_once_also_those_of_groups() -> None:
    targets = (
        "docker:python:3.8-slim",
        "docker:python:3.8-slim@/usr/bin/python3",
        "docker:sockmatrix/bookworm",
        "@old",
        "python3.8",
        "@none",
    )
    groups = {"old": ["docker:python:2.7-slim", "@old", "docker:localhost:5000/a@*"]}
    (entry,) = matrix_of([Job("a", targets, "x")], groups).include
    assert entry.images == "python:3.8-slim python:2.7-slim localhost:5000/a"


def test_github_starts_so_many_jobs() -> None:
    with pytest.raises(TooManyParts) as wrong:
        matrix_of([Job("a", ("current",), "x", shards=200), Job("b", ("current",), "x", shards=57)], {})
    assert str(wrong.value) == "257 parts are more than the 256 of one matrix of GitHub; use fewer shards, or put targets into one job"


def test_a_job_of_targets_that_were_named_has_no_machine() -> None:
    assert without_runner([Job("all", ("current",)), Job("b", ("current",), "x")]) == ("all",)


@pytest.mark.parametrize(
    ("runner", "python", "there"),
    [
        ("ubuntu-latest", "3.8", True),
        ("ubuntu-latest", "3.7", False),
        ("ubuntu-22.04", "3.7", True),
        ("ubuntu-26.04", "3.9", False),
        ("windows-latest", "3.6", True),
        ("windows-11-arm", "3.10", False),
        ("macos-latest", "2.7", False),
        ("macos-latest", "3.13t", True),
        ("ubuntu-latest", "pypy2.7", True),
        ("mine", "2.7", True),
    ],
)
def test_what_setup_python_does_not_have_is_said(runner: str, python: str, there: bool) -> None:
    entries = matrix_of([Job("a", ("current",), runner, python, 2)], {}).include
    advice = (
        f"setup-python has no Python {python} for {runner}: that part will fail; play it in a container, "
        f'with targets = ["docker:python:{python}-slim"]'
    )
    assert list(unavailable(entries)) == ([] if there else [advice])
