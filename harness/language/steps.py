"""Step nodes of a case to lines: who acts, the call, what is expected. Unrolls repetitions; checks no order of steps."""

import re
from typing import Any, NamedTuple

from harness.language.document import Mapping, Node, Scalar, Sequence
from harness.language.expectations import KEYS as EXPECTATION_KEYS
from harness.language.expectations import ExpectationReader, Expected
from harness.language.expression import Compiled
from harness.language.findings import Findings
from harness.language.mistakes import did_you_mean, nearest, shortened
from harness.language.parameters import Parameters, Used
from harness.language.vocabulary import NETWORK_ACTIONS
from harness.records.plan import NETWORK_ROLE, StepKind

STEP_KEYS = (*EXPECTATION_KEYS, "varies", "background")
FORM_KEYS = ("await", "pending", "repeat")
MOST_STEPS = 5_000
MOST_TIMES = 1_000
MOST_ROLES = 8

ROLE = re.compile(r"[a-z][a-z0-9_]{0,30}")
_ASSIGNMENT = re.compile(r"([\w\s,]+)=(?!=)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}")
_ACTION = re.compile(r"\s*(\w+)\s*\(\s*(\w+)\s*\)\s*")


class Line(NamedTuple):
    """One step as written, before its place in the timeline is known."""

    node: Scalar
    """Its first word: the role, `await` or `pending`."""
    source: Scalar
    """The call, or the name of the job."""
    kind: StepKind
    role: str = ""
    """Empty for `await` and `pending`, which act in the role that started the job."""
    tree: Any = None
    targets: tuple[Used, ...] = ()
    unpack: bool = False
    reads: tuple[Used, ...] = ()
    process_wide: tuple[Used, ...] = ()
    forgets: str = ""
    job: str = ""
    action: str = ""
    subject: str = ""
    """Where the network acts: what happens to the host of which role."""
    expected: Expected = Expected()
    written: str = ""
    """The call with the values of the case's parameters; empty where it has none."""

    @property
    def text(self) -> str:
        """The step as reports show it."""
        call = " ".join((self.written or self.source.text).split())
        return call if self.role else f"{self.kind} {call}"


class _Repeat(NamedTuple):
    times: int
    body: "list[Line | _Repeat]"


class StepReader:
    """Reads the steps of one case."""

    def __init__(self, findings: Findings, parameters: Parameters, expectations: ExpectationReader, roles: dict[str, int]) -> None:
        self.findings = findings
        self.parameters = parameters
        self.expectations = expectations
        self.roles = set(roles)
        """Roles known so far, declared or seen to act."""

    def read(self, node: Node | None) -> list[Line]:
        """All lines of a timeline, repetitions unrolled; none where there are too many."""
        if node is None:
            return []
        body = self._body(node, "steps")
        total = _count(body)
        if total > MOST_STEPS:
            self.findings.add(node, f"{total} steps are too many", hint=f"at most {MOST_STEPS} are allowed, repetitions counted")
            return []
        return list(_unrolled(body))

    def _body(self, node: Node, what: str) -> "list[Line | _Repeat]":
        if not isinstance(node, Sequence) or not node.items:
            self.findings.add(node, f"'{what}' must be a list of steps", hint="such as '- server: listener.listen(5)'")
            return []
        return [line for item in node.items if (line := self._step(item)) is not None]

    def _step(self, node: Node) -> "Line | _Repeat | None":
        if not isinstance(node, Mapping) or not node.entries:
            self.findings.add(node, "a step must be a mapping", hint="such as 'server: listener.listen(5)', with a blank behind the colon")
            return None
        form = next((key for key in FORM_KEYS if key in node.entries), "")
        if form == "repeat":
            return self._repeat(node)
        return self._job_step(node, form) if form else self._call(node)

    def _repeat(self, node: Mapping) -> _Repeat | None:
        self.findings.check_keys(node, ("repeat",), "a repetition")
        body = self.findings.mapping(node.get("repeat"), "repeat")
        if body is None:
            return None
        self.findings.check_keys(body, ("times", "steps"), "'repeat'")
        times, steps = body.get("times"), body.get("steps")
        if times is None or steps is None:
            self.findings.add(body, "'repeat' needs 'times' and 'steps'", hint="write repeat: {times: 3, steps: […]}")
            return None
        count = self.findings.whole(times, "times", MOST_TIMES)
        return _Repeat(count or 1, self._body(steps, "steps"))

    def _job_step(self, node: Mapping, form: str) -> Line | None:
        allowed = (form,) if form == "pending" else (form, *EXPECTATION_KEYS, "varies")
        self.findings.check_keys(node, allowed, f"'{form}'")
        expected = self.expectations.read(node) if form == "await" else Expected()
        name = node.get(form)
        job = self._job_name(name, form)
        if job is None or not isinstance(name, Scalar):
            return None
        return Line(node.key(form), name, "await" if form == "await" else "pending", job=job, expected=expected)

    def _job_name(self, node: Node | None, what: str) -> str | None:
        name = self.findings.text(node, what)
        if name is not None and node is not None and not _NAME.fullmatch(name):
            self.findings.add(node, f"'{shortened(name)}' is no name for a background call", name, "use letters, digits and underscores")
            return None
        return name

    def _call(self, node: Mapping) -> Line | None:
        role = self._role(node)
        expected = self.expectations.read(node)
        job = self._job_name(node.get("background"), "background") or ""
        if job:
            self._check_background(node)
        if role is None:
            return None
        key, source = node.entries[role]
        if not isinstance(source, Scalar) or not source.text.strip():
            self.findings.add(source, f"the call of '{role}' must be text", hint="put it in single quotes")
            return None
        if role == NETWORK_ROLE:
            return self._network_action(node, key, source)
        if not self._is_role(key):
            return None
        return self._compiled(key, source, role, job, expected)

    def _network_action(self, node: Mapping, key: Scalar, source: Scalar) -> Line | None:
        for other in node.entries:
            if other != NETWORK_ROLE:
                self.findings.add(node.key(other), f"a step of the network takes no '{other}'", other, "put it where it shows")
        found = _ACTION.fullmatch(source.text)
        if found is None or found[1] not in NETWORK_ACTIONS:
            word = found[1] if found else source.text.partition("(")[0].strip()
            hint = f"write it with a role, such as {word}(server)" if word in NETWORK_ACTIONS else did_you_mean(word, NETWORK_ACTIONS)
            hint = hint or "such as cut(server); the network can " + ", ".join(NETWORK_ACTIONS)
            self.findings.add(source, f"'{shortened(source.text)}' is nothing that the network can do", source.text, hint)
            return None
        return Line(key, source, "network", NETWORK_ROLE, action=found[1], subject=found[2])

    def _check_background(self, node: Mapping) -> None:
        for key in (*EXPECTATION_KEYS, "varies"):
            if key in node.entries:
                message = f"a background call is seen to end at its 'await', so '{key}' belongs there"
                self.findings.add(node.key(key), message, key)

    def _compiled(self, key: Scalar, source: Scalar, role: str, job: str, expected: Expected) -> Line | None:
        compiled, filled = self.parameters.call(source)
        kind: StepKind = "background" if job else "call"
        if filled is None:
            return Line(key, source, kind, role, targets=_plausible_targets(source, compiled), job=job, expected=expected)
        if not isinstance(filled.tree, list) and not compiled.targets:
            self.findings.add(source, "a step must call something or read a value", source.text)
        targets = tuple(Used(name, source, offset) for name, offset in compiled.targets)
        if expected.must_raise and targets and not compiled.unpack:
            message = f"'{targets[0].name}' is never set, as this step must raise"
            self.findings.add(source, message, targets[0].name, f"leave out '{targets[0].name} ='", targets[0].offset)
        line = Line(key, source, kind, role, filled.tree, targets, compiled.unpack, job=job, expected=expected)
        written = self.parameters.written(source, compiled)
        return line._replace(reads=filled.reads, process_wide=filled.process_wide, forgets=compiled.forgets, written=written)

    def _role(self, node: Mapping) -> str | None:
        """The one key of a step that is no key of the language."""
        others = [key for key in node.entries if key not in STEP_KEYS]
        if not others:
            first = node.key(next(iter(node.entries)))
            self.findings.add(first, "a step names no role", first.text, "such as 'server: listener.listen(5)'")
            return None
        role = self._likeliest(others)
        for key in others:
            if key != role:
                self._refuse_key(node.key(key), role)
        return role

    def _likeliest(self, keys: list[str]) -> str:
        if len(keys) == 1:
            return keys[0]
        known = [key for key in keys if key in self.roles]
        unlike = [key for key in keys if not nearest(key, (*STEP_KEYS, *FORM_KEYS))]
        return (known or unlike or keys)[0]

    def _refuse_key(self, key: Scalar, role: str) -> None:
        hint = did_you_mean(key.text, (*STEP_KEYS, *FORM_KEYS))
        if not hint and ROLE.fullmatch(key.text):
            hint = f"a step has one role, and this one has '{role}'"
        self.findings.add(key, f"unknown key '{shortened(key.text)}'", key.text, hint or f"a step has {', '.join(STEP_KEYS)}")

    def _is_role(self, key: Scalar) -> bool:
        """Whether a step's key may be a role's name; notes the mistake if not."""
        role = key.text
        if role in self.roles:
            return True
        meant = nearest(role, (*STEP_KEYS, *FORM_KEYS), 0.8)
        if meant:
            self.findings.add(key, f"'{role}' is no role", role, f"did you mean '{meant}'?")
        elif not ROLE.fullmatch(role):
            self.findings.add(key, f"'{shortened(role)}' is no name for a role", role, "use small letters, digits and underscores")
        elif len(self.roles) == MOST_ROLES:
            self.findings.add(key, f"'{role}' would be the {MOST_ROLES + 1}th role", role, f"a scenario has at most {MOST_ROLES} roles")
        else:
            self.roles.add(role)
        return role in self.roles


def _plausible_targets(source: Scalar, compiled: Compiled) -> tuple[Used, ...]:
    """The names that a call with mistakes is meant to set, so that each mistake is reported alone."""
    if compiled.targets:
        return tuple(Used(name, source, offset) for name, offset in compiled.targets)
    left = _ASSIGNMENT.match(source.text)
    return tuple(Used(name.strip(), source, 0) for name in left[1].split(",")) if left else ()


def _count(body: "list[Line | _Repeat]") -> int:
    return sum(item.times * _count(item.body) if isinstance(item, _Repeat) else 1 for item in body)


def _unrolled(body: "list[Line | _Repeat]") -> list[Line]:
    lines: list[Line] = []
    for item in body:
        lines += _unrolled(item.body) * item.times if isinstance(item, _Repeat) else [item]
    return lines
