"""What is told of one scenario."""

import pytest
from msgspec import structs

from harness.gates.gate import gate
from harness.pages.details import CHUNK, chunk, chunks_of, letter_of
from harness.records.known import Known
from harness.records.page import PageChunk, PageDetails, PageDetailsChunk
from harness.records.plan import Plan
from harness.runs.folder import Run
from tests.pages.making import REPEATED, large_run, varied_run
from tests.reports.making import OLD, plan_of, run_of


def told(run: Run, scenario: str) -> tuple[PageDetails, PageDetailsChunk]:
    made = chunk(run, PageChunk(0, len(run.plans)))
    return made.scenarios[list(run.plans).index(scenario)], made


def test_scenarios_are_told_in_portions() -> None:
    chunks = chunks_of(large_run(CHUNK + 1, 1))
    assert chunks == (PageChunk(0, CHUNK), PageChunk(CHUNK, 1))


def test_steps_as_they_are_written() -> None:
    details, made = told(varied_run(), "tcp/greeting")
    send = details.steps[7]
    assert (made.texts[send.role], made.texts[send.text]) == ("server", 'conn.send(utf8("网络"))')
    assert [made.texts[each] for each in send.expect] == ["returns 6"]
    [variation] = send.varies
    assert (made.texts[variation.when], made.texts[variation.then], made.texts[variation.because]) == (
        "python < 3",
        "only recorded",
        "text was bytes",
    )
    assert details.steps[3].gives == (("address", "client"),)


def test_outcomes_name_those_who_did_the_same() -> None:
    details, made = told(varied_run(), "connect/refused")
    [outcome] = [each for each in details.outcomes if each.step == 1]
    assert [(made.lists[camp.targets], made.texts[camp.shown]) for camp in outcome.camps] == [
        ((0,), "socket.error: [ECONNREFUSED] Connection refused"),
        ((1,), "ConnectionRefusedError: [ECONNREFUSED] Connection refused"),
        ((2,), "ConnectionRefusedError: [ECONNREFUSED] Connection refused by PyPy"),
    ]


def test_verdicts_have_their_grounds() -> None:
    details, made = told(varied_run(), "tcp/greeting")
    verdicts = [
        (made.lists[each.targets], each.verdict, made.texts[each.grounds] if each.grounds is not None else "") for each in details.verdicts
    ]
    assert verdicts == [((0,), "pass", ""), ((1,), "fail", "expected 6, observed 5"), ((2,), None, "")]
    assert details.flaky == ((1, "pass"),)


def test_further_rounds_are_marked() -> None:
    details, _ = told(run_of([], [plan_of(REPEATED, "tcp/again")]), "tcp/again")
    assert [step.again for step in details.steps] == [False, False, True, True, True, True]


@pytest.mark.parametrize(("seconds", "letter"), [(0.0, " "), (1e-9, "#"), (1e-6, "#"), (1e-5, "."), (1.0, "e"), (100.0, "{"), (1e6, "{")])
def test_times_are_letters(seconds: float, letter: str) -> None:
    assert letter_of(seconds) == letter


def test_times_of_a_step() -> None:
    details, _ = told(varied_run(), "udp/recvmsg")
    assert [outcome.seconds for outcome in details.outcomes] == [" 5", " ^"]


def test_reproductions_share_their_lines() -> None:
    def reproducer(plan: Plan) -> str:
        return f"import socket\n# {plan.id}\n"

    made = chunk(varied_run(), PageChunk(0, 3), reproducer)
    programs = ["\n".join(made.texts[line] for line in each.reproduction) for each in made.scenarios]
    assert programs == [f"import socket\n# {name}" for name in ("connect/refused", "tcp/greeting", "udp/recvmsg")]
    assert made.texts.count("import socket") == 1


def test_a_verdict_that_is_known_says_why_and_so_does_what_was_not_played() -> None:
    run = varied_run()
    entry = Known("tcp/greeting", "python >= 3", "flaky", "told upstream", "https://example.org/1", 0.5)
    header = structs.replace(
        run.header, known=(entry,), unplanned={OLD: ("connect/refused",)}, excused={OLD: {"connect/refused": "takes it down"}}
    )  # fmt: skip
    results = {key: result for key, result in run.results.items() if key != ("connect/refused", OLD)}
    run = Run(run.folder, header, run.plans, results, run.footer)
    made = chunk(run, PageChunk(0, len(run.plans)), expected=gate(run).expected)
    told = [(each.verdict, made.texts[each.known]) for scenario in made.scenarios for each in scenario.verdicts if each.known is not None]
    assert told == [(None, "takes it down"), ("fail", "told upstream")]
