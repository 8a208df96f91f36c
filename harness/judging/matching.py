"""Compare one observed value with one expected expression. Knows nothing of steps, targets or files."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any

from msgspec import Struct

from harness.judging.values import content_of, integer_of, is_integer, items_of, length_of, number_of, show, type_name
from harness.records.facts import Facts

PATTERN_SECONDS = 1.0
"""A regular expression of a stranger may take for ever; the library `regex` can be told when to give up."""
LONGEST_EXACT = 256
"""Bytes and text beyond this are observed as length and digest."""


class Matcher(Struct, frozen=True):
    """An expected value that many observed ones fulfil."""

    text: str
    test: Callable[[Any], bool]


class Unmatchable(Exception):
    """The expectation has no value on this target, which lacks a name that it speaks of or did something else before."""


class Misstated(Unmatchable):
    """The expectation has no value on any target: the scenario is wrong."""


class Context(Struct):
    """What names in an expectation stand for."""

    facts: Facts
    names: Callable[[str], Any]
    """The wire value of a name saved by an earlier step; raises KeyError."""
    environment: Mapping[str, Any]
    """`HOST`, `HOST6`, `PEER`, `INDEX`."""


def matches(expected: Any, observed: Any, context: Context) -> bool:
    """Whether an observed wire value is what the expression asks for. Raises `Unmatchable`."""
    if type(expected) is type(observed) and isinstance(expected, (str, int)) and expected == observed:
        return True
    return equal(evaluate(expected, context), observed)


def equal(expected: Any, observed: Any) -> bool:
    """Equality as Python programs see it, but for bool against int, float against int, and bytes against text, which differ."""
    if isinstance(expected, Matcher):
        return expected.test(observed)
    if expected is None or isinstance(expected, (bool, float)):
        return type(expected) is type(observed) and bool(expected == observed)
    number = integer_of(expected)
    if number is not None:
        return integer_of(observed) == number
    items = items_of(expected)
    if items is not None:
        return _equal_items(expected, items, observed)
    if content_of(expected) is not None or (isinstance(expected, dict) and "large" in expected):
        return _equal_content(expected, observed)
    if isinstance(expected, dict) and isinstance(observed, dict):
        return _equal_tagged(expected, observed)
    return bool(expected == observed)


def _equal_tagged(expected: dict[str, Any], observed: dict[str, Any]) -> bool:
    """Dictionaries and sets by what they hold, as neither has an order that a program may rely on everywhere; others as they are."""
    if "dict" in expected and "dict" in observed:
        return _equal_unordered(expected["dict"], observed["dict"], _equal_pair)
    if "set" in expected and "set" in observed:
        return _equal_unordered(expected["set"], observed["set"], equal)
    return expected == observed


def _equal_pair(expected: list[Any], observed: list[Any]) -> bool:
    return equal(expected[0], observed[0]) and equal(expected[1], observed[1])


def _equal_unordered(expected: list[Any], observed: list[Any], alike: Callable[[Any, Any], bool]) -> bool:
    if len(expected) != len(observed):
        return False
    left = list(observed)
    for one in expected:
        found = next((at for at, other in enumerate(left) if alike(one, other)), None)
        if found is None:
            return False
        del left[found]
    return True


def _equal_items(expected: Any, items: list[Any], observed: Any) -> bool:
    seen = items_of(observed)
    if seen is None or ("tuple" in expected) != ("tuple" in observed) or len(items) != len(seen):
        return False
    return all(equal(one, other) for one, other in zip(items, seen, strict=True))


_BYTES = frozenset({"bytes"})
_TEXT = frozenset({"native", "text"})
_EITHER = frozenset({"str"})


def _kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "native"
    if isinstance(value, dict):
        if "large" in value:
            return str(value["large"])
        for tag in ("bytes", "str", "text", "bytearray", "memoryview"):
            if tag in value:
                return tag
    return None


def _comparable(one: str | None, other: str | None) -> bool:
    """Python 2's `str` is both native text and bytes; otherwise like goes with like."""
    if one is None or other is None:
        return False
    if one == other or {one, other} == _TEXT:
        return True
    return "str" in (one, other) and bool({one, other} & (_BYTES | _TEXT))


def _equal_content(expected: Any, observed: Any) -> bool:
    if not _comparable(_kind(expected), _kind(observed)):
        return False
    if (isinstance(expected, dict) and "large" in expected) or (isinstance(observed, dict) and "large" in observed):
        return _fingerprint(expected) == _fingerprint(observed)
    return _octets(expected) == _octets(observed)


def _octets(value: Any) -> bytes:
    kind, content = _kind(value), content_of(value) or ""
    return content.encode("utf-8", "surrogatepass") if kind in _TEXT else content.encode("latin-1")


def _fingerprint(value: Any) -> tuple[int, str]:
    if isinstance(value, dict) and "large" in value:
        return value["length"], value["sha256"]
    return length_of(value) or 0, _digest(str(_kind(value)), content_of(value) or "")


@lru_cache(maxsize=16)
def _digest(kind: str, content: str) -> str:
    """Of a text or bytes; megabytes of `fill` are expected in many steps."""
    return sha256(_octets({kind: content} if kind != "native" else content)).hexdigest()


# ------------------------------------------------------------------------------------- expressions of expectations


def evaluate(tree: Any, context: Context) -> Any:
    """The wire value, or matcher, that an expected expression stands for. Raises `Unmatchable`."""
    if type(tree) is not list:
        return tree
    operation = _OPERATIONS.get(tree[0])
    if operation is None:
        raise Misstated(f"operation {tree[0]!r} has no place in an expectation")
    return operation(tree, context)


def _name(tree: Any, context: Context) -> Any:
    try:
        return context.names(tree[1])
    except KeyError:
        raise Unmatchable(f"{tree[1]} was not set") from None


def _get(tree: Any, context: Context) -> Any:
    if not (isinstance(tree[1], list) and tree[1][0] == "module"):
        raise Misstated(f"attribute {tree[2]!r} cannot be looked up in an expectation")
    name = f"{tree[1][1]}.{tree[2]}"
    if name in context.facts.constants:
        return context.facts.constants[name]
    if name in context.facts.classes:
        return {"class": context.facts.classes[name]}
    raise Unmatchable(f"{name} is not there on this target")


def _items(trees: list[Any], context: Context) -> list[Any]:
    return [evaluate(tree, context) for tree in trees]


def _item(tree: Any, context: Context) -> Any:
    owner, index = evaluate(tree[1], context), tree[2]
    items = items_of(owner)
    sequence: Any = items if items is not None else content_of(owner)
    if sequence is None:
        raise Unmatchable(f"{show(owner)} has no items")
    try:
        if isinstance(index, list) and index and index[0] == "slice":
            part = sequence[slice(*(evaluate(bound, context) for bound in index[1:]))]
            return _like(owner, part)
        found = sequence[integer_of(evaluate(index, context))]
        return found if items is not None else _unit(owner, found)
    except (IndexError, TypeError) as error:
        raise Unmatchable(str(error)) from None


def _unit(owner: Any, character: str) -> Any:
    """One item of text or bytes: of bytes a number, as in Python 3."""
    return ord(character) if _kind(owner) in ("bytes", "bytearray", "memoryview") else _like(owner, character)


def _like(owner: Any, part: Any) -> Any:
    return part if isinstance(owner, str) else {next(iter(owner)): part}


def _arithmetic(tree: Any, context: Context) -> Any:
    sign, left, right = tree[0], evaluate(tree[1], context), evaluate(tree[2], context)
    one, other = integer_of(left), integer_of(right)
    if one is not None and other is not None:
        return {"|": one | other, "&": one & other, "+": one + other, "-": one - other}[sign]
    if sign == "+" and _kind(left) == _kind(right) and content_of(left) is not None and content_of(right) is not None:
        return _like(left, str(content_of(left)) + str(content_of(right)))
    if sign == "+" and items_of(left) is not None and items_of(right) is not None:
        return {next(iter(left)): [*(items_of(left) or ()), *(items_of(right) or ())]}
    raise Unmatchable(f"{show(left)} {sign} {show(right)} has no value")


def _compare(tree: Any, context: Context) -> bool:
    sign, left, right = str(tree[0]), evaluate(tree[1], context), evaluate(tree[2], context)
    if sign in ("==", "!=", "is", "is-not"):
        return equal(left, right) == (sign in ("==", "is"))
    if sign in ("in", "not-in"):
        return _contains(right, left) == (sign == "in")
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        raise Unmatchable(f"{show(left)} and {show(right)} have no order here")
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]


def _logic(tree: Any, context: Context) -> Any:
    value: Any = tree[0] == "and"
    for part in tree[1]:
        value = evaluate(part, context)
        if bool(value) == (tree[0] == "or"):
            break
    return value


@cache
def _filled(count: int) -> Any:
    """All of `fill(count)`, so that it can be cut and added to."""
    return {"bytes": (bytes(range(251)) * (count // 251 + 1))[:count].decode("latin-1")}


def filled(count: int) -> Any:
    """The wire form of `fill(count)`."""
    return _compact(_filled(count))


def _compact(value: Any) -> Any:
    """Bytes in the form that agents give them, and people can read: those that are long by length and digest."""
    if _kind(value) != "bytes" or "large" in value or len(value["bytes"]) <= LONGEST_EXACT:
        return value
    length, digest = _fingerprint(value)
    return {"large": "bytes", "length": length, "sha256": digest, "head": value["bytes"][:32]}


def _help(tree: Any, context: Context) -> Any:
    helper = _HELPERS.get(tree[1])
    if helper is None:
        raise Misstated(f"{tree[1]}() cannot be used in an expectation")
    return helper(*_items(tree[2], context))


def _utf8(text: Any) -> Any:
    data = _octets(text).decode("latin-1")
    return {"bytes": data}


def _length(value: Any) -> int:
    length = length_of(value)
    if length is None:
        raise Unmatchable(f"{show(value)} has no length")
    return length


def _bytes_of(*values: Any) -> Any:
    if not values:
        return {"bytes": ""}
    number = integer_of(values[0])
    return {"bytes": "\0" * number} if number is not None else {"bytes": content_of(values[0]) or ""}


_HELPERS: dict[str, Callable[..., Any]] = {
    "utf8": _utf8,
    "fill": lambda count: _filled(count),
    "len": _length,
    "bytes": _bytes_of,
    "bytearray": lambda *values: {"bytearray": _bytes_of(*values)["bytes"]},
    "tuple": lambda value: {"tuple": items_of(value) or []},
    "list": lambda value: {"list": items_of(value) or []},
    "nan": lambda: {"float": "nan"},
    "infinity": lambda: {"float": "inf"},
}


# ------------------------------------------------------------------------------------------------------- matchers


def _contains(container: Any, wanted: Any) -> bool:
    items = items_of(container)
    if items is not None:
        return any(equal(wanted, item) for item in items)
    if not _comparable(_kind(container), _kind(wanted)) or content_of(container) is None:
        return False
    return _octets(wanted) in _octets(container)


def _starts(value: Any, beginning: Any) -> bool:
    if not _comparable(_kind(value), _kind(beginning)):
        return False
    if isinstance(value, dict) and "large" in value:
        return bool(value["head"].startswith(str(content_of(beginning))))
    return _octets(value).startswith(_octets(beginning))


def _whole(pattern: Any) -> Callable[[Any], bool]:
    import regex

    try:
        compiled = regex.compile(str(content_of(pattern)), regex.DOTALL)
    except regex.error as error:
        raise Misstated(f"{show(pattern)} is no regular expression ({error})") from None

    def test(value: Any) -> bool:
        content = content_of(value)
        if content is None:
            return False
        try:
            return compiled.fullmatch(content, timeout=PATTERN_SECONDS) is not None
        except TimeoutError:
            raise Misstated(
                f"{show(pattern)} takes more than {PATTERN_SECONDS:g} s to match; write it without nested repetitions"
            ) from None

    return test


def _is_between(least: Any, most: Any, value: Any) -> bool:
    number, low, high = number_of(value), number_of(least), number_of(most)
    return number is not None and low is not None and high is not None and low <= number <= high


def _is_instance(name: Any, value: Any) -> bool:
    wanted = str(content_of(name))
    if type_name(value) == wanted or (_kind(value) == "str" and wanted == "bytes"):
        return True
    if wanted == "int" and is_integer(value):
        return True
    return isinstance(value, dict) and "exception" in value and wanted in value["exception"]["bases"]


_MATCHERS: dict[str, Callable[..., Callable[[Any], bool]]] = {
    "anything": lambda: lambda value: True,
    "any_int": lambda: is_integer,
    "any_float": lambda: lambda value: isinstance(value, float) or (isinstance(value, dict) and "float" in value),
    "any_str": lambda: lambda value: _kind(value) in ("native", "str"),
    "any_bytes": lambda: lambda value: _kind(value) in ("bytes", "str"),
    "any_port": lambda: lambda value: 1 <= (integer_of(value) or 0) <= 65535,
    "between": lambda least, most: lambda value: _is_between(least, most, value),
    "matches": _whole,
    "contains": lambda wanted: lambda value: _contains(value, wanted),
    "starts": lambda beginning: lambda value: _starts(value, beginning),
    "instance": lambda name: lambda value: _is_instance(name, value),
    "length": lambda wanted: lambda value: length_of(value) is not None and equal(wanted, length_of(value)),
    "one_of": lambda *choices: lambda value: any(equal(choice, value) for choice in choices),
    "differs": lambda unwanted: lambda value: not equal(unwanted, value),
}


def _match(tree: Any, context: Context) -> Matcher:
    maker = _MATCHERS.get(tree[1])
    if maker is None:
        raise Misstated(f"matcher {tree[1]!r} is unknown")
    arguments = _items(tree[2], context)
    return Matcher(f"{tree[1]}({', '.join(describe(argument) for argument in arguments)})", maker(*arguments))


def describe(expected: Any) -> str:
    """An expected value as people read it."""
    if isinstance(expected, Matcher):
        return expected.text
    items = items_of(expected)
    if items is not None:
        inner = ", ".join(describe(item) for item in items)
        return f"({inner}{',' if len(items) == 1 else ''})" if "tuple" in expected else f"[{inner}]"
    return show(_compact(expected))


_OPERATIONS: dict[str, Callable[[Any, Context], Any]] = {
    "name": _name,
    "const": lambda tree, context: context.environment[tree[1]],
    "builtin": lambda tree, context: {"class": context.facts.classes.get(tree[1], tree[1])},
    "get": _get,
    "help": _help,
    "match": _match,
    "item": _item,
    "tuple": lambda tree, context: {"tuple": _items(tree[1], context)},
    "list": lambda tree, context: {"list": _items(tree[1], context)},
    "dict": lambda tree, context: {"dict": [_items(pair, context) for pair in tree[1]]},
    "not": lambda tree, context: not evaluate(tree[1], context),
    "neg": lambda tree, context: -(number_of(evaluate(tree[1], context)) or 0),
    "and": _logic,
    "or": _logic,
    **dict.fromkeys(("|", "&", "+", "-"), _arithmetic),
    **dict.fromkeys(("<", "<=", "==", "!=", ">", ">=", "in", "not-in", "is", "is-not"), _compare),
}
