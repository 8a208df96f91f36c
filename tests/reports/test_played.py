"""One scenario with what each target did."""

from collections.abc import Sequence

from harness.comparing.behaviours import compare
from harness.records.observation import Judgement, Observation, Trouble
from harness.reports.played import print_played
from harness.runs.folder import Run
from tests.reports.making import (
    GREETING,
    NEW,
    OLD,
    OTHER,
    REFUSED,
    TARGETS,
    cell,
    greeted_on,
    paper,
    plan_of,
    printed,
    refused_on,
    run_of,
    troubled,
)

GREETING_PLAN = plan_of(GREETING, "tcp/greeting")


def shown(run: Run, scenario: str, targets: Sequence[str] = (OLD, NEW, OTHER)) -> str:
    page, stream = paper(80)
    print_played(page, run.plans[scenario], run, compare(run), targets)
    return printed(stream)


def test_behaviours_stand_under_the_step_with_their_targets_and_cause() -> None:
    run = run_of([refused_on(target.id) for target in TARGETS], [plan_of(REFUSED, "connect/refused")])
    assert shown(run, "connect/refused").partition("needs  ipv4\n\n")[2] == (
        "✓ pass  all 3 targets\n"
        "\n"
        "   client\n"
        " 1 s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n"
        "     = <socket 1>\n"
        " 2 s.connect((HOST, unused_port()))\n"
        "     raises socket.error ECONNREFUSED\n"
        "   differs in exception\n"
        "     python >= 3  ConnectionRefusedError: [ECONNREFUSED] Connection refused\n"
        "         2 targets: cpython-3.12.1, pypy-3.9.16\n"
        "     python < 3  socket.error: [ECONNREFUSED] Connection refused\n"
        "         1 target: cpython-2.7.18\n"
        " 3 s.close()\n"
    )


def test_verdicts_have_their_grounds_and_variations_their_reason() -> None:
    hang = troubled("tcp/greeting", GREETING, OTHER, Trouble("hang", "step 7 took longer than 10 s", 6))
    text = shown(run_of([greeted_on(OLD), greeted_on(NEW, 3, flaky=("pass",)), hang], [GREETING_PLAN]), "tcp/greeting")
    assert (
        "∞ hang  pypy-3.9.16: step 7 took longer than 10 s\n"
        "✗ fail  cpython-3.12.1: step 8: expected 6, observed 3\n"
        "✓ pass  cpython-2.7.18\n"
        "flaky: also ended otherwise on cpython-3.12.1 (pass)\n"
    ) in text
    assert (
        "   differs in value\n"
        "     python < 3  6\n"
        "         1 target: cpython-2.7.18\n"
        "     python >= 3  3\n"
        "         1 target: cpython-3.12.1\n"
        "     because text was bytes  (python:socket.socket.send)\n"
    ) in text
    assert (
        " 3 listener.listen(5)                    │\n"
        "     = None  (2 of 3 targets)            │\n"
        " 4 address = listener.getsockname()      │\n"
        "     = ('127.0.0.1', <port:1>)  (2 of 3  │\n"
        "       targets)                          │\n"
        "                                 address │▶\n"
    ) in text


def test_one_target_alone() -> None:
    run = run_of([refused_on(target.id) for target in TARGETS], [plan_of(REFUSED, "connect/refused")])
    assert " 2 s.connect((HOST, unused_port()))\n     raises socket.error ECONNREFUSED\n   python < 3: socket.error: [ECONN" in shown(
        run, "connect/refused", [OLD]
    )


def test_a_target_without_a_result_is_said_to_have_none() -> None:
    text = shown(run_of([greeted_on(OLD), greeted_on(NEW)], [GREETING_PLAN], complete=False), "tcp/greeting")
    assert "▲ no result  pypy-3.9.16\n✓ pass       cpython-2.7.18, cpython-3.12.1\n" in text


ROUNDS = """title: Two rounds
about: A.
see: [seed:0.2]
steps:
  - repeat:
      times: 3
      steps:
        - client: len(b"x")
          returns: 1
"""


def test_of_further_rounds_only_what_differs_is_drawn() -> None:
    plan = plan_of(ROUNDS, "a/rounds")
    cells = [
        cell(
            "a/rounds",
            ROUNDS,
            target,
            tuple(Observation(n, value=1 if n != 1 or target == NEW else 2) for n in range(3)),
            Judgement("pass"),
        )
        for target in (OLD, NEW)
    ]
    text = shown(run_of(cells, [plan], targets=TARGETS[:2]), "a/rounds", (OLD, NEW))
    assert text.endswith(
        ' 1 len(b"x")\n'
        "     returns 1\n"
        "     = 1\n"
        ' 2 len(b"x")\n'
        "     returns 1\n"
        "   differs in value\n"
        "     python < 3  2\n"
        "         1 target: cpython-2.7.18\n"
        "     python >= 3  1\n"
        "         1 target: cpython-3.12.1\n"
        "   further rounds: 1 step, 3\n"
    )


def test_what_went_wrong_can_be_played_again_and_what_was_not_played_has_advice() -> None:
    run = run_of([greeted_on(OLD), greeted_on(NEW, 3), greeted_on(OTHER)], [GREETING_PLAN])
    assert shown(run, "tcp/greeting").endswith("\n\nnext  sockmatrix run -k id:tcp/greeting -t python3.12\n")
    unplayed = [
        troubled("tcp/greeting", GREETING, target.id, Trouble("unsupported", "needs the network condition 'slow', and here it is 'plain'"))
        for target in TARGETS
    ]
    assert shown(run_of(unplayed, [GREETING_PLAN]), "tcp/greeting").endswith(
        "\n\ntry  networks are made between containers: sockmatrix run -t docker:IMAGE\n     (docs/containers.md)\n"
    )
