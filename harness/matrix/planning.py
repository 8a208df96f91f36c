"""Make the plan of the whole matrix of scenarios and jobs. Reads no settings and no files."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from harness import __version__
from harness.agents.program import PROTOCOL_VERSION
from harness.matrix.weighing import weights
from harness.records.matrix import MATRIX_VERSION, Job, MatrixPlan
from harness.records.plan import Plan
from harness.targets.names import stands_for_many

ONLY_JOB = "all"
"""Name of the one job of a matrix whose targets were named on the command line."""


def plan_of(
    plans: Iterable[Plan],
    jobs: Sequence[Job],
    *,
    shards: int | None = None,
    seconds: Mapping[str, float] | None = None,
    paths: Sequence[str] = (),
    only_targets: bool = False,
    select: Sequence[str] = (),
) -> MatrixPlan:
    """The plan; `shards`, where given, is for every job, whatever it says itself."""
    ordered = sorted(plans, key=lambda plan: plan.id)
    known = seconds or {}
    return MatrixPlan(
        matrix=MATRIX_VERSION,
        sockmatrix=__version__,
        protocol=PROTOCOL_VERSION,
        scenarios={plan.id: plan.digest for plan in ordered},
        weights=weights(ordered, known),
        jobs=tuple(structs.replace(job, shards=shards or job.shards, patterns=_patterns(job)) for job in jobs),
        paths=tuple(paths),
        only_targets=only_targets,
        select=tuple(select),
        weighed="seconds" if any(plan.id in known for plan in ordered) else "steps",
    )


def _patterns(job: Job) -> tuple[str, ...]:
    """Of its targets, those that may be several; `current` is always one."""
    return tuple(name for name in job.targets if name != "current" and stands_for_many(name))
