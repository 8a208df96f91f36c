"""Several runs as one: what is the same target, what cannot be relied on, and what is said of it."""

from typing import Any

from msgspec import structs

from harness.compat.building import build
from harness.compat.merging import Merged, merge
from harness.compat.records import RunConflict, Support
from harness.records.run import Header, TargetRecord
from harness.runs.folder import Run
from tests.comparing.telling import raised, seen
from tests.compat.showing import NEW, OLD, played, scenario, target

STEPS = """
- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
- a: s.recv(1)
"""
SOCKET = seen(0, {"socket": 1})
EMPTY = [SOCKET, seen(1, {"bytes": ""})]
RAISED = [SOCKET, raised(1, "OSError", symbols=("ENOTCONN",), errno=107)]
PLAN = scenario(STEPS)


def dated(run: Run, day: str) -> Run:
    header: Header = structs.replace(run.header, started=f"2026-01-{day}T00:00:00+00:00")
    return Run(run.folder, header, run.plans, run.results, run.footer)


def one(did: Any, day: str = "01", on: TargetRecord | None = None, **plan: Any) -> Run:
    """A run of one scenario on one target."""
    of = structs.replace(PLAN, **plan) if plan else PLAN
    return dated(played([on or target(NEW)], [(of, [did])]), day)


def cells(merged: Merged) -> dict[tuple[str, str], str]:
    return {cell: result.verdict for cell, result in merged.run.results.items()}


def test_the_same_in_two_runs_is_one() -> None:
    merged = merge([one(EMPTY), one(EMPTY, "02")])
    assert cells(merged) == {("tcp/close", NEW): "pass"}
    assert (merged.conflicts, merged.unsure, merged.left_out) == ((), {}, {})


def test_what_did_otherwise_in_another_run_is_said_and_not_used() -> None:
    merged = merge([one(EMPTY), one(RAISED, "02")])
    assert cells(merged) == {}
    assert merged.conflicts == (RunConflict(NEW, ("tcp/close",)),)
    assert merged.unsure == {NEW: ("tcp/close",)}


def test_a_third_run_does_not_settle_a_conflict() -> None:
    assert cells(merge([one(EMPTY), one(RAISED, "02"), one(RAISED, "03")])) == {}


def test_a_run_that_says_nothing_is_no_conflict() -> None:
    merged = merge([one((EMPTY, "inconclusive")), one(EMPTY, "02"), one(None, "03"), one(([], "error"), "04")])
    assert (cells(merged), merged.unsure) == ({("tcp/close", NEW): "pass"}, {})


def test_flaky_cells_are_left_out_and_counted() -> None:
    run = one(EMPTY)
    run.results["tcp/close", NEW] = structs.replace(run.results["tcp/close", NEW], flaky=("fail: it was late",))
    merged = merge([run])
    assert (cells(merged), merged.unsure) == ({}, {NEW: ("tcp/close",)})


def test_of_an_edited_scenario_the_newest_counts_in_whatever_order_runs_come() -> None:
    runs = [one(EMPTY, digest="d2", day="02"), one(RAISED)]
    for order in (runs, runs[::-1]):
        merged = merge(order)
        assert merged.run.plans["tcp/close"].digest == "d2"
        assert cells(merged) == {("tcp/close", NEW): "pass"}
        assert merged.left_out == {"run of 2026-01-01T00:00:00": "1 of its scenarios have been edited since, tcp/close for one"}


def test_targets_of_one_name_on_two_systems_are_two() -> None:
    other = target(NEW, kernel="5.4")
    merged = merge([one(EMPTY), one(RAISED, "02", on=other)])
    assert cells(merged) == {("tcp/close", NEW): "pass", ("tcp/close", f"{NEW}#2"): "pass"}
    assert merged.conflicts == ()


def test_settings_of_the_moment_make_no_other_target() -> None:
    merged = merge([one(EMPTY, on=target(NEW, settings={"net.core.somaxconn": "128"})), one(EMPTY, "02")])
    assert list(cells(merged)) == [("tcp/close", NEW)]


def test_targets_that_do_not_speak_for_one_interpreter_are_left_out() -> None:
    pair = structs.replace(target(NEW, named="pair"), partners=(target(OLD).facts,))
    odd = structs.replace(target(NEW, named="odd"), network="no-ipv6")
    lost = structs.replace(target(NEW, named="lost"), facts=None, trouble="it has ended")
    merged = merge([played([target(NEW), pair, odd, lost], [(PLAN, [EMPTY, EMPTY, EMPTY, None])])])
    assert list(cells(merged)) == [("tcp/close", NEW)]
    assert merged.left_out == {
        "lost": "it could not be started: it has ended",
        "odd": "it was run under the network condition no-ipv6",
        "pair": "its roles are played by two interpreters",
    }


def test_where_another_run_has_started_a_target_the_run_that_did_not_is_named() -> None:
    lost = structs.replace(target(NEW), facts=None)
    assert merge([one(None, on=lost)]).left_out == {NEW: "it was never started"}
    assert merge([one(None, on=lost), one(EMPTY, "02")]).left_out == {f"{NEW}, run of 2026-01-01T00:00:00": "it was never started"}


def test_runs_of_one_moment_are_told_apart_and_have_an_order_of_their_own() -> None:
    runs = [one(EMPTY), one(RAISED, digest="d2"), one(RAISED, digest="d3")]
    merged = [merge(order) for order in (runs, runs[::-1])]
    assert [each.run.plans["tcp/close"].digest for each in merged] == [merged[0].run.plans["tcp/close"].digest] * 2
    assert merged[0].left_out == merged[1].left_out
    assert list(merged[0].left_out) == ["run of 2026-01-01T00:00:00", "run of 2026-01-01T00:00:00 #2"]


def test_versions_of_two_runs_tell_together_since_when() -> None:
    runs = [one(EMPTY, on=target(OLD)), one(EMPTY, "02", on=target(NEW, "create_server"))]
    assert build(runs).features["socket.create_server"].support["cpython-linux-glibc"] == Support("yes", since="3.8.18", without="3.7.16")
    assert build(runs) == build(runs[::-1])


def test_what_was_planned_and_never_played_is_counted() -> None:
    assert merge([one(None)]).unplayed == {NEW: 1}
    assert merge([one(None), one(EMPTY, "02")]).unplayed == {}
