"""Turn differences of targets into notes: cases of one scenario together, targets as versions of families. Finds no differences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.comparing.groups import UNMET, parts_of
from harness.compat.families import OF_FAMILY, in_order, numbers
from harness.compat.records import Behaving, CompatNote
from harness.language.predicates import parse
from harness.records.comparison import QUIET, Behaviour, Comparison, Difference

Home = Mapping[str, tuple[str, str]]
"""Family and version by target."""


def telling(comparison: Comparison) -> Iterator[Difference]:
    """Differences that were played, loud ones only; what targets lack is told by the features themselves."""
    for group in comparison.groups:
        if group.kind not in QUIET:
            yield from (each for each in group.differences if not _is_of_needs(each))


def _is_of_needs(difference: Difference) -> bool:
    return any(behaviour.shown.startswith(UNMET) for behaviour in difference.behaviours)


def notes(differences: Iterable[Difference], home: Home) -> dict[str, tuple[CompatNote, tuple[Difference, ...]]]:
    """Notes by id, each with the differences that it tells of, sorted by scenario and step.

    Members of a role that do the same part the targets in the same way: they are one note. Cases are, where they do so at the same line.
    """
    gathered: dict[tuple[object, ...], list[Difference]] = {}
    for difference in sorted(differences, key=_place):
        key = (topic(difference.scenario), difference.line, difference.kind, frozenset(parts_of(difference)))
        gathered.setdefault(key, []).append(difference)
    found: dict[str, tuple[CompatNote, tuple[Difference, ...]]] = {}
    for members in gathered.values():
        found[_free_id(members[0], found)] = (_note(members, home), tuple(members))
    return found


def topic(scenario: str) -> str:
    """A scenario's file, as its id without the case."""
    return scenario.partition("[")[0]


def case(scenario: str) -> str:
    """A scenario's case; empty if it has none."""
    return scenario.partition("[")[2].removesuffix("]")


def _place(difference: Difference) -> tuple[str, int, int, str]:
    return difference.scenario, difference.step, difference.instance, difference.kind


def _free_id(difference: Difference, taken: Mapping[str, object]) -> str:
    """`tcp/close#3`, with a letter where other cases part otherwise at the step."""
    plain = f"{topic(difference.scenario)}#{difference.step + 1}"
    letters = ("", *(f".{number}" for number in range(2, len(taken) + 2)))
    return next(f"{plain}{letter}" for letter in letters if f"{plain}{letter}" not in taken)


def _note(members: Sequence[Difference], home: Home) -> CompatNote:
    first = members[0]
    behaviours = tuple(_behaving(behaviour, home) for behaviour in first.behaviours)
    return CompatNote(
        scenario=topic(first.scenario),
        step=first.step + 1,
        line=first.line,
        text=first.text,
        kind=first.kind,
        behaviours=behaviours,
        cases=tuple(dict.fromkeys(case(member.scenario) for member in members if case(member.scenario))),
        surroundings=_is_of_surroundings(behaviours),
        because="; ".join(dict.fromkeys(member.because for member in members if member.because)),
        see=tuple(dict.fromkeys(link for member in members for link in member.see)),
    )


def _is_of_surroundings(behaviours: Sequence[Behaving]) -> bool:
    places = [(family, version) for each in behaviours for family, versions in each.on.items() for version in versions]
    facts = {fact for each in behaviours if each.cause for fact in parse(each.cause).facts}
    return len(places) > len(set(places)) or not facts <= OF_FAMILY


def _behaving(behaviour: Behaviour, home: Home) -> Behaving:
    on: dict[str, set[str]] = {}
    for target in behaviour.targets:
        family, version = home[target]
        on.setdefault(family, set()).add(version)
    ordered = {family: tuple(sorted(on[family], key=numbers)) for family in in_order(on)}
    return Behaving(behaviour.shown, ordered, behaviour.cause)
