"""A small run made by hand: three targets that part over one scenario, and what can go wrong beside it."""

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.language.compile import compile_file
from harness.records.facts import Facts
from harness.records.observation import Evidence, Judgement, Observation, Raised, Trouble
from harness.records.plan import Plan
from harness.records.run import Footer, Header, Result, TargetRecord
from harness.reports.terminal import Page
from harness.runs.folder import Run
from harness.runs.results import result_of

REFUSED = """title: Connecting to a port where nobody listens is refused
about: The first error that a client meets.
see: [python:socket.socket.connect, seed:1.1]
needs: [ipv4]
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.connect((HOST, unused_port()))
    raises: ECONNREFUSED
  - client: s.close()
"""

GREETING = """title: A server greets its client
about: The opening example of most tutorials.
see: [seed:0.2]
steps:
  - server: listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - server: listener.bind((HOST, 0))
  - server: listener.listen(5)
  - server: address = listener.getsockname()
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.connect(address)
  - server: conn, peer = listener.accept()
  - server: conn.send(utf8("网络"))
    returns: 6
    varies:
      - {when: python < 3, records: true, because: text was bytes, see: ["python:socket.socket.send"]}
  - client: s.recv(1024)
    returns: utf8("网络")
    takes: ..0.5
"""


def plan_of(source: str, name: str) -> Plan:
    """The plan of a scenario's text."""
    plans, mistakes = compile_file(source.encode(), f"scenarios/{name}.yaml", name)
    assert mistakes == ()
    return plans[0]


def facts(python: str, implementation: str = "cpython") -> Facts:
    classes = {"socket.error": "socket.error" if python < "3" else "OSError"}
    named = ("AF_INET", "SOCK_STREAM", "socket")
    return Facts(python=python, implementation=implementation, implementation_version=python, os="linux", classes=classes, names=named)


OLD, NEW, OTHER = "cpython-2.7.18", "cpython-3.12.1", "pypy-3.9.16"

TARGETS = (
    TargetRecord(OLD, "python2.7", facts("2.7.18")),
    TargetRecord(NEW, "python3.12", facts("3.12.1")),
    TargetRecord(OTHER, "pypy3", facts("3.9.16", "pypy")),
)


def raised(step: int, kind: str, message: str) -> Observation:
    bases = ("OSError", "Exception", "BaseException") if kind != "socket.error" else ("IOError", "Exception")
    return Observation(step, raises=Raised(kind, bases, 111, ("ECONNREFUSED",), message))


def refused_on(target: str, verdict: str = "pass", kind: str = "", message: str = "Connection refused") -> Result:
    """What a target makes of the scenario `REFUSED`."""
    error = kind or ("socket.error" if target == OLD else "ConnectionRefusedError")
    steps = (Observation(0, value={"socket": 1}), raised(1, error, message), Observation(2, value=None))
    return cell("connect/refused", REFUSED, target, steps, Judgement(verdict))  # type: ignore[arg-type]


def greeted_on(target: str, sent: int = 6, **more: Any) -> Result:
    """What a target makes of the scenario `GREETING`, if its `send` says that it sent so much."""
    address, peer = {"tuple": ["127.0.0.1", 40000]}, {"tuple": ["127.0.0.1", 40001]}
    heard = {"bytes": "网络".encode().decode("latin-1")}
    values = [{"socket": 1}, None, None, address, {"socket": 1}, None, {"tuple": [{"socket": 2}, peer]}, sent, heard]
    reason = f'conn.send(utf8("网络")): expected 6, observed {sent}'
    judgement = Judgement("pass") if sent == 6 else Judgement("fail", reason, 7, "6", str(sent))
    return cell("tcp/greeting", GREETING, target, tuple(Observation(n, value=value) for n, value in enumerate(values)), judgement, **more)


def cell(name: str, source: str, target: str, steps: tuple[Observation, ...], judgement: Judgement, **more: Any) -> Result:
    return result_of(plan_of(source, name), target, Evidence(steps), judgement, **more)


def troubled(name: str, source: str, target: str, trouble: Trouble) -> Result:
    judgement = Judgement(trouble.kind, trouble.detail, trouble.step)
    return result_of(plan_of(source, name), target, Evidence(trouble=trouble), judgement)


def run_of(
    results: list[Result], plans: list[Plan], *, targets: tuple[TargetRecord, ...] = TARGETS, complete: bool = True, **header: Any
) -> Run:
    """A run with these results, in a folder that does not exist."""
    head = Header(
        run=1, sockmatrix="0.1.0", protocol=1, started="2026-01-31T12:00:00+00:00", controller={}, options={}, targets=targets,
        scenarios={plan.id: plan.digest for plan in plans}, cells=len(plans) * len(targets), **header,
    )  # fmt: skip
    footer = Footer(len(results), "2026-01-31T12:00:03+00:00", 3.0) if complete else None
    return Run(Path("runs/one"), head, {plan.id: plan for plan in plans}, {(each.scenario, each.target): each for each in results}, footer)


def small_run() -> Run:
    """All as expected; Python 2 names the exception otherwise."""
    return run_of([refused_on(target.id) for target in TARGETS], [plan_of(REFUSED, "connect/refused")])


def paired_run() -> Run:
    """Two targets with each other, of which one did not do what is expected, and one has no result."""
    names = (OLD, NEW)
    on = tuple(TargetRecord(f"{one}>{other}", "", server=one, client=other) for one in names for other in names)
    results = [greeted_on(each.id, 3 if each.client == OLD and each.server == NEW else 6) for each in on[:3]]
    return run_of(results, [plan_of(GREETING, "tcp/greeting")], targets=on)


def paper(width: int = 80, encoding: str = "utf-8") -> tuple[Page, io.TextIOWrapper]:
    """A page and what is printed on it; read it with `printed`."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    return Page(Console(file=stream, width=width, highlight=False, markup=False, emoji=False, color_system=None)), stream


def printed(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
