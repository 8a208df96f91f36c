"""Decide what a run comes to: which red cells are known, which excuses hold no longer, what makes it fail. A pure function of a run.

Verdicts stay what they are: that a failure is known is an opinion over them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct, structs

from harness.gates import classes, codes
from harness.gates.known import ByScenario, named
from harness.gates.rulings import rulings_of
from harness.gates.uses import Cell, Use
from harness.records.facts import Facts
from harness.records.gate import Gate, HeldBaseline, KnownState, KnownUse
from harness.records.known import Known
from harness.records.observation import Verdict
from harness.records.run import Header, Result, TargetRecord
from harness.runs.folder import Run


class Outcome(Struct, frozen=True):
    """What a run comes to, and what is thought of its cells."""

    gate: Gate
    expected: dict[Cell, Known]
    """Red cells that are known, with the entry that says so."""
    stale: dict[Cell, Known]
    """Cells that do not depart as their entry says."""


def gate(run: Run, fail_on: Sequence[str] | None = None, *, known: Sequence[Known] | None = None, is_part: bool = False) -> Outcome:
    """What a run comes to. Without `fail_on`: as was asked for when it was made. `known`: other entries than those of its header; without
    them, each cell of a merged run is judged by those of its own machine.

    `is_part`: the run was narrowed, so that an entry that speaks of nothing in it may speak of what is not shown.
    """
    chosen = asked_for(run.header) if fail_on is None else tuple(fail_on)
    return _Gate(run, chosen, known, is_part).outcome()


def asked_for(header: Header) -> tuple[str, ...]:
    """The classes that fail by what a run was asked for."""
    text = header.options.get("fail_on")
    return classes.parse(text, header.options) if text else classes.default(header.options)


class _Gate:
    """One look at a run."""

    def __init__(self, run: Run, fail_on: Sequence[str], known: Sequence[Known] | None, is_part: bool) -> None:
        self.run = run
        self.fail_on = fail_on
        self.is_part = is_part
        self.targets = {target.id: target for target in run.header.targets}
        self._rulings = rulings_of(run.header) if known is None else None
        lists = {"": run.header.known if known is None else known} if self._rulings is None else self._rulings.lists
        self._uses = {structs.replace(entry, place=""): Use(entry) for entry in _once(entry for each in lists.values() for entry in each)}
        self.uses = list(self._uses.values())
        self._lists = {
            name: ByScenario((entry, self._uses[structs.replace(entry, place="")]) for entry in _once(each)) for name, each in lists.items()
        }
        self.expected: dict[Cell, Known] = {}
        self._owners: dict[Cell, Use] = {}
        self._holding: dict[tuple[int, str, str], tuple[bool, bool]] = {}

    def outcome(self) -> Outcome:
        """Look at every cell, then at every entry."""
        failing: Counter[str] = Counter()
        overlooked: Counter[str] = Counter()
        for found, unsteady in self._classes_of_cells():
            red = classes.fails(found, self.fail_on, unsteady=unsteady)
            if red:
                failing[red] += 1
            else:
                overlooked["flaky" if unsteady else found[0]] += 1
        self._count_excused()
        uses = tuple(self._told(use) for use in self.uses)
        self._count_entries(uses, failing, overlooked)
        held = None if self.is_part else self.run.header.baseline
        if held is not None and held.changes:
            (failing if "new-difference" in self.fail_on else overlooked)["new-difference"] += held.changes
        code, meaning = self._ending(failing, held)
        # What is unsupported is as expected, unless somebody asks for it.
        told = {each: overlooked[each] for each in classes.CLASSES if overlooked[each] and each != "unsupported"}
        gravest = {each: failing[each] for each in (*classes.ALWAYS, *classes.CLASSES) if failing[each]}
        stale = {cell: use.known for use in self.uses for cell in use.stale}
        return Outcome(Gate(code, meaning, tuple(self.fail_on), gravest, told, len(self.expected), uses, held), self.expected, stale)

    def _classes_of_cells(self) -> Iterator[tuple[tuple[str, ...], bool]]:
        """Of every cell that is not as expected, and whether it was red in some plays only."""
        for cell in self.run.missing:
            self._find(*cell, "")
            yield ("missing",), False
        for result in self.run.results.values():
            found = self._look_at(result)
            if found:
                yield found, classes.is_unsteady(result)

    def _ending(self, failing: Counter[str], held: HeldBaseline | None) -> tuple[int, str]:
        verdicts: dict[Verdict, int] = Counter(result.verdict for result in self.run.results.values())
        is_telling = codes.is_telling(verdicts) or bool(self.run.missing)
        code = codes.exit_code(failing, telling=is_telling)
        if held is not None and not failing["new-difference"]:
            code = codes.worst(code, held.exit_code)
        if is_telling:
            return code, codes.MEANINGS[code]
        nothing = "no scenario could be played" if verdicts else "there was no cell to play"
        return code, f"{nothing}, so that nothing is known of the targets"

    # -- cells

    def _find(self, scenario: str, target: str, ground: str) -> tuple[Use | None, bool]:
        """The first entry that speaks of a cell; and whether its condition holds for all interpreters that play it."""
        for use in self._speaking_of(scenario, target):
            some, everyone = self._holds(use, target, ground)
            if some:
                use.cells.append((scenario, target))
                self._owners[scenario, target] = use
                return use, everyone
        return None, False

    def _speaking_of(self, scenario: str, target: str) -> tuple[Use, ...]:
        """Those of the list that a cell is judged by, in its order."""
        name = self._rulings.of(scenario, target) if self._rulings else ""
        return self._lists[name].of(scenario) if name in self._lists else ()

    def _holds(self, use: Use, target: str, ground: str) -> tuple[bool, bool]:
        key = (id(use), target, ground)
        if key not in self._holding:
            self._holding[key] = use.holds(facts_of(self.targets[target], ground))
        return self._holding[key]

    def _look_at(self, result: Result) -> tuple[str, ...]:
        """The classes of a cell that nothing excuses; it is noted with its entry."""
        use, everyone = self._find(result.scenario, result.target, result.ground) if self.uses else (None, False)
        if use is None:
            return classes.classes_of(result)
        if use.known.kind == "skip":
            use.played_anyway.append((result.scenario, result.target))
            return classes.classes_of(result)
        if result.verdict in (*classes.SILENT, "unsupported"):
            return classes.classes_of(result)
        if not use.explains(result, everyone=everyone):
            return classes.classes_of(result)
        self.expected[result.scenario, result.target] = use.known
        return ()

    def _count_excused(self) -> None:
        """Cells that were not played because an entry says so."""
        for scenario, target in self.run.excused:
            use, _ = self._find(scenario, target, "")
            if use is not None:
                use.excused += 1

    # -- entries

    def _count_entries(self, uses: Sequence[KnownUse], failing: Counter[str], overlooked: Counter[str]) -> None:
        for use in uses:
            if use.state == "stale":
                (failing if "stale" in self.fail_on else overlooked)["stale"] += len(use.stale) or 1
            elif use.state == "unused":
                (failing if "known-unused" in self.fail_on else overlooked)["known-unused"] += 1

    def _told(self, use: Use) -> KnownUse:
        return use.told(*(use.state(silent=self._is_silent(use)) if use.cells else self._unused(use)))

    def _is_silent(self, use: Use) -> bool:
        found = [self.run.results.get(cell) for cell in use.cells]
        return any(each is None or each.verdict in classes.SILENT for each in found)

    def _unused(self, use: Use) -> tuple[KnownState, str]:
        """Of a run that had the choice of what to play, what lies outside of it is not known."""
        first = self._first_with(use)
        if first is not None:
            return "unused", f"{first.place or first.scenario} speaks of its cells before it does"
        parts = self._parts
        has_scenario = bool(named(use.known, self.run.header.scenarios))
        has_target = any(self._holds(use, target, "")[0] for target in self.targets)
        if self.is_part or (not has_scenario and self._lacks_scenarios(use)) or (not has_target and parts.targets):
            return "elsewhere", "not part of this run"
        if has_scenario and has_target and self._is_for_others(use):
            return "elsewhere", "those who play its cells do not know it"
        if has_scenario and has_target:
            return ("elsewhere", "not part of this run") if parts.scenarios or parts.targets else ("unused", "speaks of no cell of the run")
        return "unused", "no target of the run is meant" if has_scenario else "no scenario of the run is meant"

    def _lacks_scenarios(self, use: Use) -> bool:
        """Whether scenarios that an entry may mean were left out: not where the folder that they would lie in was played whole."""
        return self._parts.scenarios or (self._parts.paths and use.area not in self._whole_areas)

    @cached_property
    def _whole_areas(self) -> frozenset[str]:
        if not all(map(_holds_areas, self.run.header.options.get("paths", ()))):
            return frozenset()
        return frozenset(scenario.partition("/")[0] for scenario in self.run.header.scenarios)

    def _first_with(self, use: Use) -> Known | None:
        """The entry that comes before another, where there are cells that both speak of."""
        for scenario in named(use.known, self.run.header.scenarios):
            for target in self.targets:
                owner = self._owners.get((scenario, target))
                if owner is not None and self._holds(use, target, "")[0] and use in self._speaking_of(scenario, target):
                    return owner.known
        return None

    def _is_for_others(self, use: Use) -> bool:
        """Whether there are cells that an entry would fit, and that are judged by lists that do not have it."""
        scenarios = named(use.known, self.run.header.scenarios) if self._rulings else ()
        targets = [target for target in self.targets if self._holds(use, target, "")[0]]
        return any(use not in self._speaking_of(scenario, target) for scenario in scenarios for target in targets)

    @cached_property
    def _parts(self) -> "Parts":
        return parts_of(self.run.header)


def _once(known: Iterable[Known]) -> Iterable[Known]:
    """In a merged run an entry may stand on several lines, because its file was edited between the parts."""
    found: dict[Known, Known] = {}
    for entry in known:
        found.setdefault(structs.replace(entry, place=""), entry)
    return found.values()


class Parts(Struct, frozen=True):
    """Whether a run is one of a part only."""

    scenarios: bool
    targets: bool
    paths: bool
    """Files or folders were named."""


def parts_of(header: Header) -> Parts:
    """By what was asked for, of a merged run by what all of its parts were, and by targets that say nothing of themselves. What a plan says
    is the whole matrix, unless it was narrowed itself."""
    is_silent = any(target.facts is None for target in header.targets)
    asked: dict[str, Any] = {"job": header.job, "shard": header.shard, **header.options}
    if header.parts:
        asked |= dict.fromkeys(("job", "shard"))
    if header.parts and asked.get("plan"):
        asked |= dict.fromkeys(("k", *_TARGETS))
    narrowed = asked.get("narrowed", ())
    return Parts(
        "scenarios" in narrowed or any(asked.get(name) for name in ("k", "shard", "job")),
        "targets" in narrowed or is_silent or any(asked.get(name) for name in _TARGETS),
        bool(asked.get("paths")),
    )


_TARGETS = ("targets", "server", "client", "pairs", "networks", "job")


def _holds_areas(path: str) -> bool:
    """Whether a path that was named is an area, or a folder of areas: no single file, and nothing below an area of `scenarios`."""
    parts = path.strip("/").split("/")
    return not path.endswith((".yaml", ".yml")) and not ("scenarios" in parts and len(parts) - parts.index("scenarios") > 2)


def facts_of(target: TargetRecord, ground: str = "") -> tuple[Facts, ...]:
    """Facts that the conditions of entries are held against: those of the network of a result, else the target's own."""
    return target.own_facts_on(ground) or target.own_facts_on("")
