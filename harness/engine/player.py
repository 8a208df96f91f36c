"""Play all scenarios of one target, on the grounds they ask for.

Warm agents first, then what needs a process of its own, then second plays alone, then those that were asked for of what is red.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import TypedDict, TypeVar, Unpack

from msgspec import Struct, structs

from harness.engine.batches import Batch, expected_wait, measures_time
from harness.engine.crew import Agents, Crew, Spares
from harness.engine.faults import AgentDied, AgentFault, HostLost, NoHello, StartFailed
from harness.engine.forks import Forks
from harness.engine.load import Load
from harness.engine.order import Cast, Order
from harness.engine.play import Collateral, Play
from harness.engine.tour import Tour
from harness.engine.troupe import Troupe, assemble
from harness.gates.classes import SILENT
from harness.gates.known import by_scenario, expects, known_for
from harness.hosts.engine import EngineLost
from harness.hosts.grounds import Grounds
from harness.hosts.process import Loss, NotProvided
from harness.hosts.terms import ALLOWS_ALL, Terms
from harness.judging.judge import GRAVITY, anticipates, judge
from harness.language.helping import facts_by_role
from harness.language.needs import is_of_interpreter, unmet
from harness.records.facts import Facts
from harness.records.known import Known
from harness.records.observation import GOOD, Evidence, Judgement, Observation, Trouble, Verdict
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
from harness.runs.results import result_of

T = TypeVar("T")

CROWD = 4
"""How many times as many scenarios are in flight in a container, of those that measure no time: through an engine each message costs as
much again as what it asks for, and those of many scenarios travel as one."""
OWN_AT_ONCE = 4
"""Scenarios with a process of their own that are in flight on one target."""
OWN_IN_CONTAINER = 2
"""The same in a container: what forks for them is started by the engine there, which costs more than most of them."""
ISOLATED = frozenset({"micropython"})
"""Agents that carry one scenario each. MicroPython closes a descriptor again with each object that has its number, and by then it may be
another scenario's; a process of it is cheap."""
GIVE_UP_AFTER = 3
"""Failed starts in a row after which a target is given up."""
MOST_RENEWALS = 8
"""Grounds that are made anew because of errors, which may have another reason after all."""
MOST_LOST_HOSTS = 10
"""Containers or machines that go away under their agents, after which a target is given up; one whose recipe says that something of it is
now and then lost is not."""
ENGINE_BACK_SECONDS = 10.0
"""What a container engine may take to be started again."""
FINAL = GOOD | {"bug"}
"""Verdicts that a second play would only repeat."""


class Attempt(Struct, frozen=True):
    """One play with its verdict, or the fault that took its agent away."""

    evidence: Evidence
    judgement: Judgement
    seconds: float
    terms: Terms | None = None
    """Of the ground on which it took place, if it did."""
    host_lost: bool = False
    """Its host went away, and so did the next one, as often as that is tried."""


class Stay(Struct, frozen=True):
    """What is to be played on one ground."""

    terms: Terms
    plans: list[Plan]


class Suspect(Struct, frozen=True):
    """A cell that is to be played again alone, with what came of it before (nothing if its agent was lost)."""

    plan: Plan
    before: Attempt | None


class Told(TypedDict, total=False):
    """What the record of a cell says of its other plays."""

    flaky: tuple[str, ...]
    late: int
    plays: tuple[Verdict, ...]
    retried: int


class Case(Struct, frozen=True):
    """A cell that was played again, with all that came of it."""

    plan: Plan
    attempt: Attempt
    """The play alone."""
    before: Attempt | None = None
    """The one before it, unless it said no more than that it was late."""
    changed: str = ""
    """What that one came to, in words, where it is something else."""
    late: int = 0
    retries: tuple[Attempt, ...] = ()

    def played(self, attempt: Attempt) -> "Case":
        """With one more play."""
        return structs.replace(self, retries=(*self.retries, attempt))

    @property
    def standing(self) -> Attempt:
        """The play whose evidence is kept: the red one, whatever later ones came to. One that says nothing of the target gives way."""
        if self.attempt.judgement.verdict not in SILENT:
            return self.attempt
        return next((play for play in self.retries if play.judgement.verdict not in SILENT), self.attempt)


class Player:
    """One target of a run."""

    def __init__(
        self,
        cast: Cast,
        order: Order,
        batches: Mapping[str, tuple[Batch, ...]],
        report: Callable[[Result], None],
        introduce: Callable[[TargetRecord], None],
        grounds: Grounds,
        agents: Agents | None = None,
        load: Load | None = None,
    ) -> None:
        self.agents = agents
        self.load = load
        """Of this machine."""
        self.quiet: list[Case] | None = None
        """Cells that an overloaded machine was late with, also when they were played alone: they are played once more when nobody else
        plays. Nothing where that time never comes."""
        self.cast = cast
        self.isolated = any(spec.agent in ISOLATED for spec in cast.specs)
        """Each scenario has processes of its own."""
        self.order = order
        self.known = by_scenario(order.known)
        self.batches = batches
        self.report = report
        self.introduce = introduce
        self.grounds = grounds
        self.record = record_of(cast)
        self.first: Troupe | None = None
        """On the ground of those that ask for none."""
        self.failed_starts = 0
        self.last_failure = ""
        self.last_fault: AgentFault | None = None
        self.starts = max(spec.starts for spec in cast.specs)
        """How often something is started that is lost."""
        self.lost_plays = 0
        """Plays that had agents to themselves and lost one, and were made again."""
        self.lost: dict[str, Loss] = {}
        """The hosts that went away, each as it was first seen."""
        self.lost_too_many = ""
        """Why there are no more hosts for it, if there are none."""
        self.mending = asyncio.Lock()
        self.renewals = 0

    # -- start and end

    def seems_long(self) -> tuple[float, bool, bool]:
        """How long this target will take in comparison with others, as far as that can be told before it starts."""
        of_java = any(spec.implementation == "jython" for spec in self.cast.specs)
        return max(spec.slow for spec in self.cast.specs), of_java, self.grounds.relayed

    @property
    def given_up(self) -> str:
        """Why nothing more is started; empty as long as it is."""
        return self.lost_too_many or (self.last_failure if self.failed_starts >= GIVE_UP_AFTER else "")

    async def prepare(self) -> TargetRecord:
        """Start the first agent of each interpreter and ask for facts."""
        await self.grounds.look()
        slots = self.grounds.slots()
        await slots.__aenter__()
        try:
            self.first = await self.assemble(self.grounds.default, self.agents)
        except AgentFault as fault:
            await slots.__aexit__(None, None, None)
            self.last_failure = fault.detail + self._remedy(fault)
            self.record = structs.replace(self.record, trouble=self.last_failure)
            return self.record
        facts = self.first.facts
        together = self.first.crew.together
        self.record = structs.replace(self.record, facts=facts[0], partners=facts[1:], one_process=together)
        return self.record

    async def close(self) -> None:
        """End the warm agents."""
        if self.first is not None:
            first, self.first = self.first, None
            await first.close()
            await self.grounds.slots().__aexit__(None, None, None)

    # -- the main flow

    async def play(self, plans: Sequence[Plan]) -> None:
        """Every plan gets a verdict, each reported as soon as it is final."""
        groups: dict[Terms, list[Plan]] = {}
        own: list[Plan] = []
        for plan in plans:
            if not self._settle_without_playing(plan):
                terms = self.grounds.terms(plan)
                (own if self._has_own_ground(plan, terms) else groups.setdefault(terms, [])).append(plan)
        first = groups.pop(self.grounds.default, [])
        tours = self._tours(groups)
        # One after the other: making containers takes the processor from those who measure time.
        await self._play_first(first)
        here = next((stays for stays in tours if self._goes_on(stays[0].terms)), None)
        if here is None:
            await self.close()
        await asyncio.gather(
            *(self._play_elsewhere(stays) if stays is not here else self._play_on_first(stays) for stays in tours),
            _work_off(own, OWN_AT_ONCE, self._play_on_own_ground),
        )
        await self.grounds.finish()

    def _has_own_ground(self, plan: Plan, terms: Terms) -> bool:
        """Also of those that can take turns, those that are to be played often, or are known to take something down."""
        if not self.grounds.has_own(plan):
            return False
        return self.order.repeat > 1 or not self.grounds.takes_turns(plan) or self._way(plan, terms) in ("hang", "crash")

    def _tours(self, groups: Mapping[Terms, list[Plan]]) -> list[list[Stay]]:
        """What the same hosts are for, one after the other; at last scenarios that change the network, which come alone."""
        tours: dict[object, list[Stay]] = {}
        for terms, plans in sorted(groups.items(), key=lambda group: _turn(group[0])):
            tours.setdefault(self.grounds.alike(terms), []).append(Stay(terms, plans))
        return list(tours.values())

    async def _play_first(self, plans: Sequence[Plan]) -> None:
        if self.first is not None:
            await self._play_on(self.first, plans)

    def _goes_on(self, terms: Terms) -> bool:
        """The hosts that most scenarios were played on can stand under these terms next."""
        if self.first is None or not self.first.crew.ground.own:
            return False
        return self.grounds.alike(terms) == self.grounds.alike(self.grounds.default)

    async def _play_elsewhere(self, stays: Sequence[Stay]) -> None:
        """On a ground that is made for these scenarios."""
        async with self.grounds.slots():
            again = await self._play_tour(stays, Tour(self.assemble, self.grounds.plain(stays[0].terms) if len(stays) > 1 else None))
        await _work_off(again, 1, self._play_turn_again)

    async def _play_on_first(self, stays: Sequence[Stay]) -> None:
        """On the ground of those that ask for none, which have all been played."""
        first, self.first = self.first, None
        try:
            again = await self._play_tour(stays, Tour(self.assemble, self.grounds.default, first))
        finally:
            await self.grounds.slots().__aexit__(None, None, None)
        await _work_off(again, 1, self._play_turn_again)

    async def _play_tour(self, stays: Sequence[Stay], tour: Tour) -> list[Suspect]:
        """One stay after another; what is to be played again."""
        again: list[Suspect] = []
        try:
            for stay in stays:
                await self._play_stay(stay, tour, again)
        finally:
            await tour.leave()
        return again

    async def _play_stay(self, stay: Stay, tour: Tour, again: list[Suspect]) -> None:
        if stay.terms.tools:
            for plan in in_turn(stay.plans):
                await self._play_turn(plan, stay.terms, tour, again)
            return
        try:
            troupe = await tour.enter(stay.terms)
        except AgentFault as fault:
            for plan in stay.plans:
                self._finish(plan, not_opened(fault), stay.terms)
            return
        self._remember(troupe)
        await self._play_on(troupe, stay.plans)

    async def _play_turn(self, plan: Plan, terms: Terms, tour: Tour, again: list[Suspect]) -> None:
        """Alone, on hosts that are made as they were before the next one comes; what does not come out well leaves none to anybody."""
        attempt = await self._attempt_turn(plan, terms, tour)
        if attempt is not None and self._is_settled(plan, attempt):
            self._finish_plays(plan, [attempt])
            tour.must_renew()
        else:
            again.append(Suspect(plan, attempt))
            await tour.leave()

    async def _attempt_turn(self, plan: Plan, terms: Terms, tour: Tour) -> Attempt | None:
        try:
            troupe = await tour.enter(terms)
        except AgentFault as fault:
            return not_opened(fault)
        self._remember(troupe)
        reason = self._unmet(plan, troupe.facts)
        if reason:
            return _troubled(Trouble("unsupported", reason), terms)
        return await self._attempt_alone(plan, troupe, watch=False) if self._is_own(plan) else await self._attempt(plan, troupe)

    async def _play_turn_again(self, suspect: Suspect) -> None:
        """On a ground that nobody has been on."""
        again = await self._attempt_on_own_ground(suspect.plan, watch=True)
        await self._finish_on_own_grounds(self._case(suspect.plan, suspect.before, again))

    async def _play_on_own_ground(self, plan: Plan) -> None:
        """One scenario on a ground that is made for it; played again on another if it does not come out well."""
        attempt = await self._attempt_on_own_ground(plan, watch=False)
        if self._is_settled(plan, attempt) or self.order.repeat > 1:
            plays = [attempt]
            while len(plays) < self.order.repeat:
                plays.append(await self._attempt_on_own_ground(plan, watch=False))
            self._finish_plays(plan, plays)
            return
        again = await self._attempt_on_own_ground(plan, watch=True)
        await self._finish_on_own_grounds(self._case(plan, attempt, again))

    async def _finish_on_own_grounds(self, case: Case) -> None:
        while self._wants_more(case):
            case = case.played(await self._attempt_on_own_ground(case.plan, watch=True))
        self._finish_case(case)

    async def _attempt_on_own_ground(self, plan: Plan, *, watch: bool) -> Attempt:
        terms = self.grounds.terms(plan)
        async with self.grounds.slots():
            try:
                troupe = await self.assemble(terms)
            except AgentFault as fault:
                return not_opened(fault)
            self._remember(troupe)
            try:
                reason = self._unmet(plan, troupe.facts)
                if reason:
                    return _troubled(Trouble("unsupported", reason), terms)
                return await self._attempt_alone(plan, troupe, watch=watch)
            finally:
                await troupe.close()

    def _remember(self, troupe: Troupe) -> None:
        """What a target says of itself on another ground belongs to the evidence."""
        name = self._ground(troupe.terms)
        if name and name not in self.record.grounds:
            self.record = structs.replace(self.record, grounds={**self.record.grounds, name: troupe.facts})
            self.introduce(self.record)

    def _ground(self, terms: Terms) -> str:
        """The name of a ground in results: none for the target's own."""
        return "" if terms == self.grounds.default else terms.name

    async def _play_on(self, troupe: Troupe, plans: Sequence[Plan]) -> None:
        """All that goes on one ground: warm agents first, then what went wrong, alone."""
        suspects: list[Suspect] = []
        ways: dict[str, list[Plan]] = {"shared": [], "own": [], "hang": [], "crash": []}
        for plan in plans:
            if not self._settle(plan, troupe):
                ways[self._way(plan, troupe.terms)].append(plan)
        shared = ways["shared"]

        async def play_warm(plan: Plan) -> None:
            await self._play_warm(plan, troupe, suspects)

        async def play_own(plan: Plan) -> None:
            await self._play_own(plan, troupe, suspects)

        # Where no thread can be started, whoever waits keeps the others waiting, and their limits would pass.
        at_once = self.order.jobs if troupe.facts[0].threads else 1
        crowd = [plan for plan in shared if self.grounds.contained and not measures_time(plan)]
        others = [plan for plan in shared if not self.grounds.contained or measures_time(plan)]
        await asyncio.gather(
            # The longest waits begin first, so that they overlap with all the rest.
            _work_off(sorted(others, key=lambda plan: expected_wait(plan.steps), reverse=True), at_once, play_warm),
            _work_off(crowd, self.order.jobs * CROWD, play_warm),
            _work_off(ways["own"], self._own_at_once, play_own),
            # Who hangs only waits.
            _work_off(ways["hang"], self.order.jobs, play_own),
        )
        # What ends a machine takes along whoever else is in it.
        await _work_off(ways["crash"], 1, play_own)
        await self._play_suspects(suspects, troupe)

    @property
    def _own_at_once(self) -> int:
        if self.isolated:
            return self.order.jobs
        return OWN_IN_CONTAINER if self.grounds.contained else OWN_AT_ONCE

    def _is_own(self, plan: Plan) -> bool:
        return plan.own_process or plan.kills or self.isolated

    def _settle_without_playing(self, plan: Plan) -> bool:
        """What no ground could change: the target could not be started, or its interpreter lacks what the scenario needs."""
        if self.first is None:
            self._finish(plan, _troubled(Trouble("error", f"the target could not be started: {self.last_failure}")))
            return True
        refused = self.grounds.refused(plan)
        if refused:
            self._finish(plan, _troubled(Trouble("unsupported", refused)))
            return True
        if self.grounds.terms(plan) == self.grounds.default and not self.grounds.has_own(plan):
            return False
        lasting = tuple(need for need in plan.needs if is_of_interpreter(need))
        reason = self._unmet(structs.replace(plan, needs=lasting), self.first.facts)
        if reason:
            self._finish(plan, _troubled(Trouble("unsupported", reason)))
        return bool(reason)

    def _settle(self, plan: Plan, troupe: Troupe) -> bool:
        """A need that is not met on this ground."""
        reason = self._unmet(plan, troupe.facts)
        if reason:
            self._finish(plan, _troubled(Trouble("unsupported", reason), troupe.terms))
        return bool(reason)

    def _unmet(self, plan: Plan, facts: tuple[Facts, ...]) -> str:
        if not plan.needs:
            return ""
        if len(facts) == 1:
            return unmet(plan.needs, facts[0])
        for role, known in self._by_role(plan, facts).items():
            reason = unmet(plan.needs, known)
            if reason:
                return reason + (f" ({role})" if len(facts) > 1 else "")
        return ""

    async def _play_warm(self, plan: Plan, troupe: Troupe, suspects: list[Suspect]) -> None:
        attempt = await self._attempt(plan, troupe)
        if attempt is None:
            suspects.append(Suspect(plan, None))
        elif self._is_settled(plan, attempt) or self.order.repeat > 1:
            await self._finish_repeated(plan, attempt, troupe, warm=True)
        else:
            suspects.append(Suspect(plan, attempt))

    async def _play_own(self, plan: Plan, troupe: Troupe, suspects: list[Suspect]) -> None:
        attempt = await self._attempt_alone(plan, troupe, watch=False)
        if self._is_settled(plan, attempt) or self.order.repeat > 1:
            await self._finish_repeated(plan, attempt, troupe, warm=False)
        else:
            suspects.append(Suspect(plan, attempt))

    async def _play_suspects(self, suspects: Sequence[Suspect], troupe: Troupe) -> None:
        """One at a time: what goes wrong now is the scenario's or the target's own doing. What is played still more often comes last."""
        cases: list[Case] = []
        for suspect in sorted(suspects, key=lambda suspect: suspect.plan.id):
            attempt = await self._attempt_alone(suspect.plan, troupe, watch=True)
            if attempt.judgement.verdict == "error" and not attempt.host_lost and await self._renew(troupe):
                attempt = await self._attempt_alone(suspect.plan, troupe, watch=True)
            case = self._case(suspect.plan, suspect.before, attempt)
            if self._wants_more(case):
                cases.append(case)
            else:
                self._finish_case(case)
        for case in cases:
            while self._wants_more(case):
                case = case.played(await self._attempt_alone(case.plan, troupe, watch=True))
            self._finish_case(case)

    def _case(self, plan: Plan, before: Attempt | None, attempt: Attempt) -> Case:
        """The second play counts; the first is told where it came to something else, unless it was late and no more."""
        if before is not None and before.host_lost:
            before = None
        if before is not None and before.judgement.late_only and before.judgement.verdict != attempt.judgement.verdict:
            return Case(plan, attempt, late=1)
        changed = "" if before is None else self._difference(plan, before, self._result(plan, attempt))
        return Case(plan, attempt, before, changed)

    def _wants_more(self, case: Case) -> bool:
        """Red every time, nobody knows of it, and it may be played again."""
        if len(case.retries) >= self.order.retry or any(play.judgement.verdict in FINAL for play in (case.attempt, *case.retries)):
            return False
        entry = self._entry(case.plan, case.attempt.terms)
        return entry is None or not expects(entry, case.attempt.judgement.verdict, case.attempt.judgement.step)

    def _entry(self, plan: Plan, terms: Terms | None) -> Known | None:
        """What is known of a scenario on a ground."""
        if not self.known.of(plan.id):
            return None
        facts = self.record.own_facts_on(self._ground(terms) if terms else "") or self.record.own_facts_on("")
        return known_for(self.known, plan.id, facts)

    def _is_settled(self, plan: Plan, attempt: Attempt) -> bool:
        """Another play would only say the same: as is right, a mistake of the scenario, or at the step at which it is known to fail."""
        verdict, step = attempt.judgement.verdict, attempt.judgement.step
        if verdict in FINAL:
            return True
        entry = self._entry(plan, attempt.terms)
        return entry is not None and entry.kind == "xfail" and entry.step > 0 and expects(entry, verdict, step)

    def _way(self, plan: Plan, terms: Terms) -> str:
        """In agents that others use too, or in its own, as what is known to hang or crash had better be."""
        entry = self._entry(plan, terms)
        verdicts = entry.verdicts if entry is not None and entry.kind == "xfail" else ()
        return next((verdict for verdict in ("crash", "hang") if verdict in verdicts), "own" if self._is_own(plan) else "shared")

    async def play_late(self) -> None:
        """Once more what the machine was late with, now that nobody else plays: what it comes to now counts."""
        late, self.quiet = self.quiet or [], None
        for case in late:
            attempt = await self._attempt_on_own_ground(case.plan, watch=True)
            was_late = case.before is not None and case.before.judgement.late_only
            again = self._case(case.plan, None if was_late else case.before, attempt)
            self._finish_case(structs.replace(again, late=case.late + was_late + 1))
        if late:
            await self.grounds.finish()

    def _finish_case(self, case: Case) -> None:
        if self.quiet is not None and case.standing.judgement.late_only and case.standing.judgement.verdict == "inconclusive":
            self.quiet.append(case)
            return
        plays = [*([case.before] if case.before else []), case.attempt, *case.retries]
        verdicts = tuple(play.judgement.verdict for play in plays)
        standing = case.standing
        expected = self._result(case.plan, standing)
        told = Counter(words for play in (plays[1:] if case.changed else plays) if (words := self._difference(case.plan, play, expected)))
        others = (f"{count} of {len(plays)} plays: {words}" for words, count in sorted(told.items()))
        flaky = (*((case.changed,) if case.changed else ()), *others)
        self._finish(case.plan, standing, flaky=flaky, late=case.late, plays=verdicts if len(plays) > 1 else (), retried=len(case.retries))

    # -- one play

    async def _attempt(self, plan: Plan, troupe: Troupe) -> Attempt | None:
        """Play in agents that carry other scenarios too; nothing if such an agent was lost."""
        started = perf_counter()
        crew = troupe.crew
        try:
            evidence = await self._new_play(plan, crew, troupe, watch=False).perform()
        except Collateral as loss:
            await self._mend(troupe, crew, loss.fault)
            return None
        self._note_forks(crew.forks)
        self.failed_starts = 0
        return self._attempted(plan, troupe, evidence, started)

    async def _attempt_alone(self, plan: Plan, troupe: Troupe, *, watch: bool) -> Attempt:
        """Play in agents that nobody else uses, so that whatever happens to them is this play's doing.

        Where processes are known to be lost now and then, one that ends is this play's doing only if it ends every time.
        """
        left = self.starts - 1
        losses: list[Loss] = []
        while True:
            attempt, fault, loss = await self._play_alone(plan, troupe, watch=watch)
            if loss is not None:
                losses.append(loss)
                if self._is_settled(plan, attempt):
                    return attempt
                if len(losses) >= max(self.starts, 2):  # whatever took the first one away
                    return _host_lost(attempt, losses)
                left = max(left - 1, 0)
            elif left and isinstance(fault, AgentDied | NoHello) and not self._is_settled(plan, attempt):
                left -= 1
                self.lost_plays += 1
            else:
                return attempt

    async def _play_alone(self, plan: Plan, troupe: Troupe, *, watch: bool) -> tuple[Attempt, AgentFault | None, Loss | None]:
        """One play, the fault that ended it if one did, and the host that went away if that was the reason.

        A process that says it is as it was when it started will do for a first play, if what comes of it is as it should be: anything else
        is not believed, and played in one that has carried nothing.
        """
        spares = None
        if plan.own_process and not plan.kills and not watch and self._way(plan, troupe.terms) == "own":
            spares = troupe.crew.spares
        played = await self._play_with(plan, troupe, spares, watch=watch)
        if played is None:
            played = await self._play_with(plan, troupe, None, watch=watch)
            assert played is not None
        return played

    async def _play_with(
        self, plan: Plan, troupe: Troupe, spares: Spares | None, *, watch: bool
    ) -> tuple[Attempt, AgentFault | None, Loss | None] | None:
        """Nothing where it did not come out well in a process that had carried another scenario."""
        if self.given_up:
            return _troubled(Trouble("error", f"the target could not be started again: {self.given_up}"), troupe.terms), None, None
        started = perf_counter()
        fault, loss = None, None
        warm = troupe.crew
        # A second play is in a process that was started for it, so that what a fork takes over cannot be the reason twice.
        forks = warm.forks if self._is_own(plan) and not watch and all(facts.forks for facts in troupe.facts) else None
        crew = Crew(warm.ground, single=plan.own_process, together=warm.together, forks=forks, spares=spares, started=watch)
        play = self._new_play(plan, crew, troupe, watch=watch)
        try:
            try:
                evidence = await play.perform()
                self.failed_starts = 0
            except Collateral as lost:
                fault = lost.fault
                loss = await self._mend(troupe, warm, fault)
                evidence = play.lost(fault, loss)
            attempt = self._attempted(plan, troupe, evidence, started)
            settled = self._is_settled(plan, attempt)
            if settled and troupe.crew is warm:
                crew.hand_back()
        finally:
            await crew.close()
        if forks is not None:
            self._note_forks(forks)
        return None if crew.used and not settled and loss is None else (attempt, fault, loss)

    async def _mend(self, troupe: Troupe, crew: Crew, fault: AgentFault) -> Loss | None:
        """After a fault: where a host is gone, with whatever took it, the others go on on a ground like it. The host that went away, if one
        did: that an agent could not be started there then says nothing of the target."""
        loss = await crew.ground.lost_host()
        if loss is None:
            self._note_start(fault)
        else:
            loss = self._note_loss(loss)
        async with self.mending:
            if troupe.crew is crew and not self.given_up and not await troupe.is_whole():
                await _leave(troupe)
                fresh = await self._assembled_again(troupe.terms)
                if fresh is not None:
                    troupe.take_over(fresh)
        if loss is not None and isinstance(fault, StartFailed):
            return structs.replace(loss, by_itself=False)  # nothing had been asked of an agent yet
        return loss

    def _note_forks(self, forks: Forks) -> None:
        """Tell of processes that were started because an agent could not fork."""
        count = forks.taken()
        if count:
            trouble = self.record.fork_trouble or forks.trouble
            self.record = structs.replace(self.record, lost_forks=self.record.lost_forks + count, fork_trouble=trouble)
            self.introduce(self.record)

    def _note_loss(self, loss: Loss) -> Loss:
        """Count and tell a host that went away; after so many the target is given up. The loss as it was first seen: by now somebody may
        have removed what was left."""
        if loss.host in self.lost or loss.with_its_agent:
            return self.lost.setdefault(loss.host, loss)
        self.lost[loss.host] = loss
        count = self.record.lost_hosts + 1
        self.record = structs.replace(self.record, lost_hosts=count)
        self.introduce(self.record)
        if count >= MOST_LOST_HOSTS and self.starts == 1:
            self.lost_too_many = f"{count} of its hosts have gone away, the last one: {loss.how}"
        then = "no other takes its place" if self.lost_too_many else "another takes its place"
        self.grounds.containers.tell(f"{self.cast.id}: a host went away: {loss.how}; {then}")
        return loss

    async def assemble(self, terms: Terms, agents: Agents | None = None) -> Troupe:
        """A ground and its crew, begun again where a host goes away meanwhile. Raises an `AgentFault`."""
        tries = max(self.starts, MOST_LOST_HOSTS)
        while not self.lost_too_many:
            try:
                return await assemble(self.grounds, terms, agents)
            except HostLost as fault:
                self._note_loss(fault.loss)
                tries -= 1
                if not tries:
                    raise StartFailed(fault.detail) from fault
        raise StartFailed(self.lost_too_many)

    async def _renew(self, troupe: Troupe) -> bool:
        """Make containers anew in which an earlier scenario may have left no room for another agent."""
        if not troupe.crew.ground.own or self.given_up or self.renewals >= MOST_RENEWALS:
            return False
        self.renewals += 1
        async with self.mending:
            await _leave(troupe)
            fresh = await self._assembled_again(troupe.terms)
            if fresh is not None:
                troupe.take_over(fresh)
        return fresh is not None

    async def _assembled_again(self, terms: Terms) -> Troupe | None:
        """An engine that was stopped may be on its way back; without it the target is given up."""
        patience = asyncio.get_running_loop().time() + ENGINE_BACK_SECONDS
        while True:
            try:
                return await self.assemble(terms, self.agents)
            except AgentFault as fault:
                engine_lost = isinstance(fault.__cause__, EngineLost)
                if not engine_lost or asyncio.get_running_loop().time() > patience:
                    self._note_start(fault)
                    self.failed_starts = GIVE_UP_AFTER if engine_lost else self.failed_starts
                    return None
            await asyncio.sleep(0.5)

    def _attempted(self, plan: Plan, troupe: Troupe, evidence: Evidence, started: float) -> Attempt:
        judgement = judge(plan, self._by_role(plan, troupe.facts), evidence)
        return Attempt(evidence, judgement, perf_counter() - started, troupe.terms)

    def _remedy(self, fault: AgentFault) -> str:
        """What is prepared may have been damaged since, and is not looked at before it is started."""
        systems = [spec.id for spec in self.cast.specs if spec.system and not spec.trouble]
        if not systems or not isinstance(fault, StartFailed):
            return ""
        return f"; if it has ever started, make its parts anew: sockmatrix targets prepare --force {' '.join(systems)}"

    def _note_start(self, fault: AgentFault) -> None:
        """Count a failed start once, however many plays were waiting for it."""
        if isinstance(fault, StartFailed) and fault is not self.last_fault:
            self.failed_starts += 1
            self.last_fault = fault
            self.last_failure = fault.detail

    def _new_play(self, plan: Plan, crew: Crew, troupe: Troupe, *, watch: bool) -> Play:
        facts = self._by_role(plan, troupe.facts)
        # What is known to hang needs no excuse.
        load = None if self._way(plan, troupe.terms) in ("hang", "crash") else self.load

        def goes_on(number: int, seen: Observation) -> bool:
            return anticipates(plan, facts, number, seen)

        return Play(plan, self.batches[plan.id], crew, goes_on, network=self.order.network, watch=watch, load=load)

    def _by_role(self, plan: Plan, facts: tuple[Facts, ...]) -> dict[str, Facts]:
        return facts_by_role(plan, facts, helped=self.cast.helped)

    # -- results

    async def _finish_repeated(self, plan: Plan, first: Attempt, troupe: Troupe, *, warm: bool) -> None:
        """Play as often as was asked for."""
        plays = [first]
        while len(plays) < self.order.repeat:
            plays.append(await self._attempt_again(plan, troupe, warm=warm))
        self._finish_plays(plan, plays)

    def _finish_plays(self, plan: Plan, plays: Sequence[Attempt]) -> None:
        """The gravest play is the cell's; what the others came to is told, and how often."""
        if len(plays) == 1:
            self._finish(plan, plays[0])
            return
        gravest = min(plays, key=lambda play: GRAVITY.index(play.judgement.verdict))
        expected = self._result(plan, gravest)
        others = Counter(told for play in plays if (told := self._difference(plan, play, expected)))
        flaky = tuple(f"{count} of {len(plays)} plays: {told}" for told, count in sorted(others.items()))
        self._report(self._result(plan, gravest, flaky=flaky, plays=tuple(play.judgement.verdict for play in plays)))

    async def _attempt_again(self, plan: Plan, troupe: Troupe, *, warm: bool) -> Attempt:
        again = await self._attempt(plan, troupe) if warm else None
        if again is None:
            again = await self._attempt_alone(plan, troupe, watch=False)
        return await self._attempt_alone(plan, troupe, watch=True) if again.judgement.late_only else again

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

    def _finish(self, plan: Plan, attempt: Attempt, terms: Terms | None = None, **more: Unpack[Told]) -> None:
        if terms is not None:
            attempt = structs.replace(attempt, terms=terms)
        self._report(self._result(plan, attempt, **more))

    def _report(self, result: Result) -> None:
        """With what was lost on the way to it."""
        lost = self.grounds.lost_starts + self.lost_plays
        if lost != self.record.lost_starts:
            self.record = structs.replace(self.record, lost_starts=lost)
            self.introduce(self.record)
        self.report(result)

    def _result(self, plan: Plan, attempt: Attempt, **more: Unpack[Told]) -> Result:
        ground = "" if attempt.terms is None else self._ground(attempt.terms)
        return result_of(plan, self.cast.id, attempt.evidence, attempt.judgement, wall=attempt.seconds, ground=ground, **more)


def in_turn(plans: Sequence[Plan]) -> list[Plan]:
    """Who takes a host away comes last."""
    return sorted(plans, key=lambda plan: (plan.ends_host, plan.id))


def _turn(terms: Terms) -> tuple[bool, bool, tuple[str, ...]]:
    """In which order the same hosts stand under several terms: those alone that change the network come last, and after who may change
    more of it than can be undone nobody comes."""
    return bool(ALLOWS_ALL & {*terms.capabilities}), terms.tools, terms.capabilities


def record_of(cast: Cast) -> TargetRecord:
    """What is known of a target before it has been started."""
    if cast.helped:
        return TargetRecord(cast.id, cast.name, helper=cast.specs[1].id)
    one, other = (cast.specs[0].id, cast.specs[-1].id) if cast.is_pair else ("", "")
    return TargetRecord(cast.id, cast.name, server=one, client=other, network=cast.condition)


def _troubled(trouble: Trouble, terms: Terms | None = None) -> Attempt:
    return Attempt(Evidence(trouble=trouble), Judgement(trouble.kind, trouble.detail, trouble.step), 0.0, terms)


def _host_lost(attempt: Attempt, losses: Sequence[Loss]) -> Attempt:
    """A scenario that went down with its host each time that it was played alone: its own doing where what went on there ended each."""
    if not all(loss.by_itself for loss in losses):
        step = attempt.evidence.trouble.step if attempt.evidence.trouble else None
        how = ", then ".join(dict.fromkeys(loss.how for loss in losses))
        trouble = Trouble("error", f"its host went away each time that it was played alone: {how}", step)
        attempt = structs.replace(
            attempt, evidence=structs.replace(attempt.evidence, trouble=trouble), judgement=Judgement(trouble.kind, trouble.detail, step)
        )
    return structs.replace(attempt, host_lost=True)


def not_opened(fault: AgentFault) -> Attempt:
    """A ground that cannot be had is a need that is not met if what is missing can be named; else the environment is at fault."""
    if isinstance(fault.__cause__, NotProvided):
        return _troubled(Trouble("unsupported", fault.detail, mendable=True))
    return _troubled(Trouble("error", fault.detail))


async def _leave(troupe: Troupe) -> None:
    """Give back a ground that others are to take the place of."""
    if not troupe.crew.ground.own:
        troupe.crew.drop()
    await troupe.crew.ground.close()


async def _work_off(work: Sequence[T], at_once: int, play: Callable[[T], Awaitable[None]]) -> None:
    queue = iter(work)

    async def worker() -> None:
        for each in queue:
            await play(each)

    await asyncio.gather(*(worker() for _ in range(min(at_once, len(work)))))
