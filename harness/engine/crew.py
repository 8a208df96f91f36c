"""The agents that carry one target's scenarios: a process for each role's place, started when first needed."""

import asyncio
import os
import tempfile

from harness.engine.connection import Connection
from harness.engine.faults import AgentBroke, AgentDied, AgentFault, RequestRefused, StartFailed, StepTimeout
from harness.engine.forks import Forks
from harness.hosts.ground import Ground
from harness.hosts.process import Forking
from harness.records.facts import Facts

STEP_BACK_SECONDS = 3.0

Agents = dict[object, "asyncio.Task[Connection]"]


class Spares:
    """Processes that carried a scenario which wanted one of its own, and are as they were before it: the next one may have them."""

    def __init__(self) -> None:
        self._by_home: dict[object, list[Connection]] = {}

    def take(self, home: object) -> Connection | None:
        """One on a host, if there is one."""
        spares = self._by_home.get(home, [])
        while spares:
            found = spares.pop()
            if found.is_fit():
                return found
        return None

    def give(self, home: object, connection: Connection) -> None:
        """Keep one."""
        self._by_home.setdefault(home, []).append(connection)

    def take_all(self) -> list[Connection]:
        """Those that there are; afterwards there is none."""
        kept, self._by_home = self._by_home, {}
        return [connection for spares in kept.values() for connection in spares]


class Crew:
    """Agents by place: the first role of a scenario plays in place 0, the second in place 1, and so on."""

    def __init__(
        self,
        ground: Ground,
        *,
        single: bool = False,
        together: bool = False,
        agents: "Agents | None" = None,
        forks: Forks | None = None,
        spares: Spares | None = None,
        started: bool = False,
    ) -> None:
        self.ground = ground
        self.spares = Spares()
        """What scenarios with a process of their own have left as it was; ended with this crew."""
        self._spares = spares
        """Of another crew, where these agents come from and may go back to."""
        self.used: bool = False
        """Some process of it has carried another scenario before."""
        self.forks = Forks(ground)
        """What scenarios with a process of their own can be given cheaply; ended with this crew."""
        self._started = started
        """Its processes are started, also where a host would rather fork them."""
        self._forks = forks
        """Of another crew, where these agents come from."""
        self._shared = agents is not None
        self._single = single
        self.together = together
        """All roles in one process, because the target's processes would not reach each other."""
        self._agents: Agents = {} if agents is None else agents
        """By what tells them apart; those that crews share are ended with their hosts."""
        self._homes: dict[object, object] = {}
        """The host of each, by what tells them apart."""
        self._said: dict[int, Facts] = {}
        """What agents have said of themselves, by place."""
        self._broken: list[asyncio.Task[Connection]] = []
        """Those that others have taken the place of; what the controller holds of them is still to be given back."""

    def at(self, place: int) -> "asyncio.Task[Connection]":
        """The agent of a place; starts it the first time, and again after it has broken. May raise an `AgentFault`."""
        if self.together:
            place = 0
        key = self.ground.key(place)
        task = self._agents.get(key)
        if task is not None and _is_broken(task):
            self._broken.append(task)
            task = None
        if task is None:
            self._homes[key] = self.ground.home(place)
            task = self._agents[key] = asyncio.create_task(self._open(place, self._homes[key]))
            task.add_done_callback(_look_at)
        return task

    async def _open(self, place: int, home: object) -> Connection:
        """A fork, or, where that cannot be had, a process that is started, as everywhere where agents do not fork."""
        spare = self._spares.take(home) if self._spares else None
        if spare is not None:
            self.used = True
            spare.unchanged = False
            return spare
        forked = await self._forks.fork(place, home, single=self._single) if self._forks else None
        if forked is not None:
            return forked
        host = self.ground.host(place)
        if isinstance(host, Forking):
            host.fresh = self._started
        started = await Connection.open(host, single=self._single)
        if self._forks is not None:
            self._forks.replaced += 1
        self.forks.look_at(host)
        return started

    async def facts(self, place: int = 0) -> Facts:
        """What the target in a place says of itself, and what its ground adds."""
        host = self.ground.host(place)
        for _ in range(host.starts - 1):
            try:
                return await self._facts(place)
            except AgentDied:
                host.lost_starts += 1
        return await self._facts(place)

    async def _facts(self, place: int) -> Facts:
        connection = await self.at(place)
        try:
            reply = await connection.request({"do": "facts"}, connection.start_seconds)
        except StepTimeout:
            connection.give_up("no answer to 'facts'")
            raise StartFailed(f"no answer to 'facts' within {connection.start_seconds:g} s") from None
        except RequestRefused as error:
            connection.misbehaved(str(error))
            raise AgentBroke(str(error)) from None
        except AgentDied:
            await connection.close()
            raise
        if reply.facts is None:
            raise StartFailed("the agent gave no facts")
        self._said[place] = reply.facts
        return self.ground.known(reply.facts, place)

    def facts_here(self, place: int) -> Facts:
        """The same, with what the ground adds by now. Nobody is asked again: what an agent has played since may show (PyPy's `socket` has
        more names once something has imported `ssl`)."""
        return self.ground.known(self._said[place], place)

    def hand_back(self) -> None:
        """Leave the processes that are as they were to the next crew."""
        if self._spares is None:
            return
        for key, task in list(self._agents.items()):
            if task.done() and not task.cancelled() and task.exception() is None and task.result().is_fit():
                self._spares.give(self._homes[key], task.result())
                del self._agents[key]

    async def close(self) -> None:
        """End all agents that no other crew uses."""
        broken, self._broken = self._broken, []
        await asyncio.gather(*(_end(task) for task in broken), *(spare.close() for spare in self.spares.take_all()))
        await self.forks.close()
        if self._shared:
            return
        agents, self._agents = self._agents, {}
        await asyncio.gather(*(_end(task) for task in agents.values()))

    def drop(self) -> None:
        """Let go of agents that end with their hosts, but for those that other crews use: these are on hosts of theirs too."""
        for spare in self.spares.take_all():
            spare.drop()
        self.forks.drop()
        for task in (*self._broken, *(() if self._shared else self._agents.values())):
            if not task.done():
                task.cancel()
            elif not task.cancelled() and task.exception() is None:
                task.result().drop()


def new_place() -> str:
    """A fresh folder for what the agents of a run put on disk, to be removed at its end whatever became of them.

    Below /tmp where there is one: an AF_UNIX address has little room.
    """
    return tempfile.mkdtemp(prefix="smx-", dir="/tmp" if os.name == "posix" and os.access("/tmp", os.W_OK) else None)


def _look_at(task: "asyncio.Task[Connection]") -> None:
    """An agent that did not start is the business of those who wait for it: if there are none, asyncio would complain."""
    if not task.cancelled():
        task.exception()


def _is_broken(task: "asyncio.Task[Connection]") -> bool:
    if not task.done():
        return False
    if task.cancelled() or task.exception() is not None:
        return True
    return task.result().fault is not None


async def _end(task: "asyncio.Task[Connection]") -> None:
    if not task.done():
        task.cancel()
    try:
        connection = await task
    except (AgentFault, asyncio.CancelledError):
        return
    await connection.close()
