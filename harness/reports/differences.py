"""Small questions about differences that several pages ask. Prints nothing."""

from harness.records.comparison import Difference, DifferenceGroup


def is_of_scenario(difference: Difference) -> bool:
    """Whether it says that some targets could not play at all, and so belongs to no step."""
    return difference.kind == "availability" and any(behaviour.shown.startswith("unsupported: ") for behaviour in difference.behaviours)


def alike(group: DifferenceGroup) -> list[Difference]:
    """One difference of each scenario in which the targets did the same as in the group's first."""
    shown = [behaviour.shown for behaviour in group.differences[0].behaviours]
    same = [each for each in group.differences if [behaviour.shown for behaviour in each.behaviours] == shown]
    return list({each.scenario: each for each in reversed(same)}.values())[::-1]
