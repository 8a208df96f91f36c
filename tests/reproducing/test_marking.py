"""Which step a reproduction is about."""

from msgspec import structs

from harness.records.observation import Judgement, Observation, Raised, Trouble
from harness.records.run import Result
from harness.reproducing.marked import reproduction
from harness.reproducing.marking import mark
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, cell, greeted_on, plan_of, refused_on, run_of, troubled

PLAN = plan_of(REFUSED, "connect/refused")


def failing(target: str) -> Result:
    steps = (
        Observation(0, value={"socket": 1}),
        Observation(1, raises=Raised("OSError", ("Exception", "BaseException"), None, (), "refused")),
    )
    judgement = Judgement("fail", "s.connect: expected …", 1, "socket.error ECONNREFUSED to be raised", "OSError: refused")
    return cell("connect/refused", REFUSED, target, steps, judgement)


def test_a_failure_comes_first() -> None:
    run = run_of([refused_on(OLD), refused_on(NEW), failing(OTHER)], [PLAN])
    found = mark(run, PLAN)
    assert found is not None
    assert (found.step, found.target, found.kind) == (1, OTHER, "fail")
    assert (found.expected, found.seen) == ("socket.error ECONNREFUSED to be raised", "OSError: refused")
    assert found.see == ("python:socket.socket.connect",)
    assert found.holds == 'type(outcome).__name__ == "OSError"'


def test_without_a_failure_it_is_the_odd_one_out() -> None:
    run = run_of([refused_on(OLD), refused_on(NEW), refused_on(OTHER)], [PLAN])
    found = mark(run, PLAN)
    assert found is not None
    assert (found.step, found.target, found.kind) == (1, OLD, "exception")
    assert found.expected == "raises socket.error ECONNREFUSED"
    assert found.seen == "socket.error: [ECONNREFUSED] Connection refused"
    assert found.elsewhere == ("python >= 3: ConnectionRefusedError: [ECONNREFUSED] Connection refused",)
    assert found.holds == 'type(outcome).__name__ == "error" and outcome.errno == errno.ECONNREFUSED'


def test_a_target_that_was_asked_for_is_the_one_that_is_shown() -> None:
    run = run_of([refused_on(OLD), refused_on(NEW), refused_on(OTHER)], [PLAN])
    found = mark(run, PLAN, NEW)
    assert found is not None
    assert (found.target, found.seen) == (NEW, "ConnectionRefusedError: [ECONNREFUSED] Connection refused")
    assert found.elsewhere == ("python < 3: socket.error: [ECONNREFUSED] Connection refused",)


def test_where_all_did_the_same_nothing_is_marked() -> None:
    run = run_of([refused_on(NEW), refused_on(OTHER)], [PLAN])
    assert mark(run, PLAN) is None
    assert "HERE" not in reproduction(PLAN, run).file


def test_a_target_that_did_not_play_it_is_told_why() -> None:
    reason = Trouble("unsupported", "needs ipv4, which is not usable here")
    run = run_of([refused_on(OLD), refused_on(NEW), troubled("connect/refused", REFUSED, OTHER, reason)], [PLAN])
    made = reproduction(PLAN, run, run.header.targets[2])
    assert made.mark is None
    assert made.limits[-1] == "The harness did not play it on pypy-3.9.16, which needs ipv4, which is not usable here."


def test_a_hang_is_a_failure_without_a_condition() -> None:
    steps = (Observation(0, value={"socket": 1}), Observation(1, hang=True))
    hanging = cell("connect/refused", REFUSED, NEW, steps, Judgement("hang", "still under way after 10 s", 1))
    found = mark(run_of([refused_on(OLD), hanging, refused_on(OTHER)], [PLAN]), PLAN)
    assert found is not None
    assert (found.target, found.kind, found.holds, found.step) == (NEW, "hang", "", 1)
    assert "watch(10, True)" in reproduction(PLAN, run_of([refused_on(OLD), hanging, refused_on(OTHER)], [PLAN])).body


def test_a_missed_bound_of_time_is_asked_for_as_time() -> None:
    plan = plan_of(GREETING, "tcp/greeting")
    result = greeted_on(NEW)
    steps = tuple(
        Observation(seen.step, value=seen.value, seconds=2.0 if seen.step == 8 else 0.0) for seen in result.steps
    )  # the reply comes after two seconds
    judgement = Judgement("fail", "s.recv(1024): expected at most 0.5 s, observed 2.000 s", 8, "at most 0.5 s", "2.000 s", late_only=True)
    found = mark(run_of([cell("tcp/greeting", GREETING, NEW, steps, judgement)], [plan]), plan)
    assert found is not None
    assert found.kind == "timing"
    assert found.holds.endswith(' and step["took"] > 0.5')


WARNING = """title: A socket that is forgotten warns
about: Leaks are found by it.
see: [python:socket.socket]
steps:
  - any: s = socket.socket()
  - any: forget(s)
    warns: ResourceWarning
"""


def test_a_warning_that_did_not_come_is_asked_for() -> None:
    steps = (Observation(0, value={"socket": 1}), Observation(1, value=None))
    judgement = Judgement("fail", "forget(s): expected a ResourceWarning, observed no warning", 1, "a ResourceWarning", "no warning")
    silent = cell("creation/forgotten", WARNING, NEW, steps, judgement)
    plan = plan_of(WARNING, "creation/forgotten")
    found = mark(run_of([silent], [plan]), plan)
    assert found is not None
    assert found.holds == 'outcome is None and "ResourceWarning" not in warned'


def test_what_was_left_open_is_told() -> None:
    leaking = structs.replace(refused_on(NEW), leaks=("socket.socket: descriptor still open after close()",))
    run = run_of([refused_on(OLD), leaking, refused_on(OTHER)], [PLAN])
    made = reproduction(PLAN, run, run.header.targets[1])
    assert made.limits[-1] == "After it cpython-3.12.1 had something open: socket.socket: descriptor still open after close()."


def test_where_nobody_fails_one_that_departs_is_shown_rather_than_one_that_passes() -> None:
    """However few they are that do as they must."""
    departed = [structs.replace(refused_on(each, kind="socket.error"), verdict="variation") for each in (OLD, OTHER)]
    found = mark(run_of([*departed, refused_on(NEW)], [PLAN]), PLAN)
    assert found is not None
    assert found.target in (OLD, OTHER)
    passing = mark(run_of([*departed, refused_on(NEW)], [PLAN]), PLAN, NEW)
    assert passing is not None
    assert (passing.target, passing.because) == (NEW, "")
