"""What a run comes to as a whole: its exit code, and what that code says. Imports nothing, so that the command line starts fast."""

from collections.abc import Mapping
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


def exit_code(verdicts: "Mapping[Verdict, int]", missing: int) -> int:
    """The exit code that counts of verdicts, and of planned cells without one, stand for."""
    if missing or verdicts.get("error") or verdicts.get("inconclusive") or not is_telling(verdicts):
        return HARNESS
    if verdicts.get("fail") or verdicts.get("stale") or verdicts.get("hang") or verdicts.get("crash"):
        return NOT_AS_EXPECTED
    return USAGE if verdicts.get("bug") else AS_EXPECTED


def is_telling(verdicts: "Mapping[Verdict, int]") -> bool:
    """Whether anything was played at all. What was not says nothing of its target, and a run without cells says nothing of anybody."""
    return not set(verdicts) <= {"unsupported"}
