"""Keep targets ready, and play one scenario on one of them whenever it is asked for. Knows nothing of run folders, and chooses nothing.

A whole run knows all its scenarios beforehand, and is the business of `run`; here somebody else goes through them, at their own pace.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from harness.engine.batches import Batch, cut, measures_time
from harness.engine.crew import new_place
from harness.engine.faults import AgentFault
from harness.engine.load import Load
from harness.engine.order import Cast, Order
from harness.engine.player import CROWD, OWN_AT_ONCE, Player, Suspect, not_opened
from harness.engine.troupe import Troupe
from harness.hosts.grounds import AT_ONCE, Containers, Grounds, new_run
from harness.hosts.terms import Terms
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord

KEPT_ELSEWHERE = 2
"""Grounds besides its own that a target keeps while nobody plays on them: making one again costs a second."""


class Standing:
    """Targets that are started when they are first needed, and stay until the end. Everything is called in one event loop."""

    def __init__(self, casts: Sequence[Cast], *, jobs: int = 8, network: bool = False) -> None:
        self._place = new_place()
        self._load = Load()
        self._watching: asyncio.Task[None] | None = None
        self._containers = Containers(new_run())
        contained = sum(1 for cast in casts if any(spec.image for spec in cast.specs))
        # Every target keeps grounds for as long as it stands: with fewer slots they would wait for each other for ever.
        self._containers.slots = asyncio.Semaphore(AT_ONCE + contained * (1 + KEPT_ELSEWHERE + OWN_AT_ONCE))
        machines = sum(1 for cast in casts if any(spec.machine for spec in cast.specs))
        self._containers.machines.at_once = AT_ONCE + machines * (1 + KEPT_ELSEWHERE + OWN_AT_ONCE)
        self._containers.emulated_slots = self._containers.slots
        order = Order(casts=tuple(casts), plans=(), folder=Path(), jobs=jobs, network=network)
        self._players = {cast.id: _StandingPlayer(cast, order, self._grounds(cast), self._load) for cast in casts}

    def _grounds(self, cast: Cast) -> Grounds:
        return Grounds(cast.specs, cast.condition, self._place, self._containers, helped=cast.helped)

    async def play(self, target: str, plan: Plan) -> Result:
        """One cell, by the same rules as in a run: needs first, and what does not come out well is played a second time alone."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._load.watch())
        return await self._players[target].play_one(plan)

    async def record(self, target: str) -> TargetRecord:
        """What a target says of itself; it is started for that. One that could not be has a `trouble`."""
        await self._players[target].ready()
        return self._players[target].record

    def known(self, target: str) -> TargetRecord:
        """What is known of a target so far, without waiting."""
        return self._players[target].record

    async def close(self) -> None:
        """End all agents and hosts."""
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.gather(*(player.close() for player in self._players.values()), return_exceptions=True)
        await asyncio.gather(self._containers.close(), return_exceptions=True)
        shutil.rmtree(self._place, ignore_errors=True)


class _Elsewhere(Struct):
    """A ground besides the target's own, and how many play on it or wait for it."""

    opening: "asyncio.Task[Troupe]"
    users: int = 0


class _Floor:
    """Who may play: several at a time, or one alone. Whoever waits to be alone lets nobody else begin."""

    def __init__(self) -> None:
        self._gate = asyncio.Lock()
        self._playing = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def with_others(self) -> AsyncIterator[None]:
        async with self._gate:
            self._playing += 1
            self._empty.clear()
        try:
            yield
        finally:
            self._playing -= 1
            if not self._playing:
                self._empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._gate:
            await self._empty.wait()
            yield


class _StandingPlayer(Player):
    """One target that plays what it is asked for."""

    def __init__(self, cast: Cast, order: Order, grounds: Grounds, load: Load) -> None:
        self._plays: dict[str, tuple[Batch, ...]] = {}
        self._results: dict[str, Result] = {}
        super().__init__(cast, order, self._plays, self._take, lambda record: None, grounds, load=load)
        self._starting: asyncio.Task[TargetRecord] | None = None
        self._elsewhere: dict[Terms, _Elsewhere] = {}
        self._same: dict[str, asyncio.Lock] = {}
        self._floor = _Floor()
        self._shared = asyncio.Semaphore(order.jobs)
        self._crowd = asyncio.Semaphore(order.jobs * CROWD)
        self._own = asyncio.Semaphore(OWN_AT_ONCE)

    def _take(self, result: Result) -> None:
        self._results[result.scenario] = result

    async def ready(self) -> None:
        """Started, if it can be; only one attempt is made."""
        if self._starting is None:
            self._starting = asyncio.create_task(self.prepare())
        await asyncio.shield(self._starting)

    async def play_one(self, plan: Plan) -> Result:
        """One scenario; the same one twice at a time is played one after the other."""
        await self.ready()
        async with self._same.setdefault(plan.id, asyncio.Lock()):
            self._plays[plan.id] = cut(plan)
            try:
                await self._play_here(plan)
                return self._results.pop(plan.id)
            finally:
                del self._plays[plan.id]

    async def _play_here(self, plan: Plan) -> None:
        if self._settle_without_playing(plan):
            return
        if self.grounds.has_own(plan):
            async with self._own:
                await self._play_on_own_ground(plan)
            return
        terms = self.grounds.terms(plan)
        try:
            async with self._on(terms) as troupe:
                await self._play_on_ground(plan, troupe)
        except AgentFault as fault:
            self._finish(plan, not_opened(fault), terms)

    async def _play_on_ground(self, plan: Plan, troupe: Troupe) -> None:
        """A first play among others, and a second one with nobody else on the target."""
        if self._settle(plan, troupe):
            return
        suspects: list[Suspect] = []
        async with self._turn(plan), self._floor.with_others():
            await (self._play_own if self._is_own(plan) else self._play_warm)(plan, troupe, suspects)
        if suspects:
            async with self._floor.alone():
                await self._play_suspects(suspects, troupe)

    def _turn(self, plan: Plan) -> asyncio.Semaphore:
        if plan.own_process and not self.isolated:
            return self._own
        return self._crowd if self.grounds.contained and not measures_time(plan) else self._shared

    @asynccontextmanager
    async def _on(self, terms: Terms) -> AsyncIterator[Troupe]:
        """The target's own ground, or another, which is made if need be. Raises an `AgentFault`."""
        if terms == self.grounds.default and self.first is not None:
            yield self.first
            return
        place = self._elsewhere.pop(terms, None) or _Elsewhere(asyncio.create_task(self._open(terms)))
        self._elsewhere[terms] = place  # as the last one: the order is that of use
        place.users += 1
        try:
            yield await asyncio.shield(place.opening)
        finally:
            place.users -= 1
            await self._tidy()

    async def _open(self, terms: Terms) -> Troupe:
        slots = self.grounds.slots()
        await slots.__aenter__()
        try:
            troupe = await self.assemble(terms)
        except BaseException:
            await slots.__aexit__(None, None, None)
            raise
        self._remember(troupe)
        return troupe

    async def _tidy(self) -> None:
        """Give back the grounds that were used longest ago. One that could not be made stays, so as not to be tried for each scenario."""
        idle = [terms for terms, place in self._elsewhere.items() if not place.users and not _is_broken(place.opening)]
        for place in [self._elsewhere.pop(terms) for terms in idle[:-KEPT_ELSEWHERE]]:
            await self._give_back(place)

    async def _give_back(self, place: _Elsewhere) -> None:
        place.opening.cancel()
        try:
            troupe = await place.opening
        except (AgentFault, asyncio.CancelledError):
            return
        await troupe.close()
        await self.grounds.slots().__aexit__(None, None, None)

    async def close(self) -> None:
        """End the agents, and give back every ground."""
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        places, self._elsewhere = list(self._elsewhere.values()), {}
        await asyncio.gather(*(self._give_back(place) for place in places))
        await super().close()


def _is_broken(opening: "asyncio.Task[Troupe]") -> bool:
    return opening.done() and (opening.cancelled() or opening.exception() is not None)
