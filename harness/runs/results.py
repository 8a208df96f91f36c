"""Make the record of one cell out of its evidence and its judgement. Writes nothing."""

from msgspec import structs

from harness.judging.values import SHORTEST, shortened
from harness.records.observation import Evidence, Judgement, Verdict
from harness.records.plan import Plan
from harness.records.run import Result
from harness.runs.normalise import Normaliser


def result_of(
    plan: Plan,
    target: str,
    evidence: Evidence,
    judgement: Judgement,
    *,
    flaky: tuple[str, ...] = (),
    late: int = 0,
    wall: float = 0.0,
    ground: str = "",
    plays: tuple[Verdict, ...] = (),
    retried: int = 0,
) -> Result:
    """The line that the results file gets."""
    normaliser = Normaliser(plan, evidence.temporary, evidence.addresses)
    normalised = normaliser.evidence(evidence)
    expected, observed = normaliser.text(judgement.expected), normaliser.text(judgement.observed)
    return Result(
        scenario=plan.id,
        target=target,
        verdict=judgement.verdict,
        steps=normalised.steps,
        reason=_reason(normaliser.text(judgement.reason), expected, observed),
        step=judgement.step,
        expected=shortened(expected),
        observed=shortened(observed),
        see=judgement.see,
        trouble=normalised.trouble,
        ground=ground,
        leaks=normalised.leaks,
        flaky=flaky,
        plays=plays,
        retried=retried,
        volatile=structs.replace(normalised.volatile, late=late, wall=round(wall, 6)),
    )


def _reason(reason: str, *parts: str) -> str:
    """A reason whose long parts are shortened, so that what comes after them stays."""
    for part in parts:
        if len(part) > SHORTEST:
            reason = reason.replace(part, shortened(part))
    return shortened(reason, 4 * SHORTEST)
