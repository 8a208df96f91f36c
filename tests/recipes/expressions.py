"""The few of GitHub's expressions that our workflows use. What is not known here fails the test: it would be evaluated by nobody."""

import json
import re
from collections.abc import Mapping
from typing import Any

TOKEN = re.compile(r"\s*(?:(?P<sign>\|\||&&|==|!=|[!(),])|'(?P<text>(?:[^']|'')*)'|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))")
PLACE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = {"always", "success", "failure", "cancelled"}

Context = Mapping[str, Any]


class NotKnown(Exception):
    """An expression that this small reader does not know, or a name that nothing is said of."""


def expand(text: str, context: Context) -> str:
    """A text with every expression in it put in."""
    return PLACE.sub(lambda found: as_text(evaluate(found[1], context)), text)


def value(text: str, context: Context) -> Any:
    """What a key is, where it is one expression and nothing else; else the text."""
    whole = PLACE.fullmatch(text.strip())
    return evaluate(whole[1], context) if whole else expand(text, context)


def holds(text: str, context: Context) -> bool:
    """A condition; one that says nothing of what went before means: if all went well."""
    found = PLACE.fullmatch(text.strip())
    inner = found[1] if found else text
    if not any(f"{name}(" in inner for name in STATUS):
        inner = f"success() && ({inner})"
    return bool(evaluate(inner, context))


def evaluate(text: str, context: Context) -> Any:
    """The value of one expression."""
    reader = Reader(text, context)
    found = reader.either()
    if reader.rest():
        raise NotKnown(text)
    return found


def as_text(found: Any) -> str:
    """As GitHub writes values."""
    if found is None:
        return ""
    return json.dumps(found) if isinstance(found, bool) else str(found)


class Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str, context: Context) -> None:
        self.text = text
        self.context = context
        self.tokens = list(self._tokens())
        self.place = 0

    def _tokens(self) -> Any:
        place = 0
        while self.text[place:].strip():
            found = TOKEN.match(self.text, place)
            if not found:
                raise NotKnown(self.text)
            yield found.lastgroup, found[found.lastgroup or 0]
            place = found.end()

    def rest(self) -> bool:
        return self.place < len(self.tokens)

    def sign(self, *signs: str) -> str:
        """The next token, if it is one of these."""
        if self.rest() and self.tokens[self.place][0] == "sign" and self.tokens[self.place][1] in signs:
            self.place += 1
            return str(self.tokens[self.place - 1][1])
        return ""

    def either(self) -> Any:
        found = self.both()
        while self.sign("||"):
            other = self.both()
            found = found or other
        return found

    def both(self) -> Any:
        found = self.equal()
        while self.sign("&&"):
            other = self.equal()
            found = found and other
        return found

    def equal(self) -> Any:
        found = self.single()
        sign = self.sign("==", "!=")
        return found if not sign else (as_text(found) == as_text(self.single())) == (sign == "==")

    def single(self) -> Any:
        if self.sign("!"):
            return not self.single()
        if self.sign("("):
            found = self.either()
            assert self.sign(")"), self.text
            return found
        if not self.rest():
            raise NotKnown(self.text)
        kind, word = self.tokens[self.place]
        self.place += 1
        if kind == "text":
            return word.replace("''", "'")
        if kind != "name":
            raise NotKnown(self.text)
        return self.call(word) if self.sign("(") else self.name(word)

    def call(self, name: str) -> Any:
        if name == "fromJSON":
            found = json.loads(self.either())
        elif name in STATUS:
            found = self.context["status"][name]
        else:
            raise NotKnown(self.text)
        assert self.sign(")"), self.text
        return found

    def name(self, path: str) -> Any:
        found: Any = self.context
        for number, part in enumerate(path.split(".")):
            if not isinstance(found, Mapping) or part not in found:
                # Only outputs may be missing, of steps that were skipped or wrote none.
                if number and path.split(".")[0] in ("steps", "needs"):
                    return None
                raise NotKnown(f"{path} in {self.text}")
            found = found[part]
        return found
