"""Whether an observation has the form that the protocol gives it, whatever it says. Compares nothing with what was asked."""

import re
from collections.abc import Callable
from typing import Any

OUTCOMES = ("value", "raises", "started", "pending", "skipped", "refused", "lacking")
LARGEST_EXACT = 2**53
LONGEST_VALUE = 256
RAISED = {"type": str, "bases": list, "symbols": list, "message": str}


def problem_of_observation(seen: dict[str, Any]) -> str:
    """What is wrong with it, or empty."""
    came = [name for name in OUTCOMES if name in seen]
    if len(came) != 1:
        return f"an observation with {' and '.join(came) or 'none'} of {', '.join(OUTCOMES)}"
    if not isinstance(seen.get("seconds"), (int, float)) or isinstance(seen["seconds"], bool) or seen["seconds"] < 0:
        return "an observation without 'seconds'"
    if came == ["started"] and seen["started"] is not True:
        return "'started' is something else than true"
    if came[0] in ("skipped", "refused", "lacking") and not (isinstance(seen[came[0]], str) and seen[came[0]]):
        return f"'{came[0]}' without a text"
    if came == ["raises"]:
        return problem_of_raised(seen["raises"])
    return problem_of_value(seen["value"]) if came == ["value"] else ""


def problem_of_raised(raised: Any) -> str:
    """What is wrong with an exception, or empty."""
    if not isinstance(raised, dict):
        return "an exception that is no object"
    for name, kind in RAISED.items():
        if not isinstance(raised.get(name), kind):
            return f"an exception without '{name}'"
    if "errno" not in raised or isinstance(raised["errno"], bool) or not isinstance(raised["errno"], int | None):
        return "an exception whose 'errno' is neither a number nor null"
    return "" if raised["errno"] is not None or not raised["symbols"] else "an exception with symbols and without a number"


def problem_of_value(value: Any) -> str:
    """What is wrong with a value as it stands in an observation, or empty."""
    if isinstance(value, list):
        return "an array where a value is to be"
    if isinstance(value, dict):
        return _problem_of_tagged(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_EXACT:
        return "an integer beyond 2**53 that is a plain number"
    return "a text of more than 256 characters that is not shortened" if isinstance(value, str) and len(value) > LONGEST_VALUE else ""


def _problem_of_tagged(value: dict[str, Any]) -> str:
    if "enum" in value:
        return _problem_of_keys(value, {"enum": str, "name": str, "int": (int, dict)})
    if "large" in value:
        return _problem_of_large(value)
    if "object" in value:
        return _problem_of_keys(value, {"object": str, "handle": int})
    if len(value) != 1:
        return f"a value with the keys {', '.join(sorted(value))}"
    ((tag, inner),) = value.items()
    looks = _TAGS.get(tag)
    return looks(inner) if looks else f"a value with the unknown tag '{tag}'"


def _problem_of_keys(value: dict[str, Any], kinds: dict[str, Any]) -> str:
    for name, kind in kinds.items():
        if not isinstance(value.get(name), kind) or isinstance(value[name], bool):
            return f"a value without a right '{name}': {', '.join(kinds)} belong together"
    return "" if len(value) == len(kinds) else f"a value with the keys {', '.join(sorted(value))}"


def _problem_of_large(value: dict[str, Any]) -> str:
    problem = _problem_of_keys(value, {"large": str, "length": int, "sha256": str, "head": str})
    if problem:
        return problem
    if value["length"] <= LONGEST_VALUE:
        return f"a value of {value['length']} units that is shortened"
    return (
        ""
        if re.fullmatch("[0-9a-f]{64}", value["sha256"]) and len(value["head"]) <= 32
        else "a shortened value with a wrong digest or head"
    )


def _text(inner: Any) -> str:
    return "" if isinstance(inner, str) else "a tag for text without one"


def _bytes(inner: Any) -> str:
    if not isinstance(inner, str) or any(character > "\xff" for character in inner):
        return "a tag for bytes with something else than characters U+0000 to U+00FF"
    return "bytes of more than 256 units that are not shortened" if len(inner) > LONGEST_VALUE else ""


def _items(inner: Any) -> str:
    if not isinstance(inner, list):
        return "a container without an array of its items"
    return next(filter(None, map(problem_of_value, inner)), "")


def _pairs(inner: Any) -> str:
    if not isinstance(inner, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in inner):
        return "a dict without an array of pairs"
    return next((problem for pair in inner for problem in map(problem_of_value, pair) if problem), "")


def _integer(inner: Any) -> str:
    if not isinstance(inner, str) or not re.fullmatch("-?[0-9]+", inner):
        return "an 'int' without a text of digits"
    return "" if abs(int(inner)) > LARGEST_EXACT else "an integer up to 2**53 that is no plain number"


def _float(inner: Any) -> str:
    return "" if inner in ("nan", "inf", "-inf") else "a 'float' other than nan, inf and -inf"


def _number(inner: Any) -> str:
    return "" if isinstance(inner, int) and not isinstance(inner, bool) else "a socket without its number"


_TAGS: dict[str, Callable[[Any], str]] = {
    "int": _integer,
    "float": _float,
    "str": _bytes,
    "text": _text,
    "surrogate": _text,
    "bytes": _bytes,
    "bytearray": _bytes,
    "memoryview": _bytes,
    "tuple": _items,
    "list": _items,
    "set": _items,
    "dict": _pairs,
    "socket": _number,
    "class": _text,
    "exception": problem_of_raised,
}
