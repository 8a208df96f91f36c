"""The helpers that a reproduction may need, cut out of `prelude.py`. Knows nothing of scenarios."""

import ast
from collections.abc import Iterable
from functools import cache

from msgspec import Struct

FUTURE = "from __future__ import print_function"


class Block(Struct, frozen=True):
    """A piece of the prelude that is taken as a whole."""

    names: tuple[str, ...]
    """What it defines; the first is what it is known by."""
    source: str
    uses: frozenset[str]
    """Every name that it reads, its own and built-in ones included."""

    @property
    def is_definition(self) -> bool:
        """A function or a class, which stands apart; not an assignment."""
        return self.source.startswith(("def ", "class "))


@cache
def prelude() -> tuple[dict[str, str], dict[str, Block]]:
    """The import line of each module or name, and the blocks by every name that they define, in the order of the file."""
    from importlib.resources import files

    text = files("harness.reproducing").joinpath("prelude.py").read_text("utf-8")
    lines = text.splitlines()
    imports: dict[str, str] = {}
    blocks: list[Block] = []
    for node in ast.parse(text).body:
        source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.update({alias.name: source for alias in node.names})
        elif isinstance(node, ast.If):
            before = blocks.pop()  # what an `if` at the top adds belongs to the name above it
            blocks.append(Block(before.names, f"{before.source}\n{source}", before.uses | names_in([node])))
        elif names := _defined(node):
            blocks.append(Block(names, source, names_in([node])))
    return imports, {name: block for block in blocks for name in block.names}


def _defined(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, ast.Assign):
        return tuple(target.id for target in node.targets if isinstance(target, ast.Name))
    return ()


def names_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Every name that is read somewhere below."""
    return frozenset(each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name))


def needed(names: Iterable[str]) -> tuple[Block, ...]:
    """The blocks that define these names, and those that they need in turn, in the order of the prelude."""
    _, blocks = prelude()
    found: set[str] = set()
    open_names = [name for name in names if name in blocks]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.update(blocks[name].names)
            open_names += [each for each in blocks[name].uses if each in blocks]
    return tuple(dict.fromkeys(block for name, block in blocks.items() if name in found))


def import_lines(names: Iterable[str]) -> list[str]:
    """The import statements for what these names need, sorted as people sort them."""
    imports, _ = prelude()
    found = {imports[name] for name in names if name in imports}
    return sorted(found, key=lambda line: (line.startswith("from "), line))


def laid_out(blocks: Iterable[Block]) -> str:
    """Blocks as they stand in a file: definitions two empty lines apart, assignments together."""
    text = ""
    before: Block | None = None
    for block in blocks:
        gap = "" if before is None else "\n" if not before.is_definition and not block.is_definition else "\n\n\n"
        text += gap + block.source
        before = block
    return text
