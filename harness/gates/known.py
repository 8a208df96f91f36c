"""Read what is known to fail from the project's settings, and find the entry for a cell. What an entry comes to is for `gate`."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from harness.gates.places import Places, places
from harness.language.links import url_of
from harness.language.mistakes import did_you_mean
from harness.language.predicates import PredicateError, parse
from harness.records.facts import Facts
from harness.records.known import EXCUSABLE, KNOWN_KINDS, Known, KnownKind
from harness.records.observation import VERDICTS, Verdict
from harness.targets.config import ConfigError, Settings, settings, settings_of

REQUIRED = ("scenario", "when", "kind", "reason", "see")
KEYS = (*REQUIRED, "rate", "verdicts", "step")

_WRITTEN = {
    "scenario": 'write the id of a scenario, or a pattern: scenario = "tcp/greeting"',
    "when": "write a condition on targets: when = 'python < 3.10' (always: 'python >= 2.7')",
    "kind": 'write kind = "xfail", "flaky" or "skip"',
    "reason": "say why it departs, for whoever reads it later",
    "see": 'say where it is told of: see = "https://…"',
}


def read_known(folder: Path) -> tuple[Known, ...]:
    """The entries `[[known]]` of this folder's `sockmatrix.toml`, or `[[tool.sockmatrix.known]]` of its `pyproject.toml`.

    Raises ConfigError with the line for every mistake that can be seen without scenarios and targets.
    """
    found = settings(folder)
    return _entries(found, folder / found.file) if "known" in found.table else ()


def read_known_file(file: Path) -> tuple[Known, ...]:
    """The entries of one file. Raises ConfigError."""
    found = settings_of(file)
    return _entries(found, file) if "known" in found.table else ()


def _entries(found: Settings, file: Path) -> tuple[Known, ...]:
    return entries(found.table["known"], file.read_text("utf-8"), found.file, f"{found.prefix}known")


def entries(tables: object, text: str, file: str, name: str) -> tuple[Known, ...]:
    """The entries of a parsed file; `text` is asked for their lines, `name` is what their headers say."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{file}: {name}", f"must be tables: [[{name}]]")
    lines = places(text, name)
    if len(lines) != len(tables):  # written as a list in one line, say
        lines = [{} for _ in tables]
    known = tuple(
        _Entry(table, file, f"{file}: {name}[{at}]", where).known() for at, (table, where) in enumerate(zip(tables, lines, strict=True))
    )
    _refuse_twins(known)
    return known


T = TypeVar("T")


class ByScenario(Generic[T]):
    """What stands for known entries, by the scenarios that they speak of: each cell of a run asks, and few entries speak of it."""

    def __init__(self, standing: Iterable[tuple[Known, T]]) -> None:
        self._exact: dict[str, list[tuple[int, T]]] = {}
        self._patterns: list[tuple[int, T, Known]] = []
        self._found: dict[str, tuple[T, ...]] = {}
        for at, (entry, each) in enumerate(standing):
            if is_pattern(entry):
                self._patterns.append((at, each, entry))
            else:
                self._exact.setdefault(entry.scenario, []).append((at, each))

    def of(self, scenario: str) -> tuple[T, ...]:
        """Those that speak of a scenario, in the order in which they were given."""
        found = self._found.get(scenario)
        if found is None:
            like = [(at, each) for at, each, entry in self._patterns if names(entry, scenario)]
            ordered = sorted([*self._exact.get(scenario, ()), *like], key=itemgetter(0))
            found = self._found[scenario] = tuple(each for _, each in ordered)
        return found


@lru_cache(maxsize=8)
def by_scenario(known: tuple[Known, ...]) -> ByScenario[Known]:
    """Entries themselves, by the scenarios that they speak of. Kept: all targets of a run ask for the same."""
    return ByScenario((entry, entry) for entry in known)


def known_for(known: ByScenario[Known], scenario: str, facts: Facts | Sequence[Facts]) -> Known | None:
    """The first entry for a scenario on a target: one whose condition holds for its facts, of a pair for those of one of the two."""
    everyone = (facts,) if isinstance(facts, Facts) else facts
    return next((entry for entry in known.of(scenario) if any(applies(entry, each) for each in everyone)), None)


def excuses(known: Sequence[Known], scenarios: Iterable[str], facts: Sequence[Facts]) -> dict[str, str]:
    """Scenarios that are not to be played on a target, with the reason of each."""
    speaking = by_scenario(tuple(known))
    found = ((scenario, known_for(speaking, scenario, facts)) for scenario in scenarios)
    return {scenario: entry.reason for scenario, entry in found if entry is not None and entry.kind == "skip"}


def is_pattern(entry: Known) -> bool:
    """Whether an entry may speak of several scenarios."""
    return "*" in entry.scenario


def names(entry: Known, scenario: str) -> bool:
    """Whether an entry speaks of a scenario."""
    return entry.scenario == scenario or (is_pattern(entry) and _pattern(entry.scenario)(scenario))


def named(entry: Known, scenarios: Collection[str]) -> Collection[str]:
    """Those of some scenarios that an entry speaks of. Where they are a set or a mapping, an entry of a single one looks at no other."""
    if is_pattern(entry):
        return [scenario for scenario in scenarios if names(entry, scenario)]
    return (entry.scenario,) if entry.scenario in scenarios else ()


def applies(entry: Known, facts: Facts) -> bool:
    """Whether the condition of an entry holds for an interpreter."""
    return parse(entry.when).holds(facts)


def expects(entry: Known, verdict: Verdict, step: int | None) -> bool:
    """Whether a departure is the one that an entry speaks of; `step` counts from 0."""
    return verdict in entry.verdicts and (entry.step == 0 or (step is not None and step + 1 == entry.step))


def refuse_unknown(known: Iterable[Known], scenarios: Iterable[str]) -> None:
    """For a whole library: an entry that speaks of none of its scenarios is a mistake. Raises ConfigError."""
    ids = dict.fromkeys(scenarios)
    for entry in known:
        if not named(entry, ids):
            raise ConfigError(entry.place, _unknown(entry.scenario, tuple(ids)))


def _unknown(scenario: str, ids: Sequence[str]) -> str:
    cases = sum(1 for each in ids if each.startswith(f"{scenario}["))
    if cases:
        return f"scenario '{scenario}' has {cases} cases; name one of them, or all of them: '{scenario}[*]'"
    if "*" in scenario:
        return f"no scenario is like '{scenario}'; see: sockmatrix list"
    return f"no scenario '{scenario}'; {did_you_mean(scenario, ids) or 'see: sockmatrix list'}"


@lru_cache(maxsize=4096)
def _pattern(text: str) -> Callable[[str], bool]:
    """Only `*` is special: brackets belong to the ids of cases. Most ids need no more than a look at how they begin."""
    compiled = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    beginning = text.partition("*")[0]
    return lambda scenario: scenario.startswith(beginning) and compiled.fullmatch(scenario) is not None


class _Entry:
    """One table on its way to a record; says where in the file something is wrong."""

    def __init__(self, table: Mapping[str, Any], file: str, name: str, lines: Places) -> None:
        self.table = table
        self.file = file
        self.name = name
        self.lines = lines

    def known(self) -> Known:
        """The record. Raises ConfigError."""
        for key in self.table:
            if key not in KEYS:
                self._refuse(key, f"unknown key '{key}'; {did_you_mean(key, KEYS) or f'the keys are {_listed(KEYS)}'}")
        texts = {key: self._text(key) for key in REQUIRED}
        kind = self._kind(texts["kind"])
        self._check_condition(texts["when"])
        self._check_source(texts["see"])
        rate, verdicts, step = self._rate(kind), self._verdicts(kind), self._step(kind)
        return Known(texts["scenario"], texts["when"], kind, texts["reason"], texts["see"], rate, verdicts, self._place(""), step)

    def _place(self, key: str) -> str:
        line = self.lines.get(key, self.lines.get(""))
        return self.name if line is None else f"{self.file}:{line}"

    def _refuse(self, key: str, problem: str) -> NoReturn:
        raise ConfigError(self._place(key), problem)

    def _text(self, key: str) -> str:
        if key not in self.table:
            self._refuse(key, f"'{key}' is missing; {_WRITTEN[key]}")
        value = self.table[key]
        if not isinstance(value, str):
            self._refuse(key, f"'{key}' must be a text; {_WRITTEN[key]}")
        if not value.strip():
            self._refuse(key, f"'{key}' is empty; {_WRITTEN[key]}")
        return value.strip()

    def _kind(self, text: str) -> KnownKind:
        if text not in KNOWN_KINDS:
            hint = did_you_mean(text, KNOWN_KINDS) or f"there are {_listed(KNOWN_KINDS)}"
            self._refuse("kind", f"unknown kind '{text}'; {hint}")
        return text

    def _check_condition(self, text: str) -> None:
        try:
            parse(text)
        except PredicateError as error:
            self._refuse("when", str(error))

    def _check_source(self, text: str) -> None:
        if not url_of(text).partition("://")[2]:
            self._refuse("see", f"'{text}' is no address; {_WRITTEN['see']}")

    def _rate(self, kind: KnownKind) -> float:
        if kind != "flaky":
            if "rate" in self.table:
                self._refuse("rate", f"a rate is for kind 'flaky'; '{kind}' departs every time" if kind == "xfail" else _NOT_PLAYED)
            return 0.0
        if "rate" not in self.table:
            self._refuse("kind", "'rate' is missing; say at most which share of plays departs: rate = 0.2")
        rate = self.table["rate"]
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 1:
            self._refuse("rate", "'rate' must be a share between 0 and 1: rate = 0.2; what departs every time is of kind 'xfail'")
        return float(rate)

    def _verdicts(self, kind: KnownKind) -> tuple[Verdict, ...]:
        if "verdicts" not in self.table:
            return ("fail",)
        if kind == "skip":
            self._refuse("verdicts", _NOT_PLAYED)
        verdicts = self.table["verdicts"]
        if not isinstance(verdicts, list) or not verdicts or not all(isinstance(each, str) for each in verdicts):
            self._refuse("verdicts", "'verdicts' must be a list: verdicts = [\"fail\"]")
        for each in verdicts:
            if each not in EXCUSABLE:
                self._refuse("verdicts", _not_excusable(each))
        return tuple(dict.fromkeys(verdicts))

    def _step(self, kind: KnownKind) -> int:
        if "step" not in self.table:
            return 0
        if kind != "xfail":
            self._refuse(
                "step", "a step is for kind 'xfail'; of single plays no more than the verdict is kept" if kind == "flaky" else _NOT_PLAYED
            )
        step = self.table["step"]
        if isinstance(step, bool) or not isinstance(step, int) or step < 1:
            self._refuse("step", "'step' must be the number of a step, as reports have it: step = 3")
        return step


_NOT_PLAYED = "what is of kind 'skip' is not played, and has neither a rate nor verdicts nor a step"


def _not_excusable(text: str) -> str:
    if text in VERDICTS:
        return f"'{text}' cannot be known; what can is {_listed(EXCUSABLE)}"
    return f"unknown verdict '{text}'; {did_you_mean(text, EXCUSABLE) or f'there are {_listed(EXCUSABLE)}'}"


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _refuse_twins(known: Sequence[Known]) -> None:
    seen: dict[tuple[str, str], Known] = {}
    for entry in known:
        twin = seen.setdefault((entry.scenario, entry.when), entry)
        if twin is not entry:
            raise ConfigError(entry.place, f"{entry.scenario} where {entry.when} is known already ({twin.place}); keep one of them")
