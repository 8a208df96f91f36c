"""How much work a scenario is: the seconds that it took, else its steps. Reads no files."""

from collections.abc import Iterable, Mapping
from statistics import median

from harness.records.plan import Plan
from harness.records.run import Result

DIGITS = 4


def steps_of(plans: Iterable[Plan]) -> dict[str, float]:
    """The steps of each scenario, those of every member of a role; one that has none weighs something too."""
    return {plan.id: float(max(1, sum(plan.roles.get(step.role, 1) for step in plan.steps))) for plan in plans}


def seconds_of(results: Iterable[Result]) -> dict[str, float]:
    """How long each scenario took, the median over the targets on which it was played."""
    taken: dict[str, list[float]] = {}
    for result in results:
        if result.verdict != "unsupported" and result.volatile.wall > 0:
            taken.setdefault(result.scenario, []).append(result.volatile.wall)
    return {name: round(median(each), DIGITS) for name, each in taken.items()}


def weights(plans: Iterable[Plan], seconds: Mapping[str, float]) -> dict[str, float]:
    """Of every scenario: its seconds if any are known, the median of the others where its own are not; else its steps."""
    plans = tuple(plans)
    known = {plan.id: seconds[plan.id] for plan in plans if plan.id in seconds}
    if not known:
        return steps_of(plans)
    usual = median(known.values())
    return {plan.id: known.get(plan.id, usual) for plan in plans}
