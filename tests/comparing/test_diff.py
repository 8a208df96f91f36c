"""Two runs, or two targets, side by side."""

import pytest

from harness.comparing.diff import UnknownTarget, diff, diff_targets
from harness.records.comparison import CellChange, FactChange, RunDiff, StepChange, Upgrade
from harness.records.observation import Verdict
from tests.comparing.telling import plan, played, raised, result, run, seen, target, targets

OLD, NEW = targets("3.8.18", "3.12.1")


def test_a_run_does_not_differ_from_itself() -> None:
    one = played(plan(), [OLD, NEW], [seen(0, 1), seen(0, 2)])
    assert diff(one, one) == RunDiff("runs/one", "runs/one", (), unchanged=2, unchanged_scenarios=("tcp/close",))


def test_a_changed_cell_says_which_steps_came_to_what() -> None:
    made = plan(steps=["one()", "two()"])
    before = run([OLD], [made], {(made.id, OLD.id): result(made, OLD, [seen(0, 1), seen(1, {"bytes": ""})])}, "runs/before")
    after = run([OLD], [made], {(made.id, OLD.id): result(made, OLD, [seen(0, 1), raised(1, "OSError", "no")], "fail")}, "runs/after")
    change = StepChange(1, "two()", "exception", "b''", "OSError: no")
    changed = (CellChange("tcp/close", OLD.id, "pass", "fail", (change,)),)
    assert diff(before, after) == RunDiff("runs/before", "runs/after", changed, changed_scenarios=("tcp/close",))


def test_a_quiet_change_is_a_change_of_its_kind() -> None:
    made = plan()
    before, after = played(made, [OLD], [raised(0, "OSError", "a")]), played(made, [OLD], [raised(0, "OSError", "b")])
    (cell,) = diff(before, after).changed
    assert [each.kind for each in cell.steps] == ["message"]


def test_a_verdict_can_change_alone() -> None:
    made = plan()
    cells = {verdict: run([OLD], [made], {(made.id, OLD.id): result(made, OLD, [seen(0, 1)], verdict)}) for verdict in ("pass", "stale")}
    assert diff(cells["pass"], cells["stale"]).changed == (CellChange("tcp/close", OLD.id, "pass", "stale"),)


def test_edited_added_and_gone_scenarios_and_targets_are_named_and_not_compared() -> None:
    before = run([OLD], [plan("a/same"), plan("a/edited"), plan("a/gone")], {})
    after = run([NEW], [plan("a/same"), plan("a/edited", digest="d2"), plan("a/added")], {})
    found = diff(before, after)
    assert (found.edited, found.added_scenarios, found.gone_scenarios) == (("a/edited",), ("a/added",), ("a/gone",))
    assert (found.added_targets, found.gone_targets) == ((NEW.id,), (OLD.id,))
    assert (found.changed, found.unchanged, found.missing_before, found.missing_after) == ((), 0, 0, 0)


def test_what_an_upgraded_target_does_is_told_apart() -> None:
    patched = target("cpython-3.8.20")
    before = played(plan(), [OLD, NEW], [seen(0, 1), seen(0, 1)])
    after = played(plan(), [patched, NEW], [seen(0, 2), seen(0, 1)])
    found = diff(before, after)
    facts = (FactChange("python", "3.8.18", "3.8.20"),)
    change = CellChange("tcp/close", "cpython-3.8.20", "pass", "pass", (StepChange(0, "s.recv(1)", "value", "1", "2"),))
    assert found.upgraded == (Upgrade("cpython-3.8.18", "cpython-3.8.20", facts, (change,)),)
    assert (found.changed, found.unchanged, found.added_targets, found.gone_targets) == ((), 1, (), ())
    assert (found.changed_scenarios, found.unchanged_scenarios) == (("tcp/close",), ())


def test_a_target_on_another_kernel_is_an_upgrade_without_another_id() -> None:
    before = played(plan(), [target("cpython-3.8.18", kernel="6.1")], [seen(0, 1)])
    after = played(plan(), [target("cpython-3.8.18", kernel="6.5")], [seen(0, 1)])
    assert diff(before, after).upgraded == (Upgrade(OLD.id, OLD.id, (FactChange("kernel", "6.1", "6.5"),), unchanged=1),)


@pytest.mark.parametrize("verdict", ["error", "bug", "inconclusive"])
def test_a_cell_that_says_nothing_of_its_target_is_as_good_as_none(verdict: Verdict) -> None:
    made = plan()
    told = played(made, [OLD], [seen(0, 1)])
    silent = run([OLD], [made], {(made.id, OLD.id): result(made, OLD, [], verdict)})
    assert diff(silent, silent) == RunDiff("runs/one", "runs/one", (), missing_before=1, missing_after=1)
    assert diff(told, silent) == RunDiff("runs/one", "runs/one", (), missing_after=1)
    assert diff(silent, told) == RunDiff("runs/one", "runs/one", (), missing_before=1)
    assert diff_targets(silent, OLD.id, OLD.id) == RunDiff(OLD.id, OLD.id, (), missing_before=1, missing_after=1)


def test_cells_without_a_result_are_counted_on_their_side() -> None:
    made = plan()
    whole, empty = played(made, [OLD, NEW], [seen(0, 1), seen(0, 1)]), run([OLD, NEW], [made], {})
    assert (diff(empty, whole).missing_before, diff(empty, whole).missing_after) == (2, 0)
    assert (diff(whole, empty).missing_before, diff(whole, empty).missing_after) == (0, 2)


def test_two_targets_of_a_run_are_set_side_by_side() -> None:
    found = diff_targets(played(plan(), [OLD, NEW], [seen(0, 1), seen(0, 2)]), OLD.id, NEW.id)
    change = StepChange(0, "s.recv(1)", "value", "1", "2")
    assert found == RunDiff(OLD.id, NEW.id, (CellChange("tcp/close", NEW.id, "pass", "pass", (change,)),), changed_scenarios=("tcp/close",))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("cpython-3.8.17", "the run has no target 'cpython-3.8.17'; did you mean 'cpython-3.8.18'?"),
        ("x", "the run has no target 'x'; it has cpython-3.8.18, cpython-3.12.1"),
    ],
)
def test_an_unknown_target_is_said_with_the_nearest(asked: str, message: str) -> None:
    with pytest.raises(UnknownTarget) as caught:
        diff_targets(played(plan(), [OLD, NEW], [seen(0, 1), seen(0, 2)]), OLD.id, asked)
    assert str(caught.value) == message
