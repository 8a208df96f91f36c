"""What one plan exercises and asserts: functions, methods, names, errors. Reads expression trees; knows no catalogue."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from harness.language.kinds import Kind, kind_of, part
from harness.records.plan import Expectation, Plan, Step

HELPERS = {
    "recv_all": "socket.socket.recv",
    "recv_until_eof": "socket.socket.recv",
    "fill_buffer": "socket.socket.send",
    "enter": "socket.socket.__enter__",
    "leave": "socket.socket.__exit__",
}
"""Helpers that make a call of the API for the scenario."""

SHARED = frozenset({"close", "detach", "fileno"})
"""Methods that other objects have too, so that they count only where the object is known to be a socket."""

SAME_ERROR = {"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP"}

OPTION_CALLS = frozenset({"getsockopt", "setsockopt"})

SAME_LEVEL = {"SOL_IP": "IPPROTO_IP", "SOL_TCP": "IPPROTO_TCP", "SOL_UDP": "IPPROTO_UDP"}
"""Levels with two names of one number; the one that POSIX has stands for both."""

_WORD = re.compile(r"[A-Za-z_]\w+")

Error = tuple[str, str]
"""A function or method, and the symbol of an error that it must give."""


class Usage(Struct, frozen=True):
    """What one scenario touches."""

    exercised: frozenset[str]
    """Functions, methods and attributes that its steps use: `socket.socket.recv`."""
    asserted: frozenset[str]
    """Those of them that stand in a step with an expectation of its outcome."""
    mentioned: frozenset[str]
    """Every last part of a name that it says anywhere, conditions included: `recv`, `TCP_NODELAY`."""
    errors: frozenset[Error]
    """Errors that it expects, departures that were never observed left out."""
    documented_errors: frozenset[Error]
    """Errors of departures that were never observed."""
    expects: bool
    """It has at least one expectation that can fail."""


class StepUse(Struct, frozen=True):
    """What one step touches."""

    used: frozenset[str]
    """Functions, methods, attributes and constants that it uses; those of the background call where it awaits one."""
    outermost: str
    """The function or method whose outcome is the step's; empty if it is none of the API."""
    options: frozenset[str]
    """Options that it gets or sets, as level and name: `SOL_SOCKET/SO_REUSEADDR`."""
    expected: frozenset[str]
    """Symbols of errors that it must give, departures left out."""
    possible: frozenset[str]
    """These, and those of departures."""
    whole: bool
    """All of the step is evaluated: it has no `and` and no `or`, which may leave out what comes after them."""


def uses_of_steps(plan: Plan) -> tuple[StepUse, ...]:
    """What each step of a plan touches, in order."""
    return read_plan(plan)[1]


def usage_of(plan: Plan) -> Usage:
    """What a plan touches."""
    return read_plan(plan)[0]


def read_plan(plan: Plan) -> tuple[Usage, tuple[StepUse, ...]]:
    """What a plan touches, as a whole and in each step."""
    reader = _Reader()
    uses = tuple(_use_of(reader, step) for step in plan.steps)
    for need in plan.needs:
        reader.mentioned |= set(_words(need.text))
    return reader.usage(), uses


def _use_of(reader: "_Reader", step: Step) -> StepUse:
    used, outermost = reader.read(step)
    waits = step.call.kind in ("await", "pending")
    options = reader.options.get(step.call.job, frozenset()) if waits else frozenset(_options(step.call.do))
    if step.call.kind == "background":
        reader.options[step.call.job] = options
    expected = frozenset(_expected_symbols(step.expect))
    varied = (symbol for variation in step.varies for symbol in _expected_symbols(variation.expect))
    whole = not any(node[:1] in (["and"], ["or"]) for node in _nodes(step.call.do))
    return StepUse(frozenset(used), outermost, options, expected, expected.union(varied), whole)


def merged(uses: Sequence[Usage]) -> Usage:
    """What several scenarios touch together."""
    return Usage(
        exercised=frozenset().union(*(use.exercised for use in uses)),
        asserted=frozenset().union(*(use.asserted for use in uses)),
        mentioned=frozenset().union(*(use.mentioned for use in uses)),
        errors=frozenset().union(*(use.errors for use in uses)),
        documented_errors=frozenset().union(*(use.documented_errors for use in uses)),
        expects=any(use.expects for use in uses),
    )


class _Reader:
    """Reads the steps of a plan in order, since the kind of a value is known from the step that made it."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.jobs: dict[str, tuple[set[str], str]] = {}
        """By background call: what it uses, and the call itself."""
        self.options: dict[str, frozenset[str]] = {}
        """By background call, the options that it gets or sets."""
        self.exercised: set[str] = set()
        self.asserted: set[str] = set()
        self.mentioned: set[str] = set()
        self.errors: set[Error] = set()
        self.documented: set[Error] = set()
        self.expects = False

    def read(self, step: Step) -> tuple[set[str], str]:
        """Take in one more step; what it uses, and its outermost call."""
        used, outermost = self._used_by(step)
        self.exercised |= used
        self.mentioned |= {name.rpartition(".")[2] for name in used} | set(_names_in(step.call.do))
        expectations = [(step.expect, True), *((variation.expect, variation.observed) for variation in step.varies)]
        for expect, observed in expectations:
            self._read_expectation(expect, observed, used, outermost)
        for variation in step.varies:
            self.mentioned |= set(_words(variation.when))
        return used, outermost

    def usage(self) -> Usage:
        """What the steps that were read touch together."""
        return Usage(
            exercised=frozenset(self.exercised),
            asserted=frozenset(self.asserted),
            mentioned=frozenset(self.mentioned),
            errors=frozenset(self.errors),
            documented_errors=frozenset(self.documented - self.errors),
            expects=self.expects,
        )

    def _used_by(self, step: Step) -> tuple[set[str], str]:
        """What a step uses, and its outermost call; what is awaited is what the background call uses."""
        if step.call.kind in ("await", "pending"):
            return self.jobs.get(step.call.job, (set(), ""))
        found = set(self._functions_in(step.call.do))
        outermost = self._function(step.call.do)
        if step.call.kind == "background":
            self.jobs[step.call.job] = (found, outermost)
        self._save(step)
        return found, outermost

    def _save(self, step: Step) -> None:
        kind = kind_of(step.call.do, self._kind)
        for index, name in enumerate(step.call.save):
            self.kinds[name] = part(kind, index) if step.call.unpack else kind

    def _kind(self, name: str) -> Kind:
        return self.kinds.get(name, "")

    def _read_expectation(self, expect: Expectation, observed: bool, used: set[str], outermost: str) -> None:
        checks = expect.has_returns or expect.raises is not None
        self.expects = self.expects or checks or expect.takes is not None or expect.warns is not None
        if not checks:
            return
        self.asserted |= used
        raised = expect.raises
        for tree in (expect.returns, *((raised.type, raised.errno, raised.message) if raised else ())):
            self.mentioned |= set(_names_in(tree))
        pairs = {(outermost, symbol) for symbol in _expected_symbols(expect)} if outermost else set()
        (self.errors if observed else self.documented).update(pairs)

    def _functions_in(self, tree: Any) -> Iterator[str]:
        for node in _nodes(tree):
            name = self._function(node) or self._attribute(node)
            if name:
                yield name

    def _function(self, node: Any) -> str:
        """The function that a call calls: `socket.socketpair`, `socket.socket.recv`, `os.close`; empty if it is none of the API."""
        if not isinstance(node, list) or not node:
            return ""
        if node[0] == "help":
            return HELPERS.get(node[1], "")
        if node[0] != "call" or not isinstance(node[1], list) or node[1][0] != "get":
            return ""
        return self._member(node[1][1], node[1][2], called=True)

    def _attribute(self, node: Any) -> str:
        if not isinstance(node, list) or not node or node[0] != "get":
            return ""
        return self._member(node[1], node[2], called=False)

    def _member(self, owner: Any, name: str, called: bool) -> str:
        if not isinstance(owner, list):
            return ""
        if owner[0] == "module":
            return f"{owner[1]}.{name}" if owner[1] in ("socket", "os") else ""
        if owner == ["get", ["module", "socket"], "socket"]:
            return f"socket.socket.{name}"
        kind = kind_of(owner, self._kind)
        if kind == "socket" or (kind == "" and called and name not in SHARED and owner[0] != "builtin"):
            return f"socket.socket.{name}"
        return ""


def _nodes(tree: Any) -> Iterator[list[Any]]:
    """Every operation of a tree, from the outside in."""
    if isinstance(tree, list):
        yield tree
        for item in tree:
            yield from _nodes(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from _nodes(item)


def _names_in(tree: Any) -> Iterator[str]:
    """Last parts of names: members, helpers, and the name that `hasattr` asks for."""
    for node in _nodes(tree):
        if len(node) > 2 and node[0] == "get" and isinstance(node[2], str):
            yield node[2]
        elif len(node) > 2 and node[0] == "help":
            yield node[1]
            yield from (item for item in node[2] if node[1] == "hasattr" and isinstance(item, str))


def _symbols(tree: Any) -> Iterator[str]:
    """Error symbols of an expected `errno`: one, or those of `one_of`."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for item in tree[2] if tree[:2] == ["match", "one_of"] else ():
            yield from _symbols(item)


def _symbols_returned(tree: Any) -> Iterator[str]:
    """Error symbols among what a call must return, as `connect_ex` does."""
    for node in _nodes(tree):
        if node[:1] == ["get"] and node[1] == ["module", "errno"]:
            yield node[2]


def _expected_symbols(expect: Expectation) -> Iterator[str]:
    """Error symbols that an expectation names, raised or returned, each under the name that it is known by here."""
    symbols = _symbols(expect.raises.errno) if expect.raises else _symbols_returned(expect.returns)
    return (SAME_ERROR.get(symbol, symbol) for symbol in symbols)


def _options(tree: Any) -> Iterator[str]:
    """Options that calls inside a tree get or set, where both parts are written as constants of `socket`."""
    for node in _nodes(tree):
        if node[:1] == ["call"] and len(node) > 2 and isinstance(node[1], list) and node[1][:1] == ["get"] and node[1][2] in OPTION_CALLS:
            level, name = (_constant(argument) for argument in (*node[2], None, None)[:2])
            if level and name:
                yield f"{SAME_LEVEL.get(level, level)}/{name}"


def _constant(tree: Any) -> str:
    """The name of `socket.NAME`; empty for anything else."""
    return str(tree[2]) if isinstance(tree, list) and tree[:2] == ["get", ["module", "socket"]] else ""


def _words(text: str) -> list[str]:
    """The words of a predicate."""
    return _WORD.findall(text)
