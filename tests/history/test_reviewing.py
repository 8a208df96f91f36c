"""A run held against a baseline: nothing that nobody accepted is taken for as expected."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import structs

from harness.history.errors import KeptError
from harness.history.reviewing import EMPTY, accept, carried_over, prune, reject, remaining, review, settle, still_open
from harness.records.baseline import Accepted, Baseline, BaselineUpgrade, PendingChange, Proposals, Rejected, Sight
from harness.records.comparison import FactChange, StepChange
from harness.records.run import TargetRecord
from harness.runs.folder import Run
from tests.comparing.telling import plan, raised, result, seen, target
from tests.history.making import CLOSE, NEW, OLD, PATCHED, SEND, close_on, ended, on_day


def ids(proposals: Proposals) -> set[str]:
    return {each.change.id for each in proposals.changes}


def baseline_of(run: Run) -> Baseline:
    proposals = review(EMPTY, run, "b.json")
    return accept(EMPTY, proposals, ids(proposals))


def states(proposals: Proposals) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.state, each.scenario, each.targets) for each in proposals.report.pending]


def one_step(value: Any) -> Sight:
    return Sight("pass", (seen(0, value),))


def test_what_was_accepted_is_the_same() -> None:
    run = on_day(1, close_on(1, 2, targets=(OLD, NEW)), targets=(OLD, NEW))
    found = review(baseline_of(run), run, "b.json").report
    assert (found.pending, found.same, found.silent, found.missing) == ((), 2, 0, 0)


def test_targets_that_did_the_same_share_an_entry() -> None:
    run = on_day(1, close_on(1, 1, targets=(OLD, NEW)), targets=(OLD, NEW))
    assert baseline_of(run).scenarios["tcp/close"].accepted == (Accepted((NEW.id, OLD.id), one_step(1)),)


def test_another_observation_is_a_change_with_its_steps() -> None:
    found = review(baseline_of(on_day(1, close_on(1))), on_day(2, close_on(2)), "b.json")
    (change,) = found.report.pending
    step = StepChange(0, "s.recv(1)", "value", "1", "2")
    assert change == PendingChange(change.id, "changed", "tcp/close", (OLD.id,), "pass", "pass", (step,))
    assert found.report.same == 0


def test_a_verdict_can_change_alone() -> None:
    before, after = on_day(1, close_on(1)), on_day(2, close_on(ended("stale", seen(0, 1), reason="departs no more")))
    (change,) = review(baseline_of(before), after, "b.json").report.pending
    assert (change.before, change.after, change.steps, change.grounds) == ("pass", "stale", (), "departs no more")


def test_what_is_not_played_any_more_is_a_change() -> None:
    from harness.records.observation import Trouble

    unmet = structs.replace(ended("unsupported", reason="needs root"), trouble=Trouble("unsupported", "needs root"))
    (change,) = review(baseline_of(on_day(1, close_on(1))), on_day(2, close_on(unmet)), "b.json").report.pending
    assert (change.state, change.before, change.after, change.grounds) == ("changed", "pass", "unsupported", "needs root")


def test_other_bytes_that_mean_the_same_are_no_change() -> None:
    one = raised(0, "OSError", "no", symbols=("EAGAIN", "EWOULDBLOCK"), errno=11)
    other = raised(0, "OSError", "no", symbols=("EWOULDBLOCK", "EAGAIN"), errno=35)
    assert review(baseline_of(on_day(1, close_on(one))), on_day(2, close_on(other)), "b.json").report.same == 1


def test_a_play_that_went_on_further_is_a_change_though_all_common_steps_agree() -> None:
    two = plan("tcp/close", ["one()", "two()"])
    before = on_day(1, {(two.id, OLD.id): result(two, OLD, [seen(0, 1)])}, plans=(two,))
    after = on_day(2, {(two.id, OLD.id): result(two, OLD, [seen(0, 1), seen(1, 2)])}, plans=(two,))
    assert states(review(baseline_of(before), after, "b.json")) == [("changed", "tcp/close", (OLD.id,))]


def test_new_scenarios_and_new_targets_are_new_and_not_changed() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    told = {("tcp/close", OLD.id): 1, ("tcp/close", NEW.id): 9, ("tcp/send", OLD.id): 3, ("tcp/send", NEW.id): 3}
    found = review(known, on_day(2, told, plans=(CLOSE, SEND), targets=(OLD, NEW)), "b.json")
    assert states(found) == [("new", "tcp/close", (NEW.id,)), ("new", "tcp/send", (OLD.id, NEW.id))]
    assert (found.report.same, found.report.new_targets) == (1, (NEW.id,))


def test_an_edited_scenario_is_not_compared() -> None:
    edited = plan("tcp/close", digest="d2")
    found = review(baseline_of(on_day(1, close_on(1))), on_day(2, close_on(2), plans=(edited,)), "b.json")
    assert states(found) == [("edited", "tcp/close", (OLD.id,))]
    assert found.report.pending[0].before is None


def test_cells_that_say_nothing_are_counted_and_never_the_same() -> None:
    told = {("tcp/close", OLD.id): ended("error"), ("tcp/send", OLD.id): ended("inconclusive", of=SEND)}
    run = on_day(2, told, plans=(CLOSE, SEND, plan("tcp/other")))
    found = review(baseline_of(on_day(1, close_on(1))), run, "b.json").report
    assert (found.same, found.silent, found.missing, found.pending) == (0, 2, 1, ())


def test_bugs_of_scenarios_are_counted_apart_too() -> None:
    told = {("tcp/close", OLD.id): ended("bug"), ("tcp/send", OLD.id): ended("error", of=SEND)}
    found = review(EMPTY, on_day(1, told, plans=(CLOSE, SEND)), "b.json").report
    assert (found.silent, found.bugs) == (2, 1)


def test_what_the_run_did_not_play_is_said() -> None:
    both = {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 1, ("tcp/close", NEW.id): 1, ("tcp/send", NEW.id): 1}
    known = baseline_of(on_day(1, both, plans=(CLOSE, SEND), targets=(OLD, NEW)))
    found = review(known, on_day(2, close_on(1)), "b.json").report
    assert (found.absent_scenarios, found.absent_targets, found.same) == (("tcp/send",), (NEW.id,), 1)


def test_a_flaky_cell_is_told_whether_it_is_as_accepted_or_not() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    steady = review(known, on_day(2, close_on(ended("pass", seen(0, 1), flaky=["fail: x"]))), "b.json").report
    assert (steady.same, steady.flaky) == (1, (("tcp/close", OLD.id),))
    changed = review(known, on_day(2, close_on(ended("fail", seen(0, 2), flaky=["pass"]))), "b.json").report
    assert [(each.state, each.flaky) for each in changed.pending] == [("changed", True)]


def test_an_upgraded_target_is_compared_with_what_it_was() -> None:
    found = review(baseline_of(on_day(1, close_on(1))), on_day(2, close_on(2, targets=(PATCHED,)), targets=(PATCHED,)), "b.json")
    assert states(found) == [("changed", "tcp/close", (PATCHED.id,))]
    assert found.report.upgraded == (BaselineUpgrade(OLD.id, PATCHED.id, (FactChange("python", "3.8.18", "3.8.20"),)),)
    assert (found.report.new_targets, found.report.absent_targets) == ((), ())


def test_the_same_observation_has_the_same_id_in_every_run() -> None:
    known = baseline_of(on_day(1, close_on(1, 1, targets=(OLD, NEW)), targets=(OLD, NEW)))
    one = review(known, on_day(2, close_on(2)), "b.json")
    both = review(known, on_day(3, close_on(2, 2, targets=(OLD, NEW)), targets=(OLD, NEW)), "other.json")
    assert ids(one) == ids(both)


# -------------------------------------------------------------------------------------------------------- decisions


def changed_run(value: Any = 2, targets: Sequence[TargetRecord] = (OLD,)) -> Run:
    return on_day(2, close_on(*[value] * len(targets), targets=targets), targets=targets)


def test_accepting_takes_the_place_of_what_was() -> None:
    known = baseline_of(on_day(1, close_on(1, 1, targets=(OLD, NEW)), targets=(OLD, NEW)))
    proposals = review(known, changed_run(), "b.json")
    after = accept(known, proposals, ids(proposals))
    assert after.scenarios["tcp/close"].accepted == (Accepted((NEW.id,), one_step(1)), Accepted((OLD.id,), one_step(2)))
    assert review(after, changed_run(), "b.json").report.pending == ()


def test_accepting_beside_keeps_both() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    proposals = review(known, changed_run(), "b.json")
    after = accept(known, proposals, (), besides=ids(proposals))
    for day in (on_day(1, close_on(1)), changed_run()):
        assert review(after, day, "b.json").report.same == 1


def test_what_was_rejected_stays_red_and_says_why() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    proposals = review(known, changed_run(), "b.json")
    after = reject(known, proposals, dict.fromkeys(ids(proposals), "a bug of theirs"))
    (again,) = review(after, changed_run(), "b.json").report.pending
    assert (again.state, again.reason, again.id) == ("rejected", "a bug of theirs", proposals.changes[0].change.id)
    assert review(after, on_day(3, close_on(1)), "b.json").report.same == 1
    assert [each.state for each in review(after, on_day(3, close_on(5)), "b.json").report.pending] == ["changed"]


def test_what_was_accepted_and_is_rejected_then_is_not_accepted_any_more() -> None:
    known = baseline_of(on_day(1, close_on(1, 1, targets=(OLD, NEW)), targets=(OLD, NEW)))
    proposals = review(known, changed_run(), "b.json")
    accepted = accept(known, proposals, ids(proposals))
    after = reject(accepted, proposals, dict.fromkeys(ids(proposals), "a bug of theirs"))
    assert after.scenarios["tcp/close"].accepted == (Accepted((NEW.id,), one_step(1)),)
    assert states(review(after, changed_run(), "b.json")) == [("rejected", "tcp/close", (OLD.id,))]


def test_what_a_file_says_to_be_both_accepted_and_rejected_stays_red() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    both = structs.replace(known.scenarios["tcp/close"], rejected=(Rejected((OLD.id,), "a bug of theirs", one_step(1)),))
    merged = structs.replace(known, scenarios={"tcp/close": both})
    found = review(merged, on_day(2, close_on(1)), "b.json").report
    assert ([(each.state, each.reason) for each in found.pending], found.same) == ([("rejected", "a bug of theirs")], 0)


def test_what_only_means_the_same_as_something_rejected_can_be_accepted() -> None:
    one = raised(0, "OSError", "no", symbols=("EAGAIN", "EWOULDBLOCK"), errno=11)
    other = raised(0, "OSError", "no", symbols=("EWOULDBLOCK", "EAGAIN"), errno=35)
    known = baseline_of(on_day(1, close_on(1)))
    proposals = review(known, on_day(2, close_on(one)), "b.json")
    rejected = reject(known, proposals, dict.fromkeys(ids(proposals), "a bug of theirs"))
    again = review(rejected, on_day(3, close_on(other)), "b.json")
    assert states(again) == [("rejected", "tcp/close", (OLD.id,))]
    assert review(accept(rejected, again, ids(again)), on_day(4, close_on(other)), "b.json").report.same == 1


def test_a_rejection_can_be_taken_back() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    proposals = review(known, changed_run(), "b.json")
    rejected = reject(known, proposals, dict.fromkeys(ids(proposals), "a bug of theirs"))
    again = review(rejected, changed_run(), "b.json")
    after = accept(rejected, again, ids(again))
    assert after.scenarios["tcp/close"].rejected == ()
    assert review(after, changed_run(), "b.json").report.same == 1


def test_an_edited_scenario_begins_anew() -> None:
    edited = plan("tcp/close", digest="d2")
    known = baseline_of(on_day(1, close_on(1)))
    run = on_day(2, close_on(2), plans=(edited,))
    proposals = review(known, run, "b.json")
    after = accept(known, proposals, ids(proposals))
    assert after.scenarios["tcp/close"].digest == "d2"
    assert after.scenarios["tcp/close"].accepted == (Accepted((OLD.id,), one_step(2)),)


def test_an_upgrade_is_settled_when_nothing_red_is_left() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    run = changed_run(2, (PATCHED,))
    proposals = review(known, run, "b.json")
    assert settle(known, proposals, ids(proposals)) == known
    after = settle(accept(known, proposals, ids(proposals)), proposals, ())
    assert list(after.targets) == [PATCHED.id]
    assert after.targets[PATCHED.id].facts["python"] == "3.8.20"
    assert review(after, run, "b.json").report == structs.replace(proposals.report, pending=(), same=1, upgraded=())


def test_an_upgrade_is_not_settled_by_a_part_of_the_scenarios() -> None:
    known = baseline_of(on_day(1, {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 1}, plans=(CLOSE, SEND)))
    proposals = review(known, changed_run(1, (PATCHED,)), "b.json")
    assert settle(known, proposals, ()) == known


def test_pruning_drops_what_the_run_did_not_have() -> None:
    both = {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 1, ("tcp/close", NEW.id): 1, ("tcp/send", NEW.id): 1}
    known = baseline_of(on_day(1, both, plans=(CLOSE, SEND), targets=(OLD, NEW)))
    proposals = review(known, on_day(2, close_on(1)), "b.json")
    assert prune(known, proposals) == baseline_of(on_day(2, close_on(1)))


def test_what_is_left_knows_what_was_rejected() -> None:
    known = baseline_of(on_day(1, close_on(1, 1, targets=(OLD, NEW)), targets=(OLD, NEW)))
    run = on_day(2, close_on(2, 3, targets=(OLD, NEW)), targets=(OLD, NEW))
    proposals = review(known, run, "b.json")
    one, other = (each.id for each in proposals.report.pending)
    left = remaining(proposals, {one}, {other: "no"})
    assert [(each.id, each.state, each.reason) for each in left.report.pending] == [(other, "rejected", "no")]
    assert len(left.changes) == 1


def test_what_was_accepted_in_the_meantime_is_not_open_any_more() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    proposals = review(known, changed_run(), "b.json")
    assert still_open(known, proposals) == proposals
    assert still_open(accept(known, proposals, ids(proposals)), proposals).changes == ()


def test_a_run_of_some_scenarios_leaves_what_waits_of_others() -> None:
    both = {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 1}
    known = baseline_of(on_day(1, both, plans=(CLOSE, SEND)))
    whole = review(known, on_day(2, dict.fromkeys(both, 2), plans=(CLOSE, SEND)), "b.json")
    part = review(known, on_day(3, close_on(1)), "b.json")
    waiting = carried_over(whole, part, on_day(3, close_on(1)))
    assert states(waiting) == [("changed", "tcp/send", (OLD.id,))]
    assert carried_over(part, whole, on_day(2, dict.fromkeys(both, 2), plans=(CLOSE, SEND))) == whole


def waits_after(then: Run, now: Run) -> list[tuple[str, str, tuple[str, ...]]]:
    """What waits of two runs, one after the other, where all targets had come to 1."""
    known = baseline_of(on_day(1, close_on(1, 1, targets=(OLD, NEW)), targets=(OLD, NEW)))
    return states(carried_over(review(known, then, "b.json"), review(known, now, "b.json"), now))


BOTH_CHANGED = on_day(2, close_on(2, 2, targets=(OLD, NEW)), targets=(OLD, NEW))
BOTH_OTHERWISE = on_day(2, close_on(2, 3, targets=(OLD, NEW)), targets=(OLD, NEW))


def test_a_run_of_some_targets_leaves_what_waits_of_others() -> None:
    assert waits_after(BOTH_CHANGED, on_day(3, close_on(1))) == [("changed", "tcp/close", (NEW.id,))]
    assert waits_after(BOTH_OTHERWISE, on_day(3, close_on(1))) == [("changed", "tcp/close", (NEW.id,))]
    # The same change twice is one, as it has one id.
    assert waits_after(BOTH_CHANGED, on_day(3, close_on(2))) == [("changed", "tcp/close", (OLD.id, NEW.id))]


def test_an_upgraded_target_is_played_as_the_one_it_was() -> None:
    now = on_day(3, close_on(1, targets=(PATCHED,)), targets=(PATCHED,))
    assert waits_after(BOTH_CHANGED, now) == [("changed", "tcp/close", (NEW.id,))]


def test_a_target_that_was_upgraded_in_between_is_played_as_the_one_it_was() -> None:
    known = baseline_of(on_day(1, {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 1}, plans=(CLOSE, SEND)))
    part = on_day(3, {("tcp/send", PATCHED.id): 1}, plans=(SEND,), targets=(PATCHED,))
    waiting = carried_over(review(known, on_day(2, close_on(2)), "b.json"), review(known, part, "b.json"), part)
    assert states(waiting) == [("changed", "tcp/close", (OLD.id,))]
    now = on_day(4, close_on(1, targets=(PATCHED,)), targets=(PATCHED,))
    assert states(carried_over(waiting, review(known, now, "b.json"), now)) == []


def test_a_run_that_says_nothing_of_a_cell_leaves_what_waits_of_it() -> None:
    now = on_day(3, close_on(1, ended("error"), targets=(OLD, NEW)), targets=(OLD, NEW))
    assert waits_after(BOTH_CHANGED, now) == [("changed", "tcp/close", (NEW.id,))]


def test_what_waits_of_another_meaning_of_a_scenario_is_dropped() -> None:
    edited = plan("tcp/close", digest="d2")
    assert waits_after(BOTH_CHANGED, on_day(3, close_on(1), plans=(edited,))) == [("edited", "tcp/close", (OLD.id,))]


def test_what_was_left_of_others_can_be_accepted() -> None:
    known = baseline_of(on_day(1, close_on(1, 1, targets=(OLD, NEW)), targets=(OLD, NEW)))
    now = on_day(3, close_on(1))
    waiting = carried_over(review(known, BOTH_CHANGED, "b.json"), review(known, now, "b.json"), now)
    after = accept(known, waiting, ids(waiting))
    assert review(after, on_day(4, close_on(1, 2, targets=(OLD, NEW)), targets=(OLD, NEW)), "b.json").report.same == 2


@pytest.mark.parametrize("verdict", ["error", "bug", "inconclusive"])
def test_what_says_nothing_cannot_be_accepted(verdict: Any) -> None:
    assert baseline_of(on_day(1, close_on(ended(verdict)))) == EMPTY


def test_two_targets_of_one_family_are_not_confused() -> None:
    one, other = target("cpython-3.11.2"), target("cpython-3.11.7")
    known = baseline_of(on_day(1, close_on(1, 2, targets=(one, other)), targets=(one, other)))
    swapped = on_day(2, close_on(2, 1, targets=(one, other)), targets=(one, other))
    assert len(review(known, swapped, "b.json").report.pending) == 2


def test_steps_that_the_scenario_does_not_have_are_a_damaged_file() -> None:
    known = baseline_of(on_day(1, close_on(1)))
    (entry,) = known.scenarios["tcp/close"].accepted
    odd = structs.replace(entry, sight=Sight("pass", (seen(99, 1),)))
    scenario = structs.replace(known.scenarios["tcp/close"], accepted=(odd,))
    with pytest.raises(KeptError) as caught:
        review(structs.replace(known, scenarios={"tcp/close": scenario}), on_day(2, close_on(1)), "b.json")
    assert str(caught.value) == "b.json: has steps of tcp/close that it does not have; the file was changed or damaged"
