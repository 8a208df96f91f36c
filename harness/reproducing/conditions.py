"""What a target did at a step, as a Python condition over the variable `outcome`. Types count where they are what differs."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from harness.judging.values import items_of
from harness.records.observation import Observation, Raised
from harness.reproducing.source import literal

_VARYING = frozenset({"port", "fd", "pid", "scope", "volatile", "socket", "object", "local", "exception"})
_PLACEHOLDERS = ("<port:", "<fd:", "<pid:", "<address:", "<temporary:", "<host:", "<scope:", "<literal:")


def condition(seen: Observation, kind: str) -> str:
    """The condition; empty where nothing can be compared."""
    if seen.raises is not None:
        return " and ".join(_raised(seen.raises, kind))
    if seen.pending is not None:
        return f"outcome is {seen.pending}"
    if seen.value is UNSET:
        return ""
    parts = list(_value("outcome", seen.value, kind == "type"))
    return " and ".join(parts) if parts else "not isinstance(outcome, BaseException)"


def _raised(raised: Raised, kind: str) -> Iterator[str]:
    yield f'type(outcome).__name__ == "{raised.type.split(".")[-1]}"'
    symbol = raised.symbols[0] if raised.symbols else ""
    if symbol:
        yield f"outcome.errno == {'socket' if symbol.startswith('EAI_') else 'errno'}.{symbol}"
    elif raised.errno is not None:
        yield f"outcome.errno == {raised.errno}"
    elif kind in ("exception", "errno"):
        yield 'getattr(outcome, "errno", None) is None'
    if kind == "message" and not _is_varying(raised.message):
        yield f"{literal({'text': raised.message})} in str(outcome)"


def _value(name: str, value: Any, typed: bool) -> Iterator[str]:
    if value is None or isinstance(value, bool):
        yield f"{name} is {value}"
        return
    if isinstance(value, dict):
        yield from _tagged(name, value, typed)
        return
    if not isinstance(value, str) or not _is_varying(value):
        yield f"{name} == {literal(value)}"
    if typed:
        yield f'type({name}).__name__ == "{type(value).__name__}"'


def _tagged(name: str, value: dict[str, Any], typed: bool) -> Iterator[str]:
    tag, inner = ("object", "") if "object" in value else next(iter(value.items()))
    items = items_of(value)
    if items is not None:
        yield f"isinstance({name}, {tag}) and len({name}) == {len(items)}"
        for at, item in enumerate(items):
            yield from _value(f"{name}[{at}]", item, typed)
    elif "large" in value:
        yield f"len({name}) == {value['length']}"
    elif "enum" in value:
        yield f"{name} == {literal(value['int'])}"
    elif tag == "class":
        yield f'{name}.__name__ == "{str(inner).split(".")[-1]}"'
    elif tag == "float" and inner == "nan":
        yield f"{name} != {name}"
    elif not _varies(value):
        yield f"{name} == {literal(value)}"
    if typed and tag in ("bytes", "bytearray", "memoryview", "str"):
        yield f'type({name}).__name__ == "{tag}"'


def _varies(value: Any) -> bool:
    """Whether something in a value is not the same in every run, or nothing that a literal could be."""
    if isinstance(value, str):
        return _is_varying(value)
    if isinstance(value, dict):
        return bool(_VARYING & value.keys()) or "large" in value or "class" in value or any(map(_varies, value.values()))
    return isinstance(value, list) and any(map(_varies, value))


def _is_varying(text: str) -> bool:
    return any(placeholder in text for placeholder in _PLACEHOLDERS)
