"""Give one cell its verdict: what a scenario's steps did on one target, against what they were to do.

Order of gravity, when several steps have something to say: `bug`, `error`, `crash`, `hang`, `fail`, `stale`, `inconclusive`, `unsupported`,
`variation`, `pass`. The verdict is the gravest, its reason that of the first step which has it.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import UNSET, Struct, structs

from harness.judging.matching import Context, Misstated, Unmatchable, describe, evaluate, matches
from harness.judging.values import SHORTEST, shortened, show
from harness.language.predicates import parse
from harness.records.facts import Facts
from harness.records.observation import LOOPBACK, Addresses, Evidence, Judgement, Observation, Raised, Verdict
from harness.records.plan import Bounds, Expectation, Expression, Plan, RaisesExpectation, Step, Variation, WarnsExpectation

GRAVITY: tuple[Verdict, ...] = (
    "bug", "error", "crash", "hang", "fail", "stale", "inconclusive", "unsupported", "variation", "pass",
)  # fmt: skip
STARVED = 0.02
"""Over-sleep in seconds from which a host counts as starved."""
RAW = 10_000
"""Longest text in a judgement. It speaks of raw evidence, which is shortened only once placeholders stand for what differs from run to run:
else it would be cut at another place in each."""
STRETCH = 2.0
"""How many times the longest over-sleep an upper time bound is stretched by."""

FactsByRole = Mapping[str, Facts]


class Finding(Struct, frozen=True):
    """What one observation has to say."""

    verdict: Verdict
    step: int | None
    reason: str
    expected: str = ""
    observed: str = ""
    see: tuple[str, ...] = ()
    late: bool = False


class Mismatch(Struct, frozen=True):
    """How an observation departs from an expectation."""

    expected: str
    observed: str
    late: bool = False


def judge(plan: Plan, facts: FactsByRole, evidence: Evidence) -> Judgement:
    """The verdict of one cell. `facts` are those of the target that performs each role."""
    findings = list(_Bench(plan, facts, evidence).findings())
    if not findings:
        return _PASS
    return _sum_up(findings)


_PASS = Judgement("pass")


def departures(plan: Plan, facts: FactsByRole, evidence: Evidence) -> frozenset[int]:
    """The steps that departed as a variation says, whatever came of the others."""
    return frozenset(
        each.step for each in _Bench(plan, facts, evidence).findings() if each.verdict == "variation" and each.step is not None
    )


def variation_at(step: Step, facts: Facts) -> Variation | None:
    """The first variation of a step whose condition holds."""
    for variation in step.varies:
        if parse(variation.when).holds(facts):
            return variation
    return None


@lru_cache(maxsize=256)
def constants_of(addresses: Addresses) -> Mapping[str, str]:
    """The language's words for the addresses of a role. Kept: nearly all roles stand on loopback."""
    return {name.upper(): str(value) for name, value in structs.asdict(addresses).items()}


def anticipates(plan: Plan, facts: FactsByRole, number: int, seen: Observation) -> bool:
    """Whether a scenario may go on after step `number`: a raise must be allowed by its expectation, or by the variation that applies;
    what an agent performed in the target's place must not be what the scenario is about."""
    step = plan.steps[number]
    if seen.stood_in:
        return seen.raises is None and not _is_subject(plan, step, facts[step.role], seen)
    variation = variation_at(step, facts[step.role])
    choices = (step.expect,) if variation is None else (step.expect, variation.expect)
    return any(_allows(expect, seen, facts[step.role]) for expect in choices)


def _allows(expect: Expectation, seen: Observation, facts: Facts) -> bool:
    if expect.records:
        return True
    if expect.raises is None or seen.raises is None:
        return False
    try:
        return _raises_as(expect.raises, seen.raises, facts, None) is None
    except Unmatchable:
        return False


def _sum_up(findings: list[Finding]) -> Judgement:
    gravest = _first_cause(min(findings, key=lambda finding: GRAVITY.index(finding.verdict)), findings)
    late_only = all(finding.late for finding in findings if GRAVITY.index(finding.verdict) <= GRAVITY.index("inconclusive"))
    return Judgement(
        gravest.verdict, gravest.reason, gravest.step, gravest.expected, gravest.observed, gravest.see,
        late_only=late_only and gravest.verdict in ("fail", "inconclusive"),
    )  # fmt: skip


def _first_cause(gravest: Finding, findings: list[Finding]) -> Finding:
    """Where a step failed and a later one then waited in vain, the failure: the wait is its consequence. A crash stays a crash."""
    if gravest.verdict != "hang":
        return gravest
    failed = [each for each in findings if each.verdict == "fail" and each.step is not None and not each.late]
    if not failed or (gravest.step is not None and gravest.step <= (failed[0].step or 0)):
        return gravest
    place = "" if gravest.step is None else f" at step {gravest.step + 1}"
    return structs.replace(failed[0], reason=f"{failed[0].reason}; then a hang{place}: {gravest.reason}")


class _Bench:
    """Goes through the observations of one play in their order."""

    def __init__(self, plan: Plan, facts: FactsByRole, evidence: Evidence) -> None:
        self.plan = plan
        self.facts = facts
        self.evidence = evidence
        self.constants = {role: constants_of(evidence.addresses.get(role, LOOPBACK)) for role in plan.roles}
        self.saved: dict[str, dict[int, object]] = {}
        self.owners: dict[str, str] = {}

    def findings(self) -> Iterator[Finding]:
        stopped = False
        blamed = self.evidence.trouble is not None
        seen_steps: set[tuple[int, int]] = set()
        for seen in self.evidence.observations:
            step = self.plan.steps[seen.step]
            seen_steps.add((seen.step, seen.instance))
            if seen.value is not UNSET and step.call.save:
                self._save(step, seen)
            if seen.stood_in and _is_subject(self.plan, step, self.facts[step.role], seen):
                yield Finding("unsupported", seen.step, f"the target lacks {seen.stood_in[0]}, and what stands in for it is not judged")
                stopped = True
                break
            finding = None if _is_free(step, seen) else self._look_at(step, seen)
            if finding is None:
                continue
            stopped = stopped or _ends(finding, seen)
            if not (seen.skipped and blamed):
                yield finding
            # A documented raise leaves names unset as a failure does; steps that needed them are its consequence.
            blamed = blamed or finding.verdict in ("fail", "stale") or (finding.verdict == "variation" and seen.raises is not None)
        yield from self._outside_steps(stopped, seen_steps)

    def _outside_steps(self, stopped: bool, seen_steps: set[tuple[int, int]]) -> Iterator[Finding]:
        trouble = self.evidence.trouble
        if trouble is not None:
            yield Finding(trouble.kind, trouble.step, trouble.detail, late=trouble.kind == "inconclusive")
        elif not stopped and len(seen_steps) < _places(self.plan):
            missing = self._first_missing(seen_steps)
            yield Finding("error", missing, f"no observation of step {missing + 1}: {self.plan.steps[missing].text}")
        if trouble is not None and trouble.kind == "inconclusive":
            return  # what it was interrupted in is still open
        for leak in self.evidence.leaks:
            yield Finding("fail", None, f"descriptor leaked: {leak}", "every descriptor given back", leak)

    def _first_missing(self, seen: set[tuple[int, int]]) -> int:
        return next(
            step.call.n
            for step in self.plan.steps
            for member in range(self.plan.roles.get(step.role, 1))
            if (step.call.n, member) not in seen
        )

    # -- names

    def _save(self, step: Step, seen: Observation) -> None:
        values = [seen.value]
        if step.call.unpack and isinstance(seen.value, dict):
            values = seen.value.get("tuple") or seen.value.get("list") or []
        for name, value in zip(step.call.save, values, strict=False):
            self.owners[name] = step.role
            self.saved.setdefault(name, {})[seen.instance] = value

    def _context(self, step: Step, seen: Observation) -> Context:
        def look_up(name: str) -> object:
            by_member = self.saved[name]
            if self.owners[name] == step.role:
                return by_member[seen.instance]
            if self.plan.roles[self.owners[name]] > 1:
                return {"list": [by_member[member] for member in sorted(by_member)]}
            return by_member[0]

        return Context(self.facts[step.role], look_up, {**self.constants[step.role], "INDEX": seen.instance})

    # -- one observation

    def _look_at(self, step: Step, seen: Observation) -> Finding | None:
        if seen.hang:
            return None  # the evidence's trouble says it
        if seen.refused:
            return Finding("bug", seen.step, f"refused: {seen.refused}")
        if seen.lacking:
            return Finding("unsupported", seen.step, f"the target lacks {seen.lacking}")
        if seen.skipped:
            return Finding("bug", seen.step, f"step {seen.step + 1} could not be tried: {seen.skipped}")
        try:
            return self._against_expectations(step, seen, self._context(step, seen))
        except Misstated as error:
            return Finding("bug", seen.step, f"{step.text}: the expectation is wrong: {error}", "", show_outcome(seen, RAW))
        except Unmatchable as error:
            return Finding("fail", seen.step, f"{step.text}: the expectation has no value here: {error}", "", show_outcome(seen, RAW))

    def _against_expectations(self, step: Step, seen: Observation, context: Context) -> Finding | None:
        variation = variation_at(step, context.facts)
        if variation is None:
            mismatch = self._mismatch(step.expect, step, seen, context)
            return None if mismatch is None else self._failed(seen, step, mismatch)
        return self._against_variation(variation, step, seen, context)

    def _against_variation(self, variation: Variation, step: Step, seen: Observation, context: Context) -> Finding | None:
        departed = self._mismatch(_merged(step.expect, variation.expect), step, seen, context)
        as_everywhere = not variation.expect.records and _or_none(self._mismatch, step.expect, step, seen, context) is None
        where = f"where {variation.when}"
        if as_everywhere:
            reason = f"{step.text}: the documented departure {where} no longer occurs ({variation.because})"
            return Finding("stale", seen.step, reason, "a departure", show_outcome(seen, RAW), variation.see)
        if departed is None:
            return Finding(
                "variation", seen.step, f"{step.text}: {variation.because} ({where})", "", show_outcome(seen, RAW), variation.see
            )
        return self._failed(seen, step, departed)

    def _failed(self, seen: Observation, step: Step, mismatch: Mismatch) -> Finding:
        starved = mismatch.late and self.evidence.starved > STARVED
        reason = f"{step.text}: expected {mismatch.expected}, observed {mismatch.observed}"
        if starved:
            reason += f"; the host kept threads waiting for up to {self.evidence.starved:.3f} s"
        return Finding("inconclusive" if starved else "fail", seen.step, reason, mismatch.expected, mismatch.observed, late=mismatch.late)

    # -- expectations

    def _mismatch(self, expect: Expectation, step: Step, seen: Observation, context: Context) -> Mismatch | None:
        if expect.records:
            return None
        if seen.pending is not None:
            return None if seen.pending else Mismatch(f"{step.call.job} to be pending", "it has finished")
        outcome = self._outcome_mismatch(expect, seen, context)
        if outcome is not None:
            return outcome
        if expect.warns is not None and not _warned(expect.warns, seen, context):
            return Mismatch(f"a {expect.warns.type}", ", ".join(f"{w.type}: {w.message}" for w in seen.warnings) or "no warning")
        return None if expect.takes is None else self._time_mismatch(expect.takes, seen.seconds)

    def _outcome_mismatch(self, expect: Expectation, seen: Observation, context: Context) -> Mismatch | None:
        if expect.raises is not None:
            if seen.raises is None:
                return Mismatch(_show_raises(expect.raises), show_outcome(seen, RAW))
            return _raises_as(expect.raises, seen.raises, context.facts, context)
        if seen.raises is not None:
            wanted = describe(evaluate(expect.returns, context)) if expect.has_returns else "no exception"
            return Mismatch(wanted, show_outcome(seen, RAW))
        if expect.has_returns and not matches(expect.returns, seen.value, context):
            return Mismatch(describe(evaluate(expect.returns, context)), show(seen.value, RAW))
        return None

    def _time_mismatch(self, bounds: Bounds, seconds: float) -> Mismatch | None:
        if bounds.least is not None and seconds < bounds.least:
            return Mismatch(f"at least {bounds.least:g} s", f"{seconds:.3f} s")
        if bounds.most is not None and seconds > bounds.most + STRETCH * self.evidence.starved:
            return Mismatch(f"at most {bounds.most:g} s", f"{seconds:.3f} s", late=True)
        return None


def _places(plan: Plan) -> int:
    """How many observations there are of a play that comes to its end."""
    if not any(members > 1 for members in plan.roles.values()):
        return len(plan.steps)
    return sum(plan.roles.get(step.role, 1) for step in plan.steps)


_FREE = Expectation()


def _is_free(step: Step, seen: Observation) -> bool:
    """Nothing is expected of the step but that it does not raise, and it did not."""
    return (seen.value is not UNSET or seen.started) and not step.varies and (step.expect is _FREE or step.expect == _FREE)


def _is_subject(plan: Plan, step: Step, facts: Facts, seen: Observation) -> bool:
    """Whether a stand-in performed what a scenario is about, so that its outcome would be taken for the target's: the step expects
    something, or the call is cited by the scenario. Elsewhere it only prepares what the target itself does."""
    variation = variation_at(step, facts)
    expects = (step.expect if variation is None else variation.expect) != _FREE
    return expects or any(_cites(reference, name) for reference in plan.see for name in seen.stood_in)


def _cites(reference: str, name: str) -> bool:
    """`python:socket.socket.sendall`, `since:3.5:socket.socket.sendall` and `posix:sendall` cite `socket.socket.sendall`."""
    return reference.endswith(f":{name}") or reference.partition("(")[0] in (
        f"posix:{name.rpartition('.')[2]}",
        f"man:{name.rpartition('.')[2]}",
    )


def _ends(finding: Finding, seen: Observation) -> bool:
    """Whether the scenario could not go on after this; a raise that a variation allows is no end."""
    return finding.verdict in ("bug", "unsupported") or (finding.verdict == "fail" and seen.raises is not None)


def _or_none(mismatch: object, expect: Expectation, step: Step, seen: Observation, context: Context) -> Mismatch | None:
    try:
        return mismatch(expect, step, seen, context)  # type: ignore[operator, no-any-return]
    except Unmatchable as error:
        return Mismatch("", str(error))


def _merged(base: Expectation, departure: Expectation) -> Expectation:
    """The departure, and of the base what it does not name; `returns`, `raises` and `records` are one thing: the outcome."""
    outcome = departure if departure.has_returns or departure.raises is not None or departure.records else base
    return Expectation(
        returns=outcome.returns,
        has_returns=outcome.has_returns,
        raises=outcome.raises,
        takes=departure.takes or base.takes,
        warns=departure.warns or base.warns,
        records=outcome.records,
    )


def _class_name(expected: Expression) -> str:
    """A class as a scenario writes it: `socket.timeout`, `OSError`."""
    if not isinstance(expected, list):
        return str(expected)
    return f"{expected[1][1]}.{expected[2]}" if expected[0] == "get" else str(expected[1])


def _choices(expected: Expression) -> list[Expression]:
    """The classes that an expectation names: one, or those of `one_of`."""
    return list(expected[2]) if isinstance(expected, list) and expected[:2] == ["match", "one_of"] else [expected]


def _is_class(expected: Expression, seen: Raised, facts: Facts) -> bool:
    """Whether an exception is of an expected class. Raises `Unmatchable` where the target has none of them."""
    names = [_class_name(choice) for choice in _choices(expected)]
    real = [facts.classes.get(name, name) for name in names if name in facts.classes or "." not in name]
    if not real:
        raise Unmatchable(f"{' and '.join(names)} is not there on this target")
    return any(name == seen.type or name in seen.bases for name in real)


def _raises_as(expected: RaisesExpectation, seen: Raised, facts: Facts, context: Context | None) -> Mismatch | None:
    wrong = Mismatch(_show_raises(expected), show_raised(seen, RAW))
    if expected.type is not None and not _is_class(expected.type, seen, facts):
        return wrong
    if expected.errno is not None and not _is_errno(expected.errno, seen, context):
        return wrong
    if expected.message is not None and context is not None and not matches(expected.message, seen.message, context):
        return wrong
    return None


def _is_errno(expected: object, seen: Raised, context: Context | None) -> bool:
    if isinstance(expected, str):
        return expected in seen.symbols or f"WSA{expected}" in seen.symbols
    if expected is None:
        return seen.errno is None
    if isinstance(expected, list) and expected[:2] == ["match", "one_of"]:
        return any(_is_errno(choice, seen, context) for choice in expected[2])
    if isinstance(expected, list) and expected[:2] == ["match", "differs"] and (context is not None or isinstance(expected[2][0], str)):
        return not _is_errno(expected[2][0], seen, context)
    if context is None:
        return True
    return matches(expected, seen.errno, context) or any(matches(expected, symbol, context) for symbol in seen.symbols)


def _warned(expected: WarnsExpectation, seen: Observation, context: Context) -> bool:
    return any(
        warned.type == expected.type and (expected.message is None or matches(expected.message, warned.message, context))
        for warned in seen.warnings
    )


# ----------------------------------------------------------------------------------------------------------- words


def show_outcome(seen: Observation, longest: int = SHORTEST) -> str:
    """What a step came to, as people read it."""
    if seen.raises is not None:
        return show_raised(seen.raises, longest)
    if seen.value is not UNSET:
        return show(seen.value, longest)
    for text, is_so in (
        ("still under way", seen.hang),
        ("started", seen.started),
        ("pending", seen.pending),
        ("finished", seen.pending is False),
    ):
        if is_so:
            return text
    return seen.refused or seen.lacking or seen.skipped


def show_raised(raised: Raised, longest: int = SHORTEST) -> str:
    """An exception on one line."""
    number = f"[{raised.symbols[0] if raised.symbols else raised.errno}] " if raised.errno is not None else ""
    return shortened(f"{raised.type}: {number}{raised.message}", longest)


def _show_raises(expected: RaisesExpectation) -> str:
    parts = []
    if expected.type is not None:
        names = [_class_name(choice) for choice in _choices(expected.type)]
        parts.append(names[0] if len(names) == 1 else f"one_of({', '.join(names)})")
    if expected.errno is not None:
        parts.append(_show_pattern(expected.errno))
    if expected.message is not None:
        parts.append(_show_pattern(expected.message))
    return " ".join(parts) + " to be raised" if parts else "an exception"


def _show_pattern(expected: object) -> str:
    if isinstance(expected, list) and expected[0] == "match":
        return f"{expected[1]}({', '.join(_show_pattern(argument) for argument in expected[2])})"
    return str(expected)
