"""Values in wire form (docs/agent-protocol.md): their type, their size, how people read them. Compares nothing."""

from typing import Any

SHORTEST = 200
"""Longest text shown for a value."""

_TAGGED_TYPES = {
    "str": "str", "text": "unicode", "surrogate": "str", "bytes": "bytes", "bytearray": "bytearray", "memoryview": "memoryview",
    "tuple": "tuple",
    "list": "list", "dict": "dict", "set": "set", "int": "int", "float": "float", "socket": "socket.socket", "class": "type",
}  # fmt: skip
_LARGE_TYPES = {"native": "str", "text": "unicode", "str": "str"}


def type_name(value: Any) -> str:
    """Name of the type a value has on its target."""
    if value is None:
        return "NoneType"
    if not isinstance(value, dict):
        return type(value).__name__
    if "enum" in value:
        return str(value["enum"])
    if "large" in value:
        return _LARGE_TYPES.get(value["large"], str(value["large"]))
    if "exception" in value:
        return str(value["exception"]["type"])
    if "object" in value:
        return str(value["object"])
    return _TAGGED_TYPES.get(next(iter(value)), "?")


def is_integer(value: Any) -> bool:
    """Whether it is an integer of any kind, booleans left out."""
    return integer_of(value) is not None


def integer_of(value: Any) -> int | None:
    """The number an integer or enum member stands for."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, dict):
        if "enum" in value:
            return integer_of(value["int"])
        if "int" in value:
            return int(value["int"])
    return None


def number_of(value: Any) -> float | int | None:
    """The number a value is, if it is one."""
    if isinstance(value, float):
        return value
    if isinstance(value, dict) and "float" in value:
        return float(value["float"])
    return integer_of(value)


def content_of(value: Any) -> str | None:
    """Characters of a text, or of bytes taken as U+0000 to U+00FF; nothing for other values and for large ones."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        for tag in ("bytes", "str", "text", "bytearray", "memoryview"):
            if tag in value:
                return str(value[tag])
    return None


def items_of(value: Any) -> list[Any] | None:
    """Items of a tuple or list."""
    if isinstance(value, dict):
        for tag in ("tuple", "list"):
            if tag in value:
                items: list[Any] = value[tag]
                return items
    return None


def length_of(value: Any) -> int | None:
    """What `len` says of it on its target, where that is known."""
    if isinstance(value, dict) and "large" in value:
        return int(value["length"])
    items = items_of(value)
    if items is not None:
        return len(items)
    if isinstance(value, dict) and ("dict" in value or "set" in value):
        return len(value.get("dict") or value.get("set") or ())
    content = content_of(value)
    return None if content is None else len(content)


def show(value: Any, longest: int = SHORTEST) -> str:
    """A value as Python would write it, shortened."""
    return shortened(_show(value), longest)


def shortened(text: str, longest: int = SHORTEST) -> str:
    """Text of at most so many characters; one that was cut ends in an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _show(value: Any) -> str:
    if not isinstance(value, dict):
        return repr(value)
    if "enum" in value:
        return f"{value['enum']}.{value['name']}" if value["name"] else f"{value['enum']}({value['int']})"
    if "large" in value:
        return f"<{_LARGE_TYPES.get(value['large'], value['large'])} of {value['length']}, sha256 {value['sha256'][:12]}…>"
    if "object" in value:
        return f"<{value['object']}>"
    tag, inner = next(iter(value.items()))
    shower = _SHOWERS.get(tag)
    return shower(inner) if shower else f"<{tag} {inner}>"


def _bytes_text(text: str) -> str:
    return repr(text.encode("latin-1", "backslashreplace"))


def _joined(items: list[Any]) -> str:
    return ", ".join(_show(item) for item in items)


_SHOWERS: dict[str, Any] = {
    "bytes": _bytes_text,
    "str": lambda text: _bytes_text(text)[1:],
    "text": lambda text: "u" + repr(text),
    "surrogate": lambda text: repr(text.encode("latin-1").decode("utf-8", "surrogatepass")),
    "bytearray": lambda text: f"bytearray({_bytes_text(text)})",
    "memoryview": lambda text: f"memoryview({_bytes_text(text)})",
    "int": str,
    "float": str,
    "tuple": lambda items: f"({_joined(items)}{',' if len(items) == 1 else ''})",
    "list": lambda items: f"[{_joined(items)}]",
    "set": lambda items: "{" + _joined(items) + "}",
    "dict": lambda pairs: "{" + ", ".join(f"{_show(key)}: {_show(item)}" for key, item in pairs) + "}",
    "class": lambda name: f"<class {name}>",
    "socket": lambda number: f"<socket {number}>",
    "exception": lambda raised: f"{raised['type']}({raised['message']!r})",
    "port": lambda number: f"<port:{number}>",
    "fd": lambda number: f"<fd:{number}>",
    "pid": lambda number: f"<pid:{number}>",
}
