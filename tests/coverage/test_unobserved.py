"""Departures known from documentation, and a run that shows one of them."""

from pathlib import Path
from typing import Any

from msgspec import structs

from harness.coverage.unobserved import Unobserved, unobserved
from harness.judging.judge import judge
from harness.language.helping import facts_by_role
from harness.records.facts import Facts
from harness.records.observation import Evidence, Observation, Raised
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


INVALID = Raised("OSError", ("Exception",), 22, ("EINVAL",), "Invalid argument")
"""As the entry for Windows has it."""


def facts_of(os: str, **facts: Any) -> Facts:
    return Facts(
        python="3.13.0", implementation="cpython", implementation_version="3.13.0", os=os, classes={"socket.error": "OSError"}, **facts
    )


def run_on(plan: Plan, os: str, *seen: Observation, **facts: Any) -> Run:
    """A run whose result is judged from what was seen; the second step raises `EINVAL` if nothing else is said."""
    record = TargetRecord("it", "it", facts_of(os, **facts))
    return run_of(plan, record, *(seen or (Observation(0, value=None), Observation(1, raises=INVALID))))


def run_of(plan: Plan, record: TargetRecord, *seen: Observation, ground: str = "") -> Run:
    evidence = Evidence(seen)
    judgement = judge(plan, facts_by_role(plan, record.facts_on(ground), helped=bool(record.helper)), evidence)
    made = structs.replace(header([plan], ("it",)), targets=(record,))
    return Run(Path("run"), made, {plan.id: plan}, {(plan.id, "it"): result_of(plan, "it", evidence, judgement, ground=ground)}, None)


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
    assert only(unobserved([plan], run_on(plan, "windows")).departures).seen_on == ("it",)


def test_what_failed_or_was_elsewhere_has_not() -> None:
    plan = plan_of(TEXT)
    refused = Raised("OSError", ("Exception",), 111, ("ECONNREFUSED",), "Connection refused")
    elsewhere = Raised("OSError", ("Exception",), 32, ("EPIPE",), "Broken pipe")
    made = Observation(0, value=None)
    for run in (
        run_on(plan, "windows", made, Observation(1, raises=refused)),
        run_on(plan, "linux"),
        run_on(plan, "java", made, Observation(1, raises=elsewhere)),
    ):
        assert only(unobserved([plan], run).departures).seen_on == ()


def test_a_step_is_seen_whatever_came_of_the_next() -> None:
    plan = plan_of(TEXT + "  - a: s.sendmsg([])\n")
    run = run_on(plan, "windows", Observation(0, value=None), Observation(1, raises=INVALID), Observation(2, lacking="sendmsg"))
    assert run.results[(plan.id, "it")].verdict == "unsupported"
    assert only(unobserved([plan], run).departures).seen_on == ("it",)


def test_a_step_that_was_not_reached_is_not() -> None:
    plan = plan_of(TEXT)
    assert only(unobserved([plan], run_on(plan, "windows", Observation(0, lacking="AF_INET"))).departures).seen_on == ()


def test_wine_is_not_windows() -> None:
    plan = plan_of(TEXT)
    assert only(unobserved([plan], run_on(plan, "windows", wine=True)).departures).seen_on == ()


def test_a_target_speaks_for_its_own_steps_and_not_for_those_of_its_helper() -> None:
    helped = TargetRecord("it", "it", facts_of("windows"), helper="python3.13", partners=(facts_of("linux"),))
    waits = TEXT.replace("- a:", "- b:") + "  - b: s.listen(1)\n  - a: socket.socket()\n"
    for text, seen_on in ((TEXT, ("it",)), (waits, ())):
        plan = plan_of(text)
        run = run_of(plan, helped, Observation(0, value=None), Observation(1, raises=INVALID))
        assert only(unobserved([plan], run).departures).seen_on == seen_on


def test_a_network_has_facts_of_its_own() -> None:
    plan = plan_of(TEXT.replace('os == "windows"', "root"))
    there = TargetRecord("it", "it", facts_of("linux"), grounds={"nobody": (facts_of("linux", root=True),)})
    for ground, seen_on in (("", ()), ("nobody", ("it",))):
        run = run_of(plan, there, Observation(0, value=None), Observation(1, raises=INVALID), ground=ground)
        assert only(unobserved([plan], run).departures).seen_on == seen_on


def test_a_run_of_another_scenario_says_nothing() -> None:
    plan = plan_of(TEXT)
    run = run_on(plan_of(TEXT.replace("recv(1)", "recv(2)")), "windows")
    assert only(unobserved([plan], run).departures).seen_on == ()
