"""Which ground a scenario gets, and how many there are at once. Plays nothing."""

import asyncio
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress

from msgspec import structs
from msgspec.json import encode

from harness.hosts.container import GRANTABLE
from harness.hosts.engine import Engine, EngineLost
from harness.hosts.ground import PAIR, ContainerGround, Ground, HelpedGround, LocalGround, SshGround
from harness.hosts.image import look_at
from harness.hosts.local import LocalHost
from harness.hosts.machine_ground import MachineGround, Machines
from harness.hosts.network import can_be_undone, is_plain
from harness.hosts.process import CannotStart
from harness.hosts.shared import SharedNetwork
from harness.hosts.terms import ALONE, Terms
from harness.language.conditions import conditions
from harness.records.plan import Plan
from harness.targets.spec import TargetSpec, why_apart

AT_ONCE = 8
"""Grounds made of containers that a run keeps at the same time: most of what they take is waiting."""
EMULATED_AT_ONCE = min(max(os.cpu_count() or 1, 2), AT_ONCE)
"""The same for containers of other processors: these take many times as long, and nobody is to wait for them."""


def new_run() -> str:
    """A name for all that a run makes."""
    return secrets.token_hex(4)


class Containers:
    """The engine of a run, reached when it is first needed, how much of it is used, and the hosts that pairs share."""

    def __init__(self, run: str, tell: Callable[[str], None] = lambda words: None) -> None:
        self.run = run
        self.tell = tell
        """Takes a line for whoever watches the run."""
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.machines = Machines()
        self.emulated_slots = asyncio.Semaphore(EMULATED_AT_ONCE)
        self._engine: asyncio.Task[Engine] | None = None
        self._shared: dict[str, SharedNetwork] = {}

    async def shared(self, condition: str) -> SharedNetwork:
        """The network on which all pairs play in a condition. Raises `CannotStart`."""
        engine = await self.engine()
        if condition not in self._shared:
            self._shared[condition] = SharedNetwork(engine, condition)
        return self._shared[condition]

    async def engine(self) -> Engine:
        """Raises `EngineLost`."""
        if self._engine is None:
            self._engine = asyncio.create_task(Engine.connect(self.run))
        return await asyncio.shield(self._engine)

    async def close(self) -> None:
        """Remove everything that the run has made."""
        await self.machines.close()
        if self._engine is None:
            return
        try:
            engine = await self._engine
        except EngineLost:
            return
        await engine.close()


class Grounds:
    """The grounds of one target, or of one pair."""

    def __init__(
        self,
        specs: Sequence[TargetSpec],
        condition: str,
        folder: str,
        containers: Containers,
        *,
        shares: bool = False,
        helped: bool = False,
    ) -> None:
        self.helped = helped
        """The second plays what the first cannot."""
        self.shares = shares
        """Many pairs of the same targets play: each target has one host as a server and one as a client for all of them."""
        self.specs = tuple(specs)
        self.condition = condition
        self.folder = folder
        self.containers = containers
        self.contained = any(spec.image for spec in self.specs)
        self.machine = any(spec.machine for spec in self.specs)
        self.emulated = False
        """Some container is for another processor, as far as `look` has been."""
        self._here = tuple(LocalHost(spec) for spec in self.specs)
        self._lost_boots = 0

    async def look(self) -> None:
        """See what the containers will be like. What cannot be looked at cannot be started either, and is told then."""
        if self.contained:
            with suppress(CannotStart):
                engine = await self.containers.engine()
                images = await asyncio.gather(*(look_at(engine, spec) for spec in self.specs if spec.image and not spec.trouble))
                self.emulated = any(image.emulated for image in images)

    def slots(self) -> AbstractAsyncContextManager[None]:
        """Containers are made for a few grounds at a time, and machines play a few at a time; there is always room for anything else."""
        if self.machine:
            return self.containers.machines.slots(next(spec for spec in self.specs if spec.machine))
        if not self.contained:
            return nullcontext()
        return self.containers.emulated_slots if self.emulated else self.containers.slots

    @property
    def relayed(self) -> bool:
        """Messages go through something that takes its time for each: a container engine, or the line of a machine."""
        return self.contained or self.machine

    @property
    def lost_starts(self) -> int:
        """How many processes and machines were lost at their start and started again, on all grounds."""
        return self._lost_boots + sum(host.lost_starts for host in self._here)

    @property
    def interpreters(self) -> int:
        """How many there are: one for all roles, or one for each."""
        return len(self.specs)

    @property
    def may_be_split(self) -> bool:
        """A command may give each of its processes a network of its own."""
        return len(self.specs) == 1 and self.specs[0].pipe and not self.contained and not self.machine

    @property
    def default(self) -> Terms:
        """The ground of a scenario that asks for none."""
        if not self.contained:
            return Terms(self._of_machine() if self.machine else "")
        return Terms(self.condition or (PAIR if len(self.specs) > 1 else ALONE))

    def _of_machine(self) -> str:
        """Loopback is all it has, unless it is a sandbox on the network of this machine."""
        on_its_own = not any(spec.facts.get("host_network") for spec in self.specs)
        return self.condition or (PAIR if len(self.specs) > 1 else ALONE if on_its_own else "")

    def terms(self, plan: Plan) -> Terms:
        """The ground that a scenario gets. Local targets have only one."""
        default = self.default
        if not self.contained and not self.machine:
            return default
        condition = plan.condition if plan.condition and not self.condition else default.condition
        wanted = [
            need.text.strip().removeprefix("cap:").lower().removeprefix("cap_") for need in plan.needs if need.text.startswith("cap:")
        ]
        if self.machine:
            return Terms(condition, (), plan.changes_network)
        given = conditions()[condition].capabilities
        return Terms(condition, tuple(sorted({name for name in wanted if name in GRANTABLE})) if given else (), plan.changes_network)

    def refused(self, plan: Plan) -> str:
        """Why a scenario is not played by pairs, on hosts of their own or on shared ones; empty if it is."""
        if not self.relayed or not plan.condition:
            return ""
        if len(self.specs) > 1 and conditions()[plan.condition].hosts == 1:
            return f"needs the network condition '{plan.condition}', which is of a single host, and here each role has one of its own"
        if not self.shares or self.condition:
            return ""
        return f"needs the network condition '{plan.condition}', and pairs share one network; ask for it with --network {plan.condition}"

    def has_own(self, plan: Plan) -> bool:
        """A scenario that changes its network, or a namespace's state of which there is little, plays where nobody else does."""
        return self.relayed and (plan.changes_network or (plan.own_process and bool(plan.condition)))

    def alike(self, terms: Terms) -> object:
        """Equal for terms that can be had on the same networks one after the other: only rules and settings tell them apart, which can be
        undone, or what is allowed to their hosts."""
        condition = conditions()[terms.condition] if self.contained else None
        if condition is None or not can_be_undone(condition):
            return terms
        same = structs.replace(condition, what="", rules=(), both=False, ipv4=True, mtu=0, sysctls={})
        return encode(same)

    def plain(self, terms: Terms) -> Terms:
        """Those that hosts are made for which are to stand under these and others: alike, and without settings of their own if there are
        such."""
        if self.alike(terms) == terms or is_plain(conditions()[terms.condition]):
            return terms
        found = (structs.replace(terms, condition=name) for name in (ALONE, PAIR))
        return next((other for other in found if self.alike(other) == self.alike(terms)), terms)

    def takes_turns(self, plan: Plan) -> bool:
        """It must be alone on its ground, but others may have been there before."""
        return plan.changes_network and self.alike(terms := self.terms(plan)) != terms

    async def open(self, terms: Terms) -> Ground:
        """Make a ground. Raises `CannotStart`."""
        for spec in self.specs:
            if spec.trouble:
                raise CannotStart(spec.trouble)
        if apart := why_apart(self.specs, helped=self.helped and not self.machine):
            raise CannotStart(apart)
        if self.machine:
            return await self._in_machine(terms)
        if not self.contained:
            if any(spec.remote for spec in self.specs):
                return await SshGround(self.specs).open()
            return (HelpedGround if self.helped else LocalGround)(self.specs, self.folder, self._here)
        if self.shares and terms == self.default:
            return await (await self.containers.shared(terms.condition)).ground(self.specs)
        engine = await self.containers.engine()
        return await ContainerGround(engine, self.specs, terms).open()

    async def finish(self) -> None:
        """The target plays no more."""
        if self.machine:
            await asyncio.gather(*(self.containers.machines.give_back(spec) for spec in self.specs))

    def _lose_boot(self) -> None:
        self._lost_boots += 1

    async def _in_machine(self, terms: Terms) -> Ground:
        machines = self.containers.machines
        if len(self.specs) == 1:
            booted = [await machines.of(self.specs[0], self._lose_boot)]
        else:
            booted = await machines.linked(self.specs, self._lose_boot)
        return await MachineGround(booted, self.specs, terms, machines.number()).open()
