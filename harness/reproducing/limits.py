"""What one file on one machine cannot show, and what it shows only in part. Decides from the plan and the target alone."""

from collections.abc import Iterator

from harness.language.conditions import conditions
from harness.records.plan import Plan
from harness.records.run import TargetRecord


class NotReproducible(Exception):
    """A scenario that no single program can show; `advice` is the command that plays it."""

    def __init__(self, scenario: str, problem: str, advice: str) -> None:
        super().__init__(f"{scenario} cannot be one program: {problem}; {advice}")
        self.scenario = scenario
        self.problem = problem
        self.advice = advice


def refuse(plan: Plan, rerun: str) -> None:
    """Raise `NotReproducible` for a scenario that takes place between two hosts, or in which a process or host ends."""
    advice = f"play it again: {rerun}"
    acting = next((step for step in plan.steps if step.call.kind == "network"), None)
    if acting is not None:
        raise NotReproducible(plan.id, f"the network between its roles acts in it ({acting.text})", advice)
    condition = conditions().get(plan.condition)
    if condition is not None and condition.hosts > 1:
        problem = f"it needs two hosts and the network condition '{plan.condition}' between them"
        raise NotReproducible(plan.id, problem, advice)


def limits(plan: Plan, target: TargetRecord | None = None) -> tuple[str, ...]:
    """What a reader must know before comparing: what is needed, and what is not as it was in the harness."""
    return tuple(_limits(plan, target))


def _limits(plan: Plan, target: TargetRecord | None) -> Iterator[str]:
    needs = [need.text for need in plan.needs if not need.text.startswith("network:")]
    if needs:
        yield f"It needs {', '.join(needs)}."
    condition = conditions().get(plan.condition)
    if condition is not None:
        yield f"The harness played it in a container under the network condition '{plan.condition}': {condition.what}"
    if target is not None and target.helper:
        yield f"The harness played {target.helper} as the roles that wait for connections; here one Python plays all roles."
    elif target is not None and target.partners:
        yield f"The harness played {target.server} as the first role with {target.client} as the others; here one Python plays all roles."
    if shares_process(plan):
        yield "The harness gives each role a process of its own; here they are one, so that they have one process id."
    elif len(plan.roles) > 1 and plan.own_process:
        yield "The harness gives each role a process of its own; here they share one, with its descriptors and signals."
    if any("forget" in str(step.call.do) for step in plan.steps):
        yield "What is forgotten here is collected, and may warn, when the last reference goes."


def shares_process(plan: Plan) -> bool:
    """Whether the roles compare their process ids, which are equal in one program."""
    return len(plan.roles) > 1 and any("'getpid'" in str(step.call.do) for step in plan.steps)
