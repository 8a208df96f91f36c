"""From the jobs of a plan to what each machine of a CI system is given. Reads no settings, and writes no files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.records.ci import CiEntry, CiMatrix
from harness.records.matrix import Job
from harness.targets.interpreter import version_numbers
from harness.targets.names import parse

MOST_OF_GITHUB = 256
"""Jobs that a matrix of GitHub can have."""

MOST_OF_GITLAB = 200
"""Jobs that a `parallel: matrix` of GitLab can have."""

OLDEST: tuple[tuple[str, tuple[int, int]], ...] = (
    ("ubuntu-22.04", (3, 7)), ("ubuntu-26.04", (3, 10)), ("ubuntu-", (3, 8)), ("macos-", (3, 8)),
    ("windows-11-arm", (3, 11)), ("windows-", (3, 5)),
)  # fmt: skip
"""By the beginning of a runner's label, the oldest CPython that setup-python has for it, of the list of July 2026."""


class TooManyParts(Exception):
    """More machines than a CI system starts for one matrix."""

    def __init__(self, parts: int, most: int, system: str) -> None:
        self.parts = parts
        self.most = most
        super().__init__(f"{parts} parts are more than the {most} of one matrix of {system}; use fewer shards, or put targets into one job")


def matrix_of(jobs: Iterable[Job], groups: Mapping[str, Sequence[str]]) -> CiMatrix:
    """An entry for each shard of each job; `groups` are the lists of targets behind `@NAME`. Raises `TooManyParts`."""
    entries = tuple(entry for job in jobs for entry in _entries(job, groups))
    if len(entries) > MOST_OF_GITHUB:
        raise TooManyParts(len(entries), MOST_OF_GITHUB, "GitHub")
    return CiMatrix(entries)


def _entries(job: Job, groups: Mapping[str, Sequence[str]]) -> Iterator[CiEntry]:
    images = " ".join(dict.fromkeys(_images(job.targets, groups, frozenset())))
    for number in range(1, job.shards + 1):
        # A '+' is in no job's name, so that no two parts have one name.
        part = f"{job.name}+{number}-of-{job.shards}" if job.shards > 1 else job.name
        yield CiEntry(part, job.name, f"{number}/{job.shards}", job.runner, job.python, images)


def _images(targets: Iterable[str], groups: Mapping[str, Sequence[str]], inside: frozenset[str]) -> Iterator[str]:
    for target in targets:
        name = parse(target)
        if name.kind == "group" and name.argument not in inside:
            yield from _images(groups.get(name.argument, ()), groups, inside | {name.argument})
        elif name.kind == "container" and not name.argument.startswith("sockmatrix/"):
            yield name.argument


def without_runner(jobs: Iterable[Job]) -> tuple[str, ...]:
    """Jobs that no machine is named for, such as the one of `sockmatrix plan -t`."""
    return tuple(job.name for job in jobs if not job.runner)


def unavailable(entries: Iterable[CiEntry]) -> Iterator[str]:
    """Of each Python that setup-python does not have for a runner, what to do instead."""
    told: dict[tuple[str, str], None] = {}
    for entry in entries:
        if entry.python[:1].isdigit() and version_numbers(entry.python) < _oldest(entry.runner):
            told[entry.runner, entry.python] = None
    for runner, python in told:
        yield (
            f"setup-python has no Python {python} for {runner}: that part will fail; play it in a container, "
            f'with targets = ["docker:python:{python}-slim"]'
        )


def _oldest(runner: str) -> tuple[int, ...]:
    return next((oldest for label, oldest in OLDEST if runner.startswith(label)), ())
