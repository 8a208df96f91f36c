"""Choose the step that a reproduction is about, from what a run saw: a failure first, then a difference. Writes no file."""

import re
from collections.abc import Sequence

from harness.comparing.behaviours import SILENT, compare
from harness.comparing.groups import UNMET
from harness.comparing.outcomes import Outcome, timeline, yardsticks
from harness.judging.judge import GRAVITY
from harness.records.comparison import QUIET, Behaviour, Difference
from harness.records.observation import Verdict
from harness.records.plan import Plan, Step
from harness.records.reproduction import Mark
from harness.records.run import Result, TargetRecord
from harness.reproducing.conditions import condition
from harness.reproducing.words import cited, expected_words
from harness.runs.folder import Run

RED: frozenset[Verdict] = frozenset({"fail", "stale", "hang", "crash"})
MOST_NAMED = 6


def is_telling(result: Result | None) -> bool:
    """Whether it says what its target does: it was played, and nothing beside the target spoilt it."""
    return result is not None and result.verdict not in SILENT and result.verdict != "unsupported"


def why_unmarked(run: Run, plan: Plan, target: TargetRecord) -> str:
    """Why no step is marked for a target, in words that go on from its name."""
    result = run.results.get((plan.id, target.id))
    if target.trouble:
        return f"could not be started: {target.trouble}"
    if result is None:
        return "has no result"
    if not is_telling(result):
        return f"did not play it to its end ({result.verdict}: {result.reason})"
    if result.verdict in RED:
        return f"failed at no single step ({result.verdict}: {result.reason})"
    if result.flaky:
        return f"neither failed nor differed from others in the play that counts, but also ended otherwise ({', '.join(result.flaky)})"
    return "neither failed nor differed from others"


def only(run: Run, plan: Plan) -> Run:
    """The run with nothing but one scenario, which is all that has to be compared."""
    from msgspec import structs

    header = structs.replace(run.header, scenarios={plan.id: plan.digest}, cells=len(run.header.targets))
    results = {key: run.results[key] for target in run.header.targets if (key := (plan.id, target.id)) in run.results}
    return Run(run.folder, header, {plan.id: plan}, results, run.footer)


def differences_of(run: Run, plan: Plan) -> list[Difference]:
    """Every difference of one scenario, loud ones first, in the order of its steps."""
    found = [each for group in compare(only(run, plan)).groups for each in group.differences]
    return sorted(found, key=lambda each: (each.kind in QUIET, each.step, each.instance))


def mark(run: Run, plan: Plan, target: str = "", known: Sequence[Difference] | None = None) -> Mark | None:
    """The step to mark, seen on `target`; without one, on whoever fails, or is the odd one out. Nothing where all did the same.

    `known` are the scenario's differences, loud ones first, where somebody has compared already.
    """
    differences = [each for each in (differences_of(run, plan) if known is None else known) if not _is_of_needs(each)]
    results = {each: run.results[plan.id, each] for each in _targets(run, target) if (plan.id, each) in run.results}
    failed = _first_failure(results)
    if failed is not None:
        return _failure(plan, failed, differences)
    for difference in differences:
        odd = _odd_one(difference, results)
        if odd is not None:
            return _difference(plan, difference, odd, results)
    return None


def _targets(run: Run, target: str) -> list[str]:
    return [target] if target else [each.id for each in run.header.targets]


def _first_failure(results: dict[str, Result]) -> Result | None:
    red = [each for each in results.values() if each.verdict in RED and _step_of(each) is not None]
    return min(red, key=lambda each: GRAVITY.index(each.verdict), default=None)


def _step_of(result: Result) -> int | None:
    if result.step is not None:
        return result.step
    return result.trouble.step if result.trouble is not None else None


def _failure(plan: Plan, result: Result, differences: Sequence[Difference]) -> Mark:
    number = _step_of(result)
    assert number is not None
    step = plan.steps[number]
    outcome = _outcome(plan, result, number, 0)
    kind = "timing" if not _differs_in_outcome(result) else result.verdict
    here = next((each for each in differences if each.step == number), None)
    others = [] if here is None else [each for each in here.behaviours if result.target not in each.targets]
    return Mark(
        step=number, target=result.target, kind=kind, expected=result.expected or expected_words(step.expect), see=_sources(plan, step),
        seen=result.observed or (outcome.shown() if outcome else result.reason), elsewhere=tuple(map(_elsewhere, others)),
        because=result.reason if result.verdict == "stale" else "", holds=_holds(outcome, kind, step, _awaited(step)),
        warns=bool(outcome and outcome.seen and outcome.seen.warnings),
    )  # fmt: skip


def _differs_in_outcome(result: Result) -> bool:
    """Whether a failure is more than a missed bound of time."""
    return not (result.observed.endswith(" s") and result.expected.startswith(("at least ", "at most ")))


def _odd_one(difference: Difference, results: dict[str, Result]) -> str | None:
    """Who shows a difference best: one of the smallest behaviour that there is, and rather one that departs than one that passes."""
    of_all = (target for behaviour in reversed(difference.behaviours) for target in behaviour.targets)
    there = [target for target in of_all if target in results and results[target].steps]
    return next((target for target in there if results[target].verdict != "pass"), next(iter(there), None))


def _difference(plan: Plan, difference: Difference, target: str, results: dict[str, Result]) -> Mark:
    step = plan.steps[difference.step]
    outcome = _outcome(plan, results[target], difference.step, difference.instance)
    own = next(each for each in difference.behaviours if target in each.targets)
    others = [each for each in difference.behaviours if target not in each.targets]
    return Mark(
        step=difference.step, target=target, kind="hang" if outcome and outcome.lost == "hang" else difference.kind,
        expected=expected_words(step.expect), see=_sources(plan, step), seen=outcome.shown() if outcome else own.shown,
        elsewhere=tuple(map(_elsewhere, others)),
        because=difference.because if results[target].verdict == "variation" else "",
        holds=_holds(outcome, difference.kind, step, _given(others)),
        warns=_warned_otherwise(difference, outcome),
    )  # fmt: skip


def _warned_otherwise(difference: Difference, outcome: Outcome | None) -> bool:
    return any("; warns " in each.shown for each in difference.behaviours) or bool(outcome and outcome.seen and outcome.seen.warnings)


def _outcome(plan: Plan, result: Result, step: int, instance: int) -> Outcome | None:
    return timeline(plan, result, yardsticks(plan)).get((step, instance))


def _holds(outcome: Outcome | None, kind: str, step: Step, warnings: set[str]) -> str:
    """What the file asks of the marked step; `warnings` are those of others, which it does without."""
    if outcome is None or outcome.lost or outcome.seen is None or step.call.kind == "background":
        return ""
    parts = [condition(outcome.seen, kind)]
    if kind in ("exception", "fail"):
        seen = {warned.type for warned in outcome.seen.warnings}
        parts += [f'"{name.split(".")[-1]}" in warned' for name in sorted(seen)]
        parts += [f'"{name.split(".")[-1]}" not in warned' for name in sorted(warnings - seen)]
    if kind == "timing":
        parts.append(_timing(outcome, step))
    return " and ".join(filter(None, parts))


def _awaited(step: Step) -> set[str]:
    """The warning that a step must give."""
    return set() if step.expect.warns is None else {step.expect.warns.type}


def _given(behaviours: Sequence[Behaviour]) -> set[str]:
    """The warnings that others gave."""
    return {name for behaviour in behaviours for name in re.findall(r"; warns ([\w.]+):", behaviour.shown)}


def _timing(outcome: Outcome, step: Step) -> str:
    bounds = step.expect.takes or next((each.expect.takes for each in step.varies if each.expect.takes), None)
    if bounds is None or not outcome.timing:
        return ""
    return f'step["took"] < {bounds.least:g}' if outcome.timing == "too early" else f'step["took"] > {bounds.most:g}'


def _sources(plan: Plan, step: Step) -> tuple[str, ...]:
    """Who says what a step must do: promises of the interface before articles about it."""
    return cited(plan)[:3]


def _elsewhere(behaviour: Behaviour) -> str:
    return f"{behaviour.cause or named(behaviour.targets)}: {behaviour.shown}"


def named(targets: Sequence[str]) -> str:
    """Some targets by name."""
    more = f" and {len(targets) - MOST_NAMED} more" if len(targets) > MOST_NAMED else ""
    return ", ".join(targets[:MOST_NAMED]) + more


def _is_of_needs(difference: Difference) -> bool:
    return any(behaviour.shown.startswith(UNMET) for behaviour in difference.behaviours)
