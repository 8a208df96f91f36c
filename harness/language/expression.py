"""Text of a call or an expectation to the expression trees of `docs/plan.md`. Parses with `ast`; never evaluates, knows no steps.

The only judge of what a call may say: words, attributes, arity, matchers out of place. Whether a saved name exists at a
point of the timeline is the business of `walk`.
"""

import ast
import warnings
from collections.abc import Callable
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from harness.language import vocabulary
from harness.language.mistakes import did_you_mean, shortened

LONGEST = 4_000
"""Characters an expression may have."""

DEEPEST = 40
"""Levels of nesting an expression may have."""

LARGEST_EXACT = 2**53
"""Integers beyond are written as text in JSON, which many readers would otherwise round."""


class Flaw(NamedTuple):
    """Something wrong at an offset of an expression's text."""

    offset: int
    message: str
    text: str = ""
    hint: str = ""


class Read(NamedTuple):
    """A name that is no word of the language: a saved value or a parameter."""

    name: str
    offset: int


class Compiled(NamedTuple):
    """An expression in the form of a plan. With flaws, `tree` means nothing."""

    tree: Any
    reads: tuple[Read, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    targets: tuple[Read, ...] = ()
    """Names that the step sets."""
    unpack: bool = False
    process_wide: tuple[Read, ...] = ()
    """Words that change the state of the whole process."""
    forgets: str = ""
    """The name that a step of the form `forget(name)` drops."""


_BINARY = {ast.BitOr: "|", ast.BitAnd: "&", ast.Add: "+", ast.Sub: "-"}
_COMPARISONS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not-in", ast.Is: "is", ast.IsNot: "is-not",
}  # fmt: skip

_REFUSED: dict[type[ast.AST], tuple[str, str]] = {
    ast.JoinedStr: ("an f-string", "write the text out"),
    ast.Lambda: ("a lambda", ""),
    ast.IfExp: ("a conditional expression", "what depends on the target belongs under 'varies'"),
    ast.ListComp: ("a comprehension", ""),
    ast.SetComp: ("a comprehension", ""),
    ast.DictComp: ("a comprehension", ""),
    ast.GeneratorExp: ("a comprehension", "use generator(...)"),
    ast.Set: ("a set display", "use set([...])"),
    ast.Starred: ("an argument with '*'", "write the arguments out"),
    ast.Await: ("'await'", "the key 'await: NAME' takes a background call's result"),
    ast.NamedExpr: ("':='", "save the value in a step of its own"),
    ast.Mult: ("the operator '*'", "use fill(n) for many bytes"),
    ast.Mod: ("the operator '%'", "write the text out"),
    ast.Div: ("the operator '/'", ""),
    ast.FloorDiv: ("the operator '//'", ""),
    ast.Pow: ("the operator '**'", "write the number out"),
    ast.LShift: ("the operator '<<'", "write the number out"),
    ast.RShift: ("the operator '>>'", ""),
    ast.BitXor: ("the operator '^'", ""),
    ast.MatMult: ("the operator '@'", ""),
    ast.Invert: ("the operator '~'", "write the number out"),
    ast.UAdd: ("the operator '+' before a value", "leave it out"),
    ast.Assign: ("a chained assignment", "set each name in a step of its own"),
    ast.AugAssign: ("an assignment with an operator", "write 'name = call'"),
    ast.AnnAssign: ("an annotation", "write 'name = call'"),
    ast.Import: ("an import", "socket, select, selectors, errno, struct and os are there already"),
    ast.ImportFrom: ("an import", "socket, select, selectors, errno, struct and os are there already"),
    ast.Delete: ("'del'", "use forget(name)"),
    ast.With: ("'with'", "use enter(s) and leave(s)"),
    ast.For: ("a loop", "use 'repeat'"),
    ast.While: ("a loop", "use 'repeat'"),
    ast.Raise: ("'raise'", "an expected exception goes under 'raises'"),
    ast.Assert: ("'assert'", "an expected value goes under 'returns'"),
}


class _Stop(Exception):
    """A flaw after which the rest of the expression cannot be read."""


@lru_cache(maxsize=8192)
def compile_call(text: str) -> Compiled:
    """A step's call, with or without an assignment."""
    return _Compiler(text, expecting=False).statement()


@lru_cache(maxsize=8192)
def compile_value(text: str, expecting: bool = True) -> Compiled:
    """An expression that assigns nothing: of an expectation (matchers allowed, calls of pure helpers only), or a parameter's in a call."""
    return _Compiler(text, expecting).value()


def literal(value: Any) -> Any:
    """A Python scalar, of YAML or of a literal, in the form of a plan."""
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_EXACT:
        return {"int": str(value)}
    if isinstance(value, float) and not isfinite(value):
        return {"float": "nan" if value != value else "inf" if value > 0 else "-inf"}
    return value


def build(operation: str, *parts: Any) -> Any:
    """A tree of one operation over trees, folded to a value where it is constant."""
    if operation in ("tuple", "list") and not any(isinstance(part, list) for part in parts[0]):
        return {operation: list(parts[0])}
    if operation == "dict" and not any(isinstance(part, list) for pair in parts[0] for part in pair):
        return {"dict": [list(pair) for pair in parts[0]]}
    if operation == "neg" and _is_number(parts[0]):
        return literal(-_number(parts[0]))
    if operation in ("+", "-") and all(_is_number(part) for part in parts):
        left, right = _number(parts[0]), _number(parts[1])
        return literal(left + right if operation == "+" else left - right)
    return [operation, *parts]


def _parse(text: str, mode: str) -> Any:
    """The syntax tree of a text; an invalid escape in it is an error."""
    if "\\" not in text:
        return ast.parse(text, mode=mode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ast.parse(text, mode=mode)


def _is_number(tree: Any) -> bool:
    return type(tree) in (int, float) or (isinstance(tree, dict) and ("int" in tree or "float" in tree))


def _number(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    return int(tree["int"]) if "int" in tree else float(tree["float"])


def rebuild(tree: Any, change: Callable[[Any], Any]) -> Any:
    """An operation with `change` applied to each tree directly below it, folded again; values stay as they are."""
    if not isinstance(tree, list) or tree[0] in ("name", "const", "module", "builtin"):
        return tree
    operation = tree[0]
    if operation == "get":
        return [operation, change(tree[1]), tree[2]]
    if operation in ("call", "help", "match"):
        return _rebuild_call(tree, change)
    if operation in ("tuple", "list", "and", "or"):
        return build(operation, [change(item) for item in tree[1]])
    if operation == "dict":
        return build(operation, [[change(key), change(value)] for key, value in tree[1]])
    return build(operation, *(change(part) for part in tree[1:]))


def _rebuild_call(tree: Any, change: Callable[[Any], Any]) -> Any:
    function = change(tree[1]) if tree[0] == "call" else tree[1]
    changed = [tree[0], function, [change(item) for item in tree[2]]]
    return [*changed, {key: change(value) for key, value in tree[3].items()}] if len(tree) > 3 else changed


def substitute(tree: Any, values: dict[str, Any]) -> Any:
    """`tree` with the names of `values` replaced by their trees."""
    if isinstance(tree, list) and tree[0] == "name":
        return values.get(tree[1], tree)
    return rebuild(tree, lambda part: substitute(part, values))


class _Compiler:
    """Turns one text into a `Compiled`, gathering flaws instead of stopping at the first."""

    def __init__(self, text: str, expecting: bool) -> None:
        self.text = text
        self.expecting = expecting
        self.reads: list[Read] = []
        self.flaws: list[Flaw] = []
        self.process_wide: list[Read] = []
        self.root: ast.expr | None = None
        self.forgets = ""
        self.depth = 0
        self.calculating = 0
        """Above 0, inside an operation that needs real values, so that a matcher makes no sense."""

    def statement(self) -> Compiled:
        """The text as a step: an expression, or an assignment to one name or several."""
        return self._guarded("exec", self._statement)

    def value(self) -> Compiled:
        """The text as an expression."""
        return self._guarded("eval", lambda module: self._result(self._convert(module.body)))

    def _guarded(self, mode: str, convert: Callable[[Any], Compiled]) -> Compiled:
        try:
            return convert(self._parse(mode))
        except _Stop:
            return self._result(None)

    def _result(self, tree: Any, targets: tuple[Read, ...] = (), unpack: bool = False, forgets: str = "") -> Compiled:
        return Compiled(tree, tuple(self.reads), tuple(self.flaws), targets, unpack, tuple(self.process_wide), forgets)

    def _parse(self, mode: str) -> Any:
        stripped = self.text.strip()
        if not stripped:
            raise self._stop(0, "an expression is missing")
        if len(stripped) > LONGEST:
            raise self._stop(0, f"an expression of {len(stripped)} characters is too long", hint=f"at most {LONGEST} are allowed")
        try:
            return _parse(stripped, mode)
        except SyntaxError as error:
            raise self._stop(self._indent() + max((error.offset or 1) - 1, 0), *self._unreadable(error)) from None
        except (RecursionError, MemoryError):
            raise self._stop(0, "an expression is nested too deeply", hint=f"at most {DEEPEST} levels are allowed") from None
        except ValueError as error:
            raise self._stop(0, f"cannot be read as Python ({error})") from None

    def _unreadable(self, error: SyntaxError) -> tuple[str, str, str]:
        shown = shortened(self.text)
        hint = "in YAML ' #' starts a comment and quotes are taken off: put the whole text in single quotes"
        cut = any(sign in str(error.msg) for sign in ("never closed", "unterminated"))
        return f"cannot be read as Python ({error.msg}): {shown}", self.text, hint if cut else ""

    def _indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())

    def _offset(self, node: Any) -> int:
        """Where a node starts in the text; 0 for a node that is not on its first line."""
        return self._characters(node.col_offset) if node.lineno == 1 else 0

    def _characters(self, column: int) -> int:
        """The offset in the text of a byte of its first line."""
        first = self.text.lstrip().split("\n", 1)[0]
        return self._indent() + (column if first.isascii() else len(first.encode()[:column].decode("utf-8", "ignore")))

    def _stop(self, offset: int, message: str, text: str = "", hint: str = "") -> _Stop:
        self.flaws.append(Flaw(offset, message, text, hint))
        return _Stop()

    def _flaw(self, node: Any, message: str, text: str = "", hint: str = "") -> None:
        self.flaws.append(Flaw(self._offset(node), message, text, hint))

    def _refuse(self, node: Any) -> None:
        self._refuse_as(node, type(node))

    def _refuse_as(self, node: Any, kind: type[ast.AST]) -> None:
        what, hint = _REFUSED.get(kind, (f"Python's '{kind.__name__}'", ""))
        self._flaw(node, f"{what} is not part of the language", self.text, hint)

    def _statement(self, module: Any) -> Compiled:
        if len(module.body) != 1:
            raise self._stop(0, "a step holds one call", self.text, "make each call a step of its own")
        node = module.body[0]
        if isinstance(node, ast.Expr):
            self.root = node.value
            return self._result(self._convert(node.value), forgets=self.forgets)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            targets = self._targets(node.targets[0])
            return self._result(self._convert(node.value), targets, isinstance(node.targets[0], ast.Tuple | ast.List))
        self._refuse(node)
        return self._result(None)

    def _targets(self, node: ast.expr) -> tuple[Read, ...]:
        elements = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
        targets = tuple(Read(item.id, self._offset(item)) for item in elements if isinstance(item, ast.Name))
        for item in elements:
            self._check_target(item)
        if not elements or len({target.name for target in targets}) < len(targets):
            self._flaw(node, "a step sets each of its names once", self.text)
        return targets

    def _check_target(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Name):
            self._flaw(node, "a step sets plain names only", self.text, "write 'name = call' or 'a, b = call'")
        elif node.id.startswith("_"):
            self._flaw(node, f"underscored name '{node.id}' is refused", node.id)
        elif node.id in vocabulary.words():
            self._flaw(node, f"'{node.id}' is a word of the language", node.id, "choose another name")

    def _forget(self, node: ast.Call) -> None:
        """Note the name in `forget(name)`, which is a statement rather than a value."""
        if node is self.root and node.args and isinstance(node.args[0], ast.Name):
            self.forgets = node.args[0].id
        else:
            self._flaw(node, "forget(name) stands alone and takes a plain name", self.text, "make it a step of its own")

    def _convert(self, node: Any) -> Any:
        """The tree of one node. `_CONVERTERS` below says who knows which kind."""
        converter = _CONVERTERS.get(type(node))
        if converter is None:
            self._refuse(node)
            return None
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._stop(0, "an expression is nested too deeply", self.text, f"at most {DEEPEST} levels are allowed")
        tree = converter(self, node)
        self.depth -= 1
        return tree

    def _operand(self, node: Any) -> Any:
        """The tree of a node whose value is calculated with."""
        self.calculating += 1
        tree = self._convert(node)
        self.calculating -= 1
        return tree

    def _constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, str):
            return self._text(node, value)
        if isinstance(value, bytes | bool | int | float) or value is None:
            return literal(value)
        self._flaw(node, f"{value!r} is not part of the language", repr(value))
        return None

    def _text(self, node: ast.Constant, value: str) -> Any:
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            hint = 'b"...".decode("utf-8", "surrogatepass") makes one on the target'
            self._flaw(node, "a lone surrogate cannot be written in a text", repr(value), hint)
            return ""
        return {"text": value} if node.kind == "u" else value

    def _name(self, node: ast.Name) -> Any:
        name = node.id
        if name in vocabulary.CONSTANTS:
            return ["const", name]
        if name in vocabulary.CLASSES or name in vocabulary.EXCEPTIONS:
            return ["builtin", name]
        if name in vocabulary.MODULES:
            self._flaw(node, f"module '{name}' is no value", name, f"name a member of it: {name}.…")
        elif name in vocabulary.HELPERS or name in vocabulary.MATCHERS:
            self._flaw(node, f"'{name}' must be called", name, f"write {name}(…)")
        elif name.startswith("_"):
            self._flaw(node, f"underscored name '{name}' is refused", name)
        else:
            self.reads.append(Read(name, self._offset(node)))
        return ["name", name]

    def _attribute(self, node: ast.Attribute) -> Any:
        owner, name = node.value, node.attr
        if name.startswith("_"):
            self._flaw_of_attribute(node, f"underscored attribute '{name}' is refused")
        if isinstance(owner, ast.Name) and owner.id in vocabulary.MODULES:
            return self._member(node, owner.id)
        tree = self._operand(owner)
        module = tree[1][1] if isinstance(tree, list) and tree[0] == "get" and tree[1][0] == "module" else ""
        allowed = vocabulary.ATTRIBUTES | (vocabulary.module_names()[module] if module else frozenset())
        if name not in allowed and not name.startswith("_"):
            hint = did_you_mean(name, vocabulary.ATTRIBUTES)
            self._flaw_of_attribute(node, f"attribute '{name}' is not part of the language", hint)
        elif self.expecting:
            self._flaw_of_attribute(node, f"attribute '{name}' cannot be read in an expectation", "save its value in a step first")
        return ["get", tree, name]

    def _member(self, node: ast.Attribute, module: str) -> Any:
        name, known = node.attr, vocabulary.module_names()[module]
        if name not in known and not name.startswith("_"):
            hint = did_you_mean(name, known, f"{module}.")
            self._flaw_of_attribute(node, f"'{module}.{name}' is not part of the language", hint)
        elif self.expecting and not _is_expectable(module, name):
            self._flaw_of_attribute(
                node, f"'{module}.{name}' is no constant that an expectation can name", "save its value in a step first"
            )
        if f"{module}.{name}" in vocabulary.PROCESS_WIDE_MEMBERS:
            self.process_wide.append(Read(f"{module}.{name}", self._offset(node)))
        return ["get", ["module", module], name]

    def _flaw_of_attribute(self, node: ast.Attribute, message: str, hint: str = "") -> None:
        """A flaw at the attribute's own name, behind the dot."""
        one_line = node.end_lineno == 1 and node.end_col_offset is not None
        offset = self._characters(node.end_col_offset or 0) - len(node.attr) if one_line else self._offset(node)
        self.flaws.append(Flaw(offset, message, node.attr, hint))

    def _call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in vocabulary.MATCHERS:
            return self._match(node, name)
        if name in vocabulary.HELPERS:
            return self._help(node, name)
        if name in vocabulary.CONSTANTS:
            self._flaw(node, f"'{name}' is not called", name, f"write {name} without parentheses")
        if self.expecting:
            hint = did_you_mean(name, (*vocabulary.MATCHERS, *vocabulary.EXPECTATION_HELPERS)) if name else ""
            self._flaw(node, "an expectation calls matchers and pure helpers only", self.text, hint or "save the value in a step first")
        return ["call", self._operand(node.func), *self._arguments(node)]

    def _match(self, node: ast.Call, name: str) -> Any:
        if not self.expecting:
            self._flaw(node, f"matcher '{name}' stands outside an expectation", name, "matchers belong under 'returns' or 'raises'")
        elif self.calculating:
            self._flaw(
                node, f"matcher '{name}' cannot be calculated with", name, "matchers stand alone or in tuples, lists and one_of(...)"
            )
        self._check_arity(node, name)
        if name == "matches":
            self._check_pattern(node)
        return ["match", name, *self._arguments(node)]

    def _check_pattern(self, node: ast.Call) -> None:
        pattern = node.args[0] if node.args else None
        if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str):
            return
        import regex

        try:
            regex.compile(pattern.value)
        except regex.error as error:
            self._flaw(pattern, f"no regular expression: {error}", pattern.value, "special characters are written with a backslash")

    def _help(self, node: ast.Call, name: str) -> Any:
        if self.expecting and name not in vocabulary.EXPECTATION_HELPERS:
            self._flaw(node, f"helper '{name}' cannot be called in an expectation", name, "save its value in a step first")
        elif self.expecting and len(node.args) + len(node.keywords) > 1:
            self._flaw(node, f"{name}() takes one argument in an expectation", name, "save its value in a step first")
        if name in vocabulary.PROCESS_WIDE_HELPERS:
            self.process_wide.append(Read(name, self._offset(node)))
        if name == "forget":
            self._forget(node)
        self._check_arity(node, name)
        self.calculating += 1
        arguments = self._arguments(node)
        self.calculating -= 1
        return ["help", name, *arguments]

    def _arguments(self, node: ast.Call) -> list[Any]:
        positional = [self._argument(node, item) for item in node.args]
        names = [item.arg for item in node.keywords]
        if None in names:
            self._flaw(node, "an argument with '**' is not part of the language", self.text, "write the arguments out")
        if len(set(names)) < len(names):
            self._flaw(node, "an argument is given twice", self.text)
        keywords = {item.arg: self._convert(item.value) for item in node.keywords if item.arg}
        return [positional, keywords] if keywords else [positional]

    def _argument(self, call: ast.Call, node: ast.expr) -> Any:
        """An argument; of all functions `hasattr` alone may be asked about a module."""
        asked = isinstance(call.func, ast.Name) and call.func.id == "hasattr" and node is call.args[0]
        if asked and isinstance(node, ast.Name) and node.id in vocabulary.MODULES:
            return ["module", node.id]
        return self._convert(node)

    def _check_arity(self, node: ast.Call, name: str) -> None:
        known = vocabulary.signature(name)
        given = len(node.args)
        if given < len(known.required):
            self._flaw(node, f"{name}() lacks its argument '{known.required[given]}'", name, f"write {_shown(name)}")
        elif not known.variadic and given > len(known.required) + len(known.optional):
            self._flaw(
                node,
                f"{name}() takes at most {len(known.required) + len(known.optional)} arguments, not {given}",
                name,
                f"write {_shown(name)}",
            )
        taken = known.optional[: max(given - len(known.required), 0)]
        for keyword in node.keywords:
            self._check_keyword(keyword, name, known, taken)

    def _check_keyword(self, keyword: ast.keyword, name: str, known: vocabulary.Signature, taken: tuple[str, ...]) -> None:
        if keyword.arg in taken:
            self._flaw(keyword, f"{name}() is given '{keyword.arg}' twice", name, f"write {_shown(name)}")
        elif keyword.arg is not None and keyword.arg not in known.optional:
            hint = did_you_mean(keyword.arg, known.optional) or f"write {_shown(name)}"
            self._flaw(keyword, f"{name}() has no keyword '{keyword.arg}'", keyword.arg, hint)

    def _subscript(self, node: ast.Subscript) -> Any:
        tree = self._operand(node.value)
        if not isinstance(node.slice, ast.Slice):
            return ["item", tree, self._operand(node.slice)]
        parts = [None if part is None else self._operand(part) for part in (node.slice.lower, node.slice.upper, node.slice.step)]
        return ["item", tree, ["slice", *parts]]

    def _tuple(self, node: ast.Tuple | ast.List) -> Any:
        return build("tuple" if isinstance(node, ast.Tuple) else "list", [self._convert(item) for item in node.elts])

    def _dict(self, node: ast.Dict) -> Any:
        if None in node.keys:
            self._flaw(node, "'**' is not part of the language", self.text)
            return None
        return build("dict", [[self._operand(key), self._convert(value)] for key, value in zip(node.keys, node.values, strict=True)])

    def _binary(self, node: ast.BinOp) -> Any:
        operation = _BINARY.get(type(node.op))
        if operation is None:
            self._refuse_as(node, type(node.op))
            return None
        return build(operation, self._operand(node.left), self._operand(node.right))

    def _unary(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.USub):
            return build("neg", self._operand(node.operand))
        if isinstance(node.op, ast.UAdd) and isinstance(node.operand, ast.Constant):
            return self._constant(node.operand)
        if isinstance(node.op, ast.Not):
            self._refuse_logic(node)
            return ["not", self._operand(node.operand)]
        self._refuse_as(node, type(node.op))
        return None

    def _logic(self, node: ast.BoolOp) -> Any:
        self._refuse_logic(node)
        return ["and" if isinstance(node.op, ast.And) else "or", [self._operand(item) for item in node.values]]

    def _compare(self, node: ast.Compare) -> Any:
        self._refuse_logic(node)
        trees = [self._operand(item) for item in (node.left, *node.comparators)]
        for middle, tree in zip(node.comparators, trees[1:-1], strict=False):
            if _acts(tree):
                self._flaw(middle, "a chain of comparisons would make this call twice", self.text, "save its value in a step first")
        pairs = [[_COMPARISONS[type(sign)], *trees[at : at + 2]] for at, sign in enumerate(node.ops)]
        return pairs[0] if len(pairs) == 1 else ["and", pairs]

    def _refuse_logic(self, node: ast.expr) -> None:
        if self.expecting:
            self._flaw(node, "an expectation is a value or a matcher, not a condition", self.text, "compare in the call and expect True")


def _is_expectable(module: str, name: str) -> bool:
    """Whether an expectation may name a module's member: an integer constant or an exception class."""
    if f"{module}.{name}" in vocabulary.MODULE_EXCEPTIONS:
        return True
    return module in vocabulary.EXPECTATION_MODULES and name[:2].isupper()


def _acts(tree: Any) -> bool:
    """Evaluating the tree may do something besides giving a value."""
    found = isinstance(tree, list) and (tree[0] == "call" or (tree[0] == "help" and tree[1] not in vocabulary.PURE_HELPERS))

    def look(part: Any) -> Any:
        nonlocal found
        found = found or _acts(part)
        return part

    rebuild(tree, look)
    return found


def _shown(name: str) -> str:
    """A helper or matcher with its parameters, for hints."""
    known = vocabulary.signature(name)
    more = ("…",) if known.variadic else ()
    return f"{name}({', '.join((*known.required, *(word + '=…' for word in known.optional), *more))})"


_CONVERTERS: dict[type[ast.AST], Callable[[_Compiler, Any], Any]] = {
    ast.Constant: _Compiler._constant,
    ast.Name: _Compiler._name,
    ast.Attribute: _Compiler._attribute,
    ast.Call: _Compiler._call,
    ast.Subscript: _Compiler._subscript,
    ast.Tuple: _Compiler._tuple,
    ast.List: _Compiler._tuple,
    ast.Dict: _Compiler._dict,
    ast.BinOp: _Compiler._binary,
    ast.UnaryOp: _Compiler._unary,
    ast.BoolOp: _Compiler._logic,
    ast.Compare: _Compiler._compare,
}
