"""Small runs told in a line or two: targets, plans, what each target did."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.records.facts import Facts
from harness.records.observation import Observation, Raised, Trouble, Verdict, Warned
from harness.records.plan import Bounds, Call, Expectation, Need, Place, Plan, Step, Variation
from harness.records.run import Header, Result, TargetRecord, Volatile
from harness.runs.folder import Run


def facts(python: str = "3.12.1", **others: Any) -> Facts:
    known: dict[str, Any] = {"implementation": "cpython", "implementation_version": python, "os": "linux", "kernel": "6.1", "libc": "glibc"}
    return Facts(python=python, **{**known, **others})


def target(name: str, **others: Any) -> TargetRecord:
    """`cpython-3.8.18`, or any name with `python=…` and other facts."""
    others.setdefault("python", name.split("-")[1])
    others.setdefault("implementation", name.split("-")[0])
    return TargetRecord(name, name, facts(**others))


def targets(*versions: str) -> list[TargetRecord]:
    return [target(f"cpython-{version}") for version in versions]


def plan(
    name: str = "tcp/close",
    steps: Sequence[str] = ("s.recv(1)",),
    *,
    needs: Sequence[str] = (),
    takes: Bounds | None = None,
    varies: Sequence[Variation] = (),
    do: Any = None,
    digest: str = "d1",
) -> Plan:
    """A plan with one role. `takes`, `varies` and `do` are those of every step."""
    made = tuple(
        Step("client", Call(number, do=do), text, Place(5 + number, 5), expect=Expectation(takes=takes), varies=tuple(varies))
        for number, text in enumerate(steps)
    )
    wanted = tuple(Need(text, Place(4, 9)) for text in needs)
    return Plan(1, name, digest, f"scenarios/{name}.yaml", "A title", "About", (), (), wanted, {"client": 1}, made)


def variation(when: str, because: str, see: str, takes: Bounds | None = None) -> Variation:
    return Variation(when, Expectation(takes=takes), because, (see,), Place(9, 9))


def seen(step: int, value: Any, *, warnings: Sequence[tuple[str, str]] = (), instance: int = 0) -> Observation:
    return Observation(step, instance, value=value, warnings=tuple(Warned(*warning) for warning in warnings))


def raised(step: int, kind: str, message: str = "", *, symbols: Sequence[str] = (), errno: int | None = None) -> Observation:
    return Observation(step, raises=Raised(kind, (), errno, tuple(symbols), message))


def result(
    of: Plan,
    on: TargetRecord,
    steps: Sequence[Observation] = (),
    verdict: Verdict = "pass",
    *,
    trouble: Trouble | None = None,
    seconds: Sequence[float] = (),
    starved: float = 0.0,
) -> Result:
    times = tuple(seconds) or (0.0,) * len(steps)
    return Result(of.id, on.id, verdict, tuple(steps), trouble=trouble, volatile=Volatile(seconds=times, starved=starved))


def run(on: Sequence[TargetRecord], plans: Sequence[Plan], results: Mapping[tuple[str, str], Result], folder: str = "runs/one") -> Run:
    digests = {each.id: each.digest for each in plans}
    header = Header(1, "0.1.0", 1, "2026-01-01T00:00:00+00:00", {}, {}, tuple(on), digests, len(plans) * len(on))
    return Run(Path(folder), header, {each.id: each for each in plans}, dict(results), None)


def played(of: Plan, on: Sequence[TargetRecord], did: Sequence[Observation | Sequence[Observation]]) -> Run:
    """One scenario; what each target did, in their order."""
    cells = {
        (of.id, each.id): result(of, each, (steps,) if isinstance(steps, Observation) else steps)
        for each, steps in zip(on, did, strict=True)
    }
    return run(on, [of], cells)
