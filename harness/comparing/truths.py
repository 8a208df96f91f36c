"""Which conditions hold on which facts, each looked at once: the differences of a run ask the same of the same targets again and again."""

from collections.abc import Sequence

from harness.language.predicates import PredicateError, parse
from harness.records.facts import Facts


class Truths:
    """Goes by the identity of facts, which it keeps for that."""

    def __init__(self) -> None:
        self._facts: dict[int, Facts] = {}
        self._known: dict[str, dict[int, bool]] = {}

    def holds(self, text: str, facts: Facts) -> bool:
        """Whether a condition holds. None does that cannot be read: a fact of a strange target may not be one that can be written."""
        known = self._known.setdefault(text, {})
        key = id(facts)
        if key not in known:
            self._facts[key] = facts
            known[key] = _holds(text, facts)
        return known[key]

    def holders(self, text: str, several: Sequence[Facts]) -> int:
        """The places of those on which a condition holds, as bits."""
        known = self._known.setdefault(text, {})
        found = 0
        for at, facts in enumerate(several):
            held = known.get(id(facts))
            if self.holds(text, facts) if held is None else held:
                found |= 1 << at
        return found


def _holds(text: str, facts: Facts) -> bool:
    try:
        return parse(text).holds(facts)
    except PredicateError:
        return False
