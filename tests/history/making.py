"""Runs of several days, in a line or two."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from harness.records.observation import Observation, Verdict
from harness.records.plan import Plan
from harness.records.run import Footer, Result, TargetRecord
from harness.runs.folder import Run
from tests.comparing.telling import plan, result, run, seen, target

OLD, NEW = target("cpython-3.8.18"), target("cpython-3.12.1")
PATCHED = target("cpython-3.8.20")
CLOSE, SEND = plan("tcp/close"), plan("tcp/send")

Told = Mapping[tuple[str, str], Any]
"""By scenario and target: what its one step came to, or a whole result."""


def on_day(
    day: int,
    told: Told,
    *,
    plans: Sequence[Plan] = (CLOSE,),
    targets: Sequence[TargetRecord] = (OLD,),
    complete: bool = True,
    **header: Any,
) -> Run:
    """A run of the day in January."""
    by_id = {each.id: each for each in plans}, {each.id: each for each in targets}
    results = {key: _result(by_id[0][key[0]], by_id[1][key[1]], came) for key, came in told.items()}
    made = run(targets, plans, results, f"runs/{day}")
    header = {"started": f"2026-01-{day:02}T12:00:00+00:00", **header}
    footer = Footer(len(results), f"2026-01-{day:02}T12:01:00+00:00", 60.0) if complete else None
    return Run(made.folder, structs.replace(made.header, **header), made.plans, made.results, footer)


def _result(of: Plan, on: TargetRecord, came: Any) -> Result:
    if isinstance(came, Result):
        return structs.replace(came, target=on.id)
    return result(of, on, [came if isinstance(came, Observation) else seen(0, came)])


def ended(verdict: Verdict, *steps: Observation, of: Plan = CLOSE, flaky: Sequence[str] = (), reason: str = "") -> Result:
    """A result that did not just pass."""
    return structs.replace(result(of, OLD, steps, verdict), flaky=tuple(flaky), reason=reason)


def close_on(*values: Any, targets: Sequence[TargetRecord] = (OLD,)) -> dict[tuple[str, str], Any]:
    """What `tcp/close` came to on each target."""
    return {(CLOSE.id, each.id): value for each, value in zip(targets, values, strict=True)}
