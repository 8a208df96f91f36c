"""Make the record of one cell out of its evidence and its judgement. Writes nothing."""

from harness.records.observation import Evidence, Judgement
from harness.records.plan import Plan
from harness.records.run import Result
from harness.runs.normalise import Normaliser


def result_of(
    plan: Plan, target: str, evidence: Evidence, judgement: Judgement, *, flaky: tuple[str, ...] = (), late: int = 0, wall: float = 0.0
) -> Result:
    """The line that the results file gets."""
    from msgspec import structs

    normaliser = Normaliser(plan, evidence.temporary)
    normalised = normaliser.evidence(evidence)
    return Result(
        scenario=plan.id,
        target=target,
        verdict=judgement.verdict,
        steps=normalised.steps,
        reason=normaliser.text(judgement.reason),
        step=judgement.step,
        expected=normaliser.text(judgement.expected),
        observed=normaliser.text(judgement.observed),
        see=judgement.see,
        trouble=normalised.trouble,
        leaks=normalised.leaks,
        flaky=flaky,
        temporary=bool(evidence.temporary),
        volatile=structs.replace(normalised.volatile, late=late, wall=round(wall, 6)),
    )
