"""What a network condition is, as data. Making one is the business of `harness.hosts`."""

from msgspec import Struct


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """A network between two hosts, or the surroundings of a single one."""

    what: str
    """One line for people."""
    hosts: int = 2
    """2: each role has a container of its own on a bridge; 1: all roles are in one container that has loopback alone."""
    ipv6: bool = False
    """The bridge has IPv6 addresses too."""
    ipv4: bool = True
    """The bridge's hosts have IPv4 addresses."""
    internal: bool = True
    """The engine drops whatever is not for the bridge's own subnets; multicast and 255.255.255.255 are not."""
    mtu: int = 0
    """Of the bridge, in bytes; 0: the engine's own."""
    sysctls: dict[str, str] = {}
    """Kernel settings of every host's network namespace."""
    user: str = ""
    """Who the target runs as, `uid:gid`; empty: as the image says."""
    rules: tuple[tuple[str, ...], ...] = ()
    """Commands that shape the first host, in order. Of each the first alternative that the kernel accepts is used; the fact `shaping` tells
    which."""
    both: bool = False
    """The rules are for both hosts."""
    capabilities: bool = True
    """Capabilities that a scenario needs are given."""
