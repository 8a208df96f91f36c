"""One scenario file to plans: the keys at the top, the cases, the digest. The stages of a file are in `compile_file`, in order.

Does no input or output; a file with mistakes gives no plans.
"""

import re
from typing import Any

import msgspec

from harness.language import vocabulary
from harness.language.conditions import conditions
from harness.language.document import Mapping, Node, NotReadable, Scalar, decode, parse
from harness.language.expectations import ExpectationReader
from harness.language.findings import Findings
from harness.language.mistakes import MOST_PER_FILE, Mistake, shortened
from harness.language.needs import check
from harness.language.parameters import Parameters
from harness.language.predicates import PredicateError
from harness.language.steps import MOST_ROLES, ROLE, STEP_KEYS, Line, StepReader
from harness.language.walk import Walk, place_of
from harness.records.plan import NETWORK_ROLE, PLAN_VERSION, Need, Plan, Step

REQUIRED = ("title", "about", "see", "steps")
FILE_KEYS = ("title", "about", "see", "needs", "tags", "roles", "process", "limit", "cases", "steps")
MOST_MEMBERS = 100
LONGEST_TITLE = 120
LONGEST_LIMIT = 600.0

_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]*")
_REQUIRED_HINTS = {
    "title": "one line such as 'A TCP server greets each client'",
    "about": "say why the behaviour matters",
    "see": "say who promises the behaviour, such as [python:socket.socket.accept]",
    "steps": "the timeline, such as '- server: listener.listen(5)'",
}


class _Case:
    """One row of `cases`, or the whole scenario where there are none."""

    def __init__(self, name: str, values: dict[str, Node], needs: tuple[Need, ...] = ()) -> None:
        self.name = name
        self.values = values
        self.needs = needs


def compile_file(data: bytes, file: str, scenario: str) -> tuple[tuple[Plan, ...], tuple[Mistake, ...]]:
    """The plans of a file's bytes, or its mistakes. `file` is how messages name it, `scenario` its id."""
    findings = Findings(file)
    doubles: list[Mistake] = []
    try:
        root = parse(decode(data, file), file, doubles)
    except NotReadable as error:
        return (), (*doubles, error.mistake)
    plans = _File(findings, scenario).plans(root)
    mistakes = (*doubles, *findings.mistakes)
    if len(findings.mistakes) == MOST_PER_FILE:
        mistakes = (*mistakes, Mistake(file, 0, 0, f"has more mistakes than the first {MOST_PER_FILE}"))
    return ((), mistakes) if mistakes else (plans, ())


class _File:
    """Compiles one file, noting mistakes in `findings`."""

    def __init__(self, findings: Findings, scenario: str) -> None:
        self.findings = findings
        self.scenario = scenario
        self.complete = True
        """Every step was understood, so that what no step uses is a mistake."""

    def plans(self, root: Node) -> tuple[Plan, ...]:
        if not isinstance(root, Mapping):
            self.findings.add(root, "a scenario must be a mapping", hint="it starts with 'title: …'")
            return ()
        self._check_keys(root)
        common = self._common(root)
        cases = self._cases(root.get("cases"))
        used: set[str] = set()
        rows = tuple(case.name for case in cases if case.name)
        plans = tuple(self._plan(root, common, case, rows, used) for case in cases)
        if self.complete:
            self._report_unused(cases, used)
        return plans

    def _check_keys(self, root: Mapping) -> None:
        self.findings.check_keys(root, FILE_KEYS, "a scenario")
        for key in REQUIRED:
            if key not in root.entries:
                self.findings.add(root, f"'{key}' is missing", hint=_REQUIRED_HINTS[key])

    def _common(self, root: Mapping) -> dict[str, Any]:
        """The fields that all cases share."""
        see = root.get("see")
        return {
            "version": PLAN_VERSION,
            "file": self.findings.file,
            "title": self._title(root.get("title")),
            "about": " ".join((self.findings.text(root.get("about"), "about") or "").split()),
            "see": self.findings.see(see) if see is not None else (),
            "tags": self._tags(root.get("tags")),
            "needs": self._needs(root.get("needs")),
            "roles": self._roles(root.get("roles")),
            "own_process": self._process(root.get("process")),
            "limit": self._limit(root.get("limit")),
        }

    def _title(self, node: Node | None) -> str:
        text = (self.findings.text(node, "title") or "").strip()
        if node is not None and ("\n" in text or len(text) > LONGEST_TITLE):
            self.findings.add(
                node, f"'title' must be one line of at most {LONGEST_TITLE} characters", hint="what is longer belongs under 'about'"
            )
        return text

    def _tags(self, node: Node | None) -> tuple[str, ...]:
        items = self.findings.words(node, "tags")
        for item in items:
            if not _TAG.fullmatch(item.text):
                self.findings.add(item, f"'{shortened(item.text)}' is no tag", item.text, "use small letters, digits, '-' and '_'")
        return tuple(item.text for item in items)

    def _needs(self, node: Node | None) -> tuple[Need, ...]:
        return tuple(self._need(item) for item in self.findings.words(node, "needs"))

    def _need(self, item: Scalar) -> Need:
        text = item.text.strip()
        try:
            check(text)
        except PredicateError as error:
            self.findings.add(item, error.message, text, error.hint, error.offset)
        return Need(text, place_of(item))

    def _roles(self, node: Node | None) -> dict[str, int]:
        mapping = self.findings.mapping(node, "roles")
        roles: dict[str, int] = {}
        for role, (key, value) in mapping.entries.items() if mapping else ():
            if role in FILE_KEYS or role in STEP_KEYS or role in ("await", "pending", "repeat", NETWORK_ROLE) or not ROLE.fullmatch(role):
                self.findings.add(key, f"'{shortened(role)}' is no name for a role", role, "use small letters, and no key of the language")
            roles[role] = self.findings.whole(value, role, MOST_MEMBERS) or 1
        if len(roles) > MOST_ROLES and mapping:
            self.findings.add(mapping, f"{len(roles)} roles are too many", hint=f"a scenario has at most {MOST_ROLES} roles")
        return roles

    def _process(self, node: Node | None) -> bool:
        text = self.findings.text(node, "process")
        if node is not None and text is not None and text != "own":
            self.findings.add(
                node, f"'process' takes only own, not '{shortened(text)}'", text, "leave it out where the process stays as it is"
            )
        return text == "own"

    def _limit(self, node: Node | None) -> float:
        found = 10.0 if node is None else self.findings.number(node, "limit", 0.1, LONGEST_LIMIT)
        return float(found or 10.0)

    def _cases(self, node: Node | None) -> list[_Case]:
        if node is None:
            return [_Case("", {})]
        mapping = self.findings.mapping(node, "cases")
        if mapping is None or not mapping.entries:
            self.findings.add(node, "'cases' has no rows", hint="write each as 'name: {parameter: value}'")
            return []
        cases = [self._case(key, row) for key, row in mapping.entries.values()]
        self._check_rows(mapping, cases)
        return cases

    def _case(self, key: Scalar, row: Node) -> _Case:
        if not _CASE.fullmatch(key.text):
            self.findings.add(key, f"'{shortened(key.text)}' is no name for a case", key.text, "use letters, digits, '.', '+', '-' and '_'")
        mapping = self.findings.mapping(row, key.text) or Mapping(row.line, row.column)
        values = {name: value for name, (_, value) in mapping.entries.items() if name != "needs"}
        for name in values:
            self._check_parameter(mapping.key(name))
        return _Case(key.text, values, self._needs(mapping.get("needs")))

    def _check_parameter(self, key: Scalar) -> None:
        if not _PARAMETER.fullmatch(key.text):
            self.findings.add(key, f"'{shortened(key.text)}' is no name for a parameter", key.text, "use letters, digits and underscores")
        elif key.text in vocabulary.words():
            self.findings.add(key, f"'{key.text}' is a word of the language", key.text, "choose another name")

    def _check_rows(self, mapping: Mapping, cases: list[_Case]) -> None:
        """Every row has the same parameters."""
        first_with = {name: case.name for case in reversed(cases) for name in case.values}
        for case in cases:
            for name in [name for name in first_with if name not in case.values]:
                message = f"case '{case.name}' lacks the parameter '{name}', which case '{first_with[name]}' has"
                self.findings.add(mapping.key(case.name), message, name)

    def _report_unused(self, cases: list[_Case], used: set[str]) -> None:
        for name in {name: None for case in cases for name in case.values}:
            if name not in used:
                node = next(case.values[name] for case in cases if name in case.values)
                self.findings.add(
                    node, f"parameter '{name}' is used by no step", name, "leave it out, or use it in a call or an expectation"
                )

    def _plan(self, root: Mapping, common: dict[str, Any], case: _Case, rows: tuple[str, ...], used: set[str]) -> Plan:
        parameters = Parameters(self.findings, case.values)
        expectations = ExpectationReader(self.findings, parameters, common["limit"], case.name, rows)
        before = len(self.findings.mistakes)
        lines = StepReader(self.findings, parameters, expectations, common["roles"]).read(root.get("steps"))
        complete = len(self.findings.mistakes) == before and bool(lines)
        steps = Walk(self.findings, common["roles"], lines, common["own_process"]).go(complete)
        used |= parameters.used
        self.complete = self.complete and complete
        if complete:
            self._check_roles_act(root.get("roles"), steps)
            self._check_network(lines, (*common["needs"], *case.needs))
        fields = common | {
            "roles": {step.role: common["roles"].get(step.role, 1) for step in steps if step.role != NETWORK_ROLE},
            "needs": (*common["needs"], *case.needs),
            "steps": steps,
        }
        name = f"{self.scenario}[{case.name}]" if case.name else self.scenario
        return Plan(id=name, digest=digest(fields), **fields)

    def _check_network(self, lines: list[Line], needs: tuple[Need, ...]) -> None:
        """What happens to hosts needs hosts: a condition with two of them."""
        acting = next((line for line in lines if line.kind == "network"), None)
        asked = [need.text.removeprefix("network:") for need in needs if need.text.startswith("network:")]
        if acting and not any(conditions()[name].hosts > 1 for name in asked if name in conditions()):
            hint = "such as needs: [network:plain]"
            self.findings.add(acting.node, "the network can only act where each role has a host of its own", hint=hint)
        if len(set(asked)) > 1:
            place = next(need.place for need in needs if need.text.startswith("network:"))
            self.findings.add(Scalar(place.line, place.column, ""), f"a scenario takes place on one network, not on {' and '.join(asked)}")

    def _check_roles_act(self, node: Node | None, steps: tuple[Step, ...]) -> None:
        acting = {step.role for step in steps}
        for role, (key, _) in node.entries.items() if isinstance(node, Mapping) else ():
            if role not in acting:
                self.findings.add(key, f"role '{shortened(role)}' never acts", role, f"roles that act: {', '.join(sorted(acting - {''}))}")


def digest(fields: dict[str, Any]) -> str:
    """SHA-256 of what a plan means, from the fields of a `Plan`: what is done, where, and what is expected; not its prose and places."""
    from hashlib import sha256

    meaning = [
        fields["version"],
        list(fields["roles"].items()),
        [need.text for need in fields["needs"]],
        fields["own_process"],
        fields["limit"],
        [_meaning_of(step) for step in fields["steps"]],
    ]
    return sha256(msgspec.json.encode(meaning, order="sorted")).hexdigest()


def _meaning_of(step: Step) -> list[Any]:
    variations = [[variation.when, variation.expect] for variation in step.varies]
    return [step.role, step.call, step.export, step.reads, step.yields, step.expect, variations]
