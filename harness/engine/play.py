"""Play one plan with one crew and bring home the evidence. Knows nothing of queues, retries or verdicts."""

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import count
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from harness.engine.batches import Batch, make
from harness.engine.connection import Connection
from harness.engine.crew import STEP_BACK_SECONDS, Crew
from harness.engine.faults import (
    AgentBroke,
    AgentCutOff,
    AgentDied,
    AgentFault,
    AgentSilent,
    RequestRefused,
    StepTimeout,
    StillThere,
)
from harness.engine.load import LONGEST, Load
from harness.engine.messages import Closed, Opening, Reply, RunRequest, encode
from harness.hosts.process import CannotStart, Loss
from harness.records.observation import LOOPBACK, Addresses, Evidence, Observation, Trouble
from harness.records.plan import NETWORK_ROLE, Call, Plan

_sessions = count(1)
_PLACE = attrgetter("step", "instance")


class Stopped(Exception):
    """The scenario cannot go on: something was raised that nothing anticipates, or the target is lost."""

    def __init__(self, trouble: Trouble | None = None) -> None:
        super().__init__()
        self.trouble = trouble


class Collateral(Exception):
    """An agent was lost while it carried this play; whose doing it was is not known."""

    def __init__(self, fault: AgentFault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


class Member(Struct):
    """One member of a role: a session in an agent."""

    role: str
    place: int
    instance: int
    connection: Connection
    session: str
    opened: bool = False
    closed: bool = False
    clean_up: Closed | None = None


class Play:
    """One performance. `anticipates(step number, observation)` says whether the scenario goes on after a raise, or after a stand-in."""

    def __init__(
        self,
        plan: Plan,
        batches: tuple[Batch, ...],
        crew: Crew,
        anticipates: Callable[[int, Observation], bool],
        *,
        network: bool = False,
        watch: bool = False,
        load: Load | None = None,
    ) -> None:
        self.plan = plan
        self.batches = batches
        self.crew = crew
        self.ground = crew.ground
        self.limit = plan.limit * crew.ground.slow
        self.network = network
        """The address guard is lifted."""
        self.anticipates = anticipates
        self.watch = watch
        self.load = load
        """Of this machine: what does not end in time while there is too much of it is not held against the target."""
        self.more = None if load is None else load.more
        """A limit is for a machine that lets the target run: what it keeps back is added."""
        self.members: dict[str, list[Member]] = {}
        self.given: dict[str, Any] = {}
        self.observations: list[Observation] = []

    async def perform(self) -> Evidence:
        """The whole timeline, then the clean-up. Raises `Collateral` when an agent was lost."""
        trouble: Trouble | None = None
        try:
            await self._cast()
            for batch in self.batches:
                await self._do(batch)
        except Stopped as stop:
            trouble = stop.trouble
        await self._close_all()
        return self._evidence(trouble)

    async def _cast(self) -> None:
        """Give every member of every role its agent; those that are not there yet start at the same time."""
        places = [self.ground.place_of(at, self.plan) for at in range(len(self.plan.roles))]
        starting = [self.crew.at(place) for place in places]
        for (role, number), place, agent in zip(self.plan.roles.items(), places, starting, strict=True):
            try:
                connection = agent.result() if agent.done() else await asyncio.shield(agent)
            except AgentFault as fault:
                raise Collateral(fault) from None
            self.members[role] = [Member(role, place, instance, connection, f"s{next(_sessions)}") for instance in range(number)]

    # -- steps

    async def _do(self, batch: Batch) -> None:
        if batch.role == NETWORK_ROLE:
            for step in batch.steps:
                await self._act(step.call)
            return
        members = self.members[batch.role]
        if len(members) == 1:
            await self._do_as(members[0], batch)
            return
        outcomes = await asyncio.gather(*(self._do_as(member, batch) for member in members), return_exceptions=True)
        self._gather_exports(batch)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _act(self, call: Call) -> None:
        """What the network does to the host of a role."""
        member = self.members[call.subject][0]
        try:
            if call.action == "kill":
                await member.connection.kill_on_purpose()
            elif call.action == "power_off":
                await self.ground.cut(member.place)  # so that what the kernel says for a killed process gets nowhere
                await member.connection.kill_on_purpose()
                await self.ground.power_off(member.place)
            elif call.action == "cut":
                await self.ground.cut(member.place)
            else:
                await self.ground.restore(member.place)
        except (CannotStart, StillThere) as error:
            raise Stopped(Trouble("error", error.detail, call.n)) from None
        member.closed = member.closed or call.action in ("kill", "power_off")
        self.observations.append(Observation(step=call.n, value=None))

    async def _do_as(self, member: Member, batch: Batch) -> None:
        """Perform a batch as one member; after an anticipated raise, go on with what was left undone."""
        while True:
            reply = await self._ask(member, batch)
            done = self._checked(member, batch, reply)
            if member.instance:
                done = tuple(msgspec.structs.replace(seen, instance=member.instance) for seen in done)
            self.observations.extend(done)
            self._keep_exports(member, reply.export)
            if reply.closed is not None:
                self._note_closed(member, reply.closed)
            if not done:
                raise Stopped(Trouble("error", "the agent performed none of the steps it was sent", batch.steps[0].call.n))
            if not self._goes_on(done[-1]):
                raise Stopped
            if len(done) == len(batch.steps):
                return
            batch = make(batch.steps[len(done) :], last=batch.last)

    @staticmethod
    def _checked(member: Member, batch: Batch, reply: Reply) -> tuple[Observation, ...]:
        """The observations of a reply, which must be of the steps that were sent, in their order."""
        told = tuple([seen.step for seen in reply.steps])
        if told != batch.numbers[: len(told)]:
            member.connection.misbehaved(f"observations of the steps {[*told]}, asked were {[*batch.numbers]}")
            assert member.connection.fault is not None
            raise Collateral(member.connection.fault)
        return reply.steps

    def _goes_on(self, seen: Observation) -> bool:
        if seen.raises is not None or seen.stood_in:
            return self.anticipates(seen.step, seen)
        return not (seen.skipped or seen.refused or seen.lacking)

    async def _ask(self, member: Member, batch: Batch) -> Reply:
        request = self._request(member, batch)
        try:
            limit = self.limit + batch.waits
            return await member.connection.run(request, limit, self.more)
        except StepTimeout:
            raise await self._abort(member, batch) from None
        except RequestRefused as error:
            raise Stopped(Trouble("error", str(error), batch.steps[0].call.n)) from None
        except AgentFault as fault:
            raise Collateral(fault) from None

    def _request(self, member: Member, batch: Batch) -> RunRequest:
        opening = None
        if not member.opened:
            member.opened = True
            opening = _opening(
                member.role,
                member.instance,
                self.ground.addresses(member.place),
                self.ground.reach(),
                self.network,
                self.watch,
                self.ground.folder,
            )
        return RunRequest(
            id=member.connection.number(),
            session=member.session,
            steps=batch.encoded,
            open=opening,
            given={name: self.given[name] for name in batch.reads if name in self.given},
            export=batch.export,
            close=batch.last and len(self.members[batch.role]) == 1,
        )

    def _keep_exports(self, member: Member, export: Mapping[str, Any]) -> None:
        if self.plan.roles[member.role] == 1:
            self.given.update(export)
        else:
            for name, value in export.items():
                self.given.setdefault(name, {})[member.instance] = value

    def _gather_exports(self, batch: Batch) -> None:
        """What several members set under one name is a list of their values for everybody else."""
        for name in batch.export:
            by_instance = self.given.get(name)
            if isinstance(by_instance, dict) and "list" not in by_instance:
                self.given[name] = {"list": [by_instance[instance] for instance in sorted(by_instance)]}

    async def _abort(self, member: Member, batch: Batch) -> Exception:
        """A step has passed its limit: what was done before it, and whether the agent can be kept."""
        detail = f"still under way after {self.limit:g} s"
        patience = STEP_BACK_SECONDS * self.ground.slow
        try:
            reply = await member.connection.request({"do": "abort", "session": member.session}, patience, self.more)
        except RequestRefused as error:
            return _misbehaved(member, f"{detail}, and the call to stop was refused: {error}")
        except (AgentBroke, AgentCutOff) as fault:
            return Collateral(fault)  # that it was waited for in vain says nothing of the target
        except (StepTimeout, AgentFault):
            member.closed = True
            member.connection.give_up("no answer to 'abort'")
            detail += "; the agent did not answer any more"
            return Stopped(self._not_in_time(detail, batch.steps[0].call.n, patience))
        self._note_closed(member, reply.closed or Closed())
        known = {seen.step for seen in self.observations if seen.instance == member.instance}
        done = [seen for seen in reply.steps if seen.step not in known and any(step.call.n == seen.step for step in batch.steps)]
        self.observations.extend(done)
        if reply.stuck:
            member.connection.give_up(f"{reply.stuck} call(s) could not be woken")
        number = batch.steps[min(len(done), len(batch.steps) - 1)].call.n
        self.observations.append(Observation(step=number, instance=member.instance, hang=True))
        return Stopped(self._not_in_time(detail, number, self.limit + batch.waits))

    def _not_in_time(self, detail: str, step: int | None, limit: float) -> Trouble:
        """What has not ended in time hangs, unless the machine has kept back too much of that time: then nobody knows."""
        excuse = self.load.excuse(limit, LONGEST * limit) if self.load else ""
        return Trouble("inconclusive", f"{detail}; {excuse}", step) if excuse else Trouble("hang", detail, step)

    # -- clean-up

    def _note_closed(self, member: Member, closed: Closed) -> None:
        member.closed = True
        member.clean_up = closed
        member.connection.unchanged = closed.unchanged

    async def _close_all(self) -> None:
        members = [member for group in self.members.values() for member in group if member.opened and not member.closed]
        if members:
            await asyncio.gather(*(self._close(member) for member in members))

    async def _close(self, member: Member) -> None:
        try:
            reply = await member.connection.request({"do": "close", "session": member.session}, self.limit, self.more)
        except StepTimeout:
            member.connection.give_up("no answer to 'close'")
            raise Collateral(AgentSilent("the clean-up did not come to an end")) from None
        except RequestRefused as error:
            raise _misbehaved(member, f"the clean-up was refused: {error}") from None
        except AgentFault as fault:
            raise Collateral(fault) from None
        if reply.closed is not None:
            self._note_closed(member, reply.closed)

    def _evidence(self, trouble: Trouble | None) -> Evidence:
        closings = [member.clean_up for group in self.members.values() for member in group if member.clean_up is not None]
        return Evidence(
            observations=tuple(sorted(self.observations, key=_PLACE)),
            trouble=trouble,
            leaks=tuple(leak for closed in closings for leak in closed.leaks),
            starved=max((closed.starved for closed in closings), default=0.0),
            temporary=tuple(closed.temporary for closed in closings if closed.temporary),
            addresses=self._addresses(),
        )

    def _addresses(self) -> dict[str, Addresses]:
        """Where the roles stood, unless that was on loopback."""
        stood = {role: self.ground.addresses(group[0].place) for role, group in self.members.items() if group}
        return {} if all(addresses == LOOPBACK for addresses in stood.values()) else stood

    def lost(self, fault: AgentFault, loss: Loss | None = None) -> Evidence:
        """What there is when the agent was lost in a play that had it to itself, by its own fault or with its host."""
        done = {seen.step for seen in self.observations}
        number = next((step.call.n for step in self.plan.steps if step.call.n not in done), None)
        if loss is not None:
            return self._evidence(Trouble("crash" if loss.by_itself else "error", loss.how, number))
        if isinstance(fault, AgentSilent):
            return self._evidence(self._not_in_time(fault.detail, number, self.limit))
        return self._evidence(trouble_of(fault, number))


@lru_cache(maxsize=1024)
def _opening(
    role: str, instance: int, addresses: Addresses, reach: tuple[str, ...], network: bool, watch: bool, folder: str
) -> msgspec.Raw:
    """In JSON. Kept: on one ground all scenarios with the same roles begin alike."""
    at = msgspec.structs.asdict(addresses)
    return msgspec.Raw(encode(Opening(role=role, instance=instance, **at, reach=reach, network=network, watch=watch, folder=folder)))


def _misbehaved(member: Member, detail: str) -> Collateral:
    """An agent that answers with an error where there is no reason for one: it is ended, with whatever else it carries."""
    member.connection.misbehaved(detail)
    return Collateral(AgentBroke(detail))


def trouble_of(fault: AgentFault, step: int | None = None) -> Trouble:
    """The kind of trouble that a fault is: the target's (crash, hang) or the environment's (error)."""
    if isinstance(fault, AgentDied):
        return Trouble("crash", fault.detail, step)
    if isinstance(fault, AgentSilent):
        return Trouble("hang", fault.detail, step)
    return Trouble("error", fault.detail, step)
