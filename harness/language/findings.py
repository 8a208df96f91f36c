"""Gathers the mistakes of one file at nodes of its document, and reads nodes of a wanted kind. Decides nothing about scenarios."""

from collections.abc import Iterable

from harness.language.document import Mapping, Node, Scalar, Sequence, column_of, resolve
from harness.language.expression import Compiled
from harness.language.mistakes import MOST_PER_FILE, Mistake, did_you_mean, shortened
from harness.language.vocabulary import SEE_PREFIXES


class Findings:
    """The mistakes of one file, each once, although a repetition or a case may meet it again."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: dict[Mistake, None] = {}

    def add(self, node: Node, message: str, text: str = "", hint: str = "", offset: int | None = None) -> None:
        """Note a mistake at a node, or at an offset of a scalar's text."""
        column = node.column if offset is None or not isinstance(node, Scalar) else column_of(node, offset)
        if len(self.mistakes) < MOST_PER_FILE:
            self.mistakes[Mistake(self.file, node.line, column, message, text[:200], hint)] = None

    def add_flaws(self, node: Node, compiled: Compiled) -> bool:
        """Note the flaws of an expression; whether there were any."""
        for flaw in compiled.flaws:
            self.add(node, flaw.message, flaw.text, flaw.hint, flaw.offset)
        return bool(compiled.flaws)

    def check_keys(self, mapping: Mapping, known: Iterable[str], what: str) -> None:
        """Note the keys of a mapping that are not known ones."""
        known = tuple(known)
        for key, (node, _) in mapping.entries.items():
            if key not in known:
                hint = did_you_mean(key, known) or f"{what} has {', '.join(known)}"
                self.add(node, f"unknown key '{shortened(key)}'", key, hint)

    def text(self, node: Node | None, what: str) -> str | None:
        """The text of a scalar that must be one and not empty."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.add(node, f"'{what}' must be text")
            return None
        if not node.text.strip():
            self.add(node, f"'{what}' is empty")
            return None
        return node.text

    def words(self, node: Node | None, what: str) -> list[Scalar]:
        """The scalars of a list of texts."""
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.add(node, f"'{what}' must be a list", hint=f"write {what}: […]")
            return []
        return [word for item in node.items if (word := self._word(item, what)) is not None]

    def _word(self, item: Node, what: str) -> Scalar | None:
        if isinstance(item, Scalar) and item.text.strip():
            return item
        hint = "write it without a blank behind the colon" if isinstance(item, Mapping) else ""
        self.add(item, f"each item of '{what}' must be text", hint=hint)
        return None

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """A mapping that must be one."""
        if node is None or isinstance(node, Mapping):
            return node
        self.add(node, f"'{what}' must be a mapping")
        return None

    def see(self, node: Node | None) -> tuple[str, ...]:
        """The references of a `see` list, each with a known prefix."""
        found = self.words(node, "see")
        if isinstance(node, Sequence) and not node.items:
            self.add(node, "'see' is empty", hint="say who promises the behaviour, such as python:socket.socket.accept")
        for item in found:
            self._check_reference(item)
        return tuple(item.text.strip() for item in found)

    def _check_reference(self, item: Scalar) -> None:
        reference = item.text.strip()
        prefix = next((known for known in SEE_PREFIXES if reference.startswith(known)), "")
        if not prefix:
            start = reference.partition(":")[0] + ":"
            hint = did_you_mean(start, SEE_PREFIXES) or f"references start with {' '.join(SEE_PREFIXES)}"
            self.add(item, f"unknown kind of reference '{shortened(reference)}'", reference, hint)
        elif reference == prefix or reference[len(prefix)].isspace():
            self.add(item, f"reference '{prefix}' says nothing", reference, "write what it refers to right after the colon")

    def number(self, node: Node, what: str, least: float, most: float) -> float | None:
        """A plain number between two bounds, both included."""
        value = resolve(node) if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            shown = f", not '{shortened(node.text)}'" if isinstance(node, Scalar) else ""
            self.add(node, f"'{what}' must be a number from {least:g} to {most:g}{shown}")
            return None
        return value

    def whole(self, node: Node, what: str, most: int) -> int | None:
        """A whole number from 1 to a bound."""
        value = resolve(node) if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            shown = f", not '{shortened(node.text)}'" if isinstance(node, Scalar) else ""
            self.add(node, f"'{what}' must be a whole number from 1 to {most}{shown}")
            return None
        return value
