"""Departures that are documented and that this project has never seen: list them, and find those that a run has shown after all."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from harness.judging.judge import departures, variation_at
from harness.language.helping import facts_by_role
from harness.records.facts import Facts
from harness.records.plan import Expectation, Plan, Step, Variation
from harness.runs.folder import Run
from harness.runs.normalise import restore

UNOBSERVED_VERSION = 1


class Unobserved(Struct, frozen=True, omit_defaults=True):
    """One variation with `observed: false`; the same in several cases of a file is one."""

    scenario: str
    """The scenario's file, as its id without the case."""
    file: str
    line: int
    call: str
    """The step as written."""
    when: str
    expect: Expectation
    because: str
    see: tuple[str, ...]
    seen_on: tuple[str, ...] = ()
    """Targets of a run on which it happened: `observed: false` is to be taken out."""


class Departures(Struct, frozen=True):
    """What `sockmatrix coverage --unobserved --json` prints."""

    version: int
    departures: tuple[Unobserved, ...]


def unobserved(plans: Sequence[Plan], run: Run | None = None) -> Departures:
    """All of them, in the order of the plans; with a run, whether it has shown them."""
    found: dict[tuple[str, int], Unobserved] = {}
    for plan in plans:
        for step, variation in _marked(plan):
            key = (plan.file, variation.place.line)
            before = found.get(key)
            seen = (*(before.seen_on if before else ()), *(_seen(plan, step, variation, run) if run else ()))
            found[key] = _entry(plan, step, variation, tuple(dict.fromkeys(seen)))
    return Departures(UNOBSERVED_VERSION, tuple(found.values()))


def _marked(plan: Plan) -> Iterator[tuple[Step, Variation]]:
    for step in plan.steps:
        for variation in step.varies:
            if not variation.observed:
                yield step, variation


def _entry(plan: Plan, step: Step, variation: Variation, seen: tuple[str, ...]) -> Unobserved:
    scenario = plan.id.partition("[")[0]
    return Unobserved(
        scenario, plan.file, variation.place.line, step.text, variation.when, variation.expect, variation.because, variation.see, seen
    )


def _seen(plan: Plan, step: Step, variation: Variation, run: Run) -> Iterator[str]:
    """Targets of a run on which this step departed in this way, whatever came of the scenario's others, which mean the same there."""
    if run.header.scenarios.get(plan.id) != plan.digest:
        return
    for target in run.header.targets:
        result = run.results.get((plan.id, target.id))
        if result is None:
            continue
        facts = facts_by_role(plan, target.facts_on(result.ground), helped=bool(target.helper))
        applies = _speaks(facts.get(step.role)) and variation_at(step, facts[step.role]) is variation
        if applies and step.call.n in departures(plan, facts, restore(result)):
            yield target.id


def _speaks(facts: Facts | None) -> bool:
    """Whether a target speaks for its system: not Wine, which answers for Windows as it thinks best."""
    return facts is not None and not facts.wine
