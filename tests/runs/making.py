"""Small plans, headers and results for tests of the run folder."""

from pathlib import Path
from typing import Any

from harness.records.observation import Evidence, Judgement, Observation
from harness.records.plan import PLAN_VERSION, Call, Place, Plan, Step
from harness.records.run import RUN_VERSION, Header, TargetRecord
from harness.runs.folder import RunWriter
from harness.runs.results import result_of


def plan(name: str = "area/topic", steps: int = 2, *, do: Any = None, yields: str = "", many: bool = False) -> Plan:
    """A plan whose steps all do the same."""
    made = tuple(Step("client", Call(n, do=do), f"f({n})", Place(n + 1, 1), yields=yields) for n in range(steps))
    return Plan(PLAN_VERSION, name, f"digest of {name} {do}", "f.yaml", "t", "a", (), (), (), {"client": 2 if many else 1}, made)


def header(plans: list[Plan], targets: tuple[str, ...] = ("one", "two"), **more: Any) -> Header:
    """The header of a run of these plans."""
    fields: dict[str, Any] = {
        "run": RUN_VERSION, "sockmatrix": "0", "protocol": 1, "started": "2026-01-01T00:00:00+00:00", "controller": {}, "options": {},
        "targets": tuple(TargetRecord(target, target) for target in targets),
        "scenarios": {plan.id: plan.digest for plan in plans}, "cells": len(plans) * len(targets),
    }  # fmt: skip
    return Header(**{**fields, **more})


def passed(of: Plan, target: str, *values: Any) -> Any:
    """A result with these values, one a step."""
    seen = tuple(Observation(n, value=value) for n, value in enumerate(values))
    return result_of(of, target, Evidence(seen), Judgement("pass"))


def whole_run(folder: Path) -> list[Plan]:
    """A complete run of two scenarios on two targets."""
    plans = [plan("area/b"), plan("area/a")]
    writer = RunWriter.create(folder, header(plans), plans)
    for of in reversed(plans):
        for target in ("two", "one"):
            writer.append(passed(of, target, 1, "x"))
    writer.close()
    return plans
