"""Perform the checks on one agent, and say what came of each. Chooses no agent, and shows nothing."""

from collections.abc import Sequence

from msgspec import structs

from harness.checking import checks  # noqa: F401 - fills CHECKS
from harness.checking.stage import CHECKS, Check, Stage
from harness.checking.talk import Failure, Limits, NotApplicable
from harness.hosts.process import CannotStart, Host
from harness.records.agent_check import AgentCheck, CheckedAgent, CheckOutcome

DEFAULT_LIMITS = Limits()


async def check_agent(
    agent: str, host: Host, names: Sequence[str] = (), *, limits: Limits = DEFAULT_LIMITS, sees_files: bool = False
) -> CheckedAgent:
    """Perform all checks, or those that are named with what they rely on."""
    stage = Stage(host, limits.stretched(host.slow), sees_files=sees_files)
    done: dict[str, AgentCheck] = {}
    try:
        for each in selected(names):
            done[each.name] = await _outcome(each, stage, done)
    except CannotStart as error:
        return CheckedAgent(agent, trouble=error.detail)
    finally:
        await stage.settle()
    return CheckedAgent(agent, tuple(done.values()))


def selected(names: Sequence[str]) -> list[Check]:
    """The checks of these names and those that they rely on, in their order; all if none is named, or one that looks at all."""
    wanted = set(names or CHECKS)
    if any(CHECKS[name].of_all for name in wanted):
        return list(CHECKS.values())
    for each in reversed(CHECKS.values()):
        if each.name in wanted:
            wanted.update(each.needs)
    return [each for each in CHECKS.values() if each.name in wanted]


async def _outcome(each: Check, stage: Stage, done: dict[str, AgentCheck]) -> AgentCheck:
    missed = next((need for need in each.needs if done[need].outcome in ("fail", "untried")), "")
    if missed:
        return _said(each, "untried", f"it relies on '{missed}', which {'failed' if done[missed].outcome == 'fail' else 'was not tried'}")
    try:
        return await _tried(each, stage)
    except Failure as failure:
        if not failure.once:
            return _failed(each, stage, failure)
        first = failure.problem
    try:
        # Once more with another agent: a machine that is busy, or a sandbox that falls over by itself, must turn nothing red.
        stage.lose_shared()
        again = await _tried(each, stage)
    except Failure as failure:
        return _failed(each, stage, failure)
    return structs.replace(again, detail="; ".join(filter(None, (f"at the second try; at first: {first}", again.detail))))


async def _tried(each: Check, stage: Stage) -> AgentCheck:
    stage.remarks.clear()
    try:
        await each.perform(stage)
    except NotApplicable as exception:
        stage.gather(keep=True)
        return _said(each, "not applicable", exception.reason)
    stage.gather(keep=True)
    return _said(each, "pass", "; ".join(dict.fromkeys(stage.remarks)))


def _said(each: Check, outcome: CheckOutcome, detail: str) -> AgentCheck:
    return AgentCheck(each.name, each.asks, each.section, outcome, detail)


def _failed(each: Check, stage: Stage, failure: Failure) -> AgentCheck:
    sent, came = (failure.sent, failure.came) if failure.sent or failure.came else stage.last_exchange
    stage.gather(keep=False)
    return AgentCheck(each.name, each.asks, each.section, "fail", failure.problem, sent, came)
