"""Since when targets part."""

from pathlib import Path

import pytest

from harness.history.database import open_history
from harness.history.looking import Wanted, look
from harness.history.parting import Since, gravest, since_when
from harness.history.sights import sight_of
from harness.history.taking import take
from harness.records.comparison import DifferenceKind
from harness.records.history import Differing
from harness.records.observation import Observation, Trouble
from tests.comparing.telling import plan, raised, result, seen, target
from tests.history.making import CLOSE, NEW, OLD, close_on, ended, on_day

ALIKE, PARTED = frozenset({1}), frozenset({1, 2})
ONE = plan()


def told(*states: frozenset[int]) -> Since | None:
    kind: DifferenceKind = "value"
    return since_when(enumerate(states, 1), lambda outcomes: kind if outcomes == PARTED else None)


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ([ALIKE, ALIKE], None),
        ([ALIKE, PARTED, PARTED], Since(2, 2, "value", True)),
        ([PARTED, ALIKE], Since(1, 2, "value", False)),
        ([PARTED, ALIKE, PARTED], Since(1, 3, "value", True)),
        ([PARTED, frozenset({3, 4})], Since(1, 2, "value", False)),
    ],
)
def test_when_targets_parted(states: list[frozenset[int]], found: Since | None) -> None:
    assert told(*states) == found


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (seen(0, 1), seen(0, 1), None),
        (seen(0, 1), seen(0, 2), "value"),
        (seen(0, 1), raised(0, "OSError"), "exception"),
        (raised(0, "OSError", "a"), raised(0, "OSError", "b"), None),
    ],
)
def test_the_gravest_kind_that_is_not_quiet(one: Observation, other: Observation, kind: DifferenceKind | None) -> None:
    on = target("cpython-3.12.1")
    assert gravest(ONE, [sight_of(ONE, result(ONE, on, [each])) for each in (one, other)]) == kind


@pytest.mark.parametrize(("need", "kind"), [("has:socket.send_fds", "availability"), ("python >= 3.8", "availability"), ("root", None)])
def test_who_lacks_what_is_pythons_parts_from_who_has_it(need: str, kind: DifferenceKind | None) -> None:
    on, needing = target("cpython-3.12.1"), plan(needs=[need])
    played, unmet = (
        result(needing, on, [seen(0, 1)]),
        result(needing, on, [], "unsupported", trouble=Trouble("unsupported", f"needs {need}")),
    )
    assert gravest(needing, [sight_of(needing, played), sight_of(needing, unmet)]) == kind


def test_a_history_knows_since_when_targets_part(tmp_path: Path) -> None:
    both = (OLD, NEW)
    with open_history(tmp_path / "h", make=True) as history:
        for day, values in enumerate(((1, 1), (1, 2), (1, 2), (2, 2), (2, 3)), 1):
            take(history, on_day(day, close_on(*values, targets=both), targets=both))
        found = look(history, Wanted(differing=True)).differing
    assert found == (Differing("tcp/close", "value", 2, "2026-01-02T12:00:00+00:00", 5, "2026-01-05T12:00:00+00:00", True),)


ALL = (OLD, NEW, target("pypy-3.9.16"))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([(1, 1), (2,), (2, 2)], None),
        ([(1, 1), (2,), (2, 1)], (3, 3, True)),
        ([(1,), (None, 2)], None),
        ([(1, 2), (2,), (2, 2)], (1, 3, False)),
        ([(1, 1), (2,), (None, 1), (2, 1), (2, 1)], (4, 4, True)),
        ([(1, 2, 1), (1, None, 1), (1, 2, 1)], (1, 1, True)),
        ([(1, 2, 1), (1, None, 1)], (1, 2, False)),
    ],
    ids=["one alone", "then both", "never together", "together again", "each alone", "without who parts", "who parts is gone"],
)
def test_targets_part_only_where_they_are_together(
    tmp_path: Path, days: list[tuple[int | None, ...]], expected: tuple[int, int, bool] | None
) -> None:
    with open_history(tmp_path / "h", make=True) as history:
        for day, values in enumerate(days, 1):
            there = [(on, value) for on, value in zip(ALL, values, strict=False) if value is not None]
            targets = tuple(on for on, _ in there)
            take(history, on_day(day, close_on(*(value for _, value in there), targets=targets), targets=targets))
        found = look(history, Wanted(differing=True)).differing
    assert [(each.first, each.since, each.now) for each in found] == ([] if expected is None else [expected])


def test_who_says_nothing_in_a_run_does_not_part_in_it(tmp_path: Path) -> None:
    both = (OLD, NEW)
    with open_history(tmp_path / "h", make=True) as history:
        for day, values in enumerate(((1, 1), (2, ended("error")), (2, 2)), 1):
            take(history, on_day(day, close_on(*values, targets=both), targets=both))
        assert look(history, Wanted(differing=True)).differing == ()


def test_a_run_that_was_added_late_is_compared_by_its_own_meaning_of_the_scenario(tmp_path: Path) -> None:
    both, edited = (OLD, NEW), plan(CLOSE.id, digest="d2")
    with open_history(tmp_path / "h", make=True) as history:
        take(history, on_day(2, close_on(1, 2, targets=both), targets=both, plans=(edited,)))
        take(history, on_day(1, close_on(1, 1, targets=both), targets=both))
        (found,) = look(history, Wanted(differing=True)).differing
    assert (found.first_started[:10], found.since_started[:10], found.now) == ("2026-01-02", "2026-01-02", True)
