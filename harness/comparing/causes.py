"""Explains from facts alone why targets part: the simplest predicate that holds for exactly those of one part. Never guesses.

Order of preference. One condition before two, unless that one is of a kernel setting, a capability or a name, and more departures are
documented for just these targets under two: where 300 say `gvisor and not host_network`, a setting they share is not the reason. Among
those that hold for exactly the same targets, the one whose facts the documented departures of the run's scenarios name most often for
just these targets: where 200 of them say that PyPy is another implementation, its version is not the reason of the next difference. Where
they say nothing: Python version, implementation, system, libc and its version, kernel, emulation, byte order, pointer size, machine,
root, capabilities, IPv6, Unix sockets, Wine, network, image, kernel settings, patch releases of Python (`python >= 2.7.18`), names of the
modules.
Among pairs: a range of Python versions; a version with what it is a version of (`libc == "glibc" and libc_version >= 2.34`); two
conditions joined by `and`; an implementation with its release; two conditions joined by `or`; each in the order of single ones, and
again what is documented for these targets first.
A version is the lowest known to have the behaviour, in as few numbers as tell it from the next lower one. Where roles play on targets
of their own, the facts are those of the first role's target; conditions on the partners are out of scope for now.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from harness.comparing.truths import Truths
from harness.language.conditions import conditions
from harness.language.predicates import PredicateError, parse, version
from harness.language.vocabulary import SETTINGS_OF_MEMORY
from harness.records.facts import Facts

MOST_ALTERNATIVES = 5

Parts = tuple[tuple[str, ...], ...]
"""Ids of the targets of each part."""
Words = frozenset[str]
"""The facts that a condition looks at."""
Evidence = Counter[tuple[Words, int]]
"""In how many scenarios such facts are documented to tell some targets, as bits, from the others."""

_QUALIFIED = (("libc", "libc_version"), ("os", "kernel"))
"""A version means nothing without what it is a version of."""
_RELEASES = (("implementation", "implementation_version"),)
"""Tried late: what a release of another implementation does is mostly a matter of the language version it has."""


_OF_MANY = frozenset({"capabilities", "setting", "socket", "select", "errno"})
_QUOTED = re.compile("[\"']([^\"']*)[\"']")


class Explanation(Struct, frozen=True):
    """Why targets part."""

    causes: tuple[str, ...]
    """One for each part; empty: not explained."""
    alternatives: tuple[str, ...] = ()
    """Predicates as simple as the first cause that hold for the same targets."""


class Condition(Struct, frozen=True):
    """A predicate, with the targets it holds for as bits."""

    text: str
    holders: int
    words: Words = frozenset()


class Explainer:
    """Finds causes. Remembers what it has found, because most differences of a run part the targets in few ways."""

    def __init__(
        self, facts: Mapping[str, Facts | None], documented: Mapping[str, int] | None = None, truths: Truths | None = None
    ) -> None:
        """`documented` are conditions of known departures, with the number of scenarios that name each. `truths` can be shared."""
        self.facts = facts
        self.documented = documented or {}
        self.truths = truths or Truths()
        self._found: dict[tuple[Parts, tuple[str, ...]], Explanation] = {}
        self._conditions: dict[tuple[str, ...], Conditions] = {}
        self._evidence: dict[tuple[str, ...], Evidence] = {}

    def explain(self, parts: Parts, names: tuple[str, ...] = ()) -> Explanation:
        """The cause of each part. `names` are those whose absence may explain: `socket.send_fds`, `socket.socket.sendmsg`."""
        known = self._found.get((parts, names))
        if known is None:
            known = self._found[parts, names] = self._explain(parts, names)
        return known

    def _explain(self, parts: Parts, names: tuple[str, ...]) -> Explanation:
        targets = tuple(target for target in self.facts if any(target in part for part in parts))
        if any(self.facts[target] is None for target in targets):
            return Explanation(tuple("" for _ in parts))
        conditions = self._conditions_of(targets, names)
        texts = [conditions.exact(_bits(targets, part)) for part in parts]
        return Explanation(tuple(found[0] if found else "" for found in texts), tuple(texts[0][1:]))

    def _conditions_of(self, targets: tuple[str, ...], names: tuple[str, ...]) -> "Conditions":
        known = self._conditions.get(targets)
        if known is None:
            facts = [each for target in targets if (each := self.facts[target]) is not None]
            known = self._conditions[targets] = Conditions(facts, self.documented, self.truths)
        return known.naming(names)


def _bits(targets: Sequence[str], part: Iterable[str]) -> int:
    return sum(1 << targets.index(target) for target in part)


class Conditions:
    """All conditions worth trying on some targets, in order of preference."""

    def __init__(self, facts: Sequence[Facts], documented: Mapping[str, int], truths: Truths) -> None:
        self.facts = facts
        self.truths = truths
        self.everyone = (1 << len(facts)) - 1
        self.evidence = self._evidence(documented)
        self.single = list(self._measured(_single_texts(facts)))
        self.telling = _preferred(self.single, self.evidence)
        """Of those that hold for the same targets, only the preferred one: what pairs are made of."""
        self.qualified = list(self._measured(_qualified_texts(facts, _QUALIFIED)))
        self.releases = list(self._measured(_qualified_texts(facts, _RELEASES)))

    def naming(self, names: Sequence[str]) -> "Conditions":
        """With those, at last, of names that a target may lack."""
        if not names:
            return self
        more = copy(self)
        more.single = [*self.single, *self._measured(_name_texts(names))]
        more.telling = _preferred(more.single, self.evidence)
        return more

    def _evidence(self, documented: Mapping[str, int]) -> Evidence:
        found: Evidence = Counter()
        for text, scenarios in documented.items():
            holders = self.truths.holders(text, self.facts)
            for part in (holders, self.everyone & ~holders):
                found[_words(text), part] += scenarios
        return found

    def _measured(self, texts: Iterable[str]) -> Iterator[Condition]:
        """Conditions that hold for some of the targets and not for all."""
        for text in dict.fromkeys(texts):
            holders = self.truths.holders(text, self.facts)
            if holders not in (0, self.everyone):
                yield Condition(text, holders, _words(text))

    def exact(self, part: int) -> list[str]:
        """The simplest predicates that hold for exactly these targets, preferred first; none if there are no simple ones."""
        found = [condition for condition in self.single if condition.holders == part]
        if not found or self._is_documented_better(found, part):
            found += self._pairs(part)
        found.sort(key=lambda condition: -self.evidence[condition.words, part])
        return list(dict.fromkeys(condition.text for condition in found))[: MOST_ALTERNATIVES + 1]

    def _is_documented_better(self, singles: Sequence[Condition], part: int) -> bool:
        """More departures name several facts for just these targets than any setting, capability or name that would do as well."""
        if not all(single.words & _OF_MANY for single in singles):
            return False
        most = max(self.evidence[single.words, part] for single in singles)
        return any(count > most for (words, holders), count in self.evidence.items() if holders == part and len(words) > 1)

    def _pairs(self, part: int) -> Iterator[Condition]:
        first = (*self._ranges(part), *(each for each in self.qualified if each.holders == part))
        texts = {each.text for each in first}
        yield from first
        yield from (each for each in self._joined(part, "and") if each.text not in texts)
        yield from (each for each in self.releases if each.holders == part)
        yield from self._joined(part, "or")

    def _ranges(self, part: int) -> Iterator[Condition]:
        limits = [condition for condition in self.telling if condition.text.startswith("python ")]
        for lower in (limit for limit in limits if ">=" in limit.text):
            for upper in (limit for limit in limits if "<" in limit.text):
                if lower.holders & upper.holders == part and not _splits_a_minor_version(lower.text, upper.text):
                    yield Condition(f"{lower.text} and {upper.text}", part, lower.words)

    def _joined(self, part: int, word: str) -> Iterator[Condition]:
        useful: Callable[[int], bool] = (
            (lambda holders: holders & part == part) if word == "and" else (lambda holders: holders | part == part)
        )
        useful_ones = [condition for condition in self.telling if useful(condition.holders)]
        for at, one in enumerate(useful_ones):
            for other in useful_ones[at + 1 :]:
                both = one.holders & other.holders if word == "and" else one.holders | other.holders
                if both == part and not _splits_a_minor_version(one.text, other.text):
                    yield Condition(f"{one.text} {word} {other.text}", part, one.words | other.words)


def _preferred(conditions: Iterable[Condition], evidence: Evidence) -> list[Condition]:
    """One of those that hold for the same targets: the one of which most is documented, else the first."""
    best: dict[int, Condition] = {}
    for condition in conditions:
        known = best.get(condition.holders)
        if known is None or evidence[condition.words, condition.holders] > evidence[known.words, known.holders]:
            best[condition.holders] = condition
    return list(best.values())


@lru_cache(maxsize=4096)
def _words(text: str) -> Words:
    """Of a fact that is a collection, the member too: what is known of one capability says nothing of another."""
    try:
        facts = frozenset(parse(text).facts)
    except PredicateError:
        return frozenset()
    return facts | frozenset(_QUOTED.findall(text)) if facts & _OF_MANY else facts


def _single_texts(facts: Sequence[Facts]) -> Iterator[str]:
    releases = list(_version_texts(facts, "python"))
    yield from (text for text in releases if not _is_patch(text))
    yield from _text_texts(facts, "implementation")
    yield from _text_texts(facts, "os")
    yield from _text_texts(facts, "libc")
    yield from _unqualified_texts(facts, "libc", "libc_version")
    yield from _unqualified_texts(facts, "os", "kernel")
    yield from _boolean_texts("emulated")
    yield from _text_texts(facts, "byteorder")
    yield from (f"bits == {bits}" for bits in sorted({each.bits for each in facts}))
    yield from _text_texts(facts, "machine")
    yield from _version_texts(facts, "wine_version")
    yield from _version_texts(facts, "gvisor_version")
    yield from _boolean_texts("host_network")
    yield from _boolean_texts("root")
    # Those of networks first, as a target that has one of the others mostly has all of them.
    for capability in sorted({name for each in facts for name in each.capabilities}, key=lambda name: (not name.startswith("net_"), name)):
        yield from (f'"{capability}" in capabilities', f'"{capability}" not in capabilities')
    yield from _optional_texts(facts, "hypervisor")
    for word in ("ipv6", "unix", "wine", "gvisor", "listens", "threads"):
        yield from _boolean_texts(word)
    yield from _condition_texts(facts)
    yield from _boolean_texts("one_host")
    yield from _optional_texts(facts, "network")
    yield from _optional_texts(facts, "shaping")
    yield from _optional_texts(facts, "image")
    yield from _setting_texts(facts)
    yield from (text for text in releases if _is_patch(text))


def _splits_a_minor_version(one: str, other: str) -> bool:
    """Two thresholds inside one minor version pick out single patch releases, and then whoever else has these is the likelier cause."""
    if not (_is_patch(one) and _is_patch(other) and one.startswith("python ") and other.startswith("python ")):
        return False
    return one.split()[-1].rpartition(".")[0] == other.split()[-1].rpartition(".")[0]


def _is_patch(text: str) -> bool:
    """A threshold inside one minor version: behaviour seldom changes there, so that other facts are more likely causes."""
    return text.count(".") > 1


def _version_texts(facts: Sequence[Facts], word: str) -> Iterator[str]:
    """Thresholds between neighbouring versions, `python >= 3.10` and `python < 3.10`."""
    known = sorted({number for each in facts if (number := version(getattr(each, word)))})
    for lower, upper in pairwise(known):
        literal = _shortest(lower, upper)
        yield from (f"{word} >= {literal}", f"{word} < {literal}")


def _shortest(lower: tuple[int, ...], upper: tuple[int, ...]) -> str:
    """The upper version in as few numbers as tell it from the lower one: `3.10` for 3.9.1 and 3.10.13, `3` for 2.7 and 3.4."""
    length = next(count for count in range(1, len(upper) + 1) if lower[:count] < upper[:count])
    return ".".join(map(str, upper[:length]))


def _text_texts(facts: Sequence[Facts], word: str) -> Iterator[str]:
    values = _values(facts, word)
    yield from (f'{word} == "{value}"' for value in values)
    yield from (f'{word} != "{value}"' for value in values)


def _optional_texts(facts: Sequence[Facts], word: str) -> Iterator[str]:
    """For facts whose empty text means "none": there `!=` holds for nobody."""
    values = _values(facts, word)
    yield from (f'{word} == "{value}"' for value in values)
    yield from (f'not {word} == "{value}"' for value in values)


def _values(facts: Sequence[Facts], word: str) -> list[str]:
    return sorted({value for each in facts if (value := getattr(each, word))})


def _boolean_texts(word: str) -> tuple[str, str]:
    return word, f"not {word}"


def _unqualified_texts(facts: Sequence[Facts], owner: str, word: str) -> Iterator[str]:
    """Versions of something that all targets have in common."""
    if len({getattr(each, owner) for each in facts}) == 1:
        yield from _version_texts(facts, word)


def _qualified_texts(facts: Sequence[Facts], pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Versions of something that some targets have: `implementation == "pypy" and implementation_version >= 7.3.12`."""
    for owner, word in pairs:
        for value in _values(facts, owner):
            owners = [each for each in facts if getattr(each, owner) == value]
            yield from (f'{owner} == "{value}" and {text}' for text in _version_texts(owners, word) if value != "cpython")


def _condition_texts(facts: Sequence[Facts]) -> Iterator[str]:
    """Where a network condition is nothing but a kernel setting, the setting says more than the condition's name."""
    known = [conditions()[each.network] for each in facts if each.network in conditions()]
    names = {name for condition in known if condition.hosts == 1 and not condition.user for name in condition.sysctls}
    pairs = sorted({(name, each.settings[name]) for each in facts for name in names if name in each.settings})
    yield from (f'setting("{name}") == "{value}"' for name, value in pairs)
    yield from (f'setting("{name}") != "{value}"' for name, value in pairs)


def _setting_texts(facts: Sequence[Facts]) -> Iterator[str]:
    """Without those that follow from a machine's memory: their numbers change with each boot, and would name a cause that is chance."""
    pairs = sorted({(name, value) for each in facts for name, value in each.settings.items() if name not in SETTINGS_OF_MEMORY})
    yield from (f'setting("{name}") == "{value}"' for name, value in pairs)
    yield from (f'setting("{name}") != "{value}"' for name, value in pairs)


def _name_texts(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        module, _, member = name.partition(".")
        yield from (f'"{member}" not in {module}', f'"{member}" in {module}')
