"""A booted machine as the ground of scenarios: all roles in it, and networks between namespaces in there where a condition asks for one.

The machine has a kernel of its own, so that whatever it does to its network is nobody else's. Plays nothing.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv6Address

from msgspec import structs

from harness.hosts.machine import TRIES, Machine, MachineHost, boot_command, linked_command
from harness.hosts.network import CUTTING, UNCUTTING, script, taken
from harness.hosts.process import CannotStart, HostGone, Loss, NotProvided
from harness.hosts.terms import ALONE, UNLIMITED_ICMP, UNLIMITED_ICMP6, WITH_IPV6, Terms
from harness.language.conditions import conditions
from harness.records.condition import Condition
from harness.records.facts import Facts
from harness.records.observation import LOOPBACK, Addresses
from harness.records.plan import Plan
from harness.targets.spec import TargetSpec

AT_ONCE = 3
"""Grounds in machines of one family that a run keeps at the same time: each takes a processor for itself as long as there is something to
do. Those of another family do not wait for them: what is kept waiting by a clock here is worked off there."""
PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH"
SUBNET, SUBNET6 = "10.77.0", "fd77:5::"
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
LINKS = ("fe80::ff:fe00:1", "fe80::ff:fe00:2")
"""What Linux makes of these (RFC 4291, appendix A)."""
TOOL_SECONDS = 30.0
SHELL = "/bin/sh"
"""What shapes networks in a machine, beside the switchboard: a machine without it has no condition made."""
Link = tuple[str | int, ...]
"""What the switchboard is to do with an interface: a word, its name, and what else there is to say."""
CABLE = 1 << 20
"""Bytes of frames that are on the way: what does not fit is lost, as on any cable."""
LEGACY = ("ip6tables-nft", "ip6tables-legacy --wait"), ("iptables-nft", "iptables-legacy --wait")
"""Networks that are made at the same time have one lock."""
FILTERS = ("iptables", "ip6tables")
"""Tools that set rules of the filter, each for a family; they take many at a time from a file."""


class Machines:
    """The machines of a run: one for each target, booted when it is first needed, and anew when it is gone."""

    def __init__(self) -> None:
        self.at_once = AT_ONCE
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._machines: dict[str, Machine] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._linked: list[Machine] = []
        self._numbers = 0

    def slots(self, spec: TargetSpec) -> asyncio.Semaphore:
        """Of the family of a target."""
        return self._slots.setdefault(spec.id.partition(":")[0], asyncio.Semaphore(self.at_once))

    async def of(self, spec: TargetSpec, lost: Callable[[], None]) -> Machine:
        """The machine of a target; `lost` is told of each that did not come up before it. Raises `CannotStart`; of one that went away while
        nobody looked `HostGone`, once."""
        async with self._locks.setdefault(spec.id, asyncio.Lock()):
            found = self._machines.get(spec.id)
            if found is not None and not found.is_alive():
                lost_meanwhile = found.is_lost()
                await self.give_back(spec)
                if lost_meanwhile:
                    raise HostGone(found.loss())
                found = None
            if found is None:
                tries = max(TRIES, spec.starts)
                booting = Machine.boot(
                    boot_command(spec), spec.environment, spec.slow, tries=tries, lost=lost, one_processor=spec.one_processor
                )
                found = self._machines[spec.id] = await booting
            return found

    async def give_back(self, spec: TargetSpec) -> None:
        """The target plays no more."""
        machine = self._machines.pop(spec.id, None)
        if machine is not None:
            await machine.stop()

    async def linked(self, specs: Sequence[TargetSpec], lost: Callable[[], None]) -> list[Machine]:
        """Two machines with one cable between them, which leads nowhere else: a pair of sockets, whose datagrams are frames. `lost` as
        above. Raises `CannotStart`."""
        ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            booting = [self._at_end(spec, end, mac, lost) for spec, end, mac in zip(specs, ends, MACS, strict=True)]
            booted = await asyncio.gather(*booting, return_exceptions=True)
        finally:
            for end in ends:
                end.close()
        machines = [each for each in booted if isinstance(each, Machine)]
        self._linked += machines
        if len(machines) < len(specs):
            await asyncio.gather(*(machine.stop() for machine in machines))
            raise next(each for each in booted if isinstance(each, BaseException))
        return machines

    @staticmethod
    async def _at_end(spec: TargetSpec, end: socket.socket, mac: str, lost: Callable[[], None]) -> Machine:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CABLE)
        device = spec.link.replace("FD", str(end.fileno())).replace("MAC", mac)
        return await Machine.boot(
            linked_command(spec, device), spec.environment, spec.slow, (end.fileno(),), lost=lost, one_processor=spec.one_processor
        )

    def number(self) -> int:
        """For the name of something in a machine."""
        self._numbers += 1
        return self._numbers

    async def close(self) -> None:
        """End all machines."""
        machines, self._machines = [*self._machines.values(), *self._linked], {}
        await asyncio.gather(*(machine.stop() for machine in machines), return_exceptions=True)


class Room:
    """A network namespace of a machine, or, without a name, the machine's own."""

    def __init__(self, machine: Machine, name: str = "") -> None:
        self.machine = machine
        self.name = name

    async def sh(self, words: str) -> str:
        """Run a line of a shell in it; what it says. Raises `CannotStart`."""
        return await self.run(SHELL, "-c", f"{PATH}; {words}")

    async def run(self, *argv: str) -> str:
        """Run a program in it; what it says. Raises `CannotStart`."""
        seconds = TOOL_SECONDS * self.machine.slow
        try:
            return await asyncio.wait_for(self.machine.run(*argv, room=self.name), seconds)
        except TimeoutError:
            self.machine.give_up(f"what shapes networks has not ended within {seconds:g} s")
            raise HostGone(self.machine.loss()) from None

    def hosted(self, settings: Mapping[str, str] | None = None, links: Sequence[Link] = ()) -> dict[str, object]:
        """The part of an order that is about it."""
        return {"in": self.name, "settings": dict(settings or {}), "links": links}


class MachineGround:
    """The roles of a scenario in one machine, or in two that are linked."""

    folder = ""
    own = False
    shared = False
    keepers = ()

    def __init__(self, machines: Sequence[Machine], specs: Sequence[TargetSpec], terms: Terms, number: int) -> None:
        self.machines = tuple(machines)
        self.specs = tuple(specs)
        self.slow = max(spec.slow for spec in specs)
        self.terms = terms
        self.linked = len(self.machines) > 1
        self.borrowed = any(spec.facts.get("host_network") for spec in specs)
        """The network is that of the machine outside, where nothing may be made."""
        as_it_is = not terms.condition or (terms.condition == ALONE and not self.linked and not self.borrowed)
        self.condition = None if as_it_is else conditions()[terms.condition]
        """Nothing has to be made where a machine is asked for as it is."""
        self.apart = self.condition is not None and (self.condition.hosts > 1 or self.linked)
        self.shaping = ""
        self.rooms = self._rooms(number)
        self.lost: Loss | None = None
        """The first loss is that of the ground, whose machines are replaced together."""
        self._legacy = False
        self._is_cut = False

    def _rooms(self, number: int) -> tuple[Room, ...]:
        if self.linked or self.condition is None:
            return tuple(Room(machine) for machine in self.machines)
        return tuple(Room(self.machines[0], f"n{number}h{at}") for at in ((1, 2) if self.apart else (1,)))

    async def open(self) -> "MachineGround":
        """Make the namespaces. Raises `CannotStart`, and then leaves nothing behind."""
        if self.condition is None:
            return self
        if self.borrowed:
            raise NotProvided(f"needs the network condition '{self.terms.condition}', and the sandbox is on the network of its machine")
        try:
            await self._make(self.condition)
        except BaseException as error:
            await asyncio.shield(self.close())
            if isinstance(error, CannotStart) and not isinstance(error, HostGone) and await self.is_whole():
                raise NotProvided(
                    f"needs the network condition '{self.terms.condition}', which cannot be made there: {error.detail}"
                ) from None
            raise
        return self

    async def _make(self, condition: Condition) -> None:
        """Few processes: where pages of memory are dear, starting one is what costs most."""
        rules = tuple(rule for rule in condition.rules if not _is_about_routes(rule)) if self.apart else ()
        wiring = (self._wire(room.machine, [at], condition) for at, room in enumerate(self.rooms, 1))
        await (asyncio.gather(*wiring) if self.linked else self._wire(self.machines[0], range(1, len(self.rooms) + 1), condition))
        if self.apart and (rules or self.terms.tools):
            await self._find_filter(rules)
        for at, room in enumerate(self.rooms, 1):
            shaped = rules if condition.both or at == 1 else ()
            if shaped and all(_is_of_filter(rule) for rule in shaped):
                await self._filter(room, self.terms.condition, [rule for (rule,) in shaped])
            elif shaped:
                said = await room.sh(self._tools(script(shaped)))
                self.shaping = self.shaping or "; ".join(taken(shaped, said))

    async def _filter(self, room: Room, name: str, rules: Sequence[str]) -> None:
        """Set rules of the filter, by one process for each family instead of one for each rule. `name` stands for the rules."""
        for tool in FILTERS:
            kind = f"{tool}-{'legacy' if self._legacy else 'nft'}-restore"
            lines = [rule.removeprefix(f"{tool}-nft ") for rule in rules if rule.startswith(f"{tool}-nft ")]
            if lines:
                path = room.machine.put(f"{name}.{tool}", "\n".join(["*filter", *lines, "COMMIT", ""]).encode())
                await room.run(f"/usr/sbin/{kind}", *(["--wait"] if self._legacy else []), "--noflush", path)

    async def _wire(self, machine: Machine, numbers: Sequence[int], condition: Condition) -> None:
        """Make the namespaces of a machine with the cable between them, or take the cable that it has, and set up its hosts."""
        named = [room.name for room in self.rooms if room.name]
        order: dict[str, object] = {"needs": [SHELL], "make": named}
        if len(named) > 1:
            order["cable"] = list(zip(named, MACS, strict=True))
        order["hosts"] = [self.rooms[at - 1].hosted(self._settings(condition), self._links(at, condition)) for at in numbers]
        await machine.wire(order, TOOL_SECONDS * machine.slow)

    def _links(self, at: int, condition: Condition) -> list[Link]:
        """What is done with the interfaces of a host, in this order."""
        if not self.apart:
            return [("up", "lo")]
        six: list[Link] = [("address", "eth0", f"{SUBNET6}{at}", 64)] if condition.ipv6 else []
        mtu: list[Link] = [("mtu", "eth0", condition.mtu)] if condition.mtu else []
        first: Link = ("rename", "vec0", "eth0") if self.linked else ("up", "lo")
        return [first, ("address", "eth0", f"{SUBNET}.{at}", 24, f"{SUBNET}.255"), *six, *mtu, ("up", "eth0")]

    def _settings(self, condition: Condition) -> dict[str, str]:
        """Those of a kernel that has all of them."""
        six = WITH_IPV6 | UNLIMITED_ICMP6 if condition.ipv6 or not self.apart else {}
        return six | (UNLIMITED_ICMP if self.apart else {}) | condition.sysctls

    async def _find_filter(self, rules: Sequence[Sequence[str]]) -> None:
        """Which interface there is to the filter of packets. Raises `CannotStart` where there is none, and one is needed."""
        self._legacy = await self._has("[ -e /proc/net/ip_tables_names ]")
        filters = self.terms.tools or any("tables-nft" in choices[0] for choices in rules)
        if filters and not self._legacy and not await self._has("[ -d /sys/module/nf_tables ]"):
            raise CannotStart("its kernel has no filter of packets")

    async def _has(self, words: str) -> bool:
        """Asked in the first namespace, once for each machine."""
        machine = self.rooms[0].machine
        if words not in machine.answers:
            machine.answers[words] = await self._works(self.rooms[0], words)
        return machine.answers[words]

    def _tools(self, words: str) -> str:
        """With the older interface to the filter, where the kernel has no other."""
        for new, old in LEGACY if self._legacy else ():
            words = words.replace(new, old)
        return words

    async def _works(self, room: Room, words: str) -> bool:
        try:
            await room.sh(words)
        except HostGone:
            raise
        except CannotStart:
            return False
        return True

    def _room(self, place: int) -> Room:
        """Places beyond the last use that one."""
        return self.rooms[min(place, len(self.rooms) - 1)]

    def host(self, place: int) -> MachineHost:
        """In the namespace of its place, as the user whom the condition wants."""
        user = self.condition.user.partition(":")[0] if self.condition else ""
        return MachineHost(self._room(place).machine, self._room(place).name, int(user or 0))

    def key(self, place: int) -> object:
        """The place: each role is a process of its own."""
        return place

    def home(self, place: int) -> object:
        """The place."""
        return place

    def place_of(self, at: int, plan: Plan) -> int:
        """In their order; but a lone role acts from the second host, so that its peer is the one with the rules."""
        return 1 if len(plan.roles) == 1 and self.apart and not self.linked else at

    def addresses(self, place: int) -> Addresses:
        """Loopback, or of the host in this place and of the other one."""
        if not self.apart or self.condition is None:
            return LOOPBACK
        mine, theirs = (1, 2) if place == 0 else (2, 1)
        four, six = self.condition.ipv4, self.condition.ipv6
        return Addresses(
            host=f"{SUBNET}.{mine}" if four else "", host6=f"{SUBNET6}{mine}" if six else "",
            peer=f"{SUBNET}.{theirs}" if four else "", peer6=f"{SUBNET6}{theirs}" if six else "",
            link6=LINKS[mine - 1] if six else "", peer_link6=LINKS[theirs - 1] if six else "",
            broadcast=f"{SUBNET}.255" if four else "", nobody=f"{SUBNET}.254" if four else "",
            nobody6=str(IPv6Address(f"{SUBNET6}ffff")) if six else "",
        )  # fmt: skip

    def reach(self) -> tuple[str, ...]:
        """The hosts, everybody and nobody."""
        found = [value for place in (0, 1) for value in structs.astuple(self.addresses(place))] if self.apart else []
        return tuple(dict.fromkeys(address for address in found if address))

    def known(self, facts: Facts, place: int) -> Facts:
        """What the recipe says, the condition, and which protocols lead to the other host."""
        spec = self.specs[min(place, len(self.specs) - 1)]
        known = structs.replace(facts, network=self.terms.condition, shaping=self.shaping, one_host=not self.apart, **spec.facts)
        if self.condition is None or not self.apart:
            return known
        return structs.replace(known, ipv4=known.ipv4 and self.condition.ipv4, ipv6=known.ipv6 and self.condition.ipv6)

    async def cut(self, place: int) -> None:
        """Drop what comes in, at both ends."""
        if not self._is_cut:
            await asyncio.gather(*(self._filter(room, "cut", CUTTING) for room in self.rooms))
            self._is_cut = True

    async def restore(self, place: int) -> None:
        """Let it in again."""
        if self._is_cut:
            await asyncio.gather(*(self._filter(room, "uncut", UNCUTTING) for room in self.rooms))
            self._is_cut = False

    async def power_off(self, place: int) -> None:
        """What the host was is gone from the cable; its processes were ended before."""
        room = self._room(place)
        await room.machine.wire({"hosts": [room.hosted(links=[("down", "eth0")])]}, TOOL_SECONDS * room.machine.slow)

    async def turn_into(self, terms: Terms) -> bool:
        """Not here: a new one costs little."""
        raise NotImplementedError

    async def renew(self) -> None:
        """Not here either."""
        raise NotImplementedError

    async def is_whole(self) -> bool:
        """The machines run."""
        return all(machine.is_alive() for machine in self.machines)

    async def lost_host(self) -> Loss | None:
        """The first machine that was seen to have ended, though nobody was done with it."""
        self.lost = self.lost or next((machine.loss() for machine in self.machines if machine.is_lost()), None)
        return self.lost

    async def close(self) -> None:
        """The namespaces go; the machine stays for others unless it is one of two that were booted for this."""
        self.machines[0].leave([room.name for room in self.rooms if room.name])
        if self.linked:
            await asyncio.gather(*(machine.stop() for machine in self.machines), return_exceptions=True)


def _is_of_filter(rule: Sequence[str]) -> bool:
    """Adds one rule, and there is no choice."""
    return len(rule) == 1 and "&&" not in rule[0] and rule[0].startswith(tuple(f"{tool}-nft -A " for tool in FILTERS))


def _is_about_routes(rule: Sequence[str]) -> bool:
    """There is no route out of here that would have to go."""
    return rule[0].split()[2:4] == ["route", "del"]
