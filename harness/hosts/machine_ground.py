"""A booted machine as the ground of scenarios: all roles in it, and networks between namespaces in there where a condition asks for one.

The machine has a kernel of its own, so that whatever it does to its network is nobody else's. Plays nothing.
"""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv6Address

from msgspec import structs

from harness.hosts.machine import Machine, MachineHost, boot_command
from harness.hosts.network import CUT, RESTORE, script, taken
from harness.hosts.process import CannotStart, NotProvided
from harness.hosts.terms import UNLIMITED_ICMP, UNLIMITED_ICMP6, WITH_IPV6, Terms
from harness.language.conditions import conditions
from harness.records.condition import Condition
from harness.records.facts import Facts
from harness.records.observation import LOOPBACK, Addresses
from harness.targets.spec import TargetSpec

AT_ONCE = 3
"""Machines that a run keeps at the same time: each takes a processor for itself as long as there is something to do."""
PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH"
SUBNET, SUBNET6 = "10.77.0", "fd77:5::"
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
LINKS = ("fe80::ff:fe00:1", "fe80::ff:fe00:2")
"""What Linux makes of these (RFC 4291, appendix A)."""
LEGACY = ("ip6tables-nft", "ip6tables-legacy"), ("iptables-nft", "iptables-legacy")


class Machines:
    """The machines of a run: one for each target, booted when it is first needed, and anew when it is gone."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(AT_ONCE)
        self._machines: dict[str, Machine] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._numbers = 0

    async def of(self, spec: TargetSpec) -> Machine:
        """The machine of a target. Raises `CannotStart`."""
        async with self._locks.setdefault(spec.id, asyncio.Lock()):
            found = self._machines.get(spec.id)
            if found is None or not found.is_alive():
                if found is not None:
                    await found.stop()
                found = self._machines[spec.id] = await Machine.boot(boot_command(spec), spec.environment, spec.slow)
            return found

    async def give_back(self, spec: TargetSpec) -> None:
        """The target plays no more."""
        machine = self._machines.pop(spec.id, None)
        if machine is not None:
            await machine.stop()

    def number(self) -> int:
        """For the name of something in a machine."""
        self._numbers += 1
        return self._numbers

    async def close(self) -> None:
        """End all machines."""
        machines, self._machines = list(self._machines.values()), {}
        await asyncio.gather(*(machine.stop() for machine in machines), return_exceptions=True)


class MachineGround:
    """The roles of a scenario in one machine."""

    folder = ""
    own = False
    shared = False

    def __init__(self, machine: Machine, spec: TargetSpec, terms: Terms, number: int) -> None:
        self.machine = machine
        self.spec = spec
        self.slow = spec.slow
        self.terms = terms
        self.condition = conditions()[terms.condition] if terms.condition else None
        self.apart = self.condition is not None and self.condition.hosts > 1
        self.shaping = ""
        self._hosts = tuple(f"n{number}h{at}" for at in ((1, 2) if self.apart else (1,))) if self.condition else ()
        self._legacy = False

    async def open(self) -> "MachineGround":
        """Make the namespaces. Raises `CannotStart`, and then leaves nothing behind."""
        if self.condition is None:
            return self
        try:
            await self._make(self.condition)
        except BaseException as error:
            await asyncio.shield(self.close())
            if isinstance(error, CannotStart) and self.machine.is_alive():
                raise NotProvided(
                    f"needs the network condition '{self.terms.condition}', which cannot be made there: {error.detail}"
                ) from None
            raise
        return self

    async def _make(self, condition: Condition) -> None:
        for name in self._hosts:
            await self._sh(f"ip netns add {name} && ip -n {name} link set lo up")
        for name in self._hosts:
            await self._set(name, self._settings(condition))
        if self.apart:
            await self._join(condition)
            await self._shape(condition)

    def _settings(self, condition: Condition) -> dict[str, str]:
        six = WITH_IPV6 | UNLIMITED_ICMP6 if condition.ipv6 or not self.apart else {}
        return six | (UNLIMITED_ICMP if self.apart else {}) | condition.sysctls

    async def _set(self, name: str, settings: dict[str, str]) -> None:
        """Those that are there: a kernel may have fewer."""
        lines = [f"f=/proc/sys/{key.replace('.', '/')}; if [ -e $f ]; then echo '{value}' > $f; fi" for key, value in settings.items()]
        await self._sh("; ".join(lines), inside=name)

    async def _join(self, condition: Condition) -> None:
        """Two ends of one cable."""
        one, other = self._hosts
        await self._sh(f"ip link add eth0 netns {one} address {MACS[0]} type veth peer name eth0 netns {other} address {MACS[1]}")
        for at, name in enumerate(self._hosts, 1):
            words = [f"ip -n {name} addr add {SUBNET}.{at}/24 brd + dev eth0"]
            if condition.ipv6:
                words.append(f"ip -n {name} -6 addr add {SUBNET6}{at}/64 dev eth0 nodad")
            if condition.mtu:
                words.append(f"ip -n {name} link set eth0 mtu {condition.mtu}")
            quiet = "for f in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $f; done"
            await self._sh(quiet, inside=name)
            await self._sh(" && ".join([*words, f"ip -n {name} link set eth0 up"]))

    async def _shape(self, condition: Condition) -> None:
        if not condition.rules:
            return
        self._legacy = not await self._works(f"ip netns exec {self._hosts[0]} iptables-nft -S")
        rules = tuple(rule for rule in condition.rules if not _is_about_routes(rule))
        for name in self._hosts if condition.both else self._hosts[:1]:
            said = await self._sh(self._tools(script(rules)), inside=name) if rules else ""
            self.shaping = self.shaping or "; ".join(taken(rules, said))

    def _tools(self, words: str) -> str:
        """With the older interface to the filter, where the kernel has no other."""
        for new, old in LEGACY if self._legacy else ():
            words = words.replace(new, old)
        return words

    async def _works(self, words: str) -> bool:
        try:
            await self._sh(words)
        except CannotStart:
            return False
        return True

    async def _sh(self, words: str, inside: str = "") -> str:
        enter = ("/usr/sbin/ip", "netns", "exec", inside) if inside else ()
        return await self.machine.run(*enter, "/bin/sh", "-c", f"{PATH}; {words}")

    def host(self, place: int) -> MachineHost:
        """In the namespace of its place, as the user whom the condition wants."""
        name = self._hosts[min(place, len(self._hosts) - 1)] if self._hosts else ""
        user = self.condition.user.partition(":")[0] if self.condition else ""
        return MachineHost(self.machine, ("/usr/sbin/ip", "netns", "exec", name) if name else (), int(user or 0))

    def key(self, place: int) -> object:
        """The place: each role is a process of its own."""
        return place

    def place_of(self, at: int, roles: int) -> int:
        """In their order; but a lone role acts from the second host, so that its peer is the one with the rules."""
        return 1 if roles == 1 and self.apart else at

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
        known = structs.replace(facts, network=self.terms.condition, shaping=self.shaping, one_host=not self.apart, **self.spec.facts)
        if self.condition is None or not self.apart:
            return known
        return structs.replace(known, ipv4=known.ipv4 and self.condition.ipv4, ipv6=known.ipv6 and self.condition.ipv6)

    async def cut(self, place: int) -> None:
        """Drop what comes in, at both ends."""
        for name in self._hosts:
            await self._sh(self._tools(CUT), inside=name)

    async def restore(self, place: int) -> None:
        """Let it in again."""
        for name in self._hosts:
            await self._sh(self._tools(RESTORE), inside=name)

    async def power_off(self, place: int) -> None:
        """What the host was is gone from the cable; its processes were ended before."""
        await self._sh("ip link set eth0 down", inside=self._hosts[min(place, len(self._hosts) - 1)])

    async def is_whole(self) -> bool:
        """The machine runs."""
        return self.machine.is_alive()

    async def close(self) -> None:
        """The namespaces go; the machine stays for others."""
        if self._hosts and self.machine.is_alive():
            await asyncio.gather(*(self._sh(f"ip netns del {name}") for name in self._hosts), return_exceptions=True)


def _is_about_routes(rule: Sequence[str]) -> bool:
    """There is no route out of here that would have to go."""
    return rule[0].split()[2:4] == ["route", "del"]
