"""Runs come into a history in any order, each once; what is known of them then does not depend on it."""

import threading
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from msgspec import structs

from harness.history.database import open_history
from harness.history.looking import EVERYTHING, look
from harness.history.taking import flaky_plays, identity, remove, take
from harness.records.history import History, Line
from harness.records.run import TargetRecord
from harness.runs.folder import Run
from tests.comparing.telling import plan, raised, target
from tests.history.making import CLOSE, NEW, OLD, PATCHED, SEND, close_on, ended, on_day


def remembered(file: Path, runs: Sequence[Run]) -> History:
    with open_history(file, make=True) as history:
        for run in runs:
            take(history, run)
        return look(history, EVERYTHING)


def told(history: History) -> list[Any]:
    """All lines, with days in the place of numbers of runs."""
    days = {run.number: run.started[:10] for run in history.runs}
    return [
        (line.scenario, line.target, line.verdict, line.runs, line.plays, line.flaky, days[line.first], days[line.last], days[line.since],
         [(days[turn.run], days[turn.previous], turn.before, turn.after, turn.steps, turn.causes) for turn in line.turns])
        for line in history.lines
    ]  # fmt: skip


def turns(line: Line) -> list[tuple[str, str]]:
    """Days on which a line came to something else, with what came."""
    return [(turn.started[8:10], turn.steps[0].after if turn.steps else turn.after) for turn in line.turns]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_what_stays_the_same_has_no_turns(file: Path) -> None:
    (line,) = remembered(file, [on_day(day, close_on(1)) for day in (1, 2, 3)]).lines
    assert (line.runs, line.plays, line.verdict, line.turns, line.since_started) == (3, 3, "pass", (), "2026-01-01T12:00:00+00:00")


def test_only_what_becomes_something_else_is_a_turn(file: Path) -> None:
    days = [on_day(day, close_on(value)) for day, value in enumerate((1, 1, 2, 2, 1), 1)]
    (line,) = remembered(file, days).lines
    assert turns(line) == [("03", "2"), ("05", "1")]
    assert [(turn.previous_started[8:10], turn.before, turn.after, turn.causes) for turn in line.turns] == [
        ("02", "pass", "pass", ()),
        ("04", "pass", "pass", ()),
    ]
    assert line.since == 5


def test_a_run_is_taken_once_wherever_its_folder_is(file: Path) -> None:
    run = on_day(1, close_on(1))
    moved = Run(Path("elsewhere"), run.header, run.plans, run.results, run.footer)
    with open_history(file, make=True) as history:
        assert take(history, run).state == "added"
        again = take(history, moved)
    assert (again.state, again.number, again.turns) == ("known", 1, 0)


def test_a_run_that_went_on_takes_its_own_place(file: Path) -> None:
    half = on_day(1, close_on(1, targets=(OLD,)), plans=(CLOSE, SEND), complete=False)
    whole = on_day(1, {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 2}, plans=(CLOSE, SEND))
    with open_history(file, make=True) as history:
        take(history, half)
        assert take(history, whole).state == "renewed"
        assert take(history, half).state == "known"
        found = look(history, EVERYTHING)
    assert [(run.silent, run.complete) for run in found.runs] == [(0, True)]
    assert [line.scenario for line in found.lines] == ["tcp/close", "tcp/send"]


def test_a_run_whose_errors_were_played_again_takes_its_own_place(file: Path) -> None:
    with open_history(file, make=True) as history:
        take(history, on_day(1, close_on(ended("error"))))
        assert take(history, on_day(1, close_on(1))).state == "renewed"
        assert [line.verdict for line in look(history, EVERYTHING).lines] == ["pass"]


BOTH = (CLOSE, SEND)


@pytest.mark.parametrize(
    ("fuller", "older"),
    [
        (on_day(1, close_on(1), plans=BOTH, complete=False), on_day(1, {}, plans=BOTH, complete=False)),
        (on_day(1, close_on(1), plans=BOTH, complete=False), on_day(1, close_on(2), plans=BOTH, complete=False)),
        (on_day(1, close_on(1), plans=(CLOSE,)), on_day(1, close_on(ended("error")))),
        (
            on_day(1, {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): ended("error", of=SEND)}, plans=BOTH),
            on_day(1, {("tcp/close", OLD.id): ended("error"), ("tcp/send", OLD.id): ended("error", of=SEND)}, plans=BOTH),
        ),
        (
            on_day(1, {("tcp/close", OLD.id): ended("error"), ("tcp/send", OLD.id): 1}, plans=BOTH),
            on_day(1, {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 1}, plans=BOTH, complete=False),
        ),
    ],
    ids=["shorter", "as short", "with an error", "with more errors", "without an end"],
)
def test_an_older_copy_of_a_run_does_not_take_the_place_of_a_fuller_one(file: Path, fuller: Run, older: Run) -> None:
    with open_history(file, make=True) as history:
        take(history, fuller)
        before = look(history, EVERYTHING)
        again = take(history, older)
        assert (again.state, again.number) == ("known", 1)
        assert look(history, EVERYTHING) == before


def test_two_runs_that_began_alike_and_ended_are_two(file: Path) -> None:
    assert len(remembered(file, [on_day(1, close_on(1)), on_day(1, close_on(2))]).runs) == 2


def test_an_upgrade_goes_on_with_the_line_and_may_explain_a_turn(file: Path) -> None:
    history = remembered(file, [on_day(1, close_on(1)), on_day(2, close_on(2, targets=(PATCHED,)), targets=(PATCHED,))])
    (line,) = history.lines
    assert (line.target, line.runs) == (PATCHED.id, 2)
    (cause,) = line.turns[0].causes
    assert (cause.kind, cause.before, cause.after, [each.fact for each in cause.facts]) == ("upgrade", OLD.id, PATCHED.id, ["python"])


def test_an_upgrade_with_which_nothing_changes_is_no_turn(file: Path) -> None:
    (line,) = remembered(file, [on_day(1, close_on(1)), on_day(2, close_on(1, targets=(PATCHED,)), targets=(PATCHED,))]).lines
    assert (line.target, line.turns) == (PATCHED.id, ())


def test_an_edited_scenario_is_not_compared_with_what_it_was(file: Path) -> None:
    edited = plan("tcp/close", digest="d2")
    (line,) = remembered(file, [on_day(1, close_on(1)), on_day(2, close_on(2), plans=(edited,))]).lines
    assert [(turn.steps, [cause.kind for cause in turn.causes]) for turn in line.turns] == [((), ["edited"])]


def test_another_version_of_sockmatrix_may_explain_a_turn(file: Path) -> None:
    (line,) = remembered(file, [on_day(1, close_on(1)), on_day(2, close_on(2), sockmatrix="0.2.0")]).lines
    assert [(cause.kind, cause.before, cause.after) for cause in line.turns[0].causes] == [("sockmatrix", "0.1.0", "0.2.0")]


def test_a_machine_of_another_kind_has_lines_of_its_own(file: Path) -> None:
    arm = target(OLD.id, machine="aarch64")
    days = [on_day(1, close_on(1)), on_day(2, close_on(2, targets=(arm,)), targets=(arm,)), on_day(3, close_on(1))]
    lines = remembered(file, days).lines
    assert [(line.platform, line.runs, line.turns) for line in lines] == [("linux", 2, ()), ("linux aarch64", 1, ())]


def test_cells_that_say_nothing_leave_the_line_alone(file: Path) -> None:
    days = [on_day(1, close_on(1)), on_day(2, close_on(ended("error"))), on_day(3, {}, complete=False), on_day(4, close_on(1))]
    history = remembered(file, days)
    assert [(line.runs, line.turns) for line in history.lines] == [(2, ())]
    assert [run.silent for run in history.runs] == [0, 1, 1, 0]


def test_a_target_that_could_not_be_started_has_no_line(file: Path) -> None:
    dead = TargetRecord("cpython-3.9.1", "all", trouble="no")
    run = on_day(1, {("tcp/close", OLD.id): 1, ("tcp/close", dead.id): ended("error")}, targets=(OLD, dead))
    assert [line.target for line in remembered(file, [run]).lines] == [OLD.id]


def test_other_bytes_that_mean_the_same_are_no_turn(file: Path) -> None:
    one = raised(0, "OSError", "no", symbols=("EAGAIN", "EWOULDBLOCK"), errno=11)
    other = raised(0, "OSError", "no", symbols=("EWOULDBLOCK", "EAGAIN"), errno=35)
    (line,) = remembered(file, [on_day(1, close_on(one)), on_day(2, close_on(other)), on_day(3, close_on(one))]).lines
    assert line.turns == ()


def test_plays_and_what_was_flaky_of_them_are_counted(file: Path) -> None:
    often = ended("fail", flaky=["3 of 20 plays: pass", "1 of 20 plays: hang"])
    days = [
        on_day(1, close_on(1)),
        on_day(2, close_on(often), options={"repeat": 20}),
        on_day(3, close_on(ended("pass", flaky=["fail: x"]))),
    ]
    (line,) = remembered(file, days).lines
    assert (line.plays, line.flaky, line.flaky_runs) == (1 + 20 + 2, 4 + 1, 2)
    assert [[cause.kind for cause in turn.causes] for turn in line.turns] == [["flaky"], ["flaky"]]


def test_how_often_a_flaky_cell_was_played() -> None:
    assert flaky_plays(("3 of 20 plays: pass", "1 of 20 plays: hang"), 20) == (20, 4)
    assert flaky_plays(("fail: something",), 1) == (2, 1)


def some_days() -> list[Run]:
    """Turns, an upgrade there and back, an edit, a gap, a flaky cell, two targets of one family."""
    edited = plan("tcp/close", digest="d2")
    return [
        on_day(1, close_on(1, 5, targets=(OLD, NEW)), targets=(OLD, NEW)),
        on_day(2, close_on(2, 5, targets=(PATCHED, NEW)), targets=(PATCHED, NEW)),
        on_day(3, {("tcp/close", NEW.id): ended("error"), ("tcp/send", NEW.id): 1}, plans=(CLOSE, SEND), targets=(NEW,)),
        on_day(4, close_on(2, 6, targets=(OLD, NEW)), targets=(OLD, NEW), plans=(edited,)),
        on_day(5, close_on(1, ended("fail", flaky=["pass"]), targets=(OLD, NEW)), targets=(OLD, NEW)),
    ]


def test_the_order_in_which_runs_come_does_not_matter(tmp_path: Path) -> None:
    days = some_days()
    expected = told(remembered(tmp_path / "in-order", days))
    assert len(expected) == 3
    for number, order in enumerate(list(permutations(days))[1::7]):
        assert told(remembered(tmp_path / str(number), order)) == expected


def test_what_was_taken_out_might_never_have_been_there(tmp_path: Path) -> None:
    days = some_days()
    for number in range(len(days)):
        with open_history(tmp_path / f"without-{number}", make=True) as history:
            for day in days:
                take(history, day)
            assert remove(history, [number + 1]) == []
            assert remove(history, [number + 1]) == [number + 1]
            left = look(history, EVERYTHING)
        assert told(left) == told(remembered(tmp_path / f"never-{number}", [day for day in days if day is not days[number]]))


def test_runs_are_taken_out_all_or_none(file: Path) -> None:
    with open_history(file, make=True) as history:
        for day in (1, 2, 3):
            take(history, on_day(day, close_on(day)))
        assert remove(history, [1, 99, 2, 98]) == [99, 98]
        assert [run.number for run in look(history, EVERYTHING).runs] == [1, 2, 3]
        assert remove(history, [1, 2, 1]) == []
        assert [run.number for run in look(history, EVERYTHING).runs] == [3]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.permutations(range(1, 9)), some.lists(some.integers(1, 3), min_size=8, max_size=8))
def test_a_line_says_what_each_run_saw(tmp_path_factory: pytest.TempPathFactory, order: list[int], values: list[int]) -> None:
    file = tmp_path_factory.mktemp("any") / "history.sqlite"
    (line,) = remembered(file, [on_day(day, close_on(values[day - 1])) for day in order]).lines
    expected = [(f"{day:02}", str(values[day - 1])) for day in range(2, 9) if values[day - 1] != values[day - 2]]
    assert turns(line) == expected


def test_processes_that_add_at_once_wait_for_each_other(file: Path) -> None:
    def add(day: int) -> None:
        with open_history(file, make=True) as history:
            take(history, on_day(day, close_on(day % 2)))

    threads = [threading.Thread(target=add, args=(day,)) for day in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_history(file) as history:
        found = look(history, EVERYTHING)
    assert (len(found.runs), len(found.lines[0].turns)) == (8, 7)


def test_a_run_that_is_interrupted_on_its_way_in_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.history import taking

    with open_history(file, make=True) as history:
        take(history, on_day(1, close_on(1)))
        monkeypatch.setattr(taking._Taking, "_silent_cells", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take(history, on_day(2, close_on(2)))
    with open_history(file) as history:
        found = look(history, EVERYTHING)
    assert (len(found.runs), found.lines[0].turns) == (1, ())


def test_the_identity_of_a_run_stays_while_it_goes_on() -> None:
    half, whole = on_day(1, {}, complete=False), on_day(1, close_on(1))
    assert identity(half).digest == identity(whole).digest
    assert identity(half).content != identity(whole).content
    other = structs.replace(whole.header, started="2026-01-01T12:00:01+00:00")
    assert identity(Run(whole.folder, other, whole.plans, whole.results, whole.footer)).digest != identity(whole).digest


def test_runs_of_other_time_zones_are_in_the_order_of_time(file: Path) -> None:
    later = on_day(1, close_on(2), started="2026-01-01T13:30:00+00:00")
    earlier = on_day(1, close_on(1), started="2026-01-01T14:30:00+02:00")
    (line,) = remembered(file, [later, earlier]).lines
    assert [turn.steps[0].after for turn in line.turns] == ["2"]


@pytest.mark.parametrize("repeat", ["x", None, -1, 0])
def test_a_header_that_says_nothing_sensible_counts_one_play(file: Path, repeat: Any) -> None:
    (line,) = remembered(file, [on_day(1, close_on(1), options={"repeat": repeat})]).lines
    assert line.plays == 1
