"""Judge the evidence of a saved run again, by its own plans or by those that the scenarios have now. Plays nothing, changes nothing."""

from collections.abc import Mapping

from msgspec import Struct, structs

from harness.judging.judge import judge
from harness.language.helping import facts_by_role
from harness.records.observation import Verdict
from harness.records.plan import Expectation, Place, Plan
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run
from harness.runs.normalise import restore
from harness.runs.results import result_of

_UNSAID = Expectation()
_NOWHERE = Place(0, 0)


class Revision(Struct, frozen=True):
    """One cell that is judged otherwise now."""

    before: Result
    after: Result


class Undecided(Struct, frozen=True):
    """A cell that the saved evidence cannot decide."""

    scenario: str
    target: str
    reason: str


class Rejudgement(Struct, frozen=True):
    """A run judged again."""

    run: Run
    """With the new verdicts; undecided cells have no result in it."""
    revisions: tuple[Revision, ...]
    undecided: tuple[Undecided, ...]


def rejudge(run: Run, current: Mapping[str, Plan] | None = None) -> Rejudgement:
    """Judge every cell again; `current`, by id, are plans whose expectations are to be used instead of the saved ones.

    A cell is undecided where the current plan makes other calls than were played, or would have gone on after the play had ended.
    """
    targets = {target.id: target for target in run.header.targets}
    results: dict[tuple[str, str], Result] = {}
    undecided = []
    for key, before in run.results.items():
        saved = run.plans[before.scenario]
        plan = saved if current is None else current.get(before.scenario)
        after = None
        reason = _unfit(saved, plan)
        if plan is not None and not reason:
            after = _again(plan, targets[before.target], before)
            reason = _ended_early(before, after)
        if after is not None and not reason:
            results[key] = after
        else:
            undecided.append(Undecided(*key, reason))
    revisions = tuple(Revision(run.results[key], after) for key, after in results.items() if _differs(run.results[key], after))
    plans = {name: (current or {}).get(name, plan) for name, plan in run.plans.items()}
    return Rejudgement(Run(run.folder, run.header, plans, results, run.footer), revisions, tuple(undecided))


def same_calls(one: Plan, other: Plan) -> bool:
    """Whether two plans do the same, whatever they expect."""
    return _calls(one) == _calls(other)


def _calls(plan: Plan) -> Plan:
    """A plan without prose, places and expectations."""
    steps = tuple(structs.replace(step, text="", place=_NOWHERE, expect=_UNSAID, varies=()) for step in plan.steps)
    needs = tuple(structs.replace(need, place=_NOWHERE) for need in plan.needs)
    return structs.replace(plan, digest="", file="", title="", about="", see=(), tags=(), needs=needs, steps=steps)


def _unfit(saved: Plan, plan: Plan | None) -> str:
    if plan is None:
        return "the scenario is not there any more"
    return "" if plan is saved or same_calls(saved, plan) else "the scenario makes other calls now"


def _again(plan: Plan, target: TargetRecord, before: Result) -> Result:
    evidence = restore(before)
    facts = facts_by_role(plan, target.facts_on(before.ground), helped=bool(target.helper))
    judgement = judge(plan, facts, evidence)
    volatile = before.volatile
    return result_of(
        plan, target.id, evidence, judgement, flaky=before.flaky, late=volatile.late, wall=volatile.wall, ground=before.ground,
        plays=_plays(before, judgement.verdict), retried=before.retried,
    )  # fmt: skip


def _plays(before: Result, verdict: Verdict) -> tuple[Verdict, ...]:
    """Plays that all came to the same are judged as the one that there is evidence of; of others only the verdict is there."""
    is_steady = not before.flaky and set(before.plays) == {before.verdict}
    return (verdict,) * len(before.plays) if is_steady else before.plays


def _ended_early(before: Result, after: Result) -> str:
    """A play that ended at an exception has no evidence of what comes after it, if that exception is allowed now."""
    if after.verdict == "error" and before.verdict != "error" and before.trouble is None:
        return "the play ended at an exception that is allowed now"
    return ""


def _differs(before: Result, after: Result) -> bool:
    return _opinion(before) != _opinion(after)


def _opinion(result: Result) -> tuple[Verdict, int | None, str, str, str]:
    return result.verdict, result.step, result.expected, result.observed, result.reason
