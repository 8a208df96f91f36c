"""Runs for the page: a small one in which everything occurs, a large one, and one of a target that means harm."""

from harness.records.observation import Evidence, Judgement, Observation, Raised, Trouble
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run
from harness.runs.results import result_of
from tests.reports.making import (
    GREETING,
    NEW,
    OLD,
    OTHER,
    REFUSED,
    TARGETS,
    facts,
    greeted_on,
    plan_of,
    raised,
    refused_on,
    run_of,
    troubled,
)

RECVMSG = """title: recvmsg gives what sendto sent
about: Only some systems have it.
see: ["python:socket.socket.recvmsg", "man:recvmsg(2)", "https://example.org/a page"]
needs: ["has:socket.socket.recvmsg"]
tags: [slow]
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.recvmsg(10)
    raises: TimeoutError
"""

REPEATED = """title: A socket can be made again and again
about: Round after round.
see: [posix:socket]
steps:
  - repeat:
      times: 3
      steps:
        - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        - client: s.close()
"""


def varied_run() -> Run:
    """A pass, a variation, a failure, a hang, an unmet need, a missing cell, something flaky, and a difference of each sort."""
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting"), plan_of(RECVMSG, "udp/recvmsg")]
    need = Trouble("unsupported", "needs has:socket.socket.recvmsg")
    hang = Trouble("hang", "still under way after 10 s", 1)
    results = [
        refused_on(OLD, "variation"),
        refused_on(NEW),
        refused_on(OTHER, message="Connection refused by PyPy"),
        greeted_on(OLD),
        greeted_on(NEW, 5, flaky=("pass",)),
        troubled("udp/recvmsg", RECVMSG, OLD, need),
        troubled("udp/recvmsg", RECVMSG, OTHER, hang),
        timed_out(NEW),
    ]
    return run_of(results, plans)


def timed_out(target: str) -> Result:
    error = Raised("TimeoutError", ("OSError", "Exception"), None, (), "timed out")
    steps = (Observation(0, value={"socket": 1}, seconds=41e-6), Observation(1, raises=error, seconds=0.25))
    return result_of(plan_of(RECVMSG, "udp/recvmsg"), target, Evidence(steps), Judgement("pass"))


def large_run(scenarios: int = 400, targets: int = 12) -> Run:
    """Scenarios of ten areas; what the targets do parts them by version."""
    records = tuple(TargetRecord(f"cpython-3.{at}.0", f"python3.{at}", facts(f"3.{at}.0")) for at in range(targets))
    plans, results = [], []
    for number in range(scenarios):
        plan = plan_of(REFUSED, f"area{number % 10}/scenario_{number}")
        plans.append(plan)
        for at, record in enumerate(records):
            error = raised(1, "OSError" if at < number % targets else "ConnectionRefusedError", f"refused {number % 7}")
            steps = (Observation(0, value={"socket": 1}, seconds=1e-5 * (at + 1)), error, Observation(2, value=None, seconds=2e-6))
            results.append(result_of(plan, record.id, Evidence(steps), Judgement("pass")))
    return run_of(results, plans, targets=records)


HOSTILE = (
    "<script>window.harmed = true</script>",
    "</script><img src=x onerror='window.harmed = true'>",
    "\"quotes\" 'and' `more` & &lt;b&gt;",
    "right to left: \u202eabc\u2066 \u200b",
    "nul \x00 escape \x1b[31m",
    "{{ 7 * 7 }} ${7 * 7}",
    "x" * 1_000_000,
    "private \ue000 and \ufeff mark",
)


def hostile_run() -> Run:
    """A target whose messages, names and facts are all chosen to break the page."""
    plans, results = [], []
    evil = TargetRecord("pypy-<b>'\"&", "cmd:<i>'x'", facts("3.9.16", "<b>pypy</b>"), grounds={})
    calm = TARGETS[1]
    for number, text in enumerate(HOSTILE):
        plan = plan_of(REFUSED, f"hostile/text_{number}")
        plans.append(plan)
        for target in (calm, evil):
            message = "Connection refused" if target is calm else text
            error = raised(1, "OSError" if target is calm else text[:300], message)
            steps = (Observation(0, value={"socket": 1}), error, Observation(2, value=text if target is evil else None))
            results.append(result_of(plan, target.id, Evidence(steps, leaks=(text[:200],)), Judgement("fail", text, 1, text, text)))
    return run_of(results, plans, targets=(calm, evil))
