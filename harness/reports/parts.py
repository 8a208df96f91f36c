"""What is said of a run that is part of a whole, or that was merged of parts. Counts and prints nothing."""

from harness.reports.counting import several
from harness.reports.summary import MergedRuns, Summary, merged_of
from harness.runs.folder import Run

MOST_REMARKS = 12


def part_words(summary: Summary) -> str:
    """`shard 2/8 of the job 'all': 595 of 4760 scenarios`."""
    played = summary.scenarios - min((target.unplanned for target in summary.targets), default=0)
    return _words(summary.job, summary.shard, played, summary.scenarios)


def _words(job: str, shard: str, played: int, scenarios: int) -> str:
    named = f"the job '{job}'" if job else ""
    if not shard:
        return named
    return f"shard {shard}{f' of {named}' if named else ''}: {played} of {several(scenarios, 'scenario')}"


def merged_words(merged: MergedRuns) -> str:
    """`merged of 24 runs, 1 of them interrupted; 12 results beyond one for each cell`."""
    words = f"merged of {several(merged.runs, 'run')}"
    if merged.interrupted:
        words += f", {merged.interrupted} of {'them' if merged.runs > 1 else 'it'} interrupted"
    if merged.versions:
        words += f", made by sockmatrix {', '.join(merged.versions)}"
    if merged.again:
        words += f"; {several(merged.again, 'result')} beyond one for each cell"
    return words


def remarks_shown(merged: MergedRuns, *, everything: bool = False) -> tuple[str, ...]:
    """The first of them, and how many there are beside."""
    if everything or len(merged.remarks) <= MOST_REMARKS:
        return merged.remarks
    return (*merged.remarks[:MOST_REMARKS], f"and {len(merged.remarks) - MOST_REMARKS} more of the kind")


def whole_words(run: Run) -> str:
    """All of this on one line; empty of a run that is a whole of its own."""
    header = run.header
    if header.parts:
        merged = merged_of(run)
        return "; ".join((merged_words(merged), *remarks_shown(merged)))
    played = len({scenario for scenario, _ in run.planned})
    return _words(header.job, header.shard, played, len(header.scenarios))


def has_unplanned(summary: Summary) -> bool:
    """Whether it is worth a column how many scenarios were never to be played: of a shard it is the same for all."""
    return any(target.unplanned for target in summary.targets) and not summary.shard
