"""Which target of a later run stands for which of an earlier one, and which of its facts are others now. Looks at no results."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from harness.records.comparison import FactChange
from harness.records.facts import Facts
from harness.records.run import TargetRecord
from harness.targets.names import stands_for_many

LISTS = ("names", "constants", "classes")
"""Facts with hundreds of entries. They follow from the others, and are looked at only where two whole runs are at hand."""

_PLATFORM = ("os", "machine", "byteorder", "bits", "wine", "gvisor", "host_network", "hypervisor", "emulated", "network")
"""What an upgrade does not change: with another of these it is another target."""
_MOST_SHOWN = 4


class Stand(Struct, frozen=True, omit_defaults=True):
    """A target as it was in one run: by which it is known again."""

    id: str
    name: str
    """As it was asked for."""
    facts: dict[str, str] = {}
    """Facts as text, without those that have hundreds of entries; none where it could not be started."""


def stand(target: TargetRecord) -> Stand:
    """A target of a run, with the facts that it is known by."""
    return Stand(target.id, target.name, dict(_all_told(target)))


def stands(targets: Iterable[TargetRecord]) -> list[Stand]:
    """All targets of a run."""
    return [stand(target) for target in targets]


def _all_told(target: TargetRecord) -> Iterator[tuple[str, str]]:
    for at, facts in enumerate(target.facts_on("")):
        for fact, value in _told(facts):
            yield f"{_whose(at)}{fact}", value


def _whose(at: int) -> str:
    """Before the facts of the interpreter in place `at`."""
    return "" if at == 0 else "client: " if at == 1 else f"role {at + 1}: "


def _told(facts: Facts) -> Iterator[tuple[str, str]]:
    """Facts that are not empty, in the order of the record."""
    for field in structs.fields(Facts):
        value = getattr(facts, field.name)
        if field.name == "settings":
            yield from ((f"setting {name}", setting) for name, setting in sorted(value.items()))
        elif field.name not in LISTS and (text := _text(value)) and not _says_the_same(field.name, facts):
            yield field.name, text


def _says_the_same(fact: str, facts: Facts) -> bool:
    """CPython's own version is that of the language."""
    return fact == "implementation_version" and facts.implementation_version == facts.python


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else str(value)


# ------------------------------------------------------------------------------------------------------ who is who


def counterparts(before: Sequence[Stand], after: Sequence[Stand]) -> dict[str, str]:
    """The earlier target, by id, that each later one stands for, by id. Those that are left out have none.

    A target is known again by its id; else by the name that it was asked for by (`python3.8`, `docker:python:3.8-slim`), if one target
    alone has it in each run; else by its family (CPython 3.8 on the same platform), if one target alone is left of it on each side.
    """
    found: dict[str, str] = {}
    _pair(found, _alone(before, _id), _alone(after, _id))
    _pair(found, _alone(before, _name), _alone(after, _name))
    left_before = [each for each in before if each.id not in found.values()]
    left_after = [each for each in after if each.id not in found]
    _pair(found, _alone(left_before, _family), _alone(left_after, _family))
    return found


def _pair(found: dict[str, str], olds: Mapping[Hashable, Stand], news: Mapping[Hashable, Stand]) -> None:
    """Add who has the same key on both sides, and no counterpart yet."""
    taken = set(found.values())
    for key, new in news.items():
        if new.id not in found and key in olds and olds[key].id not in taken:
            found[new.id] = olds[key].id


def _alone(targets: Sequence[Stand], key: Callable[[Stand], Hashable]) -> dict[Hashable, Stand]:
    """Targets by a key that they share with no other."""
    counts = Counter(key(each) for each in targets)
    return {key(each): each for each in targets if key(each) is not None and counts[key(each)] == 1}


def _id(target: Stand) -> Hashable:
    return target.id


def _name(target: Stand) -> Hashable:
    """None for a name that stands for whatever there is."""
    return None if any(map(stands_for_many, target.name.split(">"))) else target.name


def platform(target: Stand) -> Hashable:
    """What stays when a target is upgraded."""
    return tuple((fact, value) for fact, value in target.facts.items() if fact.rpartition(": ")[2] in _PLATFORM)


def _family(target: Stand) -> Hashable:
    """Implementation and language of each interpreter, to the minor version, and where it runs."""
    if not target.facts:
        return None
    kinds = tuple(
        (fact, _minor(value) if fact.endswith("python") else value)
        for fact, value in target.facts.items()
        if fact.rpartition(": ")[2] in ("python", "implementation", "libc")
    )
    return kinds, platform(target)


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


# --------------------------------------------------------------------------------------------------------- changes


def fact_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FactChange, ...]:
    """Facts, as text, that are others now. None where a target has none: it could not be started."""
    if not before or not after:
        return ()
    names = dict.fromkeys((*before, *after))
    return tuple(FactChange(name, before.get(name, ""), after.get(name, "")) for name in names if before.get(name) != after.get(name))


def list_changes(before: TargetRecord, after: TargetRecord) -> tuple[FactChange, ...]:
    """What came and went in the facts with hundreds of entries."""
    pairs = zip(before.facts_on(""), after.facts_on(""), strict=False)
    return tuple(change for at, (old, new) in enumerate(pairs) for change in _lists(old, new, _whose(at)))


def _lists(before: Facts, after: Facts, whose: str) -> Iterator[FactChange]:
    for field in LISTS:
        old, new = _entries(getattr(before, field)), _entries(getattr(after, field))
        if old != new:
            gone, come = sorted(old - new), sorted(new - old)
            yield FactChange(f"{whose}{field}", _some(gone), _some(come))


def _entries(value: object) -> set[str]:
    if isinstance(value, dict):
        return {f"{name}={each}" for name, each in value.items()}
    return set(value) if isinstance(value, tuple) else set()


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more
