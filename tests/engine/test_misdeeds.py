"""A target that hangs, dies, floods its output, writes rubbish or answers with another protocol costs its own scenario and nothing else."""

import re
from pathlib import Path

import pytest

from harness.engine import connection
from tests.engine.playing import Stage, current, miniature, verdicts

GOOD = {
    f"good/echo_{number}": f"""
needs: [ipv4]
steps:
  - server: listener = socket.socket()
  - server: listener.bind((HOST, 0))
  - server: listener.listen(1)
  - server: address = listener.getsockname()
  - client: s = socket.socket()
  - client: s.connect(address)
  - server: conn, peer = listener.accept()
  - server: conn.send(b"echo {number}")
  - client: s.recv(100)
    returns: b"echo {number}"
"""
    for number in range(6)
}
BAD = {"bad/misdeed": "limit: 20\nsteps:\n  - server: len(b'before')\n    returns: 6\n  - server: fill(666)\n    returns: fill(666)\n"}

COSTS = [
    ("dies", "crash", "exit status 9"),
    ("is_killed", "crash", "killed by SIGSEGV"),
    ("complains_and_dies", "crash", "exit status 1: Fatal: the stack is on fire"),
    ("never_returns", "hang", "still under way after 1 s"),
    ("freezes", "hang", "still under way after 1 s; the agent did not answer any more"),
    ("floods", "error", "a line of more than 64 MiB on its standard output"),
    ("writes_rubbish", "error", "not a reply on its standard output: 'Segmentation fault (core not dumped)'"),
    ("answers_unasked", "error", "a reply to nothing that was asked: '{\"id\":987654321}'"),
]


@pytest.mark.parametrize(("name", "verdict", "reason"), COSTS, ids=[name for name, _, _ in COSTS])
@pytest.mark.parametrize("process", ["", "process: own\n"], ids=["shared", "own"])
def test_a_misdeed_costs_its_own_scenario(tmp_path: Path, name: str, verdict: str, reason: str, process: str) -> None:
    bad = {"bad/misdeed": BAD["bad/misdeed"].replace("limit: 20", "limit: 1")} if verdict == "hang" else BAD
    scenarios = {scenario: process + text for scenario, text in {**GOOD, **bad}.items()}
    run = Stage(tmp_path).play([miniature(name), current()], scenarios)
    assert verdicts(run, name) == {**dict.fromkeys(GOOD, "pass"), "bad/misdeed": verdict}
    assert run.results["bad/misdeed", name].reason.startswith(reason)
    assert not run.results["bad/misdeed", name].flaky
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert run.complete
    assert not run.missing


@pytest.mark.parametrize("process", ["", "process: own\n"], ids=["shared", "own"])
def test_an_error_in_answer_to_the_clean_up_is_no_hang(tmp_path: Path, process: str) -> None:
    several = {"bad/several": process + "roles: {client: 2}\nsteps:\n  - client: fill(666)\n    returns: fill(666)\n"}
    run = Stage(tmp_path).play([miniature("cannot_close"), current()], {**GOOD, **several})
    assert verdicts(run, "cannot_close") == {**dict.fromkeys(GOOD, "pass"), "bad/several": "error"}
    assert run.results["bad/several", "cannot_close"].reason.startswith("the clean-up was refused: OSError: [Errno 5] Input/output error")
    assert set(verdicts(run, "here").values()) == {"pass"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cannot_abort", "still under way after 1 s, and the call to stop was refused: OSError: [Errno 5] Input/output error"),
        ("answers_abort_with_rubbish", "not a reply on its standard output: 'Segmentation fault (core not dumped)'"),
    ],
)
def test_an_error_in_answer_to_the_call_to_stop_is_no_hang(tmp_path: Path, name: str, reason: str) -> None:
    bad = {"bad/misdeed": BAD["bad/misdeed"].replace("server: fill", "client: fill").replace("limit: 20", "limit: 1")}
    run = Stage(tmp_path).play([miniature(name), current()], {**GOOD, **bad})
    assert verdicts(run, name) == {**dict.fromkeys(GOOD, "pass"), "bad/misdeed": "error"}
    result = run.results["bad/misdeed", name]
    assert result.reason.startswith(reason)
    assert not result.flaky
    assert (result.step, result.steps[0].value) == (1, 6)  # what was done before is evidence
    assert set(verdicts(run, "here").values()) == {"pass"}


@pytest.mark.parametrize("name", ["dies", "never_returns"])
def test_the_steps_before_a_misdeed_are_evidence(tmp_path: Path, name: str) -> None:
    run = Stage(tmp_path).play(
        [miniature(name)], {"bad/misdeed": BAD["bad/misdeed"].replace("server: fill", "client: fill").replace("limit: 20", "limit: 1")}
    )
    result = run.results["bad/misdeed", name]
    assert result.steps[0].value == 6
    assert result.step == 1


AT_START = [
    ("dies_at_start", "ended before its hello: exit status 4: cannot load libc"),
    ("dies_at_start_as_a_java_machine", "ended before its hello: exit status 4"),
    ("never_greets", "no hello within 0.5 s"),
    ("greets_with_a_banner", "no agent: its standard output begins with 'Welcome to Debian GNU/Linux'"),
    ("speaks_protocol_9", "the agent speaks protocol 9, this controller speaks 1"),
    ("refuses_our_protocol", "this agent speaks protocol 7, not 1"),
    ("cannot_tell_its_facts", "OSError: [Errno 5] Input/output error"),
    ("never_tells_its_facts", "no answer to 'facts' within 4 s"),
]


@pytest.mark.parametrize(("name", "reason"), AT_START, ids=[name for name, _ in AT_START])
def test_a_target_that_cannot_start_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    if seconds := re.search("within (.+) s", reason):
        monkeypatch.setattr(connection, "START_SECONDS", float(seconds[1]))
    run = Stage(tmp_path).play([miniature(name), current()], GOOD)
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert set(verdicts(run, name).values()) == {"error"}
    trouble = run.header.targets[0].trouble
    assert trouble.partition(" (File ")[0] == reason
    assert run.results["good/echo_0", name].reason == f"the target could not be started: {trouble}"
    assert run.complete


def test_a_command_that_is_not_there_is_an_error_of_its_cells(tmp_path: Path) -> None:
    from harness.targets.spec import TargetSpec

    run = Stage(tmp_path).play([TargetSpec("gone", "gone", ("/no/such/python",))], {"good/echo_0": GOOD["good/echo_0"]})
    assert run.results["good/echo_0", "gone"].reason == "the target could not be started: /no/such/python: No such file or directory"
