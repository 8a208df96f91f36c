"""The same scenarios on the same interpreters come to the same, cell by cell: from the command line, from pytest, and with workers."""

import sys
from pathlib import Path

import pytest
from msgspec import structs

from harness.gates.gate import gate
from harness.records.run import Result, Volatile
from harness.runs.folder import Run, read
from harness.targets.discover import find_all
from tests.plugin.projects import ALL, FLAKY, GOOD, WRONG, ended, write, wrong_at_first

pytest_plugins = ["pytester"]

AREAS = ["area:shutdown", "area:udp"]
"""What takes some seconds, with waits and without."""
FEW = 3

OWN = {
    **ALL,
    "mine/excused": WRONG,
    "mine/fixed": GOOD,
    "mine/flaky": FLAKY,
    "mine/never": WRONG,
    "mine/unmarked": FLAKY.replace("666", "667"),
}
ENTRIES = [
    ("mine/excused", "python >= 2.7", "xfail", ""),
    ("mine/fixed", "python >= 2.7", "xfail", ""),
    ("mine/flaky", "python >= 2.7", "flaky", "rate = 0.9"),
    ("mine/never", "python >= 2.7", "skip", ""),
    ("mine/never", "python >= 3", "xfail", ""),
    ("tcp/greets_three_clients", "python >= 2.7", "xfail", ""),
]
ENTRY = """
[[known]]
scenario = "{}"
when = "{}"
kind = "{}"
{}
reason = "it is known"
see = "https://example.org/1"
"""
STATES = ["used", "stale", "used", "used", "unused", "elsewhere"]


@pytest.fixture
def paths() -> list[str]:
    """Some interpreters of this machine, as unlike as there are."""
    unlike = {(each.implementation, each.version.partition(".")[0]): each.path for each in find_all().interpreters}
    chosen = [path for (implementation, _), path in unlike.items() if implementation in ("cpython", "pypy")][:FEW]
    if not chosen:
        pytest.skip("no interpreter was found")
    return chosen


def played_by_command_line(pytester: pytest.Pytester, targets: list[str], *more: str) -> Run:
    options = [word for target in targets for word in ("-t", target)]
    pytester.run(sys.executable, "-m", "harness", "run", *options, *more, "--quiet", "--out", "command-line")
    return read(pytester.path / "command-line")


def played_by_pytest(pytester: pytest.Pytester, targets: list[str], folder: str, *more: str) -> Run:
    options = [word for target in targets for word in ("--sockmatrix-target", target)]
    ended(pytester, *options, "--sockmatrix-run", folder, "--tb=no", *more)
    return read(pytester.path / folder)


def opinions(run: Run) -> tuple[object, ...]:
    """What the gate thinks of it."""
    found = gate(run)
    return found.gate.exit_code, found.gate.failing, [use.state for use in found.gate.known], sorted(found.expected), sorted(found.stale)


def evidence(run: Run) -> dict[tuple[str, str], Result]:
    """All that two identical runs have in common."""
    return {cell: structs.replace(result, volatile=Volatile()) for cell, result in run.results.items()}


@pytest.mark.end_to_end
def test_every_cell_is_the_same(pytester: pytest.Pytester, paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path(pytester.path) / "cache"))
    by_command_line = [word for area in AREAS for word in ("-k", area)]
    by_pytest = ["--sockmatrix-library", *(word for area in AREAS for word in ("--sockmatrix-select", area))]
    runs = [
        played_by_command_line(pytester, paths, *by_command_line),
        played_by_pytest(pytester, paths, "alone", *by_pytest),
        played_by_pytest(pytester, paths, "two-workers", *by_pytest, "-n2", "--dist", "loadgroup"),
    ]
    assert [run.complete for run in runs] == [True, True, True]
    one, *others = map(evidence, runs)
    assert len(one) > 100 * len(paths)
    for other in others:
        assert {cell: result.verdict for cell, result in other.items()} == {cell: result.verdict for cell, result in one.items()}
        assert {cell for cell in one if one[cell] != other[cell] and not (one[cell].flaky or other[cell].flaky)} == set()


@pytest.mark.end_to_end
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "two-workers"])
def test_so_is_what_fails_what_is_known_and_what_is_flaky(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    write(pytester.path, OWN)
    pytester.makefile(".toml", sockmatrix="".join(ENTRY.format(*entry) for entry in ENTRIES))
    target = wrong_at_first(pytester.path)
    one = played_by_command_line(pytester, [target], "scenarios")
    for mark in pytester.path.glob("seen*"):
        mark.rmdir()  # so that the target is wrong at first again
    other = played_by_pytest(pytester, [target], "by-pytest", *workers)
    assert (one.complete, other.complete) == (True, True)
    assert evidence(one) == evidence(other)
    assert {scenario: result.plays for (scenario, _), result in one.results.items() if result.flaky} == {
        "mine/flaky": ("fail", "pass"),
        "mine/unmarked": ("fail", "pass"),
    }
    assert one.excused == other.excused == {("mine/never", one.header.targets[0].id): "it is known"}
    assert one.planned == other.planned
    assert one.header.targets == other.header.targets
    assert opinions(one) == opinions(other)
    assert opinions(one)[0:3:2] == (1, STATES)
