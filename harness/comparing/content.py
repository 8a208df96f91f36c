"""Values in wire form (docs/agent-protocol.md) as keys: what they hold, and of which types they are made. Knows nothing of steps.

Two values hold the same if a program that does not look at types would find them equal: `2` and `AddressFamily.AF_INET`, `b"x"` and `"x"`
(text counts as its UTF-8), a list and a tuple. Sockets and other objects hold nothing that could be compared: two of them always agree.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from harness.judging.values import content_of, integer_of, items_of

NATIVE = "bytes or text"
"""The type of Python 2's `str`, which is both."""

_LONGEST_EXACT = 256
_TEXTS = {"str": NATIVE, "text": "str", "native": "str"}
_NUMBERS = frozenset({"port", "fd", "pid"})

SymbolGroups = Mapping[str, str]
"""The name that stands for all names of one error, by each of them."""


def holds(value: Any, symbols: SymbolGroups) -> Hashable:
    """A key that is equal for values which hold the same."""
    if not isinstance(value, dict):
        return octets(value) if isinstance(value, str) else value
    number = integer_of(value)
    if number is not None:
        return number
    items = items_of(value)
    if items is not None:
        return ("items", *(holds(item, symbols) for item in items))
    if content_of(value) is not None:
        return octets(value)
    return _tagged(value, symbols)


def _tagged(value: dict[str, Any], symbols: SymbolGroups) -> Hashable:
    tag, inner = _taken_apart(value)
    if tag == "large":
        return tag, value["sha256"]
    if tag == "set":
        return tag, frozenset(holds(item, symbols) for item in inner)
    if tag == "dict":
        return tag, frozenset((holds(key, symbols), holds(item, symbols)) for key, item in inner)
    if tag == "exception":
        return tag, inner["type"], error_number(inner.get("symbols", ()), inner.get("errno"), symbols)
    return (tag,) if tag in ("socket", "object") else (tag, str(inner))


def octets(value: Any) -> Hashable:
    """The bytes of text or bytes; of many of them the digest, as agents give it."""
    content = content_of(value) or ""
    is_text = isinstance(value, str) or "text" in value
    data = _utf8(content) if is_text else content.encode("latin-1", "replace")
    if len(data) <= _LONGEST_EXACT:
        return data
    from hashlib import sha256

    return "large", sha256(data).hexdigest()


def _utf8(text: str) -> bytes:
    """Python 3 shows bytes that are no UTF-8, in paths for instance, as lone surrogates; other surrogates stay what they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def shape(value: Any) -> Iterator[str]:
    """The types that a value is made of, containers before their items."""
    if not isinstance(value, dict):
        yield type(value).__name__
        return
    tag, inner = _taken_apart(value)
    if tag in ("enum", "object"):
        yield str(inner)
    elif tag == "large":
        yield _TEXTS.get(str(inner), str(inner))
    else:
        yield "int" if tag in _NUMBERS else _TEXTS.get(tag, tag)
        for item in _parts(tag, inner):
            yield from shape(item)


def _taken_apart(value: dict[str, Any]) -> tuple[str, Any]:
    """Tag and content of a tagged object. Some have several keys, in any order."""
    for tag in ("enum", "large", "object"):
        if tag in value:
            return tag, value[tag]
    return next(iter(value.items()))


def _parts(tag: str, inner: Any) -> Sequence[Any]:
    """Items of a container, in an order that does not depend on their types."""
    if tag in ("tuple", "list"):
        return tuple(inner)
    if tag == "set":
        return sorted(inner, key=lambda item: repr(holds(item, {})))
    if tag == "dict":
        pairs = sorted(inner, key=lambda pair: repr(holds(pair[0], {})))
        return [part for pair in pairs for part in pair]
    return ()


def exceptions(value: Any) -> Iterator[dict[str, Any]]:
    """The exceptions, as objects of the wire form, that a value holds."""
    if isinstance(value, dict):
        tag, inner = _taken_apart(value)
        if tag == "exception":
            yield inner
        for item in _parts(tag, inner):
            yield from exceptions(item)


def error_number(symbols: Sequence[str], number: int | None, groups: SymbolGroups) -> str | int | None:
    """What an error number is compared by: its names where it has some, so that systems may count differently."""
    return groups.get(plain(symbols[0]), plain(symbols[0])) if symbols else number


def plain(symbol: str) -> str:
    """`ECONNREFUSED` of `WSAECONNREFUSED`."""
    return symbol.removeprefix("WSA")


def symbol_groups(sets: Iterator[Sequence[str]]) -> dict[str, str]:
    """Names that were seen to belong to one number, directly or through a third, stand for one error."""
    groups: list[set[str]] = []
    for symbols in sets:
        names = {plain(symbol) for symbol in symbols}
        touching = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names]
        groups.append(names.union(*touching))
    return {name: min(group) for group in groups for name in group}


def agreeing_shapes(shapes: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The shapes, those with Python 2's `str` as the one they agree with: with the most bytes if there are several, else their own."""
    settled = sorted({each for each in shapes if NATIVE not in each}, key=lambda each: (-each.count("bytes"), each))
    return [_agreeing(each, settled) if NATIVE in each else each for each in shapes]


def _agreeing(wanted: tuple[str, ...], settled: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return next((each for each in settled if _agree(wanted, each)), wanted)


def _agree(native: tuple[str, ...], settled: tuple[str, ...]) -> bool:
    if len(native) != len(settled):
        return False
    return all(one == other or (one == NATIVE and other in ("bytes", "str")) for one, other in zip(native, settled, strict=True))
