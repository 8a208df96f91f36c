"""What a check is given: the agent that checks share, agents of its own, and what is known of them. Contains no check."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgspec import Struct

from harness.checking.asking import Session
from harness.checking.talk import Failure, Limits, NotApplicable, Oddity, Talk
from harness.hosts.process import Host
from harness.records.facts import Facts


class Stage:
    """One agent under check."""

    def __init__(self, host: Host, limits: Limits, *, sees_files: bool) -> None:
        self.host = host
        self.limits = limits
        self.sees_files = sees_files
        """Its temporary folders are on this machine."""
        self.oddities: list[Oddity] = []
        self.hellos: list[int] = []
        """How many each conversation had."""
        self.remarks: list[str] = []
        """What a check has to say although it passes."""
        self._talks: list[Talk] = []
        self._shared: Talk | None = None
        self._facts: Facts | None = None

    @property
    def last_exchange(self) -> tuple[str, str]:
        """What was sent last, and what came after it, in the conversation that was begun, or taken up, last."""
        return (self._talks[-1].last_sent, self._talks[-1].last_came) if self._talks else ("", "")

    async def fresh(self) -> Talk:
        """An agent of a check's own, which has said nothing yet."""
        talk = await Talk.open(self.host, self.limits)
        for _ in range(self.host.starts - 1):
            if not await talk.is_lost():
                break
            await talk.close()
            talk = await Talk.open(self.host, self.limits)
        self._talks.append(talk)
        return talk

    async def talk(self) -> Talk:
        """The agent that checks share; another one where the last has been lost."""
        if self._shared is None or not self._shared.usable:
            self._shared = await (await self.fresh()).greet()
        self._talks.remove(self._shared)
        self._talks.append(self._shared)
        return self._shared

    async def session(self, **opening: object) -> Session:
        """A session of the shared agent."""
        return Session(await self.talk(), **opening)

    async def facts(self) -> Facts:
        """What the agent says of itself."""
        if self._facts is None:
            reply = await (await self.talk()).ask({"do": "facts"}, self.limits.start)
            if reply.facts is None:
                raise Failure("an answer to 'facts' without 'facts'")
            self._facts = reply.facts
        return self._facts

    async def needs_ipv4(self) -> None:
        """Say that a check needs sockets that reach each other."""
        if not (await self.facts()).ipv4:
            raise NotApplicable("its facts say that it has no IPv4")

    async def needs_listening(self) -> None:
        """Say that a check needs sockets that take connections."""
        await self.needs_ipv4()
        if not (await self.facts()).listens:
            raise NotApplicable("its facts say that it cannot listen")

    async def needs_threads(self) -> None:
        """Say that a check needs a call that blocks while others are made."""
        await self.needs_listening()
        if not (await self.facts()).threads:
            raise NotApplicable("its facts say that it has no threads")

    async def parts(self, *parts: "Perform") -> None:
        """Perform what stands by itself: what an agent lacks for one part keeps it from no other. Not applicable if it lacks it for all."""
        lacking = []
        for part in parts:
            try:
                await part(self)
            except NotApplicable as exception:
                lacking.append(exception.reason)
        if len(lacking) == len(parts):
            raise NotApplicable("; ".join(dict.fromkeys(lacking)))
        self.remarks += lacking

    def lose_shared(self) -> None:
        """The next check gets another agent."""
        if self._shared is not None:
            self._shared.usable = False

    def gather(self, *, keep: bool) -> None:
        """Take note of what was odd in any conversation; of a check that failed it belongs to the failure, and is not kept."""
        for talk in self._talks:
            self.oddities += talk.oddities if keep else []
            talk.oddities.clear()

    async def settle(self) -> None:
        """End all agents, and take note of everything that they had still to say."""
        # The first process may be a container's own, with which the others end.
        for talk in reversed(self._talks):
            if talk.usable and talk.started:
                with suppress(Failure):
                    await talk.stop()
            self.hellos.append(talk.hellos)
            await talk.close()
        self.gather(keep=True)
        self._talks.clear()


Perform = Callable[[Stage], Awaitable[None]]


class Check(Struct, frozen=True):
    """One thing that an agent must do."""

    name: str
    section: str
    asks: str
    perform: Perform
    needs: tuple[str, ...]
    """Checks without which its answer would say nothing."""
    of_all: bool = False
    """It looks at what all others have made the agent say."""


CHECKS: dict[str, Check] = {}
"""By name, in the order in which they are performed."""

FIRST = ("hello", "start", "identity", "steps")
"""What everything else relies on."""


def check(
    name: str, section: str, asks: str, *needs: str, after: tuple[str, ...] = FIRST, of_all: bool = False
) -> Callable[[Perform], Perform]:
    """Make a check of a function."""

    def keep(perform: Perform) -> Perform:
        CHECKS[name] = Check(name, section, asks, perform, (*after, *needs), of_all)
        return perform

    return keep
