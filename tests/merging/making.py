"""Small runs made by hand, to be merged: two scenarios, targets with facts, results that pass or fail."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from harness.merging.merge import merge
from harness.records.facts import Facts
from harness.records.matrix import Job, MatrixPlan
from harness.records.observation import Evidence, Judgement, Observation, Trouble
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
from harness.runs.folder import DELIVERIES, HEADER, RESULTS, SCENARIOS, Run, RunWriter, read
from harness.runs.results import result_of
from tests.runs.making import header, plan

ONE, TWO, THREE = (plan(f"area/{name}", 1) for name in ("one", "three", "two"))
PLANS = [ONE, TWO, THREE]
ALL = {each.id: each for each in PLANS}


def facts(python: str = "3.8.18", **more: Any) -> Facts:
    return Facts(python=python, implementation="cpython", implementation_version=python, os="linux", kernel="6.1.0", **more)


def target(name: str = "cpython-3.8.18", asked: str = "python3.8", **more: Any) -> TargetRecord:
    """A target that could be started, unless `more` says otherwise."""
    return structs.replace(TargetRecord(name, asked, facts(name.partition("-")[2])), **more)


def result(of: Plan, on: str, verdict: str = "pass", *, value: int = 1, reason: str = "", **more: Any) -> Result:
    """What a target made of a scenario."""
    trouble = Trouble("error", reason) if verdict == "error" else None
    seen = Evidence((Observation(0, value=value),), trouble)
    return result_of(of, on, seen, Judgement(verdict, reason), **more)  # type: ignore[arg-type]


def save(
    folder: Path,
    verdicts: Mapping[tuple[str, str], str | Result],
    *,
    targets: Iterable[TargetRecord] = (target(),),
    complete: bool = True,
    plans: list[Plan] = PLANS,
    shard: tuple[str, Iterable[str]] | None = None,
    **more: Any,
) -> Path:
    """A run in a folder: verdicts by scenario and target. `shard`: its name, and what it does not play."""
    records = tuple(targets)
    elsewhere = tuple(shard[1]) if shard else ()
    head = header(plans, tuple(each.id for each in records), **more)
    head = structs.replace(
        head, targets=records, shard=shard[0] if shard else "", cells=len(records) * (len(plans) - len(elsewhere)),
        unplanned={each.id: elsewhere for each in records} if elsewhere else {},
    )  # fmt: skip
    writer = RunWriter.create(folder, head, plans)
    by_id = {each.id: each for each in plans}
    for (scenario, name), told in verdicts.items():
        writer.append(told if isinstance(told, Result) else result(by_id[scenario], name, told, reason="" if told == "pass" else "why"))
    if complete:
        writer.close()
    else:
        writer.abandon()
    return folder


def everything(
    on: str = "cpython-3.8.18", verdict: str = "pass", scenarios: Iterable[str] = tuple(ALL)
) -> dict[tuple[str, str], str | Result]:
    """The same verdict in each scenario."""
    return {(name, on): verdict for name in scenarios}


def merged(out: Path, *folders: Path, plan: MatrixPlan | None = None, mixed_versions: bool = False) -> Run:
    """The merged run, read again."""
    merge(folders, out, plan, "plan.json", mixed_versions=mixed_versions)
    return read(out)


def files(folder: Path) -> dict[str, bytes]:
    """All that a run is made of."""
    return {name: (folder / name).read_bytes() for name in (HEADER, SCENARIOS, RESULTS, DELIVERIES) if (folder / name).exists()}


def verdicts_of(run: Run) -> dict[tuple[str, str], str]:
    return {cell: each.verdict for cell, each in run.results.items()}


def matrix(*jobs: Job, plans: list[Plan] = PLANS) -> MatrixPlan:
    """A plan of the matrix for these scenarios."""
    digests = {each.id: each.digest for each in plans}
    return MatrixPlan(1, "0", 1, digests, dict.fromkeys(digests, 1.0), jobs)
