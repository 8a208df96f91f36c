"""One ground with the crew that is warm on it, and what its agents said of themselves. Plays nothing."""

import asyncio

from msgspec import Struct

from harness.engine.crew import Agents, Crew
from harness.engine.faults import AgentFault, HostLost, StartFailed
from harness.engine.probe import share_a_network
from harness.hosts.grounds import Grounds
from harness.hosts.process import CannotStart, HostGone
from harness.hosts.terms import Terms
from harness.records.facts import Facts


class Troupe(Struct):
    """Everything it takes to play on one ground."""

    terms: Terms
    crew: Crew
    facts: tuple[Facts, ...]
    """Of each interpreter, in the order of the roles."""
    waiting: Crew | None = None
    """That of the hosts on whose networks this one has others. It carries nothing, but the first agent of a host keeps it."""
    allowed: tuple[str, ...] = ()
    """What those hosts were given."""

    async def is_whole(self) -> bool:
        """Whether all hosts are still there; where nobody can say, they are taken for lost."""
        try:
            return await self.crew.ground.is_whole()
        except CannotStart:
            return False

    async def turn_into(self, terms: Terms) -> None:
        """Stand on the same hosts under other terms. Raises an `AgentFault` where that fails."""
        try:
            moved = await self.crew.ground.turn_into(terms)
        except CannotStart as error:
            raise StartFailed(error.detail) from error
        before, self.terms = self.terms, terms
        if moved:
            await self._meet(before)
        else:
            self._look_again()

    async def _meet(self, before: Terms) -> None:
        """The agents of other hosts: new ones, or those that have waited on the first."""
        if self.waiting is None:
            self.waiting, self.allowed = self.crew, before.capabilities
        else:
            self.crew.drop()
        if self.terms.capabilities == self.allowed:
            self.crew, self.waiting = self.waiting, None
            self._look_again()
        else:
            self.crew = Crew(self.crew.ground)
            self.facts = await _first_words(self.crew, len(self.facts))

    def _look_again(self) -> None:
        self.facts = tuple(self.crew.facts_here(place) for place in range(len(self.facts)))

    async def renew(self) -> bool:
        """Make its hosts as if nobody had stood on them; whether that came about."""
        try:
            await self.crew.ground.renew()
        except CannotStart:
            return False
        return True

    def take_over(self, fresh: "Troupe") -> None:
        """Go on on the ground of another in the same terms; what was left of this one's is gone."""
        self.crew, self.waiting, self.allowed = fresh.crew, None, ()

    async def close(self) -> None:
        """End the agents and give back the hosts. Where the hosts are the run's own, their end is the agents' end."""
        if self.crew.ground.own:
            self.crew.drop()
            if self.waiting is not None:
                self.waiting.drop()
        else:
            await self.crew.close()
        await self.crew.ground.close()


async def assemble(grounds: Grounds, terms: Terms, agents: Agents | None = None) -> Troupe:
    """Open a ground, start the first agents on it, and ask them for facts. Raises an `AgentFault`; `HostLost` where another try may do.

    `agents` are those that the crews of a run share where hosts are shared.
    """
    try:
        ground = await grounds.open(terms)
    except HostGone as error:
        raise HostLost(error.loss) from error
    except CannotStart as error:
        raise StartFailed(error.detail) from error
    crew = Crew(ground, agents=agents if ground.shared else None)
    try:
        facts = await _first_words(crew, grounds.interpreters)
        crew.together = grounds.may_be_split and (not facts[0].ipv4 or not await share_a_network(crew))
    except AgentFault as fault:
        loss = await ground.lost_host()
        await Troupe(terms, crew, ()).close()
        if loss is not None and not loss.with_its_agent:
            raise HostLost(loss) from fault
        raise
    except BaseException:
        await Troupe(terms, crew, ()).close()
        raise
    return Troupe(terms, crew, facts)


async def _first_words(crew: Crew, interpreters: int) -> tuple[Facts, ...]:
    """What the first agents say, each of which keeps its host. Raises an `AgentFault`."""
    await asyncio.gather(*map(crew.at, crew.ground.keepers))
    return tuple([await crew.facts(place) for place in range(interpreters)])
