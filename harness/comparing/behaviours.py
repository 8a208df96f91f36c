"""Compares all targets of a run with each other: who behaves alike at each step, in what the others depart, and why.

Cells that say nothing of their target (`error`, `bug`, `inconclusive`, no result) are left out and counted. A cell that is `unsupported`
because of the Python it is played on (`has:…`, `python>=3.8`) is a difference of availability; because of its surroundings (no IPv6, no
root), it is not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from harness.comparing.causes import Explainer, Explanation
from harness.comparing.groups import UNMET, grouped
from harness.comparing.kinds import Camp, Parting, partings
from harness.comparing.outcomes import Outcome, Place, fingerprint, timeline, yardsticks
from harness.comparing.truths import Truths
from harness.language.helping import places_by_role
from harness.language.needs import check
from harness.language.predicates import parse
from harness.records.comparison import Behaviour, Comparison, Difference, DifferenceKind
from harness.records.facts import Facts
from harness.records.observation import Verdict
from harness.records.plan import Need, Plan, Step, Variation
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run

SILENT: frozenset[Verdict] = frozenset({"error", "bug", "inconclusive"})
"""Verdicts of cells that say nothing of their target."""

_OF_PYTHON = frozenset({"python", "implementation", "implementation_version", "socket", "select", "errno"})
"""Facts of the interpreter; others are of its surroundings."""


OWN = -1
"""In the place of a role: whatever the target itself played."""


Holders = list[tuple[Variation, set[str]]]
"""The variations of a step, each with those of the targets at hand for which its condition holds."""


class Part(Struct, frozen=True):
    """Targets of one behaviour, with what they did on one line."""

    targets: tuple[str, ...]
    shown: str


def compare(run: Run) -> Comparison:
    """Every step of every scenario of a run, over all targets. The same run gives the same result, order included."""
    comparer = _Comparer({target.id: target for target in run.header.targets}, documented(run))
    differences = [
        difference
        for scenario in run.header.scenarios
        for difference in comparer.scenario(run.plans[scenario], _planned_results(run, scenario))
    ]
    return Comparison(grouped(differences, comparer.order), {target: count for target, count in comparer.left_out.items() if count})


def documented(run: Run) -> Counter[str]:
    """Conditions of known departures, with the number of scenarios that name each: in their own text, or in what is known to fail."""
    variations = Counter(when for plan in run.plans.values() for when in {each.when for step in plan.steps for each in step.varies})
    return variations + Counter(entry.when for entry in run.header.known)


def _planned_results(run: Run, scenario: str) -> dict[str, Result | None]:
    """By target, of all on which the scenario was to be played."""
    targets = (target.id for target in run.header.targets)
    return {target: run.results.get((scenario, target)) for target in targets if run.is_planned(scenario, target)}


class _Comparer:
    """Goes through the scenarios; remembers causes, and counts what it left out."""

    def __init__(self, targets: Mapping[str, TargetRecord], documented: Mapping[str, int]) -> None:
        self.targets = targets
        self.documented = documented
        self.order = {target: at for at, target in enumerate(targets)}
        self.left_out = dict.fromkeys(targets, 0)
        self.paired = any(target.partners and not target.helper for target in targets.values())
        """Each role has an interpreter of its own, so that a cause must say whose facts it speaks of."""
        self.grounds: dict[str, str] = {}
        """Where each target played the scenario that is being looked at."""
        self.players: dict[str, tuple[int, ...]] = {}
        """Of each target with a helper: by place of the role, whether it was the target itself (0) or the helper (1)."""
        self.truths = Truths()
        self._explainers: dict[tuple[int, tuple[str, ...]], Explainer] = {}

    def scenario(self, plan: Plan, results: Mapping[str, Result | None]) -> Iterator[Difference]:
        telling = self._telling(results)
        self.grounds = {target: telling[target].ground if target in telling else "" for target in self.targets}
        helped = [target for target, record in self.targets.items() if record.helper]
        self.players = dict.fromkeys(helped, tuple(places_by_role(plan, 2, helped=True).values())) if helped else {}
        without = {target: need for target, result in telling.items() if (need := self._unmet(plan, target, result)) is not None}
        played = {target: result for target, result in telling.items() if not _is_unplayed(result)}
        if without and played:
            yield self._unavailable(plan, without, tuple(played))
        yield from self._played(plan, played)

    def _telling(self, results: Mapping[str, Result | None]) -> dict[str, Result]:
        found = {}
        for target, result in results.items():
            if result is None or result.verdict in SILENT:
                self.left_out[target] += 1
            else:
                found[target] = result
        return found

    # -- facts

    def _facts(self, target: str, at: int) -> Facts | None:
        """Of the interpreter that played the role in place `at`, on the ground on which it did; the target's own where `at` is `OWN`."""
        known = self.targets[target].facts_on(self.grounds[target])
        if known and target in self.players:
            at = self.players[target][at] if at != OWN else 0
        return known[min(max(at, 0), len(known) - 1)] if known else None

    def _explainer(self, at: int) -> Explainer:
        key = (at, (*self.grounds.values(), *map(str, self.players.values())))
        if key not in self._explainers:
            facts = {target: self._facts(target, at) for target in self.targets}
            self._explainers[key] = Explainer(facts, self.documented, self.truths)
        return self._explainers[key]

    def _explained(self, plan: Plan, role: str, parts: tuple[tuple[str, ...], ...], names: tuple[str, ...]) -> Explanation:
        """By the facts of whoever acted; where these explain nothing, by those of the others."""
        roles = list(plan.roles)
        acting = roles.index(role) if role in roles else 0
        if not self.paired:
            found = self._explainer(acting).explain(parts, names)
            return found if any(found.causes) or not self.players else self._explainer(OWN).explain(parts, names)
        found = Explanation(tuple("" for _ in parts))
        for at in sorted(range(min(2, len(roles))), key=lambda at: at != min(acting, 1)):
            found = self._explainer(at).explain(parts, names)
            if any(found.causes):
                told = tuple(f"{roles[at]}: {cause}" if cause else "" for cause in found.causes)
                return Explanation(told, tuple(f"{roles[at]}: {other}" for other in found.alternatives))
        return found

    # -- needs

    def _unmet(self, plan: Plan, target: str, result: Result) -> Need | None:
        """The need for the sake of which a cell was not played, if it is one of the interpreter."""
        if not _is_unplayed(result):
            return None
        facts = self._facts(target, OWN)
        if facts is None:
            return None
        first = next((need for need in plan.needs if check(need.text)(facts)), None)
        return first if first is not None and is_of_python(first) else None

    def _unavailable(self, plan: Plan, without: Mapping[str, Need], played: tuple[str, ...]) -> Difference:
        by_need: dict[str, list[str]] = {}
        for target, need in without.items():
            by_need.setdefault(need.text, []).append(target)
        parts = [Part(played, "played"), *(Part(tuple(targets), f"{UNMET}{text}") for text, targets in by_need.items())]
        names = tuple(text.strip().removeprefix("has:") for text in by_need if text.strip().startswith("has:"))
        return self._difference(plan, (0, 0), "availability", parts, names)

    # -- steps

    def _played(self, plan: Plan, results: Mapping[str, Result]) -> Iterator[Difference]:
        """Cells that are equal as a whole are looked at once; so are equal outcomes of a step."""
        bounds = yardsticks(plan)
        alike: dict[bytes, list[str]] = {}
        for target, result in results.items():
            alike.setdefault(fingerprint(result, bounds), []).append(target)
        if len(alike) < 2:
            return
        lines = [(targets, timeline(plan, results[targets[0]], bounds)) for targets in alike.values()]
        for place in sorted({place for _, line in lines for place in line}):
            camps = self._camps([(targets, line[place]) for targets, line in lines if place in line])
            if len(camps) > 1:
                yield from self._step(plan, place, camps)

    def _camps(self, outcomes: Sequence[tuple[list[str], Outcome]]) -> list[Camp]:
        equal: dict[bytes, tuple[Outcome, list[str]]] = {}
        for targets, outcome in outcomes:
            equal.setdefault(outcome.encoded(), (outcome, []))[1].extend(targets)
        if len(equal) == 1:
            return []
        return [Camp(self._ordered(targets), outcome) for outcome, targets in equal.values()]

    def _step(self, plan: Plan, place: Place, camps: list[Camp]) -> Iterator[Difference]:
        step = plan.steps[place[0]]
        for parting in partings(camps, step.text):
            names = tuple(dict.fromkeys(_names(step.call.do))) if parting.kind == "availability" else ()
            yield self._difference(plan, place, parting.kind, self._parts(parting), names)

    def _parts(self, parting: Parting) -> list[Part]:
        return [self._part(camps) for camps in parting.parts]

    def _part(self, camps: tuple[Camp, ...]) -> Part:
        first = min(camps, key=lambda camp: self.order[camp.targets[0]])
        return Part(self._ordered([target for camp in camps for target in camp.targets]), first.outcome.shown())

    def _ordered(self, targets: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(targets, key=self.order.__getitem__))

    # -- the record

    def _difference(self, plan: Plan, place: Place, kind: DifferenceKind, parts: list[Part], names: tuple[str, ...]) -> Difference:
        parts.sort(key=lambda part: (-len(part.targets), self.order[part.targets[0]]))
        step = plan.steps[place[0]]
        explained = self._explained(plan, step.role, tuple(part.targets for part in parts), names)
        at = list(plan.roles).index(step.role) if step.role in plan.roles else 0
        holders = self._holders(step, at, parts)
        reasons = _documented(holders, parts)
        causes = self._causes(step, holders, parts, explained.causes)
        behaviours = tuple(Behaviour(part.targets, part.shown, cause) for part, cause in zip(parts, causes, strict=True))
        return Difference(
            scenario=plan.id,
            step=place[0],
            instance=place[1],
            text=step.text,
            file=plan.file,
            line=step.place.line,
            kind=kind,
            behaviours=behaviours,
            alternatives=explained.alternatives,
            because="; ".join(dict.fromkeys(variation.because for variation in reasons)),
            see=tuple(dict.fromkeys(link for variation in reasons for link in variation.see)),
        )

    def _causes(self, step: Step, holders: Holders, parts: Sequence[Part], explained: Sequence[str]) -> list[str]:
        """What is documented before what can be read off the facts; of two parts, the other then is the rest."""
        documented = [_documented_cause(holders, part) for part in parts]
        if len(parts) == 2 and any(documented):
            first, second = documented
            documented = [first or opposite(second), second or opposite(first)]
        if self.paired:
            documented = [f"{step.role}: {cause}" if cause else "" for cause in documented]
        return [cause or found for cause, found in zip(documented, explained, strict=True)]

    def _holders(self, step: Step, at: int, parts: Sequence[Part]) -> Holders:
        everyone = [target for part in parts for target in part.targets]
        known = {target: facts for target in everyone if (facts := self._facts(target, at)) is not None}

        def of(when: str) -> set[str]:
            return {target for target, facts in known.items() if self.truths.holds(when, facts)}

        return [(variation, of(variation.when)) for variation in step.varies]


def _documented_cause(holders: Holders, part: Part) -> str:
    """What the scenario itself says of exactly these targets; with few targets many other facts would part them as well."""
    return next((variation.when for variation, targets in holders if targets == set(part.targets)), "")


def _documented(holders: Holders, parts: Sequence[Part]) -> list[Variation]:
    """Variations that speak of a whole behaviour; else the first that covers all who depart from the largest."""
    everyone = {target for part in parts for target in part.targets}
    exact = [variation for variation, targets in holders if any(targets == set(part.targets) for part in parts)]
    departing = everyone.difference(parts[0].targets)
    return exact or [variation for variation, targets in holders if departing <= targets < everyone][:1]


_OPPOSITES = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def opposite(predicate: str) -> str:
    """A predicate that holds where another does not, on targets that know the fact."""
    words = predicate.split()
    if len(words) == 3 and words[1] in _OPPOSITES:
        return f"{words[0]} {_OPPOSITES[words[1]]} {words[2]}"
    return f"not ({predicate})"


def _is_unplayed(result: Result) -> bool:
    return result.trouble is not None and result.trouble.kind == "unsupported"


def is_of_python(need: Need) -> bool:
    """It is one of the interpreter, not of its surroundings."""
    text = need.text.strip()
    if text.startswith("has:"):
        return True
    if text.startswith(("cap:", "os:", "network:")):
        return False
    return bool(_OF_PYTHON.intersection(parse(text).facts))


def _names(tree: Any) -> Iterator[str]:
    """The names that an expression looks up in modules, and as methods of sockets: `socket.send_fds`, `socket.socket.sendmsg`."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if not isinstance(tree, list):
        return
    if len(tree) == 3 and tree[0] == "get":
        owner = tree[1]
        is_module = isinstance(owner, list) and owner[:1] == ["module"]
        if not is_module:
            yield f"socket.socket.{tree[2]}"
        elif owner[1] in ("socket", "select", "errno"):
            yield f"{owner[1]}.{tree[2]}"
    for part in tree:
        yield from _names(part)
