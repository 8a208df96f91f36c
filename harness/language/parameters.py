"""Expressions of one case, with the case's parameters filled in. Knows neither steps nor the order they come in."""

from typing import Any, NamedTuple

from harness.language.document import Mapping, Node, Scalar, Sequence, resolve
from harness.language.expression import Compiled, build, compile_call, compile_value, literal, substitute
from harness.language.findings import Findings


class Used(NamedTuple):
    """A word of an expression, with its place in the file."""

    name: str
    node: Scalar
    offset: int


class Filled(NamedTuple):
    """An expression whose parameters are filled in."""

    tree: Any
    reads: tuple[Used, ...] = ()
    process_wide: tuple[Used, ...] = ()


class Parameters:
    """The parameters of one case; none for a scenario without cases."""

    def __init__(self, findings: Findings, values: dict[str, Node]) -> None:
        self.findings = findings
        self.values = values
        self.used: set[str] = set()

    def resolve(self, node: Node) -> Node:
        """The node a parameter stands for where a node is nothing but its name, else the node itself."""
        name = node.text.strip() if isinstance(node, Scalar) else ""
        if name not in self.values:
            return node
        self.used.add(name)
        return self.values[name]

    def value(self, node: Node, what: str, expecting: bool = True) -> Filled | None:
        """A plain YAML value, or the expression that a text holds; None where there is a mistake."""
        if isinstance(node, Mapping):
            self.findings.add(node, f"'{what}' takes no mapping", hint="write an expression in single quotes")
            return None
        if isinstance(node, Sequence):
            return self._list(node, what, expecting)
        if node.plain and not node.text:
            self.findings.add(node, f"'{what}' is empty", hint="write null where None is meant")
            return None
        plain = resolve(node)
        return self.fill(node, compile_value(plain, expecting), expecting) if isinstance(plain, str) else Filled(literal(plain))

    def call(self, node: Scalar) -> tuple[Compiled, Filled | None]:
        """A step's call: as compiled, and filled in unless there is a mistake."""
        compiled = compile_call(node.text)
        for target in compiled.targets:
            if target.name in self.values:
                self.findings.add(node, f"'{target.name}' is a parameter of the cases", target.name, "choose another name", target.offset)
        return compiled, self.fill(node, compiled, expecting=False)

    def written(self, node: Scalar, compiled: Compiled) -> str:
        """A call as reports show it: as written, with the values of parameters in the place of their names."""
        text = node.text
        for name, offset in sorted(compiled.reads, key=lambda read: read.offset, reverse=True):
            value = self.values.get(name)
            if isinstance(value, Scalar) and text.startswith(name, offset):
                text = text[:offset] + value.text.strip() + text[offset + len(name) :]
        return text

    def fill(self, node: Scalar, compiled: Compiled, expecting: bool) -> Filled | None:
        """A compiled expression with its parameters replaced by their values; notes its flaws."""
        if self.findings.add_flaws(node, compiled):
            return None
        plain = Filled(
            compiled.tree,
            tuple(Used(name, node, offset) for name, offset in compiled.reads if name not in self.values),
            tuple(Used(name, node, offset) for name, offset in compiled.process_wide),
        )
        names = {read.name for read in compiled.reads} & self.values.keys()
        return self._substituted(plain, names, expecting) if names else plain

    def _list(self, node: Sequence, what: str, expecting: bool) -> Filled | None:
        items = [self.value(item, what, expecting) for item in node.items]
        found = [item for item in items if item is not None]
        if len(found) < len(items):
            return None
        return _joined(build("list", [item.tree for item in found]), found)

    def _substituted(self, plain: Filled, names: set[str], expecting: bool) -> Filled | None:
        self.used |= names
        values = {name: self._alone(name, expecting) for name in sorted(names)}
        found = {name: value for name, value in values.items() if value is not None}
        if len(found) < len(values):
            return None
        return _joined(substitute(plain.tree, {name: value.tree for name, value in found.items()}), [plain, *found.values()])

    def _alone(self, name: str, expecting: bool) -> Filled | None:
        """A parameter's own value, in which no parameter is filled in."""
        others = Parameters(self.findings, {})
        value = others.value(self.values[name], name, expecting)
        for read in value.reads if value else ():
            if read.name in self.values:
                self.findings.add(read.node, f"a parameter cannot use the parameter '{read.name}'", read.name, "", read.offset)
                return None
        return value


def _joined(tree: Any, parts: list[Filled]) -> Filled:
    """A tree with all that its parts use."""
    return Filled(
        tree,
        tuple(read for part in parts for read in part.reads),
        tuple(word for part in parts for word in part.process_wide),
    )
