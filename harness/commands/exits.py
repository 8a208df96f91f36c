"""Exit codes, and the errors that carry one. What each code means is the same for every command."""

from collections.abc import Sequence
from typing import NoReturn

from harness.gates.codes import AS_EXPECTED, HARNESS, INTERRUPTED, NOT_AS_EXPECTED, USAGE

__all__ = ["AS_EXPECTED", "HARNESS", "INTERRUPTED", "NOT_AS_EXPECTED", "USAGE", "Problem", "harness", "no_targets", "usage"]


class Problem(Exception):
    """Ends a command with a message for the person at the terminal and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def usage(message: str) -> NoReturn:
    """Something was asked for that cannot be: exit 2."""
    raise Problem(message, USAGE)


def harness(message: str) -> NoReturn:
    """The harness or its environment failed: exit 3."""
    raise Problem(message, HARNESS)


def no_targets(names: Sequence[str]) -> NoReturn:
    """Nothing is there of what was named: exit 3."""
    harness(no_targets_words(names))


def no_targets_words(names: Sequence[str]) -> str:
    """Where to look, when nothing is there of what was named."""
    if [*names] == ["slow-here"]:
        return "nothing that is many times slower is ready here; 'sockmatrix targets --all' says what there is, and what prepares it"
    return "no interpreter found; 'sockmatrix doctor' says where it was looked for"
