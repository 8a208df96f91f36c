"""Since when targets part over a scenario, from what each of them came to at a time. Reads no database, and explains nothing."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from harness.comparing.behaviours import is_of_python
from harness.comparing.kinds import GRAVITY, Camp, partings
from harness.comparing.outcomes import Outcome, Place
from harness.history.sights import laid_out_of
from harness.records.baseline import Sight
from harness.records.comparison import QUIET, DifferenceKind
from harness.records.plan import Plan


class Since(Struct, frozen=True):
    """When targets parted, by run."""

    first: int
    """The first run in which they did."""
    since: int
    """The first of those, up to the last, in which they did, or did no more."""
    kind: DifferenceKind
    """The gravest kind, when they did lastly."""
    now: bool
    """They do in the last run."""


def since_when(states: Iterable[tuple[int, frozenset[int]]], kind_of: Callable[[frozenset[int]], DifferenceKind | None]) -> Since | None:
    """None if targets never parted. `states` are runs in order of time with what all targets came to, at least where that changed."""
    found: Since | None = None
    for run, outcomes in states:
        kind = kind_of(outcomes) if len(outcomes) > 1 else None
        if kind is not None:
            is_same = found is not None and found.now
            found = Since(found.first if found else run, found.since if found and is_same else run, kind, True)
        elif found is not None and found.now:
            found = Since(found.first, run, found.kind, False)
    return found


def gravest(plan: Plan, sights: Sequence[Sight]) -> DifferenceKind | None:
    """The gravest kind in which sights of one plan differ; None if they agree but for words."""
    lines = [laid_out_of(plan, sight) for sight in sights]
    kinds = {kind for place in dict.fromkeys(place for line in lines for place in line) for kind in _kinds_at(plan, place, lines)}
    # As in comparing targets: what lacks a need of its surroundings (no root, no IPv6) says nothing of the Python.
    if len({sight.verdict == "unsupported" for sight in sights}) > 1 and any(map(is_of_python, plan.needs)):
        kinds.add("availability")
    return min(kinds - QUIET, key=GRAVITY.index, default=None)


def _kinds_at(plan: Plan, place: Place, lines: Sequence[dict[Place, Outcome]]) -> Iterable[DifferenceKind]:
    camps = [Camp((str(number),), line[place]) for number, line in enumerate(lines) if place in line]
    return [parting.kind for parting in partings(camps, plan.steps[place[0]].text)] if len(camps) > 1 else []
