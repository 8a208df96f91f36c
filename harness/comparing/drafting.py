"""Draft the known failures of a run: for each red scenario, the simplest condition on facts that picks its red targets alone.

Writes no text and no files. Reason and link stay empty: those a person has to give.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct, structs

from harness.comparing.behaviours import documented
from harness.comparing.causes import Explainer
from harness.comparing.truths import Truths
from harness.gates.classes import SILENT, telling_plays
from harness.gates.gate import Outcome, facts_of
from harness.gates.known import applies
from harness.language.predicates import PredicateError, parse
from harness.records.facts import Facts
from harness.records.known import EXCUSABLE, Known, KnownKind
from harness.records.observation import GOOD, Verdict
from harness.records.run import Result
from harness.runs.folder import Run

EVERYWHERE = "python >= 2.7"
"""A condition that always holds."""

STEP = 0.05
"""Rates are drafted in multiples of this."""


class Draft(Struct, frozen=True):
    """One entry, and what it is drafted of."""

    known: Known
    targets: tuple[str, ...]
    """Red targets that it speaks of."""
    seen: str
    """What one of them came to."""
    also: tuple[str, ...] = ()
    """Targets that are not red, of which it speaks all the same: no fact tells them apart."""


class Drafts(Struct, frozen=True):
    """All entries, and what cannot have one."""

    drafts: tuple[Draft, ...]
    silent: dict[str, int]
    """How many cells of each kind say nothing of their target, and cannot be known."""


def draft(run: Run, outcome: Outcome) -> Drafts:
    """Entries for all that is red and that nobody knew of; `outcome` is what the run comes to with the entries that there are."""
    explainers = Explainers(documented(run))
    found = [each for scenario in run.header.scenarios for each in _Drafter(run, outcome, scenario, explainers).drafts()]
    silent: dict[str, int] = {
        verdict: count for verdict in sorted(SILENT) if (count := sum(each.verdict == verdict for each in run.results.values()))
    }
    if run.missing:
        silent["without a result"] = len(run.missing)
    return Drafts(tuple(_joined(run, found)), silent)


class Explainers:
    """Those of a run. Scenarios that were played on the same targets share one."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self.documented = known
        self.truths = Truths()
        self._made: dict[tuple[int, tuple[str, ...]], Explainer] = {}

    def of(self, at: int, grounds: tuple[str, ...], facts: Mapping[str, Facts | None]) -> Explainer:
        """By the facts of the interpreters in one place, and by targets with the networks that they played on."""
        if (at, grounds) not in self._made:
            self._made[at, grounds] = self.fresh(facts)
        return self._made[at, grounds]

    def fresh(self, facts: Mapping[str, Facts | None]) -> Explainer:
        """One for facts that no other scenario has."""
        return Explainer(facts, self.documented, self.truths)


class _Drafter:
    """One scenario."""

    def __init__(self, run: Run, outcome: Outcome, scenario: str, explainers: Explainers) -> None:
        self.explainers = explainers
        self.grounds: tuple[str, ...] = ()
        self.scenario = scenario
        self.red: dict[str, Result] = {}
        self.good: list[str] = []
        self.facts: dict[str, tuple[Facts, ...]] = {}
        for target in run.header.targets:
            result = run.results.get((scenario, target.id))
            if result is None or result.verdict in (*SILENT, "unsupported"):
                continue
            self.facts[target.id] = facts_of(target, result.ground)
            self.grounds = (*self.grounds, target.id, result.ground)
            if not _red_verdicts(result):
                self.good.append(target.id)
            elif (scenario, target.id) not in outcome.expected:
                self.red[target.id] = result

    def drafts(self) -> Iterator[Draft]:
        """Those that are red in every play, then those that are now and then."""
        steady = [target for target, result in self.red.items() if all(each not in GOOD for each in telling_plays(result))]
        flaky = [target for target in self.red if target not in steady]
        for targets, kind in ((steady, "xfail"), (flaky, "flaky")):
            if targets:
                yield from self._of(targets, kind)  # type: ignore[arg-type]  # one of the kinds

    def _of(self, targets: list[str], kind: KnownKind) -> Iterator[Draft]:
        others = [target for target in self.facts if target not in targets]
        when = self._condition(targets, others)
        if when:
            yield self._draft(targets, kind, when)
            return
        for target in targets:
            when = self._exact(target, others)
            yield self._draft([target], kind, when, tuple(other for other in others if self._holds(when, other)))

    def _draft(self, targets: Sequence[str], kind: KnownKind, when: str, also: tuple[str, ...] = ()) -> Draft:
        results = [self.red[target] for target in targets]
        verdicts = {verdict for result in results for verdict in _red_verdicts(result)}
        ordered = tuple(verdict for verdict in EXCUSABLE if verdict in verdicts)
        rate = max(map(_rate, results)) if kind == "flaky" else 0.0
        steps = {result.step for result in results}
        step = next(iter(steps)) if kind == "xfail" and len(steps) == 1 else None
        known = Known(self.scenario, when, kind, "", "", rate, ordered, step=0 if step is None else step + 1)
        return Draft(known, tuple(targets), f"{results[0].verdict}: {results[0].reason}", also)

    # -- conditions

    def _condition(self, targets: Sequence[str], others: Sequence[str]) -> str:
        """The simplest one for all; empty if there is none."""
        if not others:
            return EVERYWHERE
        for at in range(max(len(facts) for facts in self.facts.values())):
            cause = self._explainer(at).explain((tuple(targets), tuple(others))).causes[0]
            if cause and self._fits(cause, targets, others):
                return cause
        return self._of_either(targets, others)

    def _of_either(self, targets: Sequence[str], others: Sequence[str]) -> str:
        """Of pairs: one that holds for the interpreters that are in no pair that is well."""
        well = {_key(facts): facts for target in others for facts in self.facts[target]}
        ill = {key: facts for target in targets for facts in self.facts[target] if (key := _key(facts)) not in well}
        if not ill:
            return ""
        cause = self.explainers.fresh({**ill, **well}).explain((tuple(ill), tuple(well))).causes[0]
        return cause if cause and self._fits(cause, targets, others) else ""

    def _explainer(self, at: int) -> Explainer:
        facts = {target: known[min(at, len(known) - 1)] if known else None for target, known in self.facts.items()}
        return self.explainers.of(at, self.grounds, facts)

    def _exact(self, target: str, others: Sequence[str]) -> str:
        """The facts of one target, as many as it takes to tell it from the others."""
        words: list[str] = []
        facts = self.facts[target][0] if self.facts[target] else None
        for word in filter(_is_condition, _words(facts) if facts else ()):
            words.append(word)
            if self._fits(" and ".join(words), [target], others):
                break
        return " and ".join(words) or EVERYWHERE

    def _fits(self, when: str, targets: Sequence[str], others: Sequence[str]) -> bool:
        return all(self._holds(when, target) for target in targets) and not any(self._holds(when, target) for target in others)

    def _holds(self, when: str, target: str) -> bool:
        entry = Known("", when, "xfail", "", "")
        return any(applies(entry, facts) for facts in self.facts[target])


def _is_condition(text: str) -> bool:
    """Facts of a strange target need not be such that a literal can have them."""
    try:
        parse(text)
    except PredicateError:
        return False
    return True


def _key(facts: Facts) -> str:
    return msgspec.json.encode(facts).decode()


def _words(facts: Facts) -> Iterator[str]:
    yield f'implementation == "{facts.implementation}"'
    yield f"python == {facts.python}"
    for word in ("os", "libc", "machine", "network", "image"):
        if getattr(facts, word):
            yield f'{word} == "{getattr(facts, word)}"'
    for word in ("libc_version", "kernel"):
        if getattr(facts, word):
            yield f"{word} == {getattr(facts, word)}"


def _red_verdicts(result: Result) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in telling_plays(result) if verdict not in GOOD)


def _rate(result: Result) -> float:
    """The share of plays that departed, rounded up."""
    plays = telling_plays(result)
    share = len(_red_verdicts(result)) / len(plays)
    return min(round(STEP * (int(share / STEP) + 1), 2), 1 - STEP)


def _joined(run: Run, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """All cases of one scenario that want the same entry have one together."""
    cases: dict[str, int] = {}
    for scenario in run.header.scenarios:
        topic = scenario.partition("[")[0]
        cases[topic] = cases.get(topic, 0) + 1
    alike: dict[Known, list[Draft]] = {}
    for each in drafts:
        alike.setdefault(structs.replace(each.known, scenario=_topic(each)), []).append(each)
    for known, group in alike.items():
        topic = known.scenario
        if len(group) > 1 and len(group) == cases[topic] and not any(each.also for each in group):
            yield structs.replace(group[0], known=structs.replace(known, scenario=f"{topic}[*]"), targets=_targets(group))
        else:
            yield from group


def _topic(draft: Draft) -> str:
    return draft.known.scenario.partition("[")[0]


def _targets(group: Sequence[Draft]) -> tuple[str, ...]:
    seen: Mapping[str, None] = dict.fromkeys(target for each in group for target in each.targets)
    return tuple(seen)
