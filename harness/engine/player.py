"""Play all scenarios of one target: warm agents first, then what needs a process of its own, then second plays alone."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from time import perf_counter

from msgspec import Struct

from harness.engine.batches import Batch, expected_wait
from harness.engine.crew import Crew
from harness.engine.faults import AgentFault, StartFailed
from harness.engine.order import Cast, Order
from harness.engine.play import Collateral, Play, Stage
from harness.engine.probe import share_a_network
from harness.judging.judge import GRAVITY, anticipates, judge
from harness.language.needs import unmet
from harness.records.facts import Facts
from harness.records.observation import GOOD, Evidence, Judgement, Observation, Trouble
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
from harness.runs.results import result_of

OWN_AT_ONCE = 2
"""Scenarios with a process of their own that are in flight on one target."""
GIVE_UP_AFTER = 3
"""Failed starts in a row after which a target is given up."""
FINAL = GOOD | {"bug"}
"""Verdicts that a second play would only repeat."""


class Attempt(Struct, frozen=True):
    """One play with its verdict, or the fault that took its agent away."""

    evidence: Evidence
    judgement: Judgement
    seconds: float


class Suspect(Struct, frozen=True):
    """A cell that is to be played again alone, with what came of it before (nothing if its agent was lost)."""

    plan: Plan
    before: Attempt | None


class Player:
    """One target of a run."""

    def __init__(
        self, cast: Cast, order: Order, batches: Mapping[str, tuple[Batch, ...]], report: Callable[[Result], None], place: str
    ) -> None:
        self.cast = cast
        self.place = place
        self.order = order
        self.batches = batches
        self.report = report
        self.stage = Stage(network=order.network)
        self.crew = Crew(cast.specs, place=place)
        self.facts: tuple[Facts, ...] = ()
        self.suspects: list[Suspect] = []
        self.failed_starts = 0
        self.last_failure = ""
        self.last_fault: AgentFault | None = None

    # -- start and end

    async def prepare(self) -> TargetRecord:
        """Start the first agent of each interpreter and ask for facts."""
        trouble = ""
        try:
            self.facts = tuple(await asyncio.gather(*(self.crew.facts(place) for place in range(len(self.cast.specs)))))
            self.crew.together = await self._must_be_together()
        except AgentFault as fault:
            trouble = fault.detail
        facts = self.facts[0] if self.facts else None
        return TargetRecord(self.cast.id, self.cast.name, facts, trouble, partners=self.facts[1:], one_process=self.crew.together)

    async def _must_be_together(self) -> bool:
        """A command may give each of its processes a network of its own; then one process has to play all roles."""
        if len(self.cast.specs) > 1 or not self.cast.specs[0].pipe:
            return False
        return not self.facts[0].ipv4 or not await share_a_network(self.crew, self.stage)

    async def close(self) -> None:
        """End the warm agents."""
        await self.crew.close()

    # -- the main flow

    async def play(self, plans: Sequence[Plan]) -> None:
        """Every plan gets a verdict, each reported as soon as it is final."""
        playable = [plan for plan in plans if not self._settle_without_playing(plan)]
        shared = [plan for plan in playable if not plan.own_process]
        alone = [plan for plan in playable if plan.own_process]
        # The longest waits begin first, so that they overlap with all the rest.
        await asyncio.gather(
            _work_off(sorted(shared, key=lambda plan: expected_wait(plan.steps), reverse=True), self.order.jobs, self._play_warm),
            _work_off(alone, OWN_AT_ONCE, self._play_own),
        )
        await self._play_suspects()

    def _settle_without_playing(self, plan: Plan) -> bool:
        if not self.facts:
            self._finish(plan, _troubled(Trouble("error", f"the target could not be started: {self.last_failure}")))
            return True
        for role, facts in self._facts_by_role(plan).items():
            reason = unmet(plan.needs, facts)
            if reason:
                on = f" ({role})" if len(self.facts) > 1 else ""
                self._finish(plan, _troubled(Trouble("unsupported", reason + on)))
                return True
        return False

    def _facts_by_role(self, plan: Plan) -> dict[str, Facts]:
        return {role: self.facts[min(place, len(self.facts) - 1)] for place, role in enumerate(plan.roles)}

    async def _play_warm(self, plan: Plan) -> None:
        attempt = await self._attempt(plan, self.crew)
        if attempt is None:
            self.suspects.append(Suspect(plan, None))
        elif attempt.judgement.verdict in FINAL or self.order.repeat > 1:
            await self._finish_repeated(plan, attempt, self.crew)
        else:
            self.suspects.append(Suspect(plan, attempt))

    async def _play_own(self, plan: Plan) -> None:
        attempt = await self._attempt_alone(plan, watch=False)
        if attempt.judgement.verdict in FINAL or self.order.repeat > 1:
            await self._finish_repeated(plan, attempt, None)
        else:
            self.suspects.append(Suspect(plan, attempt))

    async def _play_suspects(self) -> None:
        """One at a time: what goes wrong now is the scenario's or the target's own doing."""
        suspects, self.suspects = sorted(self.suspects, key=lambda suspect: suspect.plan.id), []
        for suspect in suspects:
            attempt = await self._attempt_alone(suspect.plan, watch=True)
            before = suspect.before
            if before is None or before.judgement.verdict == attempt.judgement.verdict:
                self._finish(suspect.plan, attempt)
            elif before.judgement.late_only:
                self._finish(suspect.plan, attempt, late=1)
            else:
                self._finish(suspect.plan, attempt, flaky=(self._told(suspect.plan, before),))

    # -- one play

    async def _attempt(self, plan: Plan, crew: Crew) -> Attempt | None:
        """Play in agents that carry other scenarios too; nothing if such an agent was lost."""
        started = perf_counter()
        try:
            evidence = await self._new_play(plan, watch=False).perform(crew)
        except Collateral as loss:
            self._note_start(loss.fault)
            return None
        self.failed_starts = 0
        return Attempt(evidence, self._judge(plan, evidence), perf_counter() - started)

    async def _attempt_alone(self, plan: Plan, *, watch: bool) -> Attempt:
        """Play in agents that nobody else uses, so that whatever happens to them is this play's doing."""
        if self.failed_starts >= GIVE_UP_AFTER:
            return _troubled(Trouble("error", f"the target could not be started again: {self.last_failure}"))
        started = perf_counter()
        crew = Crew(self.cast.specs, place=self.place, single=plan.own_process, together=self.crew.together)
        play = self._new_play(plan, watch=watch)
        try:
            evidence = await play.perform(crew)
            self.failed_starts = 0
        except Collateral as loss:
            self._note_start(loss.fault)
            evidence = play.lost(loss.fault)
        finally:
            await crew.close()
        return Attempt(evidence, self._judge(plan, evidence), perf_counter() - started)

    def _note_start(self, fault: AgentFault) -> None:
        """Count a failed start once, however many plays were waiting for it."""
        if isinstance(fault, StartFailed) and fault is not self.last_fault:
            self.failed_starts += 1
            self.last_fault = fault
            self.last_failure = fault.detail

    def _new_play(self, plan: Plan, *, watch: bool) -> Play:
        facts = self._facts_by_role(plan)

        def goes_on(number: int, seen: Observation) -> bool:
            return anticipates(plan, facts, number, seen)

        return Play(plan, self.batches[plan.id], self.stage, goes_on, watch=watch)

    def _judge(self, plan: Plan, evidence: Evidence) -> Judgement:
        return judge(plan, self._facts_by_role(plan), evidence)

    # -- results

    async def _finish_repeated(self, plan: Plan, first: Attempt, crew: Crew | None) -> None:
        """Play as often as was asked for. The gravest play is the cell's; what the others came to is told, and how often."""
        plays = [first]
        while len(plays) < self.order.repeat:
            plays.append(await self._attempt_again(plan, crew))
        gravest = min(plays, key=lambda play: GRAVITY.index(play.judgement.verdict))
        expected = self._result(plan, gravest)
        others = Counter(told for play in plays if (told := self._difference(plan, play, expected)))
        self.report(
            self._result(plan, gravest, flaky=tuple(f"{count} of {len(plays)} plays: {told}" for told, count in sorted(others.items())))
        )

    async def _attempt_again(self, plan: Plan, crew: Crew | None) -> Attempt:
        again = await self._attempt(plan, crew) if crew is not None else None
        if again is None:
            again = await self._attempt_alone(plan, watch=False)
        return await self._attempt_alone(plan, watch=True) if again.judgement.late_only else again

    def _difference(self, plan: Plan, play: Attempt, expected: Result) -> str:
        """What a play came to if that is not what is reported; empty if it is."""
        result = self._result(plan, play)
        if result.verdict != expected.verdict:
            return self._told(plan, play)
        if result.steps == expected.steps:
            return ""
        step = next(
            (at for at, (one, other) in enumerate(zip(result.steps, expected.steps, strict=False)) if one != other), len(result.steps)
        )
        return f"{result.verdict}, but step {step + 1} came to something else"

    def _told(self, plan: Plan, attempt: Attempt) -> str:
        """Verdict and reason of a play that is not the one reported."""
        result = self._result(plan, attempt)
        return f"{result.verdict}: {result.reason}" if result.reason else result.verdict

    def _finish(self, plan: Plan, attempt: Attempt, *, flaky: Iterable[str] = (), late: int = 0) -> None:
        self.report(self._result(plan, attempt, flaky=tuple(flaky), late=late))

    def _result(self, plan: Plan, attempt: Attempt, *, flaky: tuple[str, ...] = (), late: int = 0) -> Result:
        return result_of(plan, self.cast.id, attempt.evidence, attempt.judgement, flaky=flaky, late=late, wall=attempt.seconds)


def _troubled(trouble: Trouble) -> Attempt:
    return Attempt(Evidence(trouble=trouble), Judgement(trouble.kind, trouble.detail, trouble.step), 0.0)


async def _work_off(plans: Sequence[Plan], at_once: int, play: Callable[[Plan], Awaitable[None]]) -> None:
    queue = iter(plans)

    async def worker() -> None:
        for plan in queue:
            await play(plan)

    await asyncio.gather(*(worker() for _ in range(min(at_once, len(plans)))))
