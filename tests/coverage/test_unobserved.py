"""Departures known from documentation, and a run that shows one of them."""

from pathlib import Path
from typing import Any

from msgspec import structs

from harness.coverage.unobserved import Unobserved, unobserved
from harness.records.facts import Facts
from harness.records.observation import Evidence, Judgement
from harness.records.plan import Plan
from harness.records.run import TargetRecord
from harness.runs.folder import Run
from harness.runs.results import result_of
from tests.language.writing import FILE, plan_of
from tests.runs.making import header

TEXT = """steps:
  - a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - a: s.recv(1)
    raises: ENOTCONN
    varies:
      - {when: os == "windows", raises: EINVAL, because: Winsock says so, see: ["winsock:recv"], observed: false}
      - {when: os == "java", raises: EPIPE, because: Java says so, see: ["jython:recv"]}
"""


def run_on(plan: Plan, verdict: Any, **facts: Any) -> Run:
    there = Facts(python="3.13.0", implementation="cpython", implementation_version="3.13.0", **facts)
    made = structs.replace(header([plan], ("it",)), targets=(TargetRecord("it", "it", there),))
    return Run(Path("run"), made, {plan.id: plan}, {(plan.id, "it"): result_of(plan, "it", Evidence(), Judgement(verdict))}, None)


def only(found: tuple[Unobserved, ...]) -> Unobserved:
    assert len(found) == 1
    return found[0]


def test_only_what_is_marked_is_listed() -> None:
    plan = plan_of(TEXT)
    each = only(unobserved([plan, plan]).departures)
    assert (each.scenario, each.file, each.call, each.when) == ("tcp/close", FILE, "s.recv(1)", 'os == "windows"')
    assert (each.because, each.see, each.seen_on) == ("Winsock says so", ("winsock:recv",), ())


def test_a_run_that_departed_has_seen_it() -> None:
    plan = plan_of(TEXT)
    assert only(unobserved([plan], run_on(plan, "variation", os="windows")).departures).seen_on == ("it",)


def test_what_failed_or_was_elsewhere_has_not() -> None:
    plan = plan_of(TEXT)
    for run in (run_on(plan, "fail", os="windows"), run_on(plan, "pass", os="linux"), run_on(plan, "variation", os="java")):
        assert only(unobserved([plan], run).departures).seen_on == ()


def test_wine_is_not_windows() -> None:
    plan = plan_of(TEXT)
    assert only(unobserved([plan], run_on(plan, "variation", os="windows", wine=True)).departures).seen_on == ()


def test_a_run_of_another_scenario_says_nothing() -> None:
    plan = plan_of(TEXT)
    run = run_on(plan_of(TEXT.replace("recv(1)", "recv(2)")), "variation", os="windows")
    assert only(unobserved([plan], run).departures).seen_on == ()
