"""A run as JUnit XML: a suite for each target, a case for each scenario. Within what Jenkins' and Surefire's schemas both allow.

A failure that is known is skipped, with its reason: readers of JUnit know no other way in which a case does not fail a build. What is not
played because it is known is skipped too; known entries that are stale or unused fail in a suite of their own, `known`, and a baseline in
one called `baseline`. What else makes the run fail, and is no failure of a case, fails in a suite of its own, `gate`.

Their cases have no properties, so what belongs to a case (the reason of a variation, say) is a property of its suite, and in its output.
"""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import msgspec

from harness.gates.classes import CLASSES
from harness.records.facts import Facts
from harness.records.gate import Gate, KnownUse
from harness.records.known import Known
from harness.records.observation import GOOD
from harness.records.plan import Plan
from harness.records.run import Header, Result, TargetRecord
from harness.reports.counting import several
from harness.reports.facts_text import shown
from harness.reports.known_text import use_words
from harness.reports.material import Material, place_words
from harness.reports.summary import baseline_words, failing_baseline, headline, nothing_was_played, unit_of
from harness.runs.again import again
from harness.runs.safe import safe, safe_lines

FAILURES = frozenset({"fail", "stale"})
"""Verdicts that say that the target is not as expected; other red ones are an `error`."""

LEFT_OUT = frozenset({"names", "constants", "classes", "settings", "capabilities"})
"""Facts too long for a property; `sockmatrix report --format json` has those that matter."""

WITHOUT_A_CASE = ("flaky", "unsupported")
"""Classes of the gate that are no failure of a case: a cell that passed and had another play, for one."""

NO_RESULT = "no result: the run was interrupted, or is still going on"
UNDELIVERED = "no result: it was planned, and no run that was merged delivered it"


def junit(material: Material) -> bytes:
    """The file."""
    run = material.run
    suites = [_suite(material, target) for target in run.header.targets]
    suites += [_known_suite(material)] if material.outcome.gate.known else []
    suites += [_baseline_suite(material)] if material.outcome.gate.baseline else []
    failed = list(_gate_cases(material))
    suites += [_bare_suite(material, "gate", failed)] if failed else []
    root = Element("testsuites", {"name": safe(material.title or "sockmatrix"), **_totals(suites)})
    if run.footer:
        root.set("time", _seconds(run.footer.seconds))
    root.append(ElementTree.Comment(f" {safe(headline(material.summary)).replace('--', '-')} "))
    root.extend(suites)
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _totals(suites: Sequence[Element]) -> dict[str, str]:
    return {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}


def _suite(material: Material, target: TargetRecord) -> Element:
    run = material.run
    planned = (each for each in run.header.scenarios if run.is_planned(each, target.id) or (each, target.id) in run.excused)
    results = [(run.plans[scenario], run.results.get((scenario, target.id))) for scenario in planned]
    cases = [_case(material, plan, target, result) for plan, result in results]
    suite = Element("testsuite", name=safe(target.id), tests=str(len(cases)))
    for name, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(1 for case in cases if case.find(kind) is not None)))
    suite.set("time", _seconds(sum(result.volatile.wall for _, result in results if result)))
    suite.set("timestamp", run.header.started.partition("+")[0])
    properties = SubElement(suite, "properties")
    for name, value in (*_facts(target), *_variations(results)):
        SubElement(properties, "property", name=safe(name), value=safe(value))
    suite.extend(cases)
    return suite


def _facts(target: TargetRecord) -> Iterator[tuple[str, str]]:
    yield "target", target.name
    if target.trouble:
        yield "trouble", target.trouble
    known = (("", target.facts), *((f"partner {number}: ", facts) for number, facts in enumerate(target.partners, 1)))
    for prefix, facts in known:
        if facts is not None:
            yield from ((prefix + name, shown(name, getattr(facts, name))) for name in _telling(facts))


def _telling(facts: Facts) -> Iterator[str]:
    """Facts that are known, and short."""
    plain = msgspec.to_builtins(facts)
    return (name for name in Facts.__struct_fields__ if name in plain and name not in LEFT_OUT)


def _variations(results: Sequence[tuple[Plan, Result | None]]) -> Iterator[tuple[str, str]]:
    for plan, result in results:
        if result is not None and result.verdict == "variation":
            yield f"variation: {plan.id}", result.reason


def _known_suite(material: Material) -> Element:
    """A case for each known entry; what is wrong with one is no failure of a target."""
    return _bare_suite(material, "known", [_known_case(use, material.outcome.gate) for use in material.outcome.gate.known])


def _gate_cases(material: Material) -> Iterator[Element]:
    """A case for each reason for which the run fails, where no other case says so."""
    for name in WITHOUT_A_CASE:
        number = material.outcome.gate.failing.get(name, 0)
        if number:
            yield _gate_case("failure", name, f"{several(number, unit_of(name))}: {CLASSES[name]}", headline(material.summary))
    if nothing_was_played(material.summary):
        yield _gate_case("error", "nothing", headline(material.summary), material.outcome.gate.meaning)


def _gate_case(kind: str, name: str, message: str, details: str) -> Element:
    case = Element("testcase", name=name, classname="gate", time=_seconds(0.0))
    SubElement(case, kind, message=safe(message), type=name).text = safe(details)
    return case


def _baseline_suite(material: Material) -> Element:
    """One case: what the baseline said that the run was held against."""
    gate = material.outcome.gate
    case = Element("testcase", name=safe(gate.baseline.file if gate.baseline else ""), classname="baseline", time=_seconds(0.0))
    held = failing_baseline(gate)
    if held is not None:
        kind = "failure" if "new-difference" in gate.failing else "error"
        SubElement(case, kind, message=baseline_words(held), type="new-difference")
    return _bare_suite(material, "baseline", [case])


def _bare_suite(material: Material, name: str, cases: Sequence[Element]) -> Element:
    """One that is of no target."""
    suite = Element("testsuite", name=name, tests=str(len(cases)))
    for total, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, str(sum(1 for case in cases if case.find(kind) is not None)))
    suite.set("time", _seconds(0.0))
    suite.set("timestamp", material.run.header.started.partition("+")[0])
    SubElement(suite, "properties")
    suite.extend(cases)
    return suite


def _known_case(use: KnownUse, gate: Gate) -> Element:
    known = use.known
    case = Element("testcase", name=safe(f"{known.scenario} where {known.when}"), classname=f"known.{known.kind}", time=_seconds(0.0))
    words = safe(f"{use_words(use)}; known because {known.reason} ({known.see})")
    fails = {"stale": "stale", "unused": "known-unused"}.get(use.state) in gate.fail_on
    if fails:
        SubElement(case, "failure", message=words, type=use.state).text = safe(known.place)
    elif use.state in ("elsewhere", "unplayed"):
        SubElement(case, "skipped", message=words)
    return case


def _case(material: Material, plan: Plan, target: TargetRecord, result: Result | None) -> Element:
    """Names of classes have the target in them, so that consumers that look at cases alone can tell them apart."""
    group = target.id.replace(".", "_")
    wall = result.volatile.wall if result else 0.0
    case = Element("testcase", name=safe(plan.id), classname=safe(f"{group}.{plan.area}"), time=_seconds(wall))
    cell = (plan.id, target.id)
    if cell in material.run.excused:
        SubElement(case, "skipped", message=safe(f"known, and not played: {material.run.excused[cell]}"))
        return case
    if result is None:
        SubElement(case, "error", message=UNDELIVERED if material.run.header.parts else NO_RESULT, type="missing")
        return case
    details = safe_lines("\n".join(line.replace("\n", "\\n") for line in _lines(material.run.header, plan, target, result)))
    known = material.outcome.expected.get(cell)
    if known is not None:
        _known_outcome(case, details, result, known)
        return case
    _outcome(case, details, result)
    if result.verdict == "variation":
        SubElement(case, "system-out").text = f"variation\n{details}"
    return case


def _outcome(case: Element, details: str, result: Result) -> None:
    """In the order of Surefire's schema: failure, flaky failure, skipped, error."""
    reason = safe(result.reason or result.verdict)
    if result.verdict in FAILURES:
        SubElement(case, "failure", message=reason, type=result.verdict).text = details
    if result.verdict in GOOD:
        for other in result.flaky:
            flaky = SubElement(case, "flakyFailure", message=safe(f"another play ended otherwise: {other}"), type="flaky")
            SubElement(flaky, "stackTrace").text = details
    if result.verdict == "unsupported":
        SubElement(case, "skipped", message=reason)
    elif result.verdict not in GOOD | FAILURES:
        SubElement(case, "error", message=reason, type=result.verdict).text = details


def _known_outcome(case: Element, details: str, result: Result, known: Known) -> None:
    SubElement(case, "skipped", message=safe(f"known: {result.verdict}: {known.reason} ({known.see})"))
    SubElement(case, "system-out").text = f"{result.verdict}, known\n{details}"


def _lines(header: Header, plan: Plan, target: TargetRecord, result: Result) -> Iterator[str]:
    step = plan.steps[result.step] if result.step is not None and result.step < len(plan.steps) else None
    yield f"{place_words(plan.file, plan.id, step.place.line if step else 0)}  {plan.title}"
    if step is not None:
        yield f"step {step.call.n + 1}: {step.role}: {step.text}"
    if result.expected or result.observed:
        yield f"expected {result.expected or 'nothing else'}"
        yield f"observed {result.observed}"
    yield result.reason
    yield from (f"left open: {leak}" for leak in result.leaks)
    yield from (f"another play: {other}" for other in result.flaky)
    if result.see:
        yield f"see {', '.join(result.see)}"
    yield f"on {target.id}" + (f", network {result.ground}" if result.ground else "")
    yield f"again: {again(plan, target, header)}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
