"""The hosts that the roles of a scenario stand on, with what lies between them. Makes them, describes them, gives them back."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from msgspec import structs

from harness.hosts.container import NAME, Container, Make
from harness.hosts.engine import Engine
from harness.hosts.image import Image, look_at
from harness.hosts.local import LocalHost
from harness.hosts.network import Network, Tools, is_plain
from harness.hosts.process import CannotStart, Host, Loss
from harness.hosts.ssh import SshHost
from harness.hosts.terms import ALLOWS_ALL, IPV6_ON_LOOPBACK, UNLIMITED_ICMP, UNLIMITED_ICMP6, WITH_IPV6, Terms
from harness.language.conditions import conditions
from harness.language.helping import places_by_role
from harness.records.facts import Facts
from harness.records.observation import LOOPBACK, Addresses
from harness.records.plan import Plan
from harness.targets.spec import TargetSpec

PAIR = "ipv6"
"""The condition of two containers that nobody has asked for another."""
EMULATED_SLOW = 4.0
"""Of a container for another processor; starting an interpreter in it takes 20 times as long."""


class Ground(Protocol):
    """Where one scenario or many are played."""

    folder: str
    """Of this machine, for what agents put on disk; empty where they do not see this machine's files."""
    own: bool
    """It has hosts of its own, so that ending these ends the agents."""
    shared: bool
    """Others stand on its hosts too, and can use the same agents."""

    @property
    def slow(self) -> float:
        """How many times longer than an interpreter of this machine its slowest target may take."""

    @property
    def keepers(self) -> Sequence[int]:
        """Places whose first agents keep their hosts: these are started before others there."""

    def host(self, place: int) -> Host:
        """The host of the first role (place 0), the second, …."""

    def key(self, place: int) -> object:
        """What tells the agent of this place from those of others."""

    def home(self, place: int) -> object:
        """What tells the host of this place from others: agents there that carry nothing can be those of any place of it."""

    def place_of(self, at: int, plan: Plan) -> int:
        """The place of a scenario's role `at`."""

    def addresses(self, place: int) -> Addresses:
        """Where the role in a place stands."""

    def reach(self) -> tuple[str, ...]:
        """Addresses that roles may send to, besides loopback."""

    def known(self, facts: Facts, place: int) -> Facts:
        """What an agent says of itself, with what only the ground knows."""

    async def cut(self, place: int) -> None:
        """Drop all packets from and to a host."""

    async def restore(self, place: int) -> None:
        """Let them pass again."""

    async def power_off(self, place: int) -> None:
        """Take a host away, which was cut off before."""

    async def turn_into(self, terms: Terms) -> bool:
        """Stand under other terms, as if its hosts were new; whether agents have to be started anew, as the hosts are others. Raises
        `CannotStart` where they are not made so."""

    async def renew(self) -> None:
        """Make its hosts as if nobody had stood on them, except for agents that carry nothing. Raises `CannotStart`."""

    async def is_whole(self) -> bool:
        """All its hosts are still there."""

    async def lost_host(self) -> Loss | None:
        """The host that has ended under its agents, if one has; those that a scenario has taken away are not looked at."""

    async def close(self) -> None:
        """Give everything back."""


class LocalGround:
    """This machine, or the ends of commands."""

    own = False
    shared = False
    keepers: Sequence[int] = ()

    def __init__(self, specs: Sequence[TargetSpec], folder: str, hosts: Sequence[LocalHost] = ()) -> None:
        self.specs = tuple(specs)
        self.hosts = tuple(hosts) or tuple(LocalHost(spec) for spec in specs)
        """This machine for each target, which may have been there before."""
        self.folder = "" if any(spec.pipe for spec in specs) else folder
        self.slow = max(spec.slow for spec in specs)

    def host(self, place: int) -> Host:
        """Places beyond the last interpreter use that one."""
        return self.hosts[min(place, len(self.hosts) - 1)]

    def spec(self, place: int) -> TargetSpec:
        """Whose the place is."""
        return self.specs[min(place, len(self.specs) - 1)]

    def key(self, place: int) -> object:
        """The place: each role is a process of its own."""
        return place

    def home(self, place: int) -> object:
        """Which of the interpreters."""
        return min(place, len(self.specs) - 1)

    def place_of(self, at: int, plan: Plan) -> int:
        """In their order."""
        return at

    def addresses(self, place: int) -> Addresses:
        """Loopback."""
        return LOOPBACK

    def reach(self) -> tuple[str, ...]:
        """Nothing but loopback."""
        return ()

    def known(self, facts: Facts, place: int) -> Facts:
        """What the recipe of a system says."""
        return structs.replace(facts, **self.spec(place).facts)

    async def cut(self, place: int) -> None:
        """Not here: the language wants a network for it."""
        raise NotImplementedError

    restore = power_off = cut

    async def turn_into(self, terms: Terms) -> bool:
        """Not here: a new one costs nothing."""
        raise NotImplementedError

    async def renew(self) -> None:
        """Not here either."""
        raise NotImplementedError

    async def is_whole(self) -> bool:
        """This machine is."""
        return True

    async def lost_host(self) -> Loss | None:
        """Nobody takes this machine away; what became of another one is not known."""
        return None

    async def close(self) -> None:
        """Nothing was made."""


class SshGround(LocalGround):
    """Another machine, whose roles reach each other by its own loopback."""

    def __init__(self, specs: Sequence[TargetSpec]) -> None:
        super().__init__(specs, "")
        self.machines = [SshHost(spec) for spec in specs]

    async def open(self) -> "SshGround":
        """Log in. Raises `CannotStart`, and then leaves nothing behind."""
        try:
            await asyncio.gather(*(machine.connect() for machine in self.machines))
        except BaseException:
            await asyncio.shield(self.close())
            raise
        return self

    def host(self, place: int) -> Host:
        """Places beyond the last interpreter use that one."""
        return self.machines[min(place, len(self.machines) - 1)]

    async def is_whole(self) -> bool:
        """The connections are."""
        return all(await asyncio.gather(*(machine.is_there() for machine in self.machines)))

    async def close(self) -> None:
        """Log out."""
        await asyncio.gather(*(machine.close() for machine in self.machines), return_exceptions=True)


class HelpedGround(LocalGround):
    """A target that can only connect, and beside it the interpreter that plays the roles which wait for it.

    Places with even numbers are the target's, those with odd ones the helper's.
    """

    def host(self, place: int) -> Host:
        """By whose the place is."""
        return self.hosts[place % 2]

    def spec(self, place: int) -> TargetSpec:
        """By whose the place is."""
        return self.specs[place % 2]

    def home(self, place: int) -> object:
        """By whose the place is."""
        return place % 2

    def place_of(self, at: int, plan: Plan) -> int:
        """The next of those who play this role."""
        players = list(places_by_role(plan, 2, helped=True).values())
        return 2 * players[:at].count(players[at]) + players[at]


class ContainerGround:
    """One container, or two on a bridge."""

    folder = ""
    own = True
    shared = False

    def __init__(self, engine: Engine, specs: Sequence[TargetSpec], terms: Terms) -> None:
        self.engine = engine
        self.specs = tuple(specs)
        self.terms = terms
        self.condition = conditions()[terms.condition]
        self.apart = self.condition.hosts > 1 or len(self.specs) > 1
        self.waits = False
        """Agents come and go, and nobody of them keeps a container."""
        self.network: Network | None = None
        self.containers: list[Container] = []
        self.bases: list[Container] = []
        """Those that were there first, where the hosts are others, which stand on their networks because more is allowed to them."""
        self.tools: list[Tools] = []
        self.off: set[int] = set()
        """Hosts that a scenario has taken away."""
        self.lost: Loss | None = None
        """The first host that has ended, once one has. The others are given back then, and how they end is nobody's loss."""
        self.images: list[Image] = []
        self.shaping = ""
        self.made = self.condition
        """The condition that the hosts were made for."""
        self.allowed = terms.capabilities
        """What those were given that were there first."""
        self.given: dict[str, str] = {}
        """Kernel settings that they were given later."""

    async def open(self) -> "ContainerGround":
        """Make everything. Raises `CannotStart`, and then leaves nothing behind."""
        try:
            images = await asyncio.gather(*(look_at(self.engine, spec) for spec in self.specs))
            self.images = list(images)
            if self.apart:
                self.network = await Network.make(self.engine, self.condition)
            both = [images[0], images[-1]] if self.apart else images[:1]
            self.containers = [Container(self.engine, self._make(image, at)) for at, image in enumerate(both)]
            await asyncio.gather(*(container.start() for container in self.containers))
            await self._shape()
        except BaseException:
            await asyncio.shield(self.close())
            raise
        return self

    async def open_host(self, network: Network, side: int) -> None:
        """Make one host alone, on a network that is there: the first (side 0), which rules are for, or the second."""
        self.apart = self.waits = True
        self.network = network
        image = await look_at(self.engine, self.specs[0])
        self.images = [image]
        self.containers = [await Container(self.engine, self._make(image, side)).start()]
        if side == 0 or self.condition.both:
            await self._shape()
        await self.containers[0].settle()

    def _make(self, image: Image, at: int) -> Make:
        return Make(
            image=image.reference, command=image.command, digest=image.digest, name=f"host{at + 1}" if self.apart else NAME,
            network=self.network.name if self.network else "",
            sysctls=self._sysctls(), user=self.condition.user, capabilities=self.terms.capabilities,
            waits=self.waits, settles=self.apart and self.condition.ipv6, slow=_slowness(image),
        )  # fmt: skip

    def _sysctls(self) -> dict[str, str]:
        if not self.apart:
            return WITH_IPV6 | self.condition.sysctls
        six = WITH_IPV6 | UNLIMITED_ICMP6 if self.condition.ipv6 else IPV6_ON_LOOPBACK
        return six | UNLIMITED_ICMP | self.condition.sysctls

    async def _shape(self) -> None:
        self.shaping = ""
        if not self.condition.rules and not self.terms.tools:
            return
        await self._provide_tools(len(self.containers) if self.condition.both or self.terms.tools else 1)
        shaped = self.tools if self.condition.both else self.tools[:1]
        self.shaping = (await asyncio.gather(*(tools.shape(self.condition) for tools in shaped)))[0]

    async def _provide_tools(self, hosts: int) -> None:
        """Tools beside so many hosts, the first ones."""
        self.tools += await asyncio.gather(*(Tools.beside(self.engine, host) for host in self._owners[len(self.tools) : hosts]))

    @property
    def _owners(self) -> list[Container]:
        """Those that the network was made for."""
        return self.bases or self.containers

    @property
    def slow(self) -> float:
        """That of its slowest image."""
        return max(map(_slowness, self.images), default=1.0)

    def host(self, place: int) -> Container:
        """Places beyond the last host use that one."""
        return self.containers[min(place, len(self.containers) - 1)]

    def key(self, place: int) -> object:
        """Each role is a process of its own, on its host."""
        return (self.host(place).id, place)

    def home(self, place: int) -> object:
        """The container."""
        return self.host(place).id

    @property
    def keepers(self) -> range:
        """One agent in each container, unless that only waits."""
        return range(0 if self.waits else len(self.containers))

    def place_of(self, at: int, plan: Plan) -> int:
        """In their order; but a lone role acts from the second host, so that its peer is the one with the rules."""
        return 1 if len(plan.roles) == 1 and self.apart and len(self.specs) == 1 else at

    def addresses(self, place: int) -> Addresses:
        """Of the host in this place and of the other one."""
        if self.network is None:
            return LOOPBACK
        own, other = self._owners if place == 0 else reversed(self._owners)
        return self.network.addresses(own, other, self.condition)

    def reach(self) -> tuple[str, ...]:
        """The hosts, everybody and nobody: not the engine's own end of the bridge."""
        found = [value for place in (0, 1) for value in structs.astuple(self.addresses(place))] if self.network else []
        return tuple(dict.fromkeys(address for address in found if address))

    def known(self, facts: Facts, place: int) -> Facts:
        """The condition, the image, and which protocols lead to the other host."""
        image = self.images[min(place, len(self.images) - 1)]
        return structs.replace(
            facts, network=self.terms.condition, shaping=self.shaping, image=image.digest, emulated=image.emulated,
            one_host=not self.apart, ipv4=facts.ipv4 and (self.condition.ipv4 or not self.apart),
            ipv6=facts.ipv6 and (self.condition.ipv6 or not self.apart),
            settings=facts.settings | {name: value for name, value in self.given.items() if name in facts.settings},
        )  # fmt: skip

    async def cut(self, place: int) -> None:
        """Drop what comes in, at both ends: what a host sends is then lost on the way, and its own kernel does not know."""
        await asyncio.gather(*(tools.cut() for tools in self._tools_at_work()))

    async def restore(self, place: int) -> None:
        """Let it in again."""
        await asyncio.gather(*(tools.restore() for tools in self._tools_at_work()))

    def _tools_at_work(self) -> list[Tools]:
        """Those of hosts that are still there."""
        return [tools for at, tools in enumerate(self.tools) if at not in self.off]

    async def power_off(self, place: int) -> None:
        """Remove the host, after it was cut off."""
        at = min(place, len(self.containers) - 1)
        self.off.add(at)
        await self.tools[at].container.remove()  # first, as it stands on the network of the other
        await self.containers[at].remove()
        if self.bases:
            await self.bases[at].remove()

    async def turn_into(self, terms: Terms) -> bool:
        """Stand under other terms that are `alike`, as if the hosts were new; whether these are others now. Raises `CannotStart` where they
        are not made so."""
        if not is_plain(self.made):
            raise CannotStart("the hosts were made with settings that cannot be taken from them")
        if ALLOWS_ALL & {*self.terms.capabilities}:
            raise CannotStart("who stood on the hosts could change anything on their network")
        before, self.terms, self.condition = self.terms, terms, conditions()[terms.condition]
        # Under one condition the hosts are for all scenarios at once, unless some act on the network.
        if terms.condition != before.condition or terms.tools or before.tools:
            await self.renew()
        if terms.capabilities == before.capabilities:
            return False
        await self._move()
        return True

    async def _move(self) -> None:
        """To other hosts on the same networks, with the capabilities that are wanted now, or back to those that were there first."""
        guests, bases = (self.containers, self.bases) if self.bases else ([], self.containers)
        self.containers, self.bases = bases, []
        await asyncio.gather(*(container.remove() for container in guests))
        if self.terms.capabilities == self.allowed:
            return
        self.bases = bases
        makes = [self._make(image, at) for at, image in zip(range(len(bases)), [self.images[0], self.images[-1]], strict=False)]
        self.containers = [
            Container(self.engine, structs.replace(make, inside=base.id, network="", sysctls={}, settles=False))
            for make, base in zip(makes, bases, strict=True)
        ]
        await asyncio.gather(*(container.start() for container in self.containers))

    async def renew(self) -> None:
        """Make the hosts as if nobody had stood on them, except for agents that carry nothing. Raises `CannotStart`."""
        if self.off:
            raise CannotStart("a host was taken away")
        await self._provide_tools(len(self.containers))
        bearings = [self.network.bearing(container) if self.network else "" for container in self._owners]
        await asyncio.gather(*(tools.undo(address) for tools, address in zip(self.tools, bearings, strict=True)))
        self.given = {}
        if self.condition != self.made:
            self.given = (await asyncio.gather(*(tools.set(self.condition) for tools in self.tools)))[0]
        await self._shape()

    async def is_whole(self) -> bool:
        """The engine still runs all containers."""
        return all(await asyncio.gather(*(container.is_running() for container in (*self.containers, *self.bases))))

    async def lost_host(self) -> Loss | None:
        """The first container that was seen to have ended; none also where the engine does not say."""
        others = [container for all_of in (self.containers, self.bases) for at, container in enumerate(all_of) if at not in self.off]
        with suppress(CannotStart):
            found = await asyncio.gather(*(container.gone() for container in others))
            self.lost = self.lost or next(filter(None, found), None)
        return self.lost

    async def close(self) -> None:
        """Remove what was made; what cannot be removed now is when the run ends."""
        # Podman keeps a container as long as another one stands on its network.
        await asyncio.gather(*(tools.container.remove() for tools in self.tools), return_exceptions=True)
        if self.bases:
            await asyncio.gather(*(container.remove() for container in self.containers), return_exceptions=True)
        await asyncio.gather(*(container.remove() for container in self._owners), return_exceptions=True)
        if self.network is not None:
            await asyncio.gather(self.engine.call(self.engine.client.remove_network, self.network.name), return_exceptions=True)


def _slowness(image: Image) -> float:
    return EMULATED_SLOW if image.emulated else 1.0
