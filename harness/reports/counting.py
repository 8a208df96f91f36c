"""Short words for numbers and for sets of targets. Prints nothing."""

from collections.abc import Sequence


def several(count: int, word: str, plural: str = "") -> str:
    """`1 step`, `3 steps`."""
    return f"{count} {word if count == 1 else plural or word + 's'}"


def named(targets: Sequence[str], everyone: int, most: int = 4) -> str:
    """Targets by name, shortly: all of them, or the first few and how many more."""
    if len(targets) == everyone and everyone > 1:
        return f"all {everyone} targets"
    if len(targets) <= most + 1:
        return ", ".join(targets)
    return ", ".join(targets[:most]) + f" and {len(targets) - most} more"


def megabytes(count: int) -> str:
    """Room on a disk, as people compare it: `0.4 MB`, `31 MB`."""
    return f"{count / 10**6:.0f} MB" if count >= 10**7 else f"{count / 10**6:.1f} MB"
