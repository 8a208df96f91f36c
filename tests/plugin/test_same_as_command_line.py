"""The same scenarios on the same interpreters come to the same, cell by cell: from the command line, from pytest, and with workers."""

import sys
from pathlib import Path

import pytest
from msgspec import structs

from harness.records.run import Result, Volatile
from harness.runs.folder import Run, read
from harness.targets.discover import find_all
from tests.plugin.projects import ended

pytest_plugins = ["pytester"]

AREAS = ["area:shutdown", "area:udp"]
"""What takes some seconds, with waits and without."""
FEW = 3


@pytest.fixture
def paths() -> list[str]:
    """Some interpreters of this machine, as unlike as there are."""
    unlike = {(each.implementation, each.version.partition(".")[0]): each.path for each in find_all().interpreters}
    chosen = [path for (implementation, _), path in unlike.items() if implementation in ("cpython", "pypy")][:FEW]
    if not chosen:
        pytest.skip("no interpreter was found")
    return chosen


def played_by_command_line(pytester: pytest.Pytester, paths: list[str]) -> Run:
    options = [word for path in paths for word in ("-t", path)] + [word for area in AREAS for word in ("-k", area)]
    pytester.run(sys.executable, "-m", "harness", "run", *options, "--quiet", "--out", "command-line")
    return read(pytester.path / "command-line")


def played_by_pytest(pytester: pytest.Pytester, paths: list[str], folder: str, *more: str) -> Run:
    options = [word for path in paths for word in ("--sockmatrix-target", path)]
    options += [word for area in AREAS for word in ("--sockmatrix-select", area)]
    ended(pytester, "--sockmatrix-library", *options, "--sockmatrix-run", folder, "--tb=no", *more)
    return read(pytester.path / folder)


def evidence(run: Run) -> dict[tuple[str, str], Result]:
    """All that two identical runs have in common."""
    return {cell: structs.replace(result, volatile=Volatile()) for cell, result in run.results.items()}


@pytest.mark.end_to_end
def test_every_cell_is_the_same(pytester: pytest.Pytester, paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path(pytester.path) / "cache"))
    runs = [
        played_by_command_line(pytester, paths),
        played_by_pytest(pytester, paths, "alone"),
        played_by_pytest(pytester, paths, "two-workers", "-n2", "--dist", "loadgroup"),
    ]
    assert [run.complete for run in runs] == [True, True, True]
    one, *others = map(evidence, runs)
    assert len(one) > 100 * len(paths)
    for other in others:
        assert {cell: result.verdict for cell, result in other.items()} == {cell: result.verdict for cell, result in one.items()}
        assert {cell for cell in one if one[cell] != other[cell] and not (one[cell].flaky or other[cell].flaky)} == set()
