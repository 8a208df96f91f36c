"""How often each version does otherwise than the newest CPython, by feature. Counts notes; says nothing of who is right.

What the surroundings of a target explain is left out: a version that was run in a container alone would seem to do otherwise than others.
"""

from collections.abc import Iterator, Sequence

from harness.compat.families import in_order
from harness.compat.records import CompatData, CompatNote

Column = tuple[str, str]
"""Family and version."""


def columns(data: CompatData) -> tuple[Column, ...]:
    """All versions that were run, family by family, the oldest first."""
    return tuple((family, each.version) for family in in_order(data.families) for each in data.families[family].versions)


def reference_order(data: CompatData) -> tuple[Column, ...]:
    """What others are held against: the newest version of the first family, else the next older one, and so on."""
    return tuple((family, each.version) for family in in_order(data.families) for each in reversed(data.families[family].versions))


def departures(data: CompatData) -> dict[str, dict[Column, int]]:
    """By feature and version, in how many notes it is in another behaviour than the reference."""
    order = reference_order(data)
    departing = {name: tuple(_departing(note, order)) for name, note in data.notes.items()}
    found: dict[str, dict[Column, int]] = {}
    for name, feature in data.features.items():
        counts: dict[Column, int] = {}
        for note in feature.notes:
            for column in departing[note] if not data.notes[note].surroundings else ():
                counts[column] = counts.get(column, 0) + 1
        if counts:
            found[name] = counts
    return found


def _departing(note: CompatNote, order: Sequence[Column]) -> Iterator[Column]:
    """Versions that were seen in no behaviour of the first of the order that the note knows."""
    places = [frozenset((family, version) for family, versions in each.on.items() for version in versions) for each in note.behaviours]
    everyone = frozenset[Column]().union(*places)
    reference = next(column for column in order if column in everyone)
    alike = frozenset[Column]().union(*(place for place in places if reference in place))
    yield from sorted(everyone - alike)
