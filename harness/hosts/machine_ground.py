"""A booted machine as the ground of scenarios: all roles in it, and networks between namespaces in there where a condition asks for one.

The machine has a kernel of its own, so that whatever it does to its network is nobody else's. Plays nothing.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address

from msgspec import structs

from harness.hosts.machine import TRIES, Machine, MachineHost, boot_command, linked_command
from harness.hosts.network import CUT, RESTORE, script, taken
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
CABLE = 1 << 20
"""Bytes of frames that are on the way: what does not fit is lost, as on any cable."""
LEGACY = ("ip6tables-nft", "ip6tables-legacy --wait"), ("iptables-nft", "iptables-legacy --wait")
"""Networks that are made at the same time have one lock."""


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

    @property
    def enter(self) -> tuple[str, ...]:
        """Words that start a program in it."""
        return ("/usr/sbin/ip", "netns", "exec", self.name) if self.name else ()

    async def sh(self, words: str) -> str:
        """Run a line of a shell in it; what it says. Raises `CannotStart`."""
        seconds = TOOL_SECONDS * self.machine.slow
        try:
            return await asyncio.wait_for(self.machine.run(*self.enter, "/bin/sh", "-c", f"{PATH}; {words}"), seconds)
        except TimeoutError:
            self.machine.give_up(f"what shapes networks has not ended within {seconds:g} s")
            raise HostGone(self.machine.loss()) from None


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
        if self.linked:
            await asyncio.gather(*(room.sh("if [ -e /sys/class/net/vec0 ]; then ip link set vec0 name eth0; fi") for room in self.rooms))
        else:
            await Room(self.machines[0]).sh(self._namespaces())
        rules = tuple(rule for rule in condition.rules if not _is_about_routes(rule)) if self.apart else ()
        if self.apart and (rules or self.terms.tools):
            await self._find_filter(rules)
        for at, room in enumerate(self.rooms, 1):
            links = [*(["link set lo up"] if room.name else []), *(_end_of_cable(at, condition) if self.apart else [])]
            shaped = rules if condition.both or at == 1 else ()
            then = f" && {{ {self._tools(script(shaped))}; }}" if shaped else ""
            said = await room.sh(f"{self._settings(condition)}; {_batch(links)}{then}")
            self.shaping = self.shaping or "; ".join(taken(shaped, said))

    def _namespaces(self) -> str:
        """A command that makes them, and the cable between them, and removes what others have left."""
        made = [f"netns add {room.name}" for room in self.rooms]
        if self.apart:
            one, other = (room.name for room in self.rooms)
            ends = f"{one} address {MACS[0]} type veth peer name eth0 netns {other} address {MACS[1]}"
            made.append(f"link add eth0 netns {ends}")
        left, self.machines[0].left = self.machines[0].left, []
        removed = f"{_batch([f'netns del {name}' for name in left], '-force')} 2>/dev/null; " if left else ""
        return removed + _batch(made)

    def _settings(self, condition: Condition) -> str:
        """Commands that make those that are there: a kernel may have fewer."""
        six = WITH_IPV6 | UNLIMITED_ICMP6 if condition.ipv6 or not self.apart else {}
        settings = six | (UNLIMITED_ICMP if self.apart else {}) | condition.sysctls
        lines = [f"f=/proc/sys/{key.replace('.', '/')}; if [ -e $f ]; then echo '{value}' > $f; fi" for key, value in settings.items()]
        return "; ".join([*lines, "for f in /proc/sys/net/ipv6/conf/*/accept_dad; do if [ -e $f ]; then echo 0 > $f; fi; done"])

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
        return MachineHost(self._room(place).machine, self._room(place).enter, int(user or 0))

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
        await asyncio.gather(*(room.sh(self._tools(CUT)) for room in self.rooms))

    async def restore(self, place: int) -> None:
        """Let it in again."""
        await asyncio.gather(*(room.sh(self._tools(RESTORE)) for room in self.rooms))

    async def power_off(self, place: int) -> None:
        """What the host was is gone from the cable; its processes were ended before."""
        await self._room(place).sh("ip link set eth0 down")

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
        """The namespaces go with the next ones that are made, or with the machine, which stays for others unless it is one of two that were
        booted for this."""
        self.machines[0].left += [room.name for room in self.rooms if room.name]
        if self.linked:
            await asyncio.gather(*(machine.stop() for machine in self.machines), return_exceptions=True)


def _batch(lines: Sequence[str], *options: str) -> str:
    """A command that has one `ip` do all of them."""
    words = "\\n".join((*lines, ""))
    return f"printf '{words}' | ip {' '.join((*options, '-batch', '-'))}"


def _end_of_cable(at: int, condition: Condition) -> list[str]:
    """What ip is told of the end of the cable that a host has."""
    six = [f"addr add {SUBNET6}{at}/64 dev eth0 nodad"] if condition.ipv6 else []
    mtu = [f"link set eth0 mtu {condition.mtu}"] if condition.mtu else []
    return [f"addr add {SUBNET}.{at}/24 brd + dev eth0", *six, *mtu, "link set eth0 up"]


def _is_about_routes(rule: Sequence[str]) -> bool:
    """There is no route out of here that would have to go."""
    return rule[0].split()[2:4] == ["route", "del"]
