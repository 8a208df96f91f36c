"""Merging is a function of the set of runs: no order and no grouping of them makes a difference, to the byte."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from harness.gates.gate import gate
from harness.merging.merge import merge
from harness.records.known import Known
from harness.records.matrix import Job
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run, read, read_header
from tests.merging.making import ALL, facts, files, matrix, result, save, target
from tests.merging.test_merge import write_header

KINDS: tuple[dict[str, Any], ...] = (
    {}, {"facts": facts(machine="arm64")}, {"facts": facts(settings={"net.ipv4.tcp_rmem": "1"})},
    {"facts": facts(settings={"net.ipv4.tcp_rmem": "2"})}, {"facts": None}, {"facts": None, "trouble": "no such file"},
    {"grounds": {"filtered": (facts(network="filtered"),)}},
)  # fmt: skip
"""What the same id can be on several machines."""
LOSSES: tuple[dict[str, Any], ...] = (
    {}, {}, {"lost_starts": 1}, {"lost_starts": 2, "lost_hosts": 1}, {"lost_hosts": 3},
    {"lost_forks": 2, "fork_trouble": "no memory"}, {"lost_forks": 1, "fork_trouble": "no processes"},
)  # fmt: skip
"""What a run can have lost on its way."""
NAMES = ("cpython-3.8.18", "cpython-3.13.0")
ENTRY = Known("area/one", "python < 3.9", "skip", "hangs", "https://example.org")
JOBS = ("", "linux", "mac")


@st.composite
def targets(draw: st.DrawFn) -> tuple[TargetRecord, ...]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    asked = st.sampled_from(["all", "python3.8", "pyenv:*"])
    return tuple(target(name, draw(asked), **draw(st.sampled_from(KINDS)), **draw(st.sampled_from(LOSSES))) for name in names)


@st.composite
def results(draw: st.DrawFn, scenario: str, on: str) -> Result:
    verdict = draw(st.sampled_from(["pass", "pass", "fail", "error", "inconclusive", "unsupported"]))
    flaky = draw(st.sampled_from([(), ("fail: late",), ("2 of 3 plays: pass",)]))
    reason = draw(st.sampled_from(["", "one", "two"]))
    wall = draw(st.sampled_from([0.5, 1.0]))
    return result(ALL[scenario], on, verdict, value=draw(st.integers(0, 1)), reason=reason, flaky=flaky, wall=wall)


@st.composite
def runs(draw: st.DrawFn) -> dict[str, Any]:
    """What `save` is told."""
    who = draw(targets())
    elsewhere = draw(st.sets(st.sampled_from(sorted(ALL)), max_size=2))
    shard = (draw(st.sampled_from(["1/2", "2/2", "1/3"])), sorted(elsewhere)) if elsewhere else None
    names = sorted(set(ALL) - elsewhere)
    cells = [(name, each.id) for name in names for each in who if draw(st.integers(0, 4))]
    return {
        "verdicts": {cell: draw(results(*cell)) for cell in cells},
        "targets": who,
        "complete": draw(st.booleans()),
        "shard": shard,
        "job": draw(st.sampled_from(JOBS)),
        "known": draw(st.sampled_from([(), (ENTRY,)])),
        "started": draw(st.sampled_from(["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"])),
        "options": {"repeat": draw(st.sampled_from([1, 3]))},
        "skipped": draw(st.sampled_from([{}, {"/x": "too old"}, {"/x": "a shim"}])),
    }


def saved(folder: Path, told: Sequence[dict[str, Any]]) -> list[Path]:
    """The runs, some with a scenario that a known entry kept from being played."""
    found = []
    for number, run in enumerate(told):
        place = save(folder / str(number), run.pop("verdicts"), **run)
        head = read_header(place)
        lacking = {
            name: sorted(set(ALL) - {cell[0] for cell in read(place).results if cell[1] == name})
            for name in (each.id for each in head.targets)
        }
        if run["known"] and all(lacking.values()):
            out = {name: tuple(dict.fromkeys((*head.unplanned.get(name, ()), names[0]))) for name, names in lacking.items()}
            excused = {name: {names[0]: "hangs"} for name, names in lacking.items() if names[0] not in head.unplanned.get(name, ())}
            write_header(place, structs.replace(head, unplanned=out, excused={name: each for name, each in excused.items() if each}))
        found.append(place)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(runs(), min_size=2, max_size=5), st.data())
def test_neither_order_nor_grouping_makes_a_difference(told: list[dict[str, Any]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plan = matrix(Job("linux", ("python3.8",)), Job("mac", ("pyenv:*",), shards=2)) if data.draw(st.booleans(), "with a plan") else None
        there = saved(folder, told)
        merge(there, folder / "at once", plan)
        expected = files(folder / "at once")

        order = data.draw(st.permutations(there), "order")
        merge(order, folder / "in another order", plan)
        assert files(folder / "in another order") == expected

        cut = data.draw(st.integers(1, len(order) - 1), "cut")
        again = data.draw(st.integers(0, cut), "so many of the first are given again")
        merge(order[:cut], folder / "first", plan)
        merge(order[cut:], folder / "second", plan if data.draw(st.booleans(), "the second too") else None)
        merge([folder / "first", folder / "second"], folder / "of two")
        assert files(folder / "of two") == expected
        merge([*order[cut - again :], folder / "first"], folder / "of one and the rest", plan)
        assert files(folder / "of one and the rest") == expected
        merge([folder / "of two", folder / "first"], folder / "once more")
        assert files(folder / "once more") == expected


def is_telling(run: Run, job: str, name: str, scenario: str) -> bool:
    """Whether a run of a job says something of a scenario on a target that was asked for by this name."""
    ids = [each.id for each in run.header.targets if each.name == name]
    found = [run.results[scenario, each] for each in ids if (scenario, each) in run.results]
    return run.header.job == job and any(each.verdict not in ("error", "inconclusive") for each in found)


@settings(max_examples=60, deadline=None)
@given(st.lists(runs(), min_size=1, max_size=4), st.data())
def test_what_a_job_owes_nobody_else_delivers(told: list[dict[str, Any]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        jobs = [Job(name, ("python3.8",), shards=data.draw(st.integers(1, 2))) for name in JOBS if name]
        names = [data.draw(st.sampled_from(["linux", "mac"])) for _ in told]
        there = [save(folder / str(at), **{**run, "known": (), "job": job}) for at, (run, job) in enumerate(zip(told, names, strict=True))]
        merge(there, folder / "all", matrix(*jobs))
        parts = list(map(read, there))
        owed = [(job.name, name, scenario) for job in jobs for name in job.targets for scenario in ALL]
        if any(not any(is_telling(part, *cell) for part in parts) for cell in owed):
            assert gate(read(folder / "all")).gate.exit_code == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(runs(), min_size=1, max_size=4))
def test_a_merged_run_is_one_that_can_be_read_and_has_all_that_its_parts_have(told: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        there = saved(folder, told)
        merge(there, folder / "all")
        run = read(folder / "all")
        assert run.header.cells == len(run.planned)
        assert set(run.results) <= set(run.planned)
        for part in map(read, there):
            digests = {each.digest: each for each in run.header.parts}
            names = [{each.id: each.merged for each in known.targets} for known in digests.values()]
            for scenario, name in part.results:
                assert any((scenario, known.get(name)) in run.results for known in names)
