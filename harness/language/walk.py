"""Goes through the steps of a case without performing them: who sets which name, who reads it, which call still runs.

What passes here can be started without surprise. Gives the lines their numbers, exports, reads and yields.
"""

from dataclasses import dataclass, field

from harness.language import vocabulary
from harness.language.document import Scalar
from harness.language.findings import Findings
from harness.language.kinds import LIVING, Kind, kind_of, part
from harness.language.mistakes import did_you_mean
from harness.language.parameters import Used
from harness.language.steps import Line
from harness.records.plan import Call, Place, Step


@dataclass(slots=True)
class _Saved:
    """A value that a step sets."""

    name: str
    role: str
    step: "_Walked"
    kind: Kind
    target: Used


@dataclass(slots=True)
class _Walked:
    """A line with its place in the timeline, and what the walk finds out about it."""

    line: Line
    n: int
    role: str
    save: tuple[str, ...] = ()
    unpack: bool = False
    kind: Kind = ""
    export: dict[str, None] = field(default_factory=dict)
    reads: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Job:
    """A background call that has not been awaited."""

    line: Line
    kind: Kind


class Walk:
    """One walk through the lines of a case. `roles` says how many of each role act at once."""

    def __init__(self, findings: Findings, roles: dict[str, int], lines: list[Line], own_process: bool) -> None:
        self.findings = findings
        self.roles = roles
        self.lines = lines
        self.own_process = own_process
        self.own: dict[tuple[str, str], _Saved] = {}
        self.latest: dict[str, _Saved] = {}
        self.forgotten: dict[tuple[str, str], int] = {}
        self.never_set: dict[str, int] = {}
        self.jobs: dict[str, _Job] = {}
        self.awaited: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        """Roles whose process the network has ended, with the line."""
        self.unread: dict[tuple[int, str], _Saved] = {}
        self.read_places: set[tuple[int, str]] = set()
        self.refused: set[str] = set()
        """Names that were read where they were not set: one mistake each is enough."""
        self.set_later = _first_lines(lines)

    def go(self, complete: bool) -> tuple[Step, ...]:
        """The steps in order. With mistakes noted on the way, they are good for nothing.

        Unless the lines are `complete`, what is never read or awaited is not reported: a line with a mistake may do it.
        """
        walked = [self._walk(n, line) for n, line in enumerate(self.lines)]
        if complete:
            self._report_unawaited()
            self._report_unread()
        return tuple(_step(step) for step in walked)

    def _walk(self, n: int, line: Line) -> _Walked:
        if line.kind == "network":
            return self._walk_network(n, line)
        self._check_process(line)
        self._check_alive(line)
        if line.kind == "call":
            return self._walk_call(n, line)
        if line.kind == "background":
            return self._walk_background(n, line)
        return self._walk_await(n, line) if line.kind == "await" else self._walk_pending(n, line)

    def _walk_network(self, n: int, line: Line) -> _Walked:
        acting = dict.fromkeys(other.role for other in self.lines if other.role and other.kind != "network")
        if line.subject not in acting:
            hint = did_you_mean(line.subject, acting) or f"roles that act: {', '.join(acting)}"
            self.findings.add(line.source, f"'{line.subject}' is no role of this scenario", line.subject, hint)
        elif self.roles.get(line.subject, 1) > 1:
            self.findings.add(line.source, f"'{line.subject}' has several members, which share a host", line.subject)
        self._check_alive(line)
        if line.action in ("kill", "power_off"):
            self.ended[line.subject] = line.node.line
        return _Walked(line, n, line.role)

    def _check_alive(self, line: Line) -> None:
        role = line.subject or line.role
        if role in self.ended and line.action not in ("cut", "restore"):
            message = f"'{role}' was ended in line {self.ended[role]}"
            self.findings.add(line.node, message, role, "what comes after it can only be seen by the others")

    def _walk_call(self, n: int, line: Line) -> _Walked:
        step = _Walked(line, n, line.role, tuple(target.name for target in line.targets), line.unpack)
        self._read_all(step)
        step.kind = kind_of(line.tree, lambda name: self._kind_of_name(line.role, name))
        self._read_expected(step)
        self._forget(line)
        self._save(step, line)
        return step

    def _walk_background(self, n: int, line: Line) -> _Walked:
        step = _Walked(line, n, line.role)
        self._read_all(step)
        running = self.jobs.get(line.job)
        if running is not None:
            message = f"background call '{line.job}' of line {running.line.node.line} has not been awaited yet"
            self.findings.add(line.node, message, line.job, "await it first, or choose another name")
        self._forget(line)
        kind = kind_of(line.tree, lambda name: self._kind_of_name(line.role, name))
        self.jobs[line.job] = _Job(line, kind)
        return step

    def _walk_await(self, n: int, line: Line) -> _Walked:
        job = self._job(line)
        if job is None:
            return _Walked(line, n, "")
        del self.jobs[line.job]
        self.awaited[line.job] = line.node.line
        started = job.line
        step = _Walked(line, n, started.role, tuple(target.name for target in started.targets), started.unpack, job.kind)
        self._read_expected(step)
        self._save(step, started)
        return step

    def _walk_pending(self, n: int, line: Line) -> _Walked:
        job = self._job(line)
        return _Walked(line, n, job.line.role if job else "")

    def _job(self, line: Line) -> _Job | None:
        job = self.jobs.get(line.job)
        if job is None and line.job in self.awaited:
            message = f"background call '{line.job}' was awaited in line {self.awaited[line.job]}"
            self.findings.add(line.source, message, line.job, "a call ends once")
        elif job is None:
            names = [other.job for other in self.lines if other.kind == "background"]
            hint = f"its step 'background: {line.job}' comes later" if line.job in names else did_you_mean(line.job, names)
            hint = hint or f"start it with 'background: {line.job}'"
            self.findings.add(line.source, f"no background call '{line.job}' is under way", line.job, hint)
        return job

    def _check_process(self, line: Line) -> None:
        for word in () if self.own_process else (*line.process_wide, *line.expected.process_wide):
            message = f"'{word.name}' changes the state of the whole process"
            self.findings.add(word.node, message, word.name, "say 'process: own' at the top", word.offset)

    def _find(self, role: str, name: str) -> _Saved | None:
        """What a name means to a role: its own value, else the one set last by another role."""
        return self.own.get((role, name)) or (None if (role, name) in self.forgotten else self.latest.get(name))

    def _kind_of_name(self, role: str, name: str) -> Kind:
        saved = self._find(role, name)
        if saved is None or (saved.role != role and self.roles.get(saved.role, 1) > 1):
            return ""
        return saved.kind

    def _read_all(self, step: _Walked) -> None:
        for used in step.line.reads:
            saved = self._read(step.role, used, expecting=False)
            if saved is not None and saved.role != step.role:
                self._read_from_other(step, saved, used)

    def _read_from_other(self, step: _Walked, saved: _Saved, used: Used) -> None:
        if saved.kind in LIVING:
            message = f"'{used.name}' is a {saved.kind} of '{saved.role}', and a {saved.kind} stays in its role"
            hint = "save what the other role needs as a value, such as an address"
            self.findings.add(used.node, message, used.name, hint, used.offset)
        saved.step.export[used.name] = None
        step.reads[used.name] = None

    def _read_expected(self, step: _Walked) -> None:
        for used in step.line.expected.reads:
            saved = self._read(step.role, used, expecting=True)
            latest = self.latest.get(used.name)
            if saved is not None and latest is not None and latest.role != saved.role:
                message = f"'{used.name}' may be that of '{saved.role}' or of '{latest.role}', which set it later"
                self.findings.add(used.node, message, used.name, "give one of them another name", used.offset)

    def _read(self, role: str, used: Used, expecting: bool) -> _Saved | None:
        saved = self._find(role, used.name)
        if saved is None:
            self._refuse_name(role, used, expecting)
            return None
        self.read_places.add(_place(saved.target))
        return saved

    def _refuse_name(self, role: str, used: Used, expecting: bool) -> None:
        name = used.name
        self.refused.add(name)
        hint = ""
        forgotten = [line for (_, other), line in self.forgotten.items() if other == name]
        if forgotten:
            message = f"'{name}' was forgotten in line {forgotten[-1]}"
        elif name in self.never_set:
            message = f"'{name}' is never set: the step in line {self.never_set[name]} must raise"
        elif name in self.set_later:
            message = f"'{name}' is used before it is set in line {self.set_later[name]}"
        else:
            message, hint = f"unknown name '{name}'", self._hint_for_name(name, expecting)
        self.findings.add(used.node, message, name, hint, used.offset)

    def _hint_for_name(self, name: str, expecting: bool) -> str:
        if name in vocabulary.STRANGERS:
            return vocabulary.STRANGERS[name]
        for module in vocabulary.MODULES:
            if name in vocabulary.module_names()[module] and not expecting:
                return f"did you mean '{module}.{name}'?"
        near = did_you_mean(name, (*vocabulary.words(), *self.latest))
        if expecting:
            written = f"a text value is written '\"{name}\"'"
            return f"{near} {written}" if near else written
        return near or "a name is set by an earlier step: 'name = call'"

    def _forget(self, line: Line) -> None:
        if not line.forgets:
            return
        saved = self.own.get((line.role, line.forgets))
        if line.kind == "background":
            self.findings.add(line.source, "forget(name) cannot run in the background", line.source.text)
        elif line.forgets not in [used.name for used in line.reads]:
            self.findings.add(line.source, f"'{line.forgets}' is a parameter, which cannot be forgotten", line.forgets)
        elif saved is None and line.forgets in self.latest:
            message = f"'{line.forgets}' is a value of '{self.latest[line.forgets].role}', which alone can forget it"
            self.findings.add(line.source, message, line.forgets)
        else:
            self.own.pop((line.role, line.forgets), None)
            self.forgotten[line.role, line.forgets] = line.node.line
            if self.latest.get(line.forgets) is saved:
                self.latest.pop(line.forgets, None)

    def _save(self, step: _Walked, started: Line) -> None:
        """Set the names of a call, or of a background call that is awaited in `step`."""
        for index, target in enumerate(started.targets):
            if step.line.expected.must_raise:
                self.never_set[target.name] = step.line.node.line
                continue
            kind = part(step.kind, index) if step.unpack else step.kind
            saved = _Saved(target.name, step.role, step, kind, target)
            self.own[step.role, target.name] = self.latest[target.name] = saved
            self.forgotten.pop((step.role, target.name), None)
            self.unread.setdefault(_place(target), saved)

    def _report_unawaited(self) -> None:
        for job in self.jobs.values():
            name = job.line.job
            if job.line.role in self.ended:
                continue
            self.findings.add(job.line.node, f"background call '{name}' is never awaited", name, f"add a step 'await: {name}'")

    def _report_unread(self) -> None:
        """A name of several set at once may stay unread if another of them is read, or if the step expects something."""
        for place, saved in self.unread.items():
            if place in self.read_places or saved.name in self.refused or saved.kind in LIVING or self._excused(saved):
                continue
            hint = f"leave out '{saved.name} ='" if not saved.step.unpack else "leave the names out"
            self.findings.add(saved.target.node, f"'{saved.name}' is set and never read", saved.name, hint, saved.target.offset)

    def _excused(self, saved: _Saved) -> bool:
        if not saved.step.unpack:
            return False
        expect = saved.step.line.expected.expect
        some_read = any((id(saved.target.node), name) in self.read_places for name in saved.step.save)
        return expect.has_returns or expect.raises is not None or some_read


def _place(target: Used) -> tuple[int, str]:
    """A written target, however often a repetition passes it."""
    return id(target.node), target.name


def _first_lines(lines: list[Line]) -> dict[str, int]:
    """Where each name is set first; those of a background call are set where it is awaited."""
    first: dict[str, int] = {}
    started: dict[str, Line] = {}
    for line in lines:
        if line.kind == "background":
            started[line.job] = line
            continue
        for target in started[line.job].targets if line.job in started else line.targets:
            first.setdefault(target.name, line.node.line)
    return first


def _step(walked: _Walked) -> Step:
    line = walked.line
    do = line.tree if line.kind in ("call", "background") else None
    yields = _yields(walked.kind) if isinstance(walked.kind, tuple) or not walked.unpack else ""
    return Step(
        role=walked.role,
        call=Call(walked.n, line.kind, do, walked.save, walked.unpack, line.job, line.action, line.subject),
        text=line.text,
        place=place_of(line.node),
        export=tuple(sorted(walked.export)),
        reads=tuple(sorted(walked.reads)),
        yields=yields,
        expect=line.expected.expect,
        varies=line.expected.varies,
    )


def _yields(kind: Kind) -> str:
    """What numbers of a value differ from run to run, as `Step.yields` has it."""
    if isinstance(kind, str):
        return kind if kind in ("port", "fd", "pid", "scope", "volatile") else ""
    # Ports inside addresses are known by the shape of the address.
    inner = [str(part) if part in ("fd", "pid") else "" for part in kind]
    return ",".join([*inner, ""]) if any(inner) else ""


def place_of(node: Scalar) -> Place:
    """The place of a scalar."""
    return Place(node.line, node.column)
