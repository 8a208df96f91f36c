"""Keys of a step that say what must come of it, to `Expectation` and `Variation`. Does not check when a name is set."""

import re
from typing import Any, NamedTuple

from harness.language import vocabulary
from harness.language.document import Mapping, Node, Scalar, Sequence, resolve
from harness.language.findings import Findings
from harness.language.mistakes import did_you_mean, shortened
from harness.language.parameters import Filled, Parameters, Used
from harness.language.predicates import PredicateError, parse
from harness.records.plan import Bounds, Expectation, Place, RaisesExpectation, Variation, WarnsExpectation

KEYS = ("returns", "raises", "takes", "warns", "records")
VARIATION_KEYS = ("when", "cases", "because", "see", "observed", *KEYS)

_BOUNDS = re.compile(r"(?P<least>\d+(?:\.\d+)?)?\.\.(?P<most>\d+(?:\.\d+)?)?")


class Expected(NamedTuple):
    """All that a step's keys expect of it."""

    expect: Expectation = Expectation()
    varies: tuple[Variation, ...] = ()
    reads: tuple[Used, ...] = ()
    """Saved values that expectations speak of."""
    process_wide: tuple[Used, ...] = ()

    @property
    def must_raise(self) -> bool:
        """The step raises on every target, so that what it would save is never set."""
        others = [variation.expect for variation in self.varies]
        gentle = any(other.has_returns or other.records for other in others)
        return self.expect.raises is not None and not gentle


class ExpectationReader:
    """Reads the expectations of a case's steps. `limit` is the scenario's, in seconds; `case` is one of `rows`, where there are any."""

    def __init__(self, findings: Findings, parameters: Parameters, limit: float, case: str = "", rows: tuple[str, ...] = ()) -> None:
        self.findings = findings
        self.parameters = parameters
        self.limit = limit
        self.case = case
        self.rows = rows
        self.reads: list[Used] = []
        self.process_wide: list[Used] = []

    def read(self, step: Mapping) -> Expected:
        """The expectations among a step's keys."""
        self.reads, self.process_wide = [], []
        expect = self._expectation(step)
        varies = self._variations(step.get("varies"), expect)
        return Expected(expect, varies, tuple(self.reads), tuple(self.process_wide))

    def _expectation(self, keys: Mapping) -> Expectation:
        self._check_together(keys)
        returns = self._returns(keys.get("returns"))
        return Expectation(
            returns=returns,
            has_returns="returns" in keys.entries,
            raises=self._raises(keys.get("raises")),
            takes=self._takes(keys.get("takes")),
            warns=self._warns(keys.get("warns")),
            records=self._records(keys.get("records")),
        )

    def _check_together(self, keys: Mapping) -> None:
        given = [key for key in KEYS if key in keys.entries]
        if "returns" in given and "raises" in given:
            self.findings.add(
                keys.key("raises"), "a step either returns or raises", "raises", "what differs by target belongs under 'varies'"
            )
        if "records" in given and len(given) > 1:
            self.findings.add(
                keys.key("records"), "'records' expects nothing, so it stands alone", "records", f"leave out '{given[0]}' or 'records'"
            )

    def _used(self, filled: Filled | None) -> Any:
        """The tree of an expression, whose reads are noted."""
        if filled is None:
            return None
        self.reads += filled.reads
        self.process_wide += filled.process_wide
        return filled.tree

    def _returns(self, node: Node | None) -> Any:
        return None if node is None else self._used(self.parameters.value(node, "returns"))

    def _takes(self, node: Node | None) -> Bounds | None:
        if node is None:
            return None
        found = _BOUNDS.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
        if found is None or found[0] == "..":
            shown = node.text if isinstance(node, Scalar) else ""
            message = f"'takes' is a range of seconds, not '{shortened(shown)}'"
            if shown.strip() in self.parameters.values:
                message = f"'takes' cannot use the parameter '{shown.strip()}'"
            self.findings.add(node, message, shown, "write 0.2..0.6, ..0.5 or 0.2..")
            return None
        return self._bounds(node, *(float(text) if text else None for text in (found["least"], found["most"])))

    def _bounds(self, node: Node, least: float | None, most: float | None) -> Bounds:
        if least is not None and most is not None and least >= most:
            self.findings.add(node, f"the range {least:g}..{most:g} is empty", hint="write the smaller number first")
        if max(least or 0.0, most or 0.0) > self.limit:
            message = f"the range goes beyond the scenario's limit of {self.limit:g} seconds"
            self.findings.add(node, message, hint=f"say 'limit: {int(max(least or 0.0, most or 0.0)) + 5}' at the top")
        return Bounds(least, most)

    def _records(self, node: Node | None) -> bool:
        if node is None:
            return False
        if not isinstance(node, Scalar) or resolve(node) is not True:
            self.findings.add(node, "'records' takes only true", hint="leave the key out where something is expected")
        return True

    def _warns(self, node: Node | None) -> WarnsExpectation | None:
        if node is None:
            return None
        if not isinstance(node, Mapping):
            return self._warning_class(node, None)
        self.findings.check_keys(node, ("type", "message"), "warns")
        message = node.get("message")
        tree = None if message is None else self._used(self.parameters.value(message, "message"))
        kind = node.get("type")
        if kind is None:
            self.findings.add(node, "'warns' lacks 'type'", hint="name a class such as ResourceWarning")
            return None
        return self._warning_class(kind, tree)

    def _warning_class(self, node: Node, message: Any) -> WarnsExpectation | None:
        node = self.parameters.resolve(node)
        name = self.findings.text(node, "warns")
        if name is not None and name.strip() not in vocabulary.WARNINGS:
            hint = did_you_mean(name.strip(), vocabulary.WARNINGS) or "name a class such as ResourceWarning"
            self.findings.add(node, f"unknown warning class '{shortened(name)}'", name, hint)
        return None if name is None else WarnsExpectation(name.strip(), message)

    def _raises(self, node: Node | None) -> RaisesExpectation | None:
        if node is None:
            return None
        node = self.parameters.resolve(node)
        if isinstance(node, Mapping):
            return self._raises_mapping(node)
        text = self.findings.text(node, "raises")
        if text is None or not isinstance(node, Scalar):
            return None
        symbol = text.strip()
        if symbol in vocabulary.error_symbols():
            kind = "gaierror" if symbol.startswith("EAI_") else "error"
            return RaisesExpectation(type=["get", ["module", "socket"], kind], errno=symbol)
        return RaisesExpectation(type=self._class(node, "exception or error symbol"))

    def _raises_mapping(self, node: Mapping) -> RaisesExpectation:
        self.findings.check_keys(node, ("type", "errno", "message"), "raises")
        if not node.entries:
            self.findings.add(node, "'raises' is empty", hint="name a type, an errno or a message")
        kind, number, message = node.get("type"), node.get("errno"), node.get("message")
        return RaisesExpectation(
            type=None if kind is None else self._class(self.parameters.resolve(kind), "exception class"),
            errno=None if number is None else self._errno(self.parameters.resolve(number)),
            message=None if message is None else self._used(self.parameters.value(message, "message")),
        )

    def _class(self, node: Node, what: str) -> Any:
        """An exception class by its name."""
        name = self.findings.text(node, "type")
        if name is None or not isinstance(node, Scalar):
            return None
        if name.strip() in vocabulary.exception_names():
            return class_tree(name.strip())
        return self._unknown_class(node, name.strip(), what)

    def _unknown_class(self, node: Scalar, name: str, what: str) -> None:
        classes, symbols = vocabulary.exception_names(), vocabulary.error_symbols()
        if name in symbols:
            self.findings.add(node, f"'{name}' is an error symbol, not an exception class", name, f"write errno: {name}")
            return
        if name.startswith("one_of("):
            hint = "name an ancestor they share, or say under 'varies' which target raises which"
            self.findings.add(node, "one of several classes cannot be expected", name, hint)
            return
        qualified = [known for known in vocabulary.MODULE_EXCEPTIONS if known.partition(".")[2] == name]
        candidates = classes | symbols if "symbol" in what else classes
        hint = f"did you mean '{qualified[0]}'?" if qualified else did_you_mean(name, candidates)
        self.findings.add(node, f"unknown {what} '{shortened(name)}'", name, hint or "name a built-in exception or one of socket's")

    def _errno(self, node: Node) -> Any:
        """A symbol as text, a number, or a matcher over them."""
        if isinstance(node, Scalar) and resolve(node) is None:
            self.findings.add(node, "'errno' is empty", hint="write one_of(None) where there must be none")
            return None
        filled = self.parameters.value(node, "errno")
        if filled is None:
            return None
        reads = tuple(read for read in filled.reads if not self._is_symbol(read))
        return self._used(Filled(_symbols_as_texts(filled.tree), reads, filled.process_wide))

    def _is_symbol(self, read: Used) -> bool:
        """Whether a word of an `errno` is a symbol; one in capitals that is unknown is a mistake."""
        if read.name in vocabulary.error_symbols():
            return True
        if not read.name.isupper():
            return False
        hint = did_you_mean(read.name, vocabulary.error_symbols())
        self.findings.add(read.node, f"unknown error symbol '{read.name}'", read.name, hint, read.offset)
        return True

    def _variations(self, node: Node | None, base: Expectation) -> tuple[Variation, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not node.items:
            self.findings.add(node, "'varies' must be a list of variations", hint="each has when, because, see and what is expected then")
            return ()
        if base.records:
            self.findings.add(node, "a step that only records has no variations", hint="leave out 'records' or 'varies'")
        return tuple(found for item in node.items if (found := self._variation(item, base)) is not None)

    def _variation(self, node: Node, base: Expectation) -> Variation | None:
        if not isinstance(node, Mapping):
            self.findings.add(node, "a variation must be a mapping", hint="it has when, because, see and what is expected then")
            return None
        self.findings.check_keys(node, VARIATION_KEYS, "a variation")
        for key in ("when", "because", "see"):
            if key not in node.entries:
                self.findings.add(node, f"a variation lacks '{key}'", hint=_VARIATION_HINTS[key])
        if not self._is_of_case(node.get("cases")):
            return None
        expect = self._expectation(node)
        self._check_departs(node, expect, base)
        because = self.findings.text(node.get("because"), "because") or ""
        when = self._when(node.get("when"))
        see = self.findings.see(node.get("see"))
        observed = self._observed(node.get("observed"))
        return Variation(when, expect, " ".join(because.split()), see, Place(node.line, node.column), observed)

    def _is_of_case(self, node: Node | None) -> bool:
        """Whether a variation is one of this case: where it names none it is one of all."""
        if node is None:
            return True
        named = self.findings.words(node, "cases")
        if isinstance(node, Sequence) and not node.items:
            self.findings.add(node, "'cases' is empty", hint="leave it out where every case departs")
        for item in named:
            if item.text not in self.rows:
                hint = did_you_mean(item.text, self.rows) or ("" if self.rows else "the scenario has no cases")
                self.findings.add(item, f"no case '{shortened(item.text)}'", item.text, hint)
        return self.case in {item.text for item in named}

    def _observed(self, node: Node | None) -> bool:
        if node is None:
            return True
        if not isinstance(node, Scalar) or resolve(node) is not False:
            self.findings.add(node, "'observed' takes only false", hint="leave it out once the departure has been seen")
        return False

    def _check_departs(self, node: Mapping, expect: Expectation, base: Expectation) -> None:
        given = [key for key in KEYS if key in node.entries]
        if not given:
            self.findings.add(node, "a variation expects nothing", hint="add returns, raises, takes, warns or records: true")
        elif all(repr(getattr(expect, key)) == repr(getattr(base, key)) for key in given) and ("returns" not in given or base.has_returns):
            self.findings.add(node, "a variation expects the same as the step itself", hint="leave it out")

    def _when(self, node: Node | None) -> str:
        text = self.findings.text(node, "when")
        if text is None or not isinstance(node, Scalar):
            return ""
        try:
            parse(text.strip())
        except PredicateError as error:
            indent = len(text) - len(text.lstrip())
            self.findings.add(node, error.message, text, error.hint, error.offset + indent)
        return text.strip()


_VARIATION_HINTS = {
    "when": "say where it applies, such as python < 3.10",
    "because": "say why these targets depart",
    "see": "say who documents it",
}


def class_tree(name: str) -> Any:
    """An exception class by the name a scenario writes, as an expression."""
    module, _, member = name.rpartition(".")
    return ["get", ["module", module], member] if module else ["builtin", member]


def _symbols_as_texts(tree: Any) -> Any:
    """Error symbols of an `errno`, bare or as members of `errno` and `socket`, as their texts."""
    if not isinstance(tree, list):
        return tree
    if tree[0] == "name" and tree[1] in vocabulary.error_symbols():
        return tree[1]
    if tree[0] == "get" and tree[1] in (["module", "errno"], ["module", "socket"]) and tree[2] in vocabulary.error_symbols():
        return tree[2]
    if tree[0] == "match":
        return [*tree[:2], [_symbols_as_texts(item) for item in tree[2]], *tree[3:]]
    return tree
