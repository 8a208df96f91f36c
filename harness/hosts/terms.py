"""What a scenario asks of the ground, and kernel settings that grounds have in common. Makes nothing."""

from msgspec import Struct

ALONE = "no-network"
"""The condition of a container, or a machine, that nobody has asked for another."""
ALLOWS_ALL = frozenset({"net_admin"})
"""Capabilities with which a network can be changed in more ways than anybody looks for."""
WITH_IPV6 = {"net.ipv6.conf.all.disable_ipv6": "0", "net.ipv6.conf.default.disable_ipv6": "0"}
IPV6_ON_LOOPBACK = {"net.ipv6.conf.lo.disable_ipv6": "0"}
"""Engines switch IPv6 off where they give a container no address of it."""
UNLIMITED_ICMP = {"net.ipv4.icmp_ratelimit": "0", "net.ipv4.icmp_ratemask": "0"}
UNLIMITED_ICMP6 = {"net.ipv6.icmp.ratelimit": "0", "net.ipv6.icmp.ratemask": "255"}
"""Linux limits ICMP messages by host and as a whole, but not on loopback: what a scenario sees would depend on what was played before."""


class Terms(Struct, frozen=True):
    """What a scenario asks of the ground."""

    condition: str = ""
    capabilities: tuple[str, ...] = ()
    tools: bool = False
    """It cuts hosts off."""

    @property
    def name(self) -> str:
        """`filtered`, `no-network+net_raw`."""
        return "+".join([self.condition, *self.capabilities])
