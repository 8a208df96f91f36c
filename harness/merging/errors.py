"""Why runs cannot be joined. Finds nothing."""

from collections.abc import Sequence


class MergeError(Exception):
    """Runs contradict each other, or the plan of the matrix. `conflicts` are all of them, one line each."""

    def __init__(self, conflicts: Sequence[str], advice: str) -> None:
        self.conflicts = tuple(conflicts)
        self.advice = advice
        super().__init__("\n  ".join(["these runs do not go together:", *conflicts, advice]))
