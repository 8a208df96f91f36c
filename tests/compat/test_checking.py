"""A data set held against the library and against runs: only what both know is compared."""

from typing import Any

from msgspec import structs

from harness.compat.checking import answer, check_library, check_run
from harness.compat.records import CompatData
from harness.records.plan import Plan
from harness.records.run import TargetRecord
from harness.runs.folder import Run
from tests.comparing.telling import raised, seen
from tests.compat.showing import NEW, OLD, data, played, scenario, target

STEPS = """
- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
- a: s.recv(1)
"""
PLAN = scenario(STEPS)
SOCKET = seen(0, {"socket": 1})
EMPTY = [SOCKET, seen(1, {"bytes": ""})]
RAISED = [SOCKET, raised(1, "OSError", symbols=("ENOTCONN",), errno=107)]
BOTH = (target(OLD), target(NEW, "create_server"))


def recorded(*did: Any) -> CompatData:
    return data(BOTH, (PLAN, did or [RAISED, EMPTY]))


def seen_again(*did: Any, on: tuple[TargetRecord, ...] = BOTH, plan: Plan = PLAN) -> Run:
    return played(on, [(plan, did or [RAISED, EMPTY])])


def complaints(set_: CompatData, run: Run) -> tuple[str, ...]:
    return check_run(set_, run).complaints


def test_the_run_that_it_was_made_from_says_the_same() -> None:
    checked = check_run(recorded(), seen_again())
    assert (checked.complaints, checked.targets, checked.others, checked.scenarios) == ((), (OLD, NEW), (), 1)


def test_a_name_that_came_or_went_is_told() -> None:
    run = seen_again(on=(target(OLD, "send_fds"), target(NEW)))
    assert complaints(recorded(), run) == (
        "socket.create_server: cpython-linux-glibc 3.8.18 lacks it, recorded is that it has it",
        "socket.send_fds: cpython-linux-glibc 3.7.16 has it, recorded is that it lacks it",
    )


def test_targets_that_part_otherwise_are_told() -> None:
    place = "tcp/close, line 6:"
    assert complaints(recorded(), seen_again(EMPTY, EMPTY)) == (f"{place} a recorded difference is gone: s.recv(1)",)
    assert complaints(recorded(EMPTY, EMPTY), seen_again()) == (f"{place} a difference that is not recorded: s.recv(1)",)


def test_three_that_part_otherwise_are_told() -> None:
    on = (*BOTH, target("cpython-3.9.18"))
    set_ = data(on, (PLAN, [RAISED, EMPTY, EMPTY]))
    told = complaints(set_, played(on, [(PLAN, [RAISED, EMPTY, RAISED])]))
    assert told == ("tcp/close, line 6: the targets part otherwise than recorded: s.recv(1)",)


def test_a_version_that_was_seen_in_two_behaviours_may_show_either() -> None:
    on = (*BOTH, target(NEW, "create_server", named="elsewhere", root=True))
    set_ = data(on, (PLAN, [RAISED, EMPTY, RAISED]))
    for did in ([RAISED, EMPTY], [RAISED, RAISED], [EMPTY, EMPTY]):
        assert complaints(set_, played(BOTH, [(PLAN, did)])) == ()


def test_of_what_the_set_is_unsure_nothing_is_expected() -> None:
    set_ = recorded((EMPTY, "inconclusive"), EMPTY)
    assert set_.unsure == {OLD: ("tcp/close",)}
    assert complaints(set_, seen_again()) == ()


def test_what_the_run_is_unsure_of_is_not_gone() -> None:
    assert complaints(recorded(), seen_again((EMPTY, "inconclusive"), EMPTY)) == ()
    assert complaints(recorded(), seen_again(([], "unsupported"), EMPTY)) == (
        f"{OLD}: cells that came to pass 1, now 0, unsupported 0, now 1",
    )


def test_verdicts_are_counted_where_both_played_the_same() -> None:
    run = seen_again((RAISED, "fail"), EMPTY, on=(target(OLD, kernel="6.2"), BOTH[1]))
    assert complaints(recorded(), run) == (f"{OLD}: cells that came to pass 1, now 0, fail 0, now 1 (kernel 6.1, now 6.2)",)


def test_other_interpreters_contradict_nothing() -> None:
    checked = check_run(recorded(), seen_again(EMPTY, EMPTY, on=(target("cpython-3.12.1"), target(NEW, "create_server"))))
    assert (checked.complaints, checked.targets, checked.others) == ((), (NEW,), ("cpython-3.12.1",))


def test_another_version_of_the_same_name_is_another_target() -> None:
    moved = target("cpython-3.9.1", named=NEW)
    assert check_run(recorded(), seen_again(EMPTY, EMPTY, on=(BOTH[0], moved))).targets == (OLD,)


def test_nothing_in_common_is_nothing_compared() -> None:
    checked = check_run(recorded(), seen_again(EMPTY, on=(target("cpython-3.12.1"),)))
    assert (checked.complaints, checked.targets, checked.others) == ((), (), ("cpython-3.12.1",))


def test_an_edited_scenario_is_not_compared() -> None:
    checked = check_run(recorded(), seen_again(EMPTY, EMPTY, plan=structs.replace(PLAN, digest="d2")))
    assert (checked.complaints, checked.scenarios) == ((), 0)


def test_the_library_may_have_moved_on() -> None:
    new, edited = scenario(STEPS, "tcp/new"), structs.replace(PLAN, digest="d2")
    assert check_library(recorded(), [PLAN]) == ()
    assert check_library(recorded(), [PLAN, new]) == ("scenario tcp/new has not been played",)
    assert check_library(recorded(), [edited]) == ("scenario tcp/close has been edited since",)
    assert check_library(recorded(), [new]) == ("scenario tcp/new has not been played", "scenario tcp/close is no longer there")


def test_the_set_answers_for_each_version() -> None:
    versions = {"2.7.18": (), "3.6.15": ("CAN_OLD",), "3.8.18": ("CAN_OLD",), "3.9.1": ()}
    set_ = data([target(f"cpython-{version}", *names) for version, names in versions.items()])
    family = "cpython-linux-glibc"
    assert [answer(set_, "socket.CAN_OLD", family, version) for version in versions] == [
        frozenset({False}), frozenset({True}), frozenset({True}), frozenset({False}),
    ]  # fmt: skip
    assert answer(set_, "socket.no_such_name", family, "2.7.18") == frozenset()
    assert answer(set_, "socket.CAN_OLD", "pypy-linux-glibc", "2.7.18") == frozenset()
