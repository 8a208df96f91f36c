"""Draws who behaves alike as a tree of lines: where targets become one bunch, and in how many steps they part there."""

from collections.abc import Sequence

from msgspec import Struct

from harness.records.page import PageMerge
from harness.reports.counting import several

ROW = 28
"""Height of a row of the table beside it, in pixels."""
WIDTH = 180
EDGE = 6


class Line(Struct, frozen=True):
    """One merge as a bracket."""

    path: str
    """What SVG calls a path."""
    words: str


class Tree(Struct, frozen=True):
    """A picture, with what it says in words."""

    width: int
    height: int
    lines: tuple[Line, ...]
    words: str


def tree(merges: Sequence[PageMerge], order: Sequence[int], names: Sequence[str]) -> Tree | None:
    """The picture for targets in the order of the table; nothing where there is nothing to compare."""
    if not merges:
        return None
    middle = {target: ROW * at + ROW / 2 for at, target in enumerate(order)}
    right = dict.fromkeys(order, 0.0)
    most = max(merge.distance for merge in merges) or 1
    lines = []
    for number, merge in enumerate(merges):
        bunch = len(names) + number
        top, bottom = middle[merge.left], middle[merge.right]
        lines.append(Line(_path(top, bottom, right[merge.left], right[merge.right], merge.distance / most), _steps(merge.distance)))
        middle[bunch], right[bunch] = (top + bottom) / 2, merge.distance / most
    return Tree(WIDTH, ROW * len(order), tuple(lines), _words(merges, names))


def _path(top: float, bottom: float, right_of_top: float, right_of_bottom: float, far: float) -> str:
    """From both bunches to the left, and down between them. The farther apart, the farther to the left."""
    return f"M{_x(right_of_top)} {top:g}H{_x(far)}V{bottom:g}H{_x(right_of_bottom)}"


def _x(far: float) -> str:
    # A root keeps small distances apart that a single strange target would press together.
    return f"{WIDTH - EDGE - (WIDTH - 2 * EDGE) * far**0.5:.1f}"


def _steps(distance: float) -> str:
    steps = "less than 1 step" if 0 < distance < 1 else several(round(distance), "step")
    return f"part in {steps} on average"


def _words(merges: Sequence[PageMerge], names: Sequence[str]) -> str:
    """Every merge in words, the nearest first."""
    members: dict[int, list[str]] = {at: [name] for at, name in enumerate(names)}
    told = []
    for number, merge in enumerate(merges):
        one, other = members[merge.left], members[merge.right]
        told.append(f"{' and '.join(_short(each) for each in (one, other))} {_steps(merge.distance)}")
        members[len(names) + number] = one + other
    return "; ".join(told)


def _short(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} with {several(len(names) - 1, 'other')}"
