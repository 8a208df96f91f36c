"""What is asked of a history, and what it answers."""

from pathlib import Path

import pytest
from msgspec import structs

from harness.history.database import Database, open_history
from harness.history.looking import CHANGED, EVERYTHING, Wanted, cause_words, look, runs
from harness.history.taking import take
from harness.query.parse import parse
from harness.records.comparison import FactChange
from harness.records.history import History, HistoryRun, TurnCause
from tests.history.making import CLOSE, NEW, OLD, SEND, close_on, ended, on_day


@pytest.fixture
def history(tmp_path: Path) -> Database:
    """Two scenarios on two targets for three days: one line turns, one is flaky, two are steady."""
    database = open_history(tmp_path / "history.sqlite", make=True)
    for day in (1, 2, 3):
        told = {
            ("tcp/close", OLD.id): 1 if day < 3 else 2,
            ("tcp/close", NEW.id): 1,
            ("tcp/send", OLD.id): ended("pass", of=SEND, flaky=["fail: x"] if day == 2 else []),
            ("tcp/send", NEW.id): 1,
        }
        take(database, on_day(day, told, plans=(CLOSE, SEND), targets=(OLD, NEW)))
    return database


def names(found: History) -> list[tuple[str, str]]:
    return [(line.scenario, line.target) for line in found.lines]


def test_only_what_turned_or_is_flaky_is_told(history: Database) -> None:
    with history:
        found = look(history, CHANGED)
    assert names(found) == [("tcp/close", OLD.id), ("tcp/send", OLD.id)]
    assert found.steady == 2


def test_everything_is_told_if_it_is_wanted(history: Database) -> None:
    with history:
        found = look(history, EVERYTHING)
    assert names(found) == [("tcp/close", NEW.id), ("tcp/close", OLD.id), ("tcp/send", NEW.id), ("tcp/send", OLD.id)]
    assert found.steady == 0


def test_scenarios_and_targets_are_chosen(history: Database) -> None:
    with history:
        one = look(history, Wanted(scenario=lambda name: name == "tcp/send", steady=True))
        other = look(history, Wanted(target=lambda target, name: target == NEW.id and name == NEW.name, steady=True))
    assert names(one) == [("tcp/send", NEW.id), ("tcp/send", OLD.id)]
    assert names(other) == [("tcp/close", NEW.id), ("tcp/send", NEW.id)]


def test_a_query_is_of_lines_as_they_are_and_of_their_turns(history: Database) -> None:
    with history:
        found = {
            query: names(look(history, Wanted(where=parse(query), steady=True)))
            for query in ("kind:value", "flaky:yes", "explained:no", "!differs:yes send")
        }
    assert found == {
        "kind:value": [("tcp/close", OLD.id)],
        "flaky:yes": [("tcp/send", OLD.id)],
        "explained:no": [("tcp/close", OLD.id)],
        "!differs:yes send": [("tcp/send", NEW.id), ("tcp/send", OLD.id)],
    }


def test_runs_are_in_the_order_of_time(history: Database) -> None:
    with history:
        found = runs(history)
    assert [run.number for run in found] == [1, 2, 3]
    assert found[0] == HistoryRun(1, "2026-01-01T12:00:00+00:00", "runs/1", "0.1.0", 2, 4, 0, (OLD.id, NEW.id))


def test_a_scenario_that_came_later_is_only_in_the_runs_that_had_it(tmp_path: Path) -> None:
    with open_history(tmp_path / "h", make=True) as history:
        take(history, on_day(1, close_on(1)))
        take(history, on_day(2, {("tcp/close", OLD.id): 1, ("tcp/send", OLD.id): 1}, plans=(CLOSE, SEND)))
        take(history, on_day(3, {("tcp/send", OLD.id): 1}, plans=(SEND,)))
        lines = look(history, EVERYTHING).lines
    assert [(line.scenario, line.first, line.last, line.runs) for line in lines] == [("tcp/close", 1, 2, 2), ("tcp/send", 2, 3, 2)]


def test_the_meaning_of_a_scenario_is_that_of_the_last_run_and_not_of_the_last_added(tmp_path: Path) -> None:
    older, newer = structs.replace(CLOSE, tags=("once",)), structs.replace(CLOSE, tags=("now",), digest="d2")
    with open_history(tmp_path / "h", make=True) as history:
        take(history, on_day(2, close_on(1), plans=(newer,)))
        take(history, on_day(1, close_on(1), plans=(older,)))
        found = {word: names(look(history, Wanted(where=parse(word), steady=True))) for word in ("tag:now", "tag:once")}
    assert found == {"tag:now": [("tcp/close", OLD.id)], "tag:once": []}


def test_since_a_day_only_what_came_on_it_or_later_is_told_and_counted(history: Database) -> None:
    with history:
        found = {day: look(history, Wanted(since=f"2026-01-{day:02}")) for day in (2, 3, 4)}
    assert {day: (names(each), each.steady, each.unchanged) for day, each in found.items()} == {
        2: ([("tcp/close", OLD.id), ("tcp/send", OLD.id)], 2, 0),
        3: ([("tcp/close", OLD.id)], 3, 0),
        4: ([], 3, 1),
    }
    assert [(line.plays, line.flaky, line.flaky_runs) for line in found[2].lines] == [(2, 0, 0), (3, 1, 1)]


def test_what_may_explain_a_turn_can_be_searched() -> None:
    cause = TurnCause("upgrade", "cpython-3.8.18", "cpython-3.8.20", (FactChange("kernel", "6.1", ""),))
    assert cause_words(cause) == "upgrade cpython-3.8.18 cpython-3.8.20 kernel 6.1"
