"""Write expressions and expectations of a plan as people wrote them: Python source, and words. Evaluates nothing."""

from collections.abc import Iterator
from typing import Any

from harness.judging.values import show
from harness.records.plan import Bounds, Expectation, RaisesExpectation, WarnsExpectation

_BINARY = {"|", "&", "+", "-", "<", "<=", "==", "!=", ">", ">=", "in", "is", "not-in", "is-not"}


def written(tree: Any) -> str:
    """An expression of docs/plan.md as Python source."""
    if not isinstance(tree, list):
        return show(tree)
    operation, *parts = tree
    if operation in _BINARY:
        return f"{_operand(parts[0])} {operation.replace('-in', ' in').replace('-not', ' not')} {_operand(parts[1])}"
    writer = _WRITERS.get(operation)
    return writer(*parts) if writer else show(str(tree))


def _operand(tree: Any) -> str:
    text = written(tree)
    return f"({text})" if isinstance(tree, list) and tree[0] in (*_BINARY, "and", "or", "not") else text


def _condition(tree: Any) -> str:
    """Comparisons bind more tightly than `and`, `or` and `not`."""
    text = written(tree)
    return f"({text})" if isinstance(tree, list) and tree[0] in ("and", "or") else text


def _call(function: str, arguments: list[Any], named: dict[str, Any] | None = None) -> str:
    return f"{function}({', '.join([*map(written, arguments), *(f'{name}={written(tree)}' for name, tree in (named or {}).items())])})"


def _tuple(items: list[Any]) -> str:
    return f"({_listed(items)}{',' if len(items) == 1 else ''})"


def _listed(items: list[Any]) -> str:
    return ", ".join(map(written, items))


def _slice(*bounds: Any) -> str:
    first, last, step = ("" if bound is None else written(bound) for bound in (*bounds, None, None, None)[:3])
    return f"{first}:{last}" + (f":{step}" if step else "")


_WRITERS: dict[str, Any] = {
    "name": str,
    "const": str,
    "module": str,
    "builtin": str,
    "get": lambda owner, name: f"{written(owner)}.{name}",
    "call": lambda function, arguments=(), named=None: _call(written(function), list(arguments), named),
    "help": lambda name, arguments=(), named=None: _call(name, list(arguments), named),
    "match": lambda name, arguments=(), named=None: _call(name, list(arguments), named),
    "item": lambda owner, index: f"{written(owner)}[{written(index)}]",
    "slice": _slice,
    "tuple": _tuple,
    "list": lambda items: f"[{_listed(items)}]",
    "dict": lambda pairs: "{" + ", ".join(f"{written(key)}: {written(value)}" for key, value in pairs) + "}",
    "neg": lambda tree: f"-{_operand(tree)}",
    "not": lambda tree: f"not {_condition(tree)}",
    "and": lambda items: " and ".join(map(_condition, items)),
    "or": lambda items: " or ".join(map(_condition, items)),
}


def expectation_words(expect: Expectation) -> list[str]:
    """What a step must do, one text for each part: `returns 23`, `raises ECONNREFUSED`, `takes 0.2..0.6 s`; empty if nothing is said."""
    return list(_words(expect))


def _words(expect: Expectation) -> Iterator[str]:
    if expect.has_returns:
        yield f"returns {written(expect.returns)}"
    if expect.raises is not None:
        yield f"raises {raises_words(expect.raises)}"
    if expect.takes is not None:
        yield f"takes {bounds_words(expect.takes)}"
    if expect.warns is not None:
        yield f"warns {_warns_words(expect.warns)}"
    if expect.records:
        yield "only recorded"


def raises_words(expected: RaisesExpectation) -> str:
    """An expected exception: `socket.timeout`, `socket.error ECONNREFUSED`."""
    parts = [] if expected.type is None else [written(expected.type) if isinstance(expected.type, list) else str(expected.type)]
    for each in (expected.errno, expected.message):
        if each is not None:
            parts.append(each if isinstance(each, str) and each is expected.errno else written(each))
    return " ".join(parts) or "an exception"


def bounds_words(bounds: Bounds) -> str:
    """`0.2..0.6 s`, `..0.5 s`."""
    least = "" if bounds.least is None else f"{bounds.least:g}"
    most = "" if bounds.most is None else f"{bounds.most:g}"
    return f"{least}..{most} s"


def _warns_words(expected: WarnsExpectation) -> str:
    return expected.type + ("" if expected.message is None else f" {written(expected.message)}")
