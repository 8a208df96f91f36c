"""Decide what a run comes to: which red cells are known, which excuses hold no longer, what makes it fail. A pure function of a run.

Verdicts stay what they are: that a failure is known is an opinion over them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct, structs

from harness.gates import classes, codes
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
    """What a run comes to. Without `fail_on`: as was asked for when it was made. `known`: other entries than those of its header.

    `is_part`: the run was narrowed, so that an entry that speaks of nothing in it may speak of what is not shown.
    """
    chosen = asked_for(run.header) if fail_on is None else tuple(fail_on)
    return _Gate(run, chosen, run.header.known if known is None else known, is_part).outcome()


def asked_for(header: Header) -> tuple[str, ...]:
    """The classes that fail by what a run was asked for."""
    text = header.options.get("fail_on")
    return classes.parse(text, header.options) if text else classes.default(header.options)


class _Gate:
    """One look at a run."""

    def __init__(self, run: Run, fail_on: Sequence[str], known: Sequence[Known], is_part: bool) -> None:
        self.run = run
        self.fail_on = fail_on
        self.is_part = is_part
        self.targets = {target.id: target for target in run.header.targets}
        self.uses = [Use(entry) for entry in _once(known)]
        self.expected: dict[Cell, Known] = {}
        self._owners: dict[Cell, Use] = {}
        self._speaking: dict[str, list[Use]] = {}
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
        for use in self._speaking_of(scenario):
            some, everyone = self._holds(use, target, ground)
            if some:
                use.cells.append((scenario, target))
                self._owners[scenario, target] = use
                return use, everyone
        return None, False

    def _speaking_of(self, scenario: str) -> list[Use]:
        found = self._speaking.get(scenario)
        if found is None:
            found = self._speaking[scenario] = [use for use in self.uses if use.names(scenario)]
        return found

    def _holds(self, use: Use, target: str, ground: str) -> tuple[bool, bool]:
        key = (id(use), target, ground)
        if key not in self._holding:
            self._holding[key] = use.holds(facts_of(self.targets[target], ground))
        return self._holding[key]

    def _look_at(self, result: Result) -> tuple[str, ...]:
        """The classes of a cell that nothing excuses; it is noted with its entry."""
        use, everyone = self._find(result.scenario, result.target, result.ground) if self.uses else (None, False)
        if use is None or use.known.kind == "skip" or result.verdict in (*classes.SILENT, "unsupported"):
            return classes.classes_of(result)
        if not use.explains(result, everyone=everyone):
            return classes.classes_of(result)
        self.expected[result.scenario, result.target] = use.known
        return ()

    def _count_excused(self) -> None:
        """Cells that were not played because an entry says so."""
        for scenario, target in self.run.excused:
            self._find(scenario, target, "")

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
        has_scenario = any(map(use.names, self.run.header.scenarios))
        has_target = any(self._holds(use, target, "")[0] for target in self.targets)
        if self.is_part or (not has_scenario and parts.scenarios) or (not has_target and parts.targets):
            return "elsewhere", "not part of this run"
        if has_scenario and has_target:
            return ("elsewhere", "not part of this run") if parts.scenarios or parts.targets else ("unused", "speaks of no cell of the run")
        return "unused", "no target of the run is meant" if has_scenario else "no scenario of the run is meant"

    def _first_with(self, use: Use) -> Known | None:
        """The entry that comes before another, where there are cells that both speak of."""
        for scenario in self.run.header.scenarios:
            for target in self.targets if use.names(scenario) else ():
                owner = self._owners.get((scenario, target))
                if owner is not None and self._holds(use, target, "")[0]:
                    return owner.known
        return None

    @cached_property
    def _parts(self) -> "Parts":
        return parts_of(self.run.header)


def _once(known: Sequence[Known]) -> Iterable[Known]:
    """In a merged run an entry may stand on several lines, because its file was edited between the parts."""
    found: dict[Known, Known] = {}
    for entry in known:
        found.setdefault(structs.replace(entry, place=""), entry)
    return found.values()


class Parts(Struct, frozen=True):
    """Whether a run is one of a part only."""

    scenarios: bool
    targets: bool


def parts_of(header: Header) -> Parts:
    """By what was asked for, and by targets that say nothing of themselves. A merged run is the whole."""
    is_silent = any(target.facts is None for target in header.targets)
    if header.parts:
        return Parts(False, is_silent)
    asked: dict[str, Any] = {"job": header.job, "shard": header.shard, **header.options}
    return Parts(
        any(asked.get(name) for name in ("paths", "k", "shard", "job")),
        is_silent or any(asked.get(name) for name in ("targets", "server", "client", "pairs", "networks", "job")),
    )


def facts_of(target: TargetRecord, ground: str = "") -> tuple[Facts, ...]:
    """Facts that the conditions of entries are held against: those of the network of a result, else the target's own."""
    return target.facts_on(ground) or target.facts_on("")
