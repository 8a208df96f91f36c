"""A few scenarios that together use every helper, every kind of step and every area of the library; the same on every machine."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from harness.engine.batches import expected_wait
from harness.records.plan import Plan
from harness.reproducing.limits import NotReproducible, refuse
from harness.reproducing.source import Writer
from harness.reproducing.steps import may_raise

LONGEST_WAIT = 1.0
LONGEST_PLAN = 110
ALSO = 20
"""Scenarios beside those, others on each interpreter."""


class Parts(NamedTuple):
    """Scenarios of which samples are taken."""

    chosen: tuple[Plan, ...]
    """Each that brings something new: in every sample."""
    rest: tuple[Plan, ...]


def parts(plans: Sequence[Plan]) -> Parts:
    """What can be in a sample. Takes most of a second for the whole library."""
    able = [plan for plan in plans if _is_quick(plan)]
    chosen: dict[str, Plan] = {}
    missing = {plan.id: set(features(plan)) for plan in able}
    while any(missing.values()):
        best = max(able, key=lambda plan: len(missing[plan.id]))
        chosen[best.id] = best
        found = set(missing[best.id])
        for each in missing.values():
            each -= found
    return Parts(tuple(chosen.values()), tuple(plan for plan in able if plan.id not in chosen))


def sample(of: Parts, turn: int = 0) -> tuple[Plan, ...]:
    """Each scenario that brings something new, and some more; `turn` chooses which."""
    step = max(len(of.rest) // ALSO, 1)
    return (*of.chosen, *of.rest[(turn * 7) % step :: step][:ALSO])


def _is_quick(plan: Plan) -> bool:
    try:
        refuse(plan, "")
    except NotReproducible:
        return False
    return not plan.condition and len(plan.steps) <= LONGEST_PLAN and expected_wait(plan.steps) <= LONGEST_WAIT


def features(plan: Plan) -> Iterator[str]:
    """What a reproduction has to get right for this scenario."""
    yield f"area {plan.area}"
    yield f"roles {len(plan.roles)}, several at once {plan.many}"
    yield f"own process {plan.own_process}"
    for step in plan.steps:
        yield f"step {step.call.kind}, may raise {may_raise(step)}"
        yield f"unpacked {step.call.unpack}, {len(step.call.save) > 1}"
        yield from (f"operation {word}" for word in operations(step.call.do))


def operations(tree: Any) -> Iterator[str]:
    """The operations, helpers and kinds of literals of an expression."""
    if isinstance(tree, dict):
        yield from (f"literal {tag}" for tag in tree if len(tree) == 1)
        tree = list(tree.values())
    elif isinstance(tree, list) and len(tree) > 1 and isinstance(tree[0], str) and hasattr(Writer, f"_{tree[0]}"):
        yield f"{tree[0]} {tree[1]}" if tree[0] in ("help", "const") else tree[0]
    for part in tree if isinstance(tree, list) else ():
        yield from operations(part)
