"""Expressions of a plan (docs/plan.md) as Python source that means the same on Python 2.7 and on the newest. Runs nothing."""

from collections.abc import Callable, Mapping
from typing import Any

Name = Callable[[str], str]
"""The variable that stands for a name of the scenario."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BINARY = {"|", "&", "+", "-", "<", "<=", "==", "!=", ">", ">=", "in", "is", "not-in", "is-not"}
_COMPOSED = _BINARY | {"and", "or", "not", "neg"}

_SHORTER = {
    "decimal": "Decimal", "fraction": "Fraction", "bytes_file": "io.BytesIO", "pickled": "pickle.dumps", "copied": "copy.copy",
    "index_object": "Indexed", "float_object": "Floating", "str_subclass": "Text", "int_subclass": "Integer", "volatile": "int",
    "exists": "os.path.lexists", "remove": "os.unlink", "make_folder": "os.mkdir",
}  # fmt: skip
"""What Python itself has under another name."""


class Writer:
    """Writes the expressions of one step."""

    def __init__(self, variable: Name, index: str = "", owner: str = "") -> None:
        self.variable = variable
        self.index = index
        """The variable that counts the members of a role."""
        self.owner = owner
        """Whose temporary folder it is, where several roles have one."""

    def __call__(self, tree: Any) -> str:
        """An expression as source."""
        if not isinstance(tree, list):
            return literal(tree)
        operation, *parts = tree
        if operation in _BINARY:
            sign = operation.replace("-in", " in").replace("-not", " not")
            return f"{self._operand(parts[0])} {sign} {self._operand(parts[1])}"
        return str(getattr(self, f"_{operation}")(*parts))

    def _operand(self, tree: Any) -> str:
        text = self(tree)
        return f"({text})" if isinstance(tree, list) and tree[0] in _COMPOSED else text

    def _owner(self, tree: Any) -> str:
        text = self._operand(tree)
        return f"({text})" if not isinstance(tree, (list, str, dict)) else text

    def _name(self, name: str) -> str:
        return self.variable(name)

    def _const(self, name: str) -> str:
        return (self.index or "0") if name == "INDEX" else name

    def _module(self, name: str) -> str:
        return name

    def _builtin(self, name: str) -> str:
        return name

    def _get(self, owner: Any, name: str) -> str:
        return f"{self._owner(owner)}.{name}"

    def _call(self, function: Any, arguments: list[Any], keywords: Mapping[str, Any] | None = None) -> str:
        return f"{self(function)}({self.arguments(arguments, keywords)})"

    def arguments(self, positional: list[Any], keywords: Mapping[str, Any] | None = None) -> str:
        """What stands between the parentheses of a call."""
        return ", ".join([*map(self, positional), *(f"{name}={self(tree)}" for name, tree in (keywords or {}).items())])

    def _help(self, name: str, arguments: list[Any], keywords: Mapping[str, Any] | None = None) -> str:
        if name in ("nan", "infinity"):
            return f'float("{name[:3]}")'
        if name == "utf8" and is_text(arguments[0]):
            return f'{unicode_literal(text_of(arguments[0]))}.encode("utf-8")'
        extra = [f"owner={literal(self.owner)}"] if self.owner and name in ("path", "open_file") else []
        given = ", ".join(filter(None, [self.arguments(arguments, keywords), *extra]))
        return f"{_SHORTER.get(name, name)}({given})"

    def _item(self, owner: Any, index: Any) -> str:
        return f"{self._owner(owner)}[{self(index)}]"

    def _slice(self, *bounds: Any) -> str:
        first, last, step = ("" if bound is None else self(bound) for bound in (*bounds, None, None, None)[:3])
        return f"{first}:{last}" + (f":{step}" if step else "")

    def _tuple(self, items: list[Any]) -> str:
        return f"({', '.join(map(self, items))}{',' if len(items) == 1 else ''})"

    def _list(self, items: list[Any]) -> str:
        return f"[{', '.join(map(self, items))}]"

    def _dict(self, pairs: list[list[Any]]) -> str:
        return "{" + ", ".join(f"{self(key)}: {self(value)}" for key, value in pairs) + "}"

    def _neg(self, tree: Any) -> str:
        return f"-{self._operand(tree)}"

    def _not(self, tree: Any) -> str:
        return f"not {self._operand(tree)}"

    def _and(self, items: list[Any]) -> str:
        return " and ".join(self._condition(item) for item in items)

    def _or(self, items: list[Any]) -> str:
        return " or ".join(self._condition(item) for item in items)

    def _condition(self, tree: Any) -> str:
        text = self(tree)
        return f"({text})" if isinstance(tree, list) and tree[0] in ("and", "or") else text


# ---------------------------------------------------------------------------------------------------------- literals


def literal(value: Any) -> str:
    """A value of a plan, or of an observation, as source."""
    if isinstance(value, str):
        return native_literal(value)
    if not isinstance(value, dict):
        return repr(value)
    tag = "enum" if "enum" in value else next(iter(value))
    return _LITERALS[tag](value[tag] if tag != "enum" else value)


def is_text(tree: Any) -> bool:
    """Whether an expression is nothing but a text."""
    return isinstance(tree, str) or (isinstance(tree, dict) and ("text" in tree or "surrogate" in tree))


def text_of(tree: Any) -> str:
    """The text that it is."""
    if isinstance(tree, str):
        return tree
    return str(tree["text"]) if "text" in tree else _surrogates(tree["surrogate"])


def native_literal(text: str) -> str:
    """A `str` of the Python that runs it. Python 2 makes UTF-8 of it, as the file is, so that no escape may say more than ASCII."""
    if all(letter.isascii() or letter.isprintable() for letter in text):
        return '"' + "".join(_in_native(letter) for letter in text) + '"'
    return f"native({unicode_literal(text)})"


def _in_native(letter: str) -> str:
    return _ESCAPES.get(letter) or (letter if letter.isprintable() else f"\\x{ord(letter):02x}")


def unicode_literal(text: str) -> str:
    """Text on every Python."""
    return 'u"' + "".join(_in_unicode(letter) for letter in text) + '"'


def _in_unicode(letter: str) -> str:
    number = ord(letter)
    if letter in _ESCAPES or letter.isprintable():
        return _ESCAPES.get(letter, letter)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def bytes_literal(text: str) -> str:
    """Bytes, given as the characters U+0000 to U+00FF."""
    return 'b"' + "".join(_ESCAPES.get(each) or (each if " " <= each <= "~" else f"\\x{ord(each):02x}") for each in text) + '"'


def _surrogates(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogatepass")


def _items(items: list[Any]) -> str:
    return ", ".join(map(literal, items))


_LITERALS: dict[str, Callable[[Any], str]] = {
    "bytes": bytes_literal,
    "str": lambda text: bytes_literal(text)[1:],
    "text": unicode_literal,
    "surrogate": lambda text: unicode_literal(_surrogates(text)),
    "bytearray": lambda text: f"bytearray({bytes_literal(text)})",
    "memoryview": lambda text: f"memoryview({bytes_literal(text)})",
    "int": str,
    "float": lambda text: f'float("{text}")',
    "tuple": lambda items: f"({_items(items)}{',' if len(items) == 1 else ''})",
    "list": lambda items: f"[{_items(items)}]",
    "set": lambda items: f"set([{_items(items)}])",
    "dict": lambda pairs: "{" + ", ".join(f"{literal(key)}: {literal(value)}" for key, value in pairs) + "}",
    "enum": lambda value: literal(value["int"]),
}
