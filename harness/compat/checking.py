"""Hold a data set against the library, and against a run: what it does not know, and what it says otherwise. Changes nothing.

Only what both know is compared: targets by id, family and version, scenarios by what they mean. A run of other interpreters contradicts
nothing, and a run of a part of the library neither.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import combinations

from msgspec import Struct, structs

from harness.compat.building import build, digests
from harness.compat.departures import Column
from harness.compat.merging import is_telling
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
    others = tuple(name for name in fresh.targets if name not in targets)
    if not targets:
        return Checked((), (), others, len(common.header.scenarios))
    if others:
        fresh = build([_without(common, frozenset(others))])
    complaints = (
        *_cells(data, fresh, targets),
        *_features(data, fresh, known),
        *_notes(data, fresh, common),
    )
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


def _cells(data: CompatData, fresh: CompatData, targets: Iterable[str]) -> Iterator[str]:
    """Counts can be compared only where both have played the same."""
    if data.scenarios != fresh.scenarios:
        return
    for target in targets:
        before, after = data.targets[target], fresh.targets[target]
        if before.cells != after.cells and not _has_holes(data, target) and not _has_holes(fresh, target):
            verdicts = [verdict for verdict in {**before.cells, **after.cells} if before.cells.get(verdict) != after.cells.get(verdict)]
            words = ", ".join(f"{verdict} {before.cells.get(verdict, 0)}, now {after.cells.get(verdict, 0)}" for verdict in verdicts)
            yield f"{target}: cells that came to {words}{_otherwise(before, after)}"


def _has_holes(data: CompatData, target: str) -> bool:
    return target in data.unsure or target in data.unplayed


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

Pair = tuple[Column, Column]


class _Place(Struct):
    """How versions part at one line of a scenario."""

    text: str
    known: set[Column]
    """Versions that did something there."""
    apart: set[Pair]
    """Those that were never seen to do the same."""
    doubtful: set[Pair]
    """Those of which one was seen in several behaviours: another run may have them apart or not."""


def _notes(data: CompatData, fresh: CompatData, run: Run) -> Iterator[str]:
    """Places at which two versions part that did not, or do not part that did, among those that both know."""
    recorded, seen = _places(data.notes.values()), _places(fresh.notes.values())
    played = _played(fresh, run)
    unsure = _unsure(data)
    for scenario, line in sorted(recorded.keys() | seen.keys()):
        before, after = recorded.get((scenario, line)), seen.get((scenario, line))
        here = played.get(scenario, frozenset())
        there = before.known if before else here - {column for column in here if (column, scenario) in unsure or (column, "") in unsure}
        was, now = _among(before, here & there), _among(after, here & there)
        if was == now or _differ_in_doubt(was ^ now, before, after):
            continue
        yield f"{scenario}, line {line}: {_told(was, now)}: {(after or before or _NOWHERE).text}"


def _told(was: set[Pair], now: set[Pair]) -> str:
    if not now:
        return "a recorded difference is gone"
    return "the targets part otherwise than recorded" if was else "a difference that is not recorded"


def _places(notes: Iterable[CompatNote]) -> dict[tuple[str, int], _Place]:
    """By scenario and line; several notes are of one line where steps are repeated."""
    found: dict[tuple[str, int], _Place] = {}
    for note in notes:
        for each in note.cases or ("",):
            scenario = f"{note.scenario}[{each}]" if each else note.scenario
            place = found.setdefault((scenario, note.line), _Place(note.text, set(), set(), set()))
            _add(place, note)
    return found


def _add(place: _Place, note: CompatNote) -> None:
    behaviours: dict[Column, set[int]] = {}
    for at, each in enumerate(note.behaviours):
        for family, versions in each.on.items():
            for version in versions:
                behaviours.setdefault((family, version), set()).add(at)
    place.known.update(behaviours)
    for one, other in combinations(sorted(behaviours), 2):
        if not behaviours[one] & behaviours[other]:
            place.apart.add((one, other))
        elif len(behaviours[one] | behaviours[other]) > 1:
            place.doubtful.add((one, other))


def _among(place: _Place | None, columns: Set[Column]) -> set[Pair]:
    return {pair for pair in place.apart if columns >= set(pair)} if place else set()


def _differ_in_doubt(pairs: set[Pair], *places: _Place | None) -> bool:
    return all(any(place is not None and pair in place.doubtful for place in places) for pair in pairs)


def _played(fresh: CompatData, run: Run) -> dict[str, frozenset[Column]]:
    """By scenario, the versions that played it in a way that can be relied on."""
    found: dict[str, set[Column]] = {}
    for (scenario, target), result in run.results.items():
        if target in fresh.targets and result.verdict != "unsupported" and is_telling(result):
            found.setdefault(scenario, set()).add((fresh.targets[target].family, fresh.targets[target].version))
    return {scenario: frozenset(columns) for scenario, columns in found.items()}


def _unsure(data: CompatData) -> frozenset[tuple[Column, str]]:
    """Versions and scenarios of which the data set concludes nothing; with an empty text, of any scenario, where not all were played."""
    doubts = ((target, scenario) for target, scenarios in data.unsure.items() for scenario in scenarios)
    holes = ((target, "") for target in data.unplayed)
    seen = data.targets
    return frozenset(((seen[name].family, seen[name].version), scenario) for name, scenario in (*doubts, *holes) if name in seen)


_NOWHERE = _Place("", set(), set(), set())


def scenario_of(note: CompatNote) -> str:
    """The first scenario that shows a note."""
    return f"{note.scenario}[{note.cases[0]}]" if note.cases else note.scenario
