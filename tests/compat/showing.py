"""Runs told in a line or two, of compiled scenarios, on targets that have the names which they are given."""

from collections.abc import Sequence
from textwrap import dedent, indent
from typing import Any

from msgspec import structs

from harness.compat.building import build
from harness.compat.records import CompatData
from harness.records.observation import Observation
from harness.records.plan import Plan
from harness.records.run import TargetRecord
from harness.runs.folder import Run
from tests.comparing.telling import facts, result, run
from tests.language.writing import plan_of

COMMON = ("AF_INET", "SOCK_STREAM", "socket", "timeout", "error", "socket.recv", "socket.connect", "socket.setsockopt", "socket.getsockopt")
"""Public names that every target of these tests has."""

CONSTANTS = {"errno.ECONNREFUSED": 111, "errno.EAGAIN": 11, "errno.EWOULDBLOCK": 11, "errno.ENOTCONN": 107}

OLD, NEW = "cpython-3.7.16", "cpython-3.8.18"


def scenario(steps: str, name: str = "tcp/close", digest: str = "d1") -> Plan:
    """The plan of some steps."""
    plan = plan_of("steps:\n" + indent(dedent(steps).strip("\n"), "  ") + "\n")
    return structs.replace(plan, id=name, digest=digest, file=f"scenarios/{name.partition('[')[0]}.yaml")


def target(name: str, *names: str, **others: Any) -> TargetRecord:
    """A target by an id like `pypy-3.9.16`, that has some public names besides the common ones. `named` is another id."""
    implementation, python = name.split("-")[:2]
    known = {"implementation": implementation, "implementation_version": python, "constants": CONSTANTS, **others}
    have = tuple(sorted(f"socket.{each}" if each.startswith("socket.") else each for each in (*COMMON, *names)))
    named = str(known.pop("named", name))
    return TargetRecord(named, named, facts(python, names=have, **known))


Did = Sequence[Observation] | tuple[Sequence[Observation], str]


def played(on: Sequence[TargetRecord], did: Sequence[tuple[Plan, Sequence[Did | None]]]) -> Run:
    """Scenarios with what each target did, in the targets' order; nothing where a target has no result."""
    cells = {}
    told = list(did)
    for plan, each_did in told:
        for each, what in zip(on, each_did, strict=True):
            if what is not None:
                steps, verdict = what if isinstance(what, tuple) and len(what) == 2 and isinstance(what[1], str) else (what, "pass")
                cells[plan.id, each.id] = result(plan, each, steps, verdict)  # type: ignore[arg-type]  # told apart above
    return run(on, [plan for plan, _ in told], cells)


def data(on: Sequence[TargetRecord], *did: tuple[Plan, Sequence[Did | None]]) -> CompatData:
    """The data set of one such run."""
    return build([played(on, did)])
