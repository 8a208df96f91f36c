"""One result of several that are of the same cell. The same for every order in which they come; nothing that one of them saw is hidden."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from harness.judging.judge import GRAVITY
from harness.records.observation import Verdict
from harness.records.run import Result, Volatile
from harness.runs.folder import says_nothing

_encoder = msgspec.json.Encoder()
_NOTHING = Volatile()


class Delivery(Struct, frozen=True):
    """A result as one part has it."""

    result: Result
    plays: int = 1
    """How often that part played each cell."""


def chosen(deliveries: Sequence[Delivery]) -> Result:
    """The gravest of those that say something, with what the others came to under `flaky`.

    A result for which the harness or the environment is to blame says nothing, and yields to one that does; so does one that is
    `inconclusive`, though it stays told.
    """
    telling = [each for each in deliveries if not says_nothing(each.result)] or list(deliveries)
    best = min(telling, key=_rank).result
    if says_nothing(best):
        return best
    asked, retried = _in_order(telling)
    return structs.replace(best, flaky=_told(telling, best), plays=asked + retried, retried=len(retried))


def _in_order(deliveries: Iterable[Delivery]) -> tuple[tuple[Verdict, ...], tuple[Verdict, ...]]:
    """All plays, those that a retry asked for apart: they come last, in a merged result as in any."""
    asked: list[Verdict] = []
    retried: list[Verdict] = []
    for each in deliveries:
        verdicts = _verdicts(each)
        first_retry = len(verdicts) - each.result.retried
        asked += verdicts[:first_retry]
        retried += verdicts[first_retry:]
    return tuple(asked), tuple(retried)


def _rank(delivery: Delivery) -> tuple[object, ...]:
    result = delivery.result
    return (
        result.verdict == "inconclusive",
        GRAVITY.index(result.verdict),
        _encoder.encode(result.steps),
        _encoder.encode(structs.replace(result, volatile=_NOTHING, part=None)),
        _encoder.encode(structs.replace(result, part=None)),
        -1 if result.part is None else result.part,
    )


def _verdicts(delivery: Delivery) -> tuple[Verdict, ...]:
    """What each of its plays came to."""
    return delivery.result.plays or (delivery.result.verdict,) * delivery.plays


def _told(deliveries: Iterable[Delivery], best: Result) -> tuple[str, ...]:
    """`3 of 20 plays: fail: expected 6, observed 3`, counted over all of them."""
    others: Counter[str] = Counter()
    plays = 0
    for delivery in deliveries:
        own = dict(_other_plays(delivery.result))
        played = max(len(_verdicts(delivery)), sum(own.values()) + 1)
        words = _difference(delivery.result, best)
        if words:
            own[words] = own.get(words, 0) + played - sum(own.values())
        others.update(own)
        plays += played
    return tuple(f"{count} of {plays} plays: {words}" for words, count in sorted(others.items()))


def _other_plays(result: Result) -> Iterator[tuple[str, int]]:
    """What a result says of plays that came to something else than itself."""
    for text in result.flaky:
        head, of, words = text.partition(" plays: ")
        count = head.partition(" of ")[0]
        yield (words, int(count)) if of and count.isdecimal() else (text, 1)


def _difference(result: Result, best: Result) -> str:
    """What a result came to if that is not what is kept; empty if it is."""
    if result.verdict != best.verdict:
        return f"{result.verdict}: {result.reason}" if result.reason else result.verdict
    if result.steps == best.steps:
        return ""
    pairs = enumerate(zip(result.steps, best.steps, strict=False))
    step = next((at for at, (one, other) in pairs if one != other), min(len(result.steps), len(best.steps)))
    return f"{result.verdict}, but step {step + 1} came to something else"


def plays_of(options: Mapping[str, Any]) -> int:
    """How often a run was to play each cell."""
    repeat = options.get("repeat", 1)
    return repeat if isinstance(repeat, int) and repeat > 0 else 1
