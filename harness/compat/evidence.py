"""What a run has shown of features: which targets have them, which lack them. Where nothing was shown, nothing is said.

A public name is there if the target's own list of names has it. An option is there if a call that gets or sets it came to a value; it is
not if its constants are missing, or every such call was refused with ENOPROTOOPT. An error is given by a call if it was seen; it is not if
a scenario that provokes it was played, and a value or another error of the system came of the call each time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import UNSET, structs

from harness.comparing.content import plain
from harness.compat.families import OF_FAMILY
from harness.compat.features import Features, error_name
from harness.coverage.usage import OPTION_CALLS, SAME_ERROR, StepUse
from harness.judging.values import integer_of
from harness.language.predicates import parse
from harness.records.facts import Facts
from harness.records.observation import Observation
from harness.records.plan import Plan, Step
from harness.records.run import Result
from harness.runs.folder import Run

Shown = dict[str, bool]
"""By feature, whether a target has it. One of which nothing is known is not there."""

MISSING = frozenset({"AttributeError", "NameError"})

REFUSED = "ENOPROTOOPT"

_WORD = re.compile(r"\w+")


def evidence(run: Run, features: Features) -> dict[str, Shown]:
    """By target, what the run has shown."""
    gathered = {target.id: _Gathering(target.facts, features) for target in run.header.targets if target.facts is not None}
    for (scenario, target), result in run.results.items():
        if target in gathered:
            gathered[target].add(run.plans[scenario], result)
    return {target: each.shown() for target, each in gathered.items()}


class _Gathering:
    """What one target has shown, scenario by scenario."""

    def __init__(self, facts: Facts, features: Features) -> None:
        self.facts = facts
        self.features = features
        self.names = {f"socket.{name}" if not name.startswith("socket.socket.") else name for name in facts.names}
        self.numbers = _numbers(facts.constants)
        self.seen: set[str] = set()
        self.missed: set[str] = set()

    def add(self, plan: Plan, result: Result) -> None:
        """Take in one cell."""
        uses = self.features.uses[plan.id]
        for observed in result.steps:
            use = uses[observed.step]
            if use.used or use.options:
                self._add(self._undisturbed(plan.steps[observed.step], use), observed)

    def _undisturbed(self, step: Step, use: StepUse) -> StepUse:
        """The use of a step, without the error that it must give where the target's surroundings excuse it (root may bind any port)."""
        if not step.varies or not use.expected:
            return use
        excuse = next((parse(each.when) for each in step.varies if parse(each.when).holds(self.facts)), None)
        disturbed = excuse is not None and not OF_FAMILY.issuperset(excuse.facts)
        return structs.replace(use, expected=frozenset()) if disturbed else use

    def _add(self, use: StepUse, observed: Observation) -> None:
        came = observed.value is not UNSET
        if came:
            self.seen.add(use.outermost)
            self.seen.update((*use.used, *use.options) if use.whole else ())
        self._add_missing(use, observed)
        symbols = self._symbols(use, observed)
        self.seen.update(error_name(use.outermost, symbol) for symbol in symbols)
        # What refuses its arguments was not tried with the error; so is what one of several errors must come of.
        if (came or symbols) and len(use.expected) == 1:
            self.missed.update(error_name(use.outermost, symbol) for symbol in use.expected)

    def _add_missing(self, use: StepUse, observed: Observation) -> None:
        raised = observed.raises
        if raised is not None and raised.type in MISSING:
            words = frozenset(_WORD.findall(raised.message))
            self.missed.update(name for name in use.used if name.rpartition(".")[2] in words)
        if raised is not None and REFUSED in raised.symbols and use.outermost.rpartition(".")[2] in OPTION_CALLS:
            self.missed.update(use.options)

    def _symbols(self, use: StepUse, observed: Observation) -> frozenset[str]:
        """The error that came of a call, by all its names: raised, or returned where the scenario says that it may be."""
        if observed.raises is not None:
            return frozenset(_known(plain(symbol)) for symbol in observed.raises.symbols)
        number = integer_of(observed.value) if observed.value is not UNSET and use.possible else None
        return self.numbers.get(number, frozenset()) & use.possible if number else frozenset()

    def shown(self) -> Shown:
        """Of each feature of which something is known."""
        found = {}
        for name, kind in self.features.kinds.items():
            has = self._option(name) if kind == "option" else self._plain(name) if kind == "error" else self._name(name)
            if has is not None:
                found[name] = has
        return found

    def _name(self, name: str) -> bool | None:
        """Names with underscores are in no list; what was called tells of them."""
        if not name.rpartition(".")[2].startswith("_"):
            return name in self.names if self.names else None
        return self._plain(name)

    def _option(self, name: str) -> bool | None:
        if self.names and any(f"socket.{part}" not in self.names for part in name.split("/")):
            return False
        return self._plain(name)

    def _plain(self, name: str) -> bool | None:
        return True if name in self.seen else False if name in self.missed else None


def _known(symbol: str) -> str:
    return SAME_ERROR.get(symbol, symbol)


def _numbers(constants: Mapping[str, int]) -> dict[int, frozenset[str]]:
    """The names of error numbers on a target."""
    found: dict[int, set[str]] = {}
    for name, number in constants.items():
        if name.startswith("errno."):
            found.setdefault(number, set()).add(_known(plain(name.removeprefix("errno."))))
    return {number: frozenset(names) for number, names in found.items()}


def public_names(facts: Iterable[Facts | None]) -> Sequence[str]:
    """All that targets have, sorted."""
    return sorted({name for each in facts if each is not None for name in each.names})
