"""Exit codes, and what each says, for every command. Imports nothing, so that the command line starts fast."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.records.observation import Verdict

AS_EXPECTED = 0
NOT_AS_EXPECTED = 1
USAGE = 2
HARNESS = 3
INTERRUPTED = 130

MEANINGS: dict[int, str] = {
    AS_EXPECTED: "as expected",
    NOT_AS_EXPECTED: "conformance failures, stale excuses or unreviewed differences",
    USAGE: "usage, or a bad scenario",
    HARNESS: "the harness or its environment failed: some cells say nothing about their target",
    INTERRUPTED: "interrupted; what there is, is kept",
}
"""Of every exit code, for every command."""

SAYS_NOTHING = frozenset({"missing", "error", "inconclusive"})
"""Classes of cells that speak of the harness or its environment."""


def exit_code(failing: Collection[str], *, telling: bool = True) -> int:
    """The exit code of a run in which cells of these classes are not to be. `telling`: something was played at all."""
    if not telling or not SAYS_NOTHING.isdisjoint(failing):
        return HARNESS
    if set(failing) - {"bug"}:
        return NOT_AS_EXPECTED
    return USAGE if failing else AS_EXPECTED


def worst(*codes: int) -> int:
    """The exit code of several findings: a harness that failed, then differences, then the rest."""
    order = (AS_EXPECTED, USAGE, NOT_AS_EXPECTED, HARNESS)
    return max(codes, key=order.index)


def is_telling(verdicts: "Mapping[Verdict, int]") -> bool:
    """Whether anything was played at all. What was not says nothing of its target, and a run without cells says nothing of anybody."""
    return not set(verdicts) <= {"unsupported"}
