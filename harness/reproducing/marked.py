"""The reproduction of a cell of a run, marked where it fails or differs. The stages, and nothing else."""

from msgspec import structs

from harness.records.plan import Plan
from harness.records.reproduction import Reproduction
from harness.records.run import TargetRecord
from harness.reproducing.file import parts
from harness.reproducing.issue import issue
from harness.reproducing.marking import mark
from harness.runs.folder import Run


def reproduction(plan: Plan, run: Run | None = None, target: TargetRecord | None = None, *, with_issue: bool = False) -> Reproduction:
    """The file of a scenario; with a run, of what `target`, or the odd one out, did. Raises `NotReproducible`."""
    marked = None if run is None else mark(run, plan, target.id if target is not None else "")
    if target is None and run is not None and marked is not None:
        target = next(record for record in run.header.targets if record.id == marked.target)
    made = parts(plan, marked, target, _notes(plan, run, target), run.header if run is not None else None)
    return structs.replace(made, issue=issue(plan, made, run, target)) if with_issue else made


def _notes(plan: Plan, run: Run | None, target: TargetRecord | None) -> tuple[str, ...]:
    """Why the target did not play it, if it did not; what it left open."""
    result = run.results.get((plan.id, target.id)) if run is not None and target is not None else None
    if result is None:
        return ()
    if result.verdict == "unsupported":
        return (f"The harness did not play it on {result.target}, which {result.reason}.",)
    return tuple(f"After it {result.target} had something open: {leak}." for leak in result.leaks)
