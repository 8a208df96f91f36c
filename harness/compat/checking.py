"""Hold a data set against the library, and against a run: what it does not know, and what it says otherwise. Changes nothing.

Only what both know is compared: targets by id, family and version, scenarios by what they mean. A run of other interpreters contradicts
nothing, and a run of a part of the library neither.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from harness.compat.building import build, digests
from harness.compat.notes import topic
from harness.compat.records import CompatData, CompatNote, Support
from harness.records.plan import Plan
from harness.runs.folder import Run

BY_NAME = frozenset({"function", "method", "attribute", "exception", "class", "data", "constant"})
"""Kinds whose absence a run shows by itself; that an option is refused, or an error not given, another scenario may disprove."""


class Checked(Struct, frozen=True):
    """What a check came to."""

    complaints: tuple[str, ...]
    targets: tuple[str, ...] = ()
    """Targets of the run that the data set knows."""
    others: tuple[str, ...] = ()
    """Those that it does not know."""
    scenarios: int = 0
    """Scenarios of the run that the data set knows."""


def check_library(data: CompatData, plans: Sequence[Plan]) -> tuple[str, ...]:
    """Scenario files that the data set was not made from, or from what they meant before."""
    now = digests(plans)
    lists = (
        ("has not been played", [name for name in now if name not in data.scenarios]),
        ("has been edited since", [name for name in now if data.scenarios.get(name, now[name]) != now[name]]),
        ("is no longer there", [name for name in data.scenarios if name not in now]),
    )
    return tuple(f"scenario {name} {word}" for word, names in lists for name in names)


def check_run(data: CompatData, run: Run) -> Checked:
    """What a run shows otherwise."""
    common = _common(data, run)
    fresh = build([common])
    targets = tuple(name for name, seen in fresh.targets.items() if _home(data, name) == (seen.family, seen.version))
    known = frozenset((fresh.targets[name].family, fresh.targets[name].version) for name in targets)
    if not targets:
        return Checked((), (), tuple(sorted(fresh.targets)), len(common.header.scenarios))
    if len(targets) < len(fresh.targets):
        fresh = build([_without(common, frozenset(fresh.targets) - set(targets))])
    complaints = (
        *_cells(data, fresh, targets, len(common.header.scenarios)),
        *_features(data, fresh, known),
        *_notes(data, fresh, frozenset(common.header.scenarios)),
    )
    others = tuple(sorted(target.id for target in run.header.targets if target.id not in targets))
    return Checked(complaints, targets, others, len(common.header.scenarios))


def _home(data: CompatData, target: str) -> tuple[str, str] | None:
    seen = data.targets.get(target)
    return None if seen is None else (seen.family, seen.version)


def _common(data: CompatData, run: Run) -> Run:
    """The run, of scenario files that mean what they meant when the data set was made, all their cases."""
    same = {name for name, digest in digests(run.plans.values()).items() if data.scenarios.get(name) == digest}
    kept = {name: digest for name, digest in run.header.scenarios.items() if topic(name) in same}
    header = structs.replace(run.header, scenarios=kept, cells=len(kept) * len(run.header.targets))
    plans = {name: run.plans[name] for name in kept}
    return Run(run.folder, header, plans, {cell: result for cell, result in run.results.items() if cell[0] in kept}, run.footer)


def _without(run: Run, targets: frozenset[str]) -> Run:
    header = structs.replace(run.header, targets=tuple(each for each in run.header.targets if each.id not in targets))
    return Run(run.folder, header, run.plans, {cell: result for cell, result in run.results.items() if cell[1] not in targets}, run.footer)


# ------------------------------------------------------------------------------------------------------------- verdicts


def _cells(data: CompatData, fresh: CompatData, targets: Iterable[str], scenarios: int) -> Iterator[str]:
    """Counts can be compared only where both have played the same."""
    for target in targets:
        before, after = data.targets[target], fresh.targets[target]
        if data.scenarios == fresh.scenarios and target not in data.unsure and target not in fresh.unsure and before.cells != after.cells:
            verdicts = [verdict for verdict in {**before.cells, **after.cells} if before.cells.get(verdict) != after.cells.get(verdict)]
            words = ", ".join(f"{verdict} {before.cells.get(verdict, 0)}, now {after.cells.get(verdict, 0)}" for verdict in verdicts)
            yield f"{target}: cells that came to {words}{_otherwise(before, after)}"


def _otherwise(before: Struct, after: Struct) -> str:
    """What else is not as it was about a target, which may be why."""
    fields = [name for name in ("kernel", "libc_version", "machine", "root", "image") if getattr(before, name) != getattr(after, name)]
    words = ", ".join(f"{name} {getattr(before, name) or 'none'}, now {getattr(after, name) or 'none'}" for name in fields)
    return f" ({words})" if words else ""


# ------------------------------------------------------------------------------------------------------------- features


def _features(data: CompatData, fresh: CompatData, known: frozenset[tuple[str, str]]) -> Iterator[str]:
    for name, feature in fresh.features.items():
        for family, version in sorted(known):
            now = answer(fresh, name, family, version)
            before = answer(data, name, family, version)
            if now and not now <= before and (feature.kind in BY_NAME or True in now or not before):
                yield f"{name}: {family} {version} {_has(now)} it, recorded is that it {_has(before)} it"


def _has(answers: frozenset[bool]) -> str:
    words = {frozenset({True}): "has", frozenset({False}): "lacks", frozenset({True, False}): "has and lacks"}
    return words.get(answers, "is not known to have or lack")


def answer(data: CompatData, feature: str, family: str, version: str) -> frozenset[bool]:
    """What the data set says of one version: that it has the feature, lacks it, that both were seen, or nothing."""
    known = data.features.get(feature)
    stated = known.support.get(family) if known else None
    if stated is None or version in stated.unknown:
        return frozenset()
    if stated.state == "mixed":
        return frozenset({True} if version in stated.having else ()) | frozenset({False} if version in stated.lacking else ())
    return frozenset({_has_it(stated, version, [each.version for each in data.families[family].versions])})


def _has_it(stated: Support, version: str, versions: Sequence[str]) -> bool:
    if stated.state == "no":
        return False
    at = versions.index(version)
    before_end = stated.state != "removed" or at < versions.index(stated.removed)
    return versions.index(stated.since) <= at and before_end


# ---------------------------------------------------------------------------------------------------------------- notes

Parts = frozenset[frozenset[tuple[str, str]]]


def _notes(data: CompatData, fresh: CompatData, scenarios: frozenset[str]) -> Iterator[str]:
    """How versions part at each line of each scenario, as recorded and as seen, among those that both know."""
    known = frozenset((family, each.version) for family, each_family in fresh.families.items() for each in each_family.versions)
    recorded, seen = _partings(data.notes.values(), known, scenarios), _partings(fresh.notes.values(), known, scenarios)
    for place in sorted(recorded.keys() | seen.keys()):
        scenario, line = place
        if place not in recorded:
            yield f"{scenario}, line {line}: a difference that is not recorded: {seen[place][0].text}"
        elif place not in seen:
            yield f"{scenario}, line {line}: a recorded difference is gone: {recorded[place][0].text}"
        elif recorded[place][1] != seen[place][1]:
            yield f"{scenario}, line {line}: the targets part otherwise than recorded: {seen[place][0].text}"


def _partings(
    notes: Iterable[CompatNote], known: frozenset[tuple[str, str]], scenarios: frozenset[str]
) -> Mapping[tuple[str, int], tuple[CompatNote, frozenset[Parts]]]:
    """By scenario and line. Versions that were seen in several behaviours say nothing, since a run may have any of them."""
    found: dict[tuple[str, int], tuple[CompatNote, frozenset[Parts]]] = {}
    for note in notes:
        parts = _parts(note, known)
        for each in note.cases or ("",):
            scenario = f"{note.scenario}[{each}]" if each else note.scenario
            if len(parts) > 1 and scenario in scenarios:
                before = found.get((scenario, note.line))
                found[scenario, note.line] = (note, (before[1] if before else frozenset()) | {parts})
    return found


def _parts(note: CompatNote, known: frozenset[tuple[str, str]]) -> Parts:
    places = [{(family, version) for family, versions in each.on.items() for version in versions} for each in note.behaviours]
    doubtful = {place for at, each in enumerate(places) for place in each if any(place in other for other in places[at + 1 :])}
    return frozenset(part for each in places if (part := frozenset((each - doubtful) & known)))


def scenario_of(note: CompatNote) -> str:
    """The first scenario that shows a note."""
    return f"{note.scenario}[{note.cases[0]}]" if note.cases else note.scenario
