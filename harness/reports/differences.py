"""Small questions about differences that several pages ask. Prints nothing."""

from harness.records.comparison import Difference


def is_of_scenario(difference: Difference) -> bool:
    """Whether it says that some targets could not play at all, and so belongs to no step."""
    return difference.kind == "availability" and any(behaviour.shown.startswith("unsupported: ") for behaviour in difference.behaviours)
