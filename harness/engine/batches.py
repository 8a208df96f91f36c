"""Cut a plan into what travels in one message: consecutive steps of a role that need no answer from another role."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from harness.engine.messages import encode
from harness.records.plan import Plan, Step

PENDING_SECONDS = 0.1
"""What an agent waits to see whether a call has finished (docs/plan.md)."""


class Batch(Struct, frozen=True):
    """Steps of one role for one request, encoded once for all targets."""

    role: str
    steps: tuple[Step, ...]
    numbers: tuple[int, ...]
    """Of the steps."""
    encoded: msgspec.Raw
    reads: tuple[str, ...]
    export: tuple[str, ...]
    last: bool
    waits: float
    """Seconds that its steps are known to take together, on top of which the limit of a step counts."""


def cut(plan: Plan) -> tuple[Batch, ...]:
    """The batches of a plan. Where a role has several members each step is a batch of its own, so that all of them
    have done one step before any does the next."""
    groups: list[list[Step]] = []
    for step in plan.steps:
        if groups and groups[-1][0].role == step.role and plan.roles.get(step.role, 1) == 1:
            groups[-1].append(step)
        else:
            groups.append([step])
    return tuple(make(tuple(group), last=index == len(groups) - 1) for index, group in enumerate(groups))


def make(steps: tuple[Step, ...], *, last: bool) -> Batch:
    """One batch of given steps."""
    reads = dict.fromkeys(name for step in steps for name in step.reads)
    export = dict.fromkeys(name for step in steps for name in step.export)
    calls: list[Any] = [step.call for step in steps]
    numbers = tuple([step.call.n for step in steps])
    return Batch(steps[0].role, steps, numbers, msgspec.Raw(encode(calls)), tuple(reads), tuple(export), last, expected_wait(steps))


def expected_wait(steps: Iterable[Step]) -> float:
    """Seconds that steps are known to wait."""
    return sum(_wait(step) for step in steps)


def measures_time(plan: Plan) -> bool:
    """Whether anything in a plan depends on how long something takes, or on what another thread has come to meanwhile."""
    return any(step.call.kind != "call" or step.expect.takes or any(each.expect.takes for each in step.varies) for step in plan.steps)


def _wait(step: Step) -> float:
    if step.call.kind == "pending":
        return PENDING_SECONDS
    return step.expect.takes.least or 0.0 if step.expect.takes else 0.0
