"""One cell over time: only the runs in which it came to something else. Pure functions of such lines; knows no database.

A line is minimal: no two neighbours in it came to the same, and it begins with the first run that had the cell.
"""

from collections.abc import Sequence

from msgspec import Struct

Moment = tuple[str, int]
"""Start of a run, and its number: what runs are ordered by."""

Line = list[tuple[Moment, int]]
"""Moments with the outcome that came then, in order."""


class Edit(Struct, frozen=True):
    """What has to be done to a line."""

    removed: tuple[Moment, ...] = ()
    added: tuple[tuple[Moment, int], ...] = ()


def in_force(line: Sequence[tuple[Moment, int]], moment: Moment) -> int | None:
    """What a cell had come to last before a moment."""
    return next((outcome for at, outcome in reversed(line) if at < moment), None)


def put_in(line: Sequence[tuple[Moment, int]], moment: Moment, outcome: int, following: Moment | None) -> Edit:
    """A run is added whose cell came to `outcome`; `following` is the next run that has the cell."""
    before = in_force(line, moment)
    if outcome == before:
        return Edit()
    if following is None:
        return Edit(added=((moment, outcome),))
    then = dict(line).get(following)
    if then is None:
        # What comes after had gone on as before, and now comes back to it. Whoever has nothing before has a turn at the following run.
        assert before is not None
        return Edit(added=((moment, outcome), (following, before)))
    return Edit(removed=(following,) if then == outcome else (), added=((moment, outcome),))


def take_out(line: Sequence[tuple[Moment, int]], moment: Moment, following: Moment | None) -> Edit:
    """A run is removed; `following` is the next run that has the cell."""
    turns = dict(line)
    if moment not in turns:
        return Edit()
    if following is None:
        return Edit(removed=(moment,))
    then = turns.get(following)
    if then is None:
        return Edit(removed=(moment,), added=((following, turns[moment]),))
    return Edit(removed=(moment, following) if then == in_force(line, moment) else (moment,))


def edited(line: Sequence[tuple[Moment, int]], edit: Edit) -> Line:
    """The line after an edit."""
    turns = {moment: outcome for moment, outcome in line if moment not in edit.removed} | dict(edit.added)
    return sorted(turns.items())
