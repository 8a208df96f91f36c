"""Which roles of a scenario wait for others to come. A target that can only connect plays the rest, and a helper plays these."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.records.facts import Facts
from harness.records.plan import Plan

WAITING_CALLS = frozenset(["bind", "listen", "accept", "create_server"])
"""Methods of a socket, and functions of the module, without which nobody is found."""


_helped: dict[str, frozenset[str]] = {}
"""By the digest of the plan. Kept for every plan: each cell of a helped target asks several times."""


def helped_roles(plan: Plan) -> frozenset[str]:
    """The roles that are the helper's; none where every role waits, as the target would have nothing to play."""
    found = _helped.get(plan.digest)
    if found is None:
        found = _helped[plan.digest] = _helped_roles(plan)
    return found


def _helped_roles(plan: Plan) -> frozenset[str]:
    waiting = {step.role for step in plan.steps if WAITING_CALLS.intersection(_called(step.call.do))}
    return frozenset() if waiting.issuperset(plan.roles) else frozenset(waiting)


def facts_by_role(plan: Plan, facts: Sequence[Facts], *, helped: bool = False) -> dict[str, Facts]:
    """What is known of whoever plays each role: of one interpreter for all, or of one for each, of which the last plays all further roles.

    Of a helped target the first facts are its own, the second its helper's.
    """
    if len(facts) == 1:
        return dict.fromkeys(plan.roles, facts[0])
    return {role: facts[place] for role, place in places_by_role(plan, len(facts), helped=helped).items()} if facts else {}


def places_by_role(plan: Plan, interpreters: int, *, helped: bool = False) -> dict[str, int]:
    """By role: which of so many interpreters plays it."""
    if helped:
        waiting = helped_roles(plan)
        return {role: int(role in waiting) for role in plan.roles}
    return {role: min(at, interpreters - 1) for at, role in enumerate(plan.roles)}


def _called(tree: Any) -> Iterator[str]:
    """Names of the attributes that are called anywhere in an expression."""
    if isinstance(tree, list):
        if len(tree) > 1 and tree[0] == "call" and isinstance(tree[1], list) and tree[1][0] == "get":
            yield tree[1][2]
        for item in tree:
            yield from _called(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from _called(item)
