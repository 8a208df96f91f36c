"""Conditions on the facts of a target: `python < 3.10 and libc == "musl"`. Knows facts, not scenarios; reads with its own small parser.

Versions are read from the text, never as numbers: 3.10 is later than 3.9. A version is compared as far as the written one
goes, so that `python <= 3.8` and `python == 3.8` hold on 3.8.18, and `python > 3.8` does not. A fact that is not known
on a target makes every comparison with it false.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from harness.language.mistakes import did_you_mean, nearest, shortened
from harness.language.vocabulary import SETTINGS
from harness.records.facts import Facts

VERSIONS = frozenset({"python", "implementation_version", "kernel", "libc_version", "wine_version", "gvisor_version"})
TEXTS = frozenset({"implementation", "os", "libc", "machine", "byteorder", "network", "shaping", "image", "hypervisor"})
NUMBERS = frozenset({"bits"})
BOOLEANS = frozenset("ipv4 ipv6 unix root wine gvisor host_network hostname services one_host emulated listens threads forks".split())
COLLECTIONS = frozenset({"socket", "select", "errno", "capabilities"})
FACT_WORDS = VERSIONS | TEXTS | NUMBERS | BOOLEANS | COLLECTIONS | {"setting"}

KNOWN_VALUES = {
    "os": (
        "linux",
        "macos",
        "windows",
        "freebsd",
        "openbsd",
        "netbsd",
        "dragonfly",
        "solaris",
        "sunos",
        "aix",
        "cygwin",
        "android",
        "ios",
        "emscripten",
        "wasi",
        "haiku",
        "hurd",
        "java",
    ),
    "implementation": ("cpython", "pypy", "jython", "graalpy", "ironpython", "micropython", "rustpython"),
    "byteorder": ("little", "big"),
    "hypervisor": ("uml", "qemu"),
}
"""Values that occur; any other is a mistake, but for an implementation that nobody has heard of yet."""

_OTHER_NAMES = {"darwin": "macos", "mac": "macos", "osx": "macos", "win32": "windows", "nt": "windows", "posix": "linux"}

_FUNCTION_CONSTANTS = {"epoll": "EPOLLIN", "poll": "POLLIN", "kqueue": "KQ_EV_ADD", "kevent": "KQ_EV_ADD"}
"""Facts list the constants of `select`, not its functions: a function is there where its constants are."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)*)(?![\w.]) | (?P<word>[A-Za-z_]\w*) | (?P<text>"[^"\\]*"|'[^'\\]*')
        | (?P<sign><=|>=|==|!=|<|>|\(|\)|,) | (?P<wrong>\S))""",
    re.VERBOSE,
)
_SIGNS = ("<", "<=", "==", "!=", ">", ">=")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_DEEPEST = 20
_LONGEST = 1_000

Test = Callable[[Facts], bool]


class PredicateError(ValueError):
    """A predicate cannot be understood. `offset` counts characters of the text from 0."""

    def __init__(self, text: str, offset: int, message: str, hint: str = "") -> None:
        super().__init__(f"{message} in predicate '{shortened(text)}'" + (f"; {hint}" if hint else ""))
        self.text = text
        self.offset = offset
        self.message = message
        self.hint = hint


class Predicate:
    """A condition on facts, as `parse` gives it."""

    __slots__ = ("_test", "facts", "text")

    def __init__(self, text: str, facts: tuple[str, ...], test: Test) -> None:
        self.text = text
        self.facts = facts
        """Words of the facts it looks at, in order of appearance."""
        self._test = test

    def holds(self, facts: Facts) -> bool:
        """Whether the condition is true of a target."""
        return self._test(facts)

    def __repr__(self) -> str:
        return f"Predicate({self.text!r})"


@lru_cache(maxsize=4096)
def parse(text: str) -> Predicate:
    """The predicate that a text says. Raises `PredicateError` with the place and a hint."""
    if len(text) > _LONGEST:
        raise PredicateError(text, 0, f"a predicate of {len(text)} characters is too long", f"at most {_LONGEST} are allowed")
    parser = _Parser(text)
    test = parser.whole()
    return Predicate(text, tuple(dict.fromkeys(parser.facts)), test)


@lru_cache(maxsize=1024)
def version(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: `3.8.18` is (3, 8, 18); empty where there are none."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def has_name(facts: Facts, module: str, name: str) -> bool:
    """Whether a target's module has a public name, as far as facts tell."""
    if module == "socket":
        return name in facts.names or f"socket.{name}" in facts.names or f"socket.{name}" in facts.constants
    return f"{module}.{_FUNCTION_CONSTANTS.get(name, name)}" in facts.constants


def compare(sign: str, left: Any, right: Any) -> bool:
    """A comparison by its sign."""
    if sign == "==":
        return bool(left == right)
    if sign == "!=":
        return bool(left != right)
    if sign == "<":
        return bool(left < right)
    if sign == "<=":
        return bool(left <= right)
    return bool(left > right) if sign == ">" else bool(left >= right)


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


class _Operand(NamedTuple):
    """One side of a comparison: a fact by its word (with the setting's name), or a literal."""

    token: _Token
    fact: str = ""
    setting: str = ""
    values: tuple[_Token, ...] = ()
    """Literals: one, or those of a list in parentheses."""


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [_Token(str(m.lastgroup), m[m.lastgroup or 0], m.start(m.lastgroup or 0)) for m in _TOKEN.finditer(text)]
        self.tokens.append(_Token("end", "", len(text.rstrip())))
        self.at = 0
        self.depth = 0
        self.facts: list[str] = []

    def whole(self) -> Test:
        test = self._either()
        if self._here.kind != "end":
            raise self._error(self._here, f"'{self._here.text}' is out of place", "join conditions with 'and' or 'or'")
        return test

    @property
    def _here(self) -> _Token:
        return self.tokens[self.at]

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def _takes(self, text: str) -> bool:
        """Step over the next token if it is this word or sign."""
        if self._here.kind in ("word", "sign") and self._here.text == text:
            self.at += 1
            return True
        return False

    def _error(self, token: _Token, message: str, hint: str = "") -> PredicateError:
        return PredicateError(self.text, token.offset, message, hint)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._takes("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda facts: any(test(facts) for test in tests)

    def _both(self) -> Test:
        tests = [self._negated()]
        while self._takes("and"):
            tests.append(self._negated())
        return tests[0] if len(tests) == 1 else lambda facts: all(test(facts) for test in tests)

    def _negated(self) -> Test:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error(self._here, "a predicate is nested too deeply", f"at most {_DEEPEST} levels are allowed")
        if self._takes("not"):
            inner = self._negated()
            self.depth -= 1
            return lambda facts: not inner(facts)
        test = self._group() if self._here.text == "(" and self._here.kind == "sign" else self._comparison()
        self.depth -= 1
        return test

    def _group(self) -> Test:
        self._next()
        test = self._either()
        if not self._takes(")"):
            raise self._error(self._here, "')' is missing")
        return test

    def _comparison(self) -> Test:
        left = self._operand()
        if self._here.text == "not" and self.tokens[self.at + 1].text == "in":
            self.at += 2
            return self._membership(left, wanted=False)
        if self._takes("in"):
            return self._membership(left, wanted=True)
        tests = []
        while self._here.kind == "sign" and self._here.text in _SIGNS:
            sign = self._next()
            right = self._operand()
            tests.append(self._compared(left, sign, right))
            left = right
        if not tests:
            return self._bare(left)
        return tests[0] if len(tests) == 1 else lambda facts: all(test(facts) for test in tests)

    def _operand(self) -> _Operand:
        token = self._next()
        if token.kind in ("number", "text"):
            return _Operand(token, values=(token,))
        if token.kind == "word" and token.text not in ("and", "or", "in", "not"):
            return self._fact(token)
        if token.kind == "end":
            raise self._error(token, "a condition is missing", 'write a comparison such as python >= 3.8 or os == "linux"')
        raise self._error(token, f"'{token.text}' is out of place", "a condition starts with a fact or a literal")

    def _fact(self, token: _Token) -> _Operand:
        if token.text not in FACT_WORDS:
            raise self._unknown(token)
        self.facts.append(token.text)
        return _Operand(token, token.text, self._setting(token) if token.text == "setting" else "")

    def _unknown(self, token: _Token) -> PredicateError:
        values = {value for known in KNOWN_VALUES.values() for value in known}
        hint = f'a text is written "{token.text}"' if token.text in values else did_you_mean(token.text, FACT_WORDS)
        return self._error(token, f"unknown fact '{token.text}'", hint or "facts are " + ", ".join(sorted(FACT_WORDS)))

    def _setting(self, token: _Token) -> str:
        if self._takes("(") and self._here.kind == "text":
            written = self._next()
            name = written.text[1:-1]
            if name not in SETTINGS:
                hint = did_you_mean(name, SETTINGS) or "settings are those that an agent reports: see 'sockmatrix facts'"
                raise self._error(written, f"no agent reports the setting '{name}'", hint)
            if self._takes(")"):
                return name
        raise self._error(token, "'setting' needs a name", 'write setting("net.ipv4.tcp_syncookies") == "1"')

    def _bare(self, operand: _Operand) -> Test:
        word = operand.fact
        if word in BOOLEANS:
            return lambda facts: bool(getattr(facts, word))
        if word:
            raise self._error(operand.token, f"'{word}' alone is no condition", f"compare it: {_example(word)}")
        raise self._error(operand.token, f"{operand.token.text} alone is no condition", "compare it with a fact")

    def _membership(self, left: _Operand, wanted: bool) -> Test:
        if self._here.text == "(" and self._here.kind == "sign":
            return self._among(left, wanted)
        right = self._operand()
        if right.fact not in COLLECTIONS or left.fact or left.token.kind != "text":
            raise self._error(right.token, "'in' needs a list or a collection", 'write os in ("linux", "macos") or "AF_VSOCK" in socket')
        return _contained(left.token.text[1:-1], right.fact, wanted)

    def _among(self, left: _Operand, wanted: bool) -> Test:
        sign = _Token("sign", "==", left.token.offset)
        self._next()
        tests = [self._compared(left, sign, self._operand())]
        while self._takes(",") and self._here.text != ")":
            tests.append(self._compared(left, sign, self._operand()))
        if not self._takes(")"):
            raise self._error(self._here, "')' is missing")
        known = self._known(left)
        return lambda facts: known(facts) and any(test(facts) for test in tests) is wanted

    def _known(self, operand: _Operand) -> Test:
        read = _reader(operand)
        return lambda facts: read(facts) not in ("", ())

    def _compared(self, left: _Operand, sign: _Token, right: _Operand) -> Test:
        if bool(left.fact) == bool(right.fact):
            raise self._error(right.token, "a comparison needs a fact on one side and a literal on the other")
        if right.fact:
            return self._compared(right, sign._replace(text=_MIRRORED[sign.text]), left)
        if left.fact in BOOLEANS or left.fact in COLLECTIONS:
            hint = f"write {left.fact} or not {left.fact}" if left.fact in BOOLEANS else f"compare it: {_example(left.fact)}"
            raise self._error(left.token, f"'{left.fact}' is not compared with a value", hint)
        return self._fact_test(left, sign.text, right.token)

    def _fact_test(self, fact: _Operand, sign: str, value: _Token) -> Test:
        if fact.fact in TEXTS:
            return self._text_test(fact, sign, value)
        if fact.fact == "setting" and value.kind == "text":
            return _equality(_reader(fact), self._equality_sign(fact, sign), value.text[1:-1])
        literal = version(value.text.strip("\"'"))
        if not literal:
            raise self._error(value, f"'{fact.fact}' is compared with a number", f"write {_example(fact.fact)}")
        return _version_test(_reader(fact), sign, literal)

    def _text_test(self, fact: _Operand, sign: str, value: _Token) -> Test:
        if value.kind != "text":
            raise self._error(value, f"'{fact.fact}' is compared with a text", f"write {_example(fact.fact)}")
        text, known = value.text[1:-1], KNOWN_VALUES.get(fact.fact, ())
        if known and text not in known:
            meant = _OTHER_NAMES.get(text) if fact.fact == "os" and text in _OTHER_NAMES else nearest(text, known, 0.8)
            hint = f'did you mean "{meant}"?' if meant else f"known are {', '.join(known)}"
            if meant or fact.fact != "implementation":
                raise self._error(value, f"unknown {fact.fact} '{text}'", hint)
        return _equality(_reader(fact), self._equality_sign(fact, sign), text)

    def _equality_sign(self, fact: _Operand, sign: str) -> bool:
        """True for `==`; texts have no order."""
        if sign not in ("==", "!="):
            raise self._error(fact.token, f"'{fact.fact}' has no order", f"write {_example(fact.fact)}")
        return sign == "=="


def _example(fact: str) -> str:
    if fact in COLLECTIONS:
        return f'"{"net_raw" if fact == "capabilities" else "NAME"}" in {fact}'
    if fact in VERSIONS:
        return f"{fact} >= 3.8"
    if fact == "setting":
        return 'setting("net.ipv4.tcp_syncookies") == "1"'
    return f"{fact} == 64" if fact in NUMBERS else f'{fact} == "{KNOWN_VALUES.get(fact, ("…",))[0]}"'


def _reader(operand: _Operand) -> Callable[[Facts], Any]:
    """How to get a fact: versions and numbers as tuples of numbers, settings and texts as texts."""
    word, name = operand.fact, operand.setting
    if word == "setting":
        return lambda facts: facts.settings.get(name, "")
    if word in NUMBERS:
        return lambda facts: str(getattr(facts, word))
    return lambda facts: getattr(facts, word)


def _equality(read: Callable[[Facts], Any], equal: bool, text: str) -> Test:
    def test(facts: Facts) -> bool:
        value = read(facts)
        return value != "" and (value == text) is equal

    return test


def _version_test(read: Callable[[Facts], Any], sign: str, literal: tuple[int, ...]) -> Test:
    def test(facts: Facts) -> bool:
        value = version(read(facts))
        padded = (*value, *(0,) * (len(literal) - len(value)))
        return value != () and compare(sign, padded[: len(literal)], literal)

    return test


def _contained(name: str, collection: str, wanted: bool) -> Test:
    if collection == "capabilities":
        return lambda facts: (name in facts.capabilities) is wanted
    return lambda facts: has_name(facts, collection, name) is wanted
