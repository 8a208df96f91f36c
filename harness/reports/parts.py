"""What is said of a run that is part of a whole, or that was merged of parts. Counts and prints nothing."""

from harness.reports.counting import several
from harness.reports.summary import MergedRuns, Summary


def part_words(summary: Summary) -> str:
    """`shard 2/8 of the job 'all': 595 of 4760 scenarios`."""
    job = f"the job '{summary.job}'" if summary.job else ""
    if not summary.shard:
        return job
    shard = f"shard {summary.shard}" + (f" of {job}" if job else "")
    elsewhere = min((target.unplanned for target in summary.targets), default=0)
    return f"{shard}: {summary.scenarios - elsewhere} of {several(summary.scenarios, 'scenario')}"


def merged_words(merged: MergedRuns) -> str:
    """`merged of 24 runs, 1 of them interrupted; 12 results were delivered once more`."""
    words = f"merged of {several(merged.runs, 'run')}"
    if merged.interrupted:
        words += f", {merged.interrupted} of {'them' if merged.runs > 1 else 'it'} interrupted"
    if merged.versions:
        words += f", made by sockmatrix {', '.join(merged.versions)}"
    if merged.again:
        words += f"; {several(merged.again, 'result')} beyond one for each cell"
    return words


def has_unplanned(summary: Summary) -> bool:
    """Whether it is worth a column how many scenarios were never to be played: of a shard it is the same for all."""
    return any(target.unplanned for target in summary.targets) and not summary.shard
