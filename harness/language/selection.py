"""Choose scenarios by id, tag and area (`-k`). Works on plans alone."""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from harness.records.plan import Plan


def select(plans: Iterable[Plan], terms: Sequence[str]) -> tuple[Plan, ...]:
    """The plans that at least one of `terms` chooses; all of them when there is none.

    A term is words that must all hold: `area:udp`, `tag:slow`, `see:posix`, or part of an id, in which `*`, `?` are wildcards
    for a whole id; a word with `!` in front must not hold. Case matters, as it does in ids.
    """
    if not terms:
        return tuple(plans)
    tests = [_term(term) for term in terms]
    return tuple(plan for plan in plans if any(test(plan) for test in tests))


def _term(term: str) -> Callable[[Plan], bool]:
    words = [_word(word) for word in term.split()]
    return lambda plan: all(word(plan) for word in words)


def _word(word: str) -> Callable[[Plan], bool]:
    if word.startswith("!"):
        test = _word(word[1:])
        return lambda plan: not test(plan)
    kind, colon, rest = word.partition(":")
    if colon and kind in _KINDS:
        match = _KINDS[kind]
        return lambda plan: match(plan, rest)
    if any(wild in word for wild in "*?"):
        return lambda plan: fnmatchcase(plan.id, word)
    return lambda plan: word in plan.id


_KINDS: dict[str, Callable[[Plan, str], bool]] = {
    "area": lambda plan, word: plan.area == word,
    "tag": lambda plan, word: word in plan.tags,
    "see": lambda plan, word: any(entry.startswith(word) for entry in plan.see),
    "id": lambda plan, word: plan.id == word,
}
