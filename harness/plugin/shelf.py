"""The scenarios of a session, each file compiled once, by the path of the file and by id. Collects nothing.

Folders are loaded as a whole, since ids must be distinct and compiled plans come from one cache.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from harness.language.library import Library, bundled, load
from harness.language.mistakes import Mistake, nearest
from harness.language.selection import select
from harness.records.plan import Plan


class Scenarios(Struct, frozen=True):
    """What one file holds."""

    plans: tuple[Plan, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


class UnknownScenario(LookupError):
    """A scenario that was asked for by its id is nowhere."""

    def __init__(self, scenario: str, hint: str) -> None:
        self.scenario = scenario
        super().__init__(f"no scenario '{scenario}'; {hint}")


class BrokenScenario(ValueError):
    """A scenario that was asked for by its id is in a file with mistakes."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, mistakes)))


class Shelf:
    """Loads what it is asked for, and remembers it."""

    def __init__(self, terms: Sequence[str] = ()) -> None:
        self._terms = tuple(terms)
        self.offered = self.chosen = 0
        """Scenarios of all files that were asked for, and those of them that were selected."""
        self._loaded: dict[Path, dict[str, Scenarios]] = {}
        self._owners: dict[str, str] = {}
        """Scenario ids that were given out, and the file of each."""

    def of_file(self, file: Path, root: Path) -> Scenarios:
        """The scenarios of a file that were selected, or its mistakes. `root` is what its id begins in."""
        key = os.path.realpath(file)
        found = self._under(root).get(key) or self._under(file).get(key, Scenarios())
        chosen = select(found.plans, self._terms)
        self.offered += len(found.plans)
        self.chosen += len(chosen)
        return Scenarios(chosen, (*found.mistakes, *self._twins(key, chosen)))

    def bundled(self) -> Mapping[str, Scenarios]:
        """The selected scenarios of the library, by the path that they are shown by: `scenarios/tcp/greeting.yaml`."""
        files = self._under(bundled())
        named = {f"scenarios/{topic(found.plans[0].id)}.yaml": (file, found) for file, found in files.items() if found.plans}
        chosen = ((name, self.of_file(Path(file), bundled())) for name, (file, _) in sorted(named.items()))
        return {name: found for name, found in chosen if found.plans or found.mistakes}

    def find(self, scenario: str, roots: Iterable[Path]) -> Plan:
        """A scenario by its id, in these folders and in the library. Raises `UnknownScenario` and `BrokenScenario`."""
        __tracebackhide__ = True
        places = (*roots, bundled())
        for root in places:
            file = root / f"{topic(scenario)}.yaml"  # alone: to load a whole library takes seconds
            found = self._under(file).get(os.path.realpath(file), Scenarios()) if file.is_file() else Scenarios()
            if found.mistakes:
                raise BrokenScenario(found.mistakes)
            named = [plan for plan in found.plans if plan.id == scenario]
            if named:
                return named[0]
        return self._find_anywhere(scenario, places)

    def _find_anywhere(self, scenario: str, roots: Iterable[Path]) -> Plan:
        """Where ids do not begin in the folder itself, or there is no such id."""
        __tracebackhide__ = True
        known: dict[str, Plan] = {}
        for root in roots:
            known = {plan.id: plan for found in self._under(root).values() for plan in found.plans} | known
        if scenario not in known:
            raise UnknownScenario(scenario, _hint(scenario, known))
        return known[scenario]

    def only_one(self, file: Path) -> Plan:
        """The scenario of a file that has one. Raises `UnknownScenario` and `BrokenScenario`."""
        __tracebackhide__ = True
        found = next(iter(self._under(file).values()), Scenarios())
        if found.mistakes:
            raise BrokenScenario(found.mistakes)
        if len(found.plans) != 1:
            names = ", ".join(plan.id for plan in found.plans[:3])
            raise UnknownScenario(file.name, f"its file has {len(found.plans)} of them, name one by its id: {names}")
        return found.plans[0]

    def _under(self, root: Path) -> dict[str, Scenarios]:
        if root not in self._loaded:
            self._loaded[root] = _by_file(load([_short(root)]))
        return self._loaded[root]

    def _twins(self, file: str, plans: Iterable[Plan]) -> list[Mistake]:
        """Two files must not have the same id, since a run knows scenarios by it."""
        topics = {topic(plan.id): plan.file for plan in plans}
        owners = {name: self._owners.setdefault(name, file) for name in topics}
        return [
            Mistake(topics[name], 0, 0, f"has the same id '{name}' as {owner}", hint="rename one of them, or collect one of them alone")
            for name, owner in owners.items()
            if owner != file
        ]


def topic(scenario: str) -> str:
    """The id without the case."""
    return scenario.partition("[")[0]


def _by_file(library: Library) -> dict[str, Scenarios]:
    plans: dict[str, list[Plan]] = {}
    mistakes: dict[str, list[Mistake]] = {}
    for plan in library.plans:
        plans.setdefault(os.path.realpath(plan.file), []).append(plan)
    for mistake in library.mistakes:
        mistakes.setdefault(os.path.realpath(mistake.file), []).append(mistake)
    return {file: Scenarios(tuple(plans.get(file, ())), tuple(mistakes.get(file, ()))) for file in {**plans, **mistakes}}


def _short(path: Path) -> Path:
    """Relative to the current folder where it is below it, so that places are short."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _hint(scenario: str, known: Mapping[str, Plan]) -> str:
    cases = [name for name in known if topic(name) == scenario]
    if cases:
        return f"it has {len(cases)} cases, name one of them: '{cases[0]}'"
    near = nearest(scenario, known)
    return f"did you mean '{near}'?" if near else "see: sockmatrix list"
