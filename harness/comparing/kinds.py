"""Parts the outcomes of one step into behaviours, and says of which kind their difference is. Knows one step; explains nothing.

Loud kinds come first: behaviours are classes of full agreement but for types and messages. Inside a class, types make a quiet difference
of their own; and messages are looked at only where everything else agrees. A warning counts as an exception: under `-W error` it is one.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple, get_args

from msgspec import UNSET, Struct

from harness.comparing.content import SymbolGroups, agreeing_shapes, error_number, exceptions, holds, shape, symbol_groups
from harness.comparing.outcomes import Outcome
from harness.records.comparison import DifferenceKind

GRAVITY: tuple[DifferenceKind, ...] = get_args(DifferenceKind)
"""The gravest first."""

_QUOTED = re.compile(r"'([\w.]+)'")


class Essence(NamedTuple):
    """What behaviours are compared by."""

    fate: str
    """`came`, `raised`, `lacking`, `hang`, `crash`."""
    type: str = ""
    errno: str | int | None = None
    content: Hashable = None
    warned: tuple[str, ...] = ()
    timing: str = ""


class Camp(Struct, frozen=True):
    """Targets that did the same, with what they did."""

    targets: tuple[str, ...]
    outcome: Outcome


class Parting(Struct, frozen=True):
    """A step's targets in two or more parts."""

    kind: DifferenceKind
    parts: tuple[tuple[Camp, ...], ...]


def partings(camps: Sequence[Camp], text: str) -> Iterator[Parting]:
    """The differences between camps whose outcomes are not equal byte for byte. `text` is the step as written."""
    symbols = symbol_groups(_symbols(camps))
    classes = _classes(camps, [essence(camp.outcome, symbols) for camp in camps])
    if len(classes) > 1:
        kind = min((_kind(one, other, symbols, text) for one, other in combinations(classes, 2)), key=GRAVITY.index)
        yield Parting(kind, classes)
    for members in classes:
        yield from _quiet_partings(members)


def _quiet_partings(camps: tuple[Camp, ...]) -> Iterator[Parting]:
    if len(camps) == 1:
        return
    classes = _classes(camps, agreeing_shapes([_shape(camp.outcome) for camp in camps]))
    if len(classes) > 1:
        yield Parting("type", classes)
    for members in classes:
        by_message = _classes(members, [messages(camp.outcome) for camp in members])
        if len(by_message) > 1:
            yield Parting("message", by_message)


def _classes(camps: Sequence[Camp], keys: Sequence[Hashable]) -> tuple[tuple[Camp, ...], ...]:
    classes: dict[Hashable, list[Camp]] = {}
    for camp, key in zip(camps, keys, strict=True):
        classes.setdefault(key, []).append(camp)
    return tuple(tuple(members) for members in classes.values())


def _symbols(camps: Sequence[Camp]) -> Iterator[Sequence[str]]:
    for camp in camps:
        seen = camp.outcome.seen
        if seen is not None and seen.raises is not None:
            yield seen.raises.symbols
        for inner in exceptions(_value(camp.outcome)):
            yield inner.get("symbols", ())


def _value(outcome: Outcome) -> Any:
    return None if outcome.seen is None or outcome.seen.value is UNSET else outcome.seen.value


def essence(outcome: Outcome, symbols: SymbolGroups) -> Essence:
    """What an outcome is compared by, types and messages left out."""
    seen = outcome.seen
    if outcome.lost or seen is None:
        return Essence(outcome.lost)
    if seen.lacking:
        return Essence("lacking")
    warned = tuple(warning.type for warning in seen.warnings)
    if seen.raises is not None:
        number = error_number(seen.raises.symbols, seen.raises.errno, symbols)
        return Essence("raised", seen.raises.type, number, None, warned, outcome.timing)
    content = ("value", holds(seen.value, symbols)) if seen.value is not UNSET else ("job", seen.started, seen.pending)
    return Essence("came", "", None, content, warned, outcome.timing)


def _shape(outcome: Outcome) -> tuple[str, ...]:
    seen = outcome.seen
    return () if seen is None or seen.value is UNSET else tuple(shape(seen.value))


def messages(outcome: Outcome) -> tuple[str, ...]:
    """All texts of exceptions and warnings of an outcome; how a target was lost is one too."""
    seen = outcome.seen
    if outcome.lost or seen is None:
        return (outcome.detail,)
    raised = () if seen.raises is None else (seen.raises.message,)
    inner = (str(each.get("message", "")) for each in exceptions(_value(outcome)))
    return (seen.lacking, *raised, *inner, *(warning.message for warning in seen.warnings))


def _kind(one: tuple[Camp, ...], other: tuple[Camp, ...], symbols: SymbolGroups, text: str) -> DifferenceKind:
    left, right = essence(one[0].outcome, symbols), essence(other[0].outcome, symbols)
    if _is_missing(one, text) is not _is_missing(other, text) and (left.fate, left.type) != (right.fate, right.type):
        return "availability"
    return next(kind for kind, differ in _TESTS if differ(left, right))


_TESTS: tuple[tuple[DifferenceKind, Callable[[Essence, Essence], bool]], ...] = (
    ("hang", lambda left, right: "hang" in (left.fate, right.fate)),
    ("crash", lambda left, right: "crash" in (left.fate, right.fate)),
    ("exception", lambda left, right: (left.fate, left.type, left.warned) != (right.fate, right.type, right.warned)),
    ("errno", lambda left, right: left.errno != right.errno),
    ("value", lambda left, right: left.content != right.content),
    ("timing", lambda left, right: left.timing != right.timing),
)


def _is_missing(camps: tuple[Camp, ...], text: str) -> bool:
    return any(_lacks_a_name(camp.outcome, text) for camp in camps)


def _lacks_a_name(outcome: Outcome, text: str) -> bool:
    """The target has no such thing: a helper's need, or an attribute or name that the step itself writes."""
    seen = outcome.seen
    if seen is None or seen.raises is None:
        return seen is not None and bool(seen.lacking)
    if seen.raises.type not in ("AttributeError", "NameError"):
        return False
    quoted = _QUOTED.findall(seen.raises.message)
    return bool(quoted) and re.search(rf"\b{re.escape(quoted[-1])}\b", text) is not None
