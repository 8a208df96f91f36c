"""Run reproductions on the interpreters of this machine, and compare what they show with what the harness saw in a saved run."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from harness.agents.program import folder
from harness.comparing import outcomes
from harness.comparing.kinds import Camp, partings
from harness.comparing.outcomes import fingerprint, timeline, yardsticks
from harness.judging.judge import judge
from harness.records.observation import Evidence, Observation
from harness.records.plan import Plan, Step
from harness.records.reproduction import Mark
from harness.records.run import Result
from harness.reproducing.file import reproduce
from harness.reproducing.limits import NotReproducible, shares_process
from harness.reproducing.steps import roles_with_folders
from harness.runs.folder import Run
from harness.runs.results import result_of
from harness.targets.spec import TargetSpec, arguments

DRIVER = Path(__file__).with_name("driver.py")
ENDED = "ended with status 9"
"""What the driver says of a file that did not come to its end."""


class Cell(Struct, frozen=True):
    """A scenario on a target, whose reproduction is to be run there."""

    plan: Plan
    target: str
    mark: Mark | None = None


class Outcome(Struct, frozen=True):
    """What came of one cell."""

    scenario: str
    target: str
    kind: str
    """`agrees`; `refused`: no single program can show it; `unplayed`: the harness did not play it there; else a kind of difference, or
    `broken`: the file itself is."""
    detail: str = ""
    as_reported: bool | None = None
    """What the file itself said of its marked step."""


def cells(run: Run, targets: Iterable[str]) -> Iterator[Cell]:
    """Every scenario on each target."""
    for target in targets:
        for plan in run.plans.values():
            yield Cell(plan, target)


def play(run: Run, spec: TargetSpec, wanted: Sequence[Cell], seconds: float = 900.0) -> list[Outcome]:
    """The outcomes of cells of one target, in their order."""
    settled: dict[str, Outcome] = {}
    jobs: dict[str, dict[str, Any]] = {}
    for cell in wanted:
        found = _job(run, cell)
        if isinstance(found, Outcome):
            settled[cell.plan.id] = found
        else:
            jobs[cell.plan.id] = found
    by_plan = {cell.plan.id: cell for cell in wanted}
    shown = _shown(spec, jobs, seconds, together=[name for name in jobs if not _needs_own_process(spec, by_plan[name].plan)])
    for name in jobs:
        settled[name] = _compared(run, by_plan[name], shown.get(name))
    return [settled[cell.plan.id] for cell in wanted]


def _needs_own_process(spec: TargetSpec, plan: Plan) -> bool:
    """Where files share a process, one that changes it must be alone."""
    return spec.implementation == "jython" and plan.own_process


def _shown(spec: TargetSpec, jobs: Mapping[str, Any], seconds: float, together: Sequence[str]) -> dict[str, Any]:
    alone = [[name] for name in jobs if name not in set(together)]
    found: dict[str, Any] = {}
    for names in [together, *alone]:
        if names:
            found |= drive(spec, [jobs[name] for name in names], seconds)
    return found


def _job(run: Run, cell: Cell) -> "Outcome | dict[str, Any]":
    plan, result = cell.plan, run.results.get((cell.plan.id, cell.target))
    try:
        source = reproduce(plan, cell.mark)
    except NotReproducible as error:
        return Outcome(plan.id, cell.target, "refused", error.problem)
    if result is None or not result.steps or _was_guarded(result):
        return Outcome(plan.id, cell.target, "unplayed", result.reason if result else "no result")
    return job(plan, source)


def _was_guarded(result: Result) -> bool:
    """The agent's guard kept a call from reaching beyond this machine; a file has no guard, so that it must not be run."""
    return any(seen.lacking.endswith(("no resolver may be asked", "a loopback for AF_VSOCK")) for seen in result.steps)


def job(plan: Plan, source: str) -> dict[str, Any]:
    """What the driver has to know of a file."""
    order = [_turn(step, instance) for step in plan.steps for instance in range(plan.roles.get(step.role, 1))]
    owners = roles_with_folders(plan)
    return {"id": plan.id, "source": source, "order": order, "folders": owners if len(owners) > 1 else [""], "limit": plan.limit}


def _turn(step: Step, instance: int) -> dict[str, Any]:
    call = step.call
    forgets = call.do[2][0][1] if isinstance(call.do, list) and call.do[:2] == ["help", "forget"] else ""
    return {
        "n": call.n, "role": step.role, "instance": instance, "kind": call.kind, "job": call.job, "save": call.save, "forgets": forgets,
    }  # fmt: skip


def drive(spec: TargetSpec, jobs: Sequence[Mapping[str, Any]], seconds: float = 900.0) -> dict[str, Any]:
    """What files show on one interpreter, by their ids. Temporary files are gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="smx-reproducing-"))
    try:
        (place / "jobs").write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in jobs))
        (place / "results").touch()
        words = arguments(spec, [str(DRIVER), str(folder()), str(place / "jobs"), str(place / "results")])
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        with (place / "errors").open("wb") as errors:
            given: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": errors}
            subprocess.run(words, check=False, timeout=seconds, env=environment, **given)
        if not (place / "results").stat().st_size:
            raise RuntimeError(f"{spec.id}: the driver showed nothing: {(place / 'errors').read_text('utf-8', 'replace')[-2000:]}")
        return {each["id"]: each for each in map(json.loads, (place / "results").read_text("utf-8").splitlines())}
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _compared(run: Run, cell: Cell, shown: Mapping[str, Any] | None) -> Outcome:
    if shown is None:
        return Outcome(cell.plan.id, cell.target, "broken", "nothing was shown")
    expected = run.results[cell.plan.id, cell.target]
    if expected.verdict == "hang" and shown["trouble"] == ENDED:
        return Outcome(cell.plan.id, cell.target, "agrees", "hangs as well")
    seen = result_from(run, cell, shown)
    kind, detail = compared(cell.plan, expected, seen)
    if shown["trouble"] and kind == "agrees":
        kind, detail = "broken", shown["trouble"]
    elif shown["trouble"]:
        detail = f"{detail}; {shown['trouble']}"
    return Outcome(cell.plan.id, cell.target, kind, detail, shown.get("verdict"))


def result_from(run: Run, cell: Cell, shown: Mapping[str, Any]) -> Result:
    """A result as the harness would have saved it."""
    record = next(target for target in run.header.targets if target.id == cell.target)
    observations = msgspec.convert(shown["steps"], tuple[Observation, ...])
    ordered = tuple(sorted(observations, key=lambda seen: (seen.step, seen.instance)))
    evidence = Evidence(ordered, None, (), 0.0, tuple(shown["temporary"]))
    assert record.facts is not None
    return result_of(cell.plan, cell.target, evidence, judge(cell.plan, dict.fromkeys(cell.plan.roles, record.facts), evidence))


_QUALIFIER = re.compile(r"\b(?:socket\.)?(\w+\(\))")


def _names_alike(outcome: outcomes.Outcome) -> str:
    """Since Python 3.12 `s.send(x=1)` and `send = s.send; send(x=1)` name the method differently; the agent calls in the second way.
    Python 2 says of a missing name that it is global where it is missed in a function."""
    return _QUALIFIER.sub(r"\1", outcome.shown()).replace("global name", "name")


def compared(plan: Plan, expected: Result, seen: Result) -> tuple[str, str]:
    """`agrees`, or the kind of the first difference, and where it is."""
    bounds = yardsticks(plan)
    if fingerprint(expected, bounds) == fingerprint(seen, bounds):
        return "agrees", ""
    before, after = timeline(plan, expected, bounds), timeline(plan, seen, bounds)
    for place in sorted({*before, *after}):
        one, other = before.get(place), after.get(place)
        text = plan.steps[place[0]].text
        if one is None or other is None:
            shown = [each.shown() if each else "nothing" for each in (one, other)]
            return "length", f"step {place[0] + 1}: {text}: harness {shown[0]} · file {shown[1]}"
        if one.encoded() == other.encoded():
            continue
        kind = next((found.kind for found in partings([Camp(("a",), one), Camp(("b",), other)], text)), "")
        if kind == "value" and shares_process(plan):
            return "agrees", "but for the process ids, which are one"
        if kind and not (kind == "message" and _names_alike(one) == _names_alike(other)):
            return kind, f"step {place[0] + 1}: {text}: harness {one.shown()} · file {other.shown()}"
    return "agrees", "in all that is compared"
