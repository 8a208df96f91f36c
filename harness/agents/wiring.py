"""Wires the network namespaces of a machine: the cable between two, addresses, kernel settings. Starts no process; makes no namespace.

Runs in the process of a switchboard, on Linux with Python 3.8 or later, and uses the standard library alone. The orders come from
`harness/hosts/machine_ground.py`; docs/systems/switchboard.md has their form.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

NEW_LINK, NEW_ADDRESS = 16, 20
REQUEST, ACKNOWLEDGE, CREATE, EXCLUSIVE = 0x1, 0x4, 0x400, 0x200
HARDWARE_ADDRESS, NAME, LINK_INFO, NAMESPACE = 1, 3, 18, 28
"""Attributes of a link (linux/if_link.h)."""
KIND, DATA, PEER = 1, 2, 1
"""Of LINK_INFO, and of the data of `veth` (linux/veth.h)."""
ADDRESS, LOCAL, BROADCAST = 1, 2, 4
"""Attributes of an address (linux/if_addr.h)."""
USED_AT_ONCE = 0x2
"""A flag of an IPv6 address: nobody is asked whether another host has it."""
GET_FLAGS, SET_FLAGS, SET_MTU, SET_NAME = 0x8913, 0x8914, 0x8922, 0x8923
UP = 0x1
INDEPENDENT = "/proc/sys/net/ipv6/conf/*/accept_dad"
"""Whether an interface asks that of its addresses."""


def wire(rooms: Any, order: dict[str, Any]) -> None:
    """Do all of an order: remove namespaces, make some, lay a cable, and set up each host. Raises OSError."""
    for name in order.get("drop", ()):
        rooms.drop(name)
    for path in order.get("needs", ()):
        if not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    for name in order.get("make", ()):
        rooms.make(name)
    if order.get("cable"):
        (one, address), (other, peer_address) = order["cable"]
        with rooms.inside(one):
            lay_cable(address, peer_address, rooms.made[other])
    for host in order.get("hosts", ()):
        with rooms.inside(host["in"]):
            set_up(host["settings"], host["links"])


def set_up(settings: dict[str, str], links: Sequence[Sequence[Any]]) -> None:
    """Make those settings that are there, as a kernel may have fewer, and then do what is said of links."""
    for key, value in settings.items():
        write("/proc/sys/" + key.replace(".", "/"), value)
    if settings:
        for path in glob.glob(INDEPENDENT):
            write(path, "0")
    for word, name, *more in links:
        DOINGS[word](name, *more)


def write(path: str, value: str) -> None:
    """One that is not there, or does not take the value, stays as it is."""
    with contextlib.suppress(OSError), open(path, "w") as file:
        file.write(value + "\n")


# -- by netlink


def attribute(kind: int, data: bytes) -> bytes:
    """A value with its length, and what aligns the next one."""
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def ask(kind: int, flags: int, body: bytes) -> None:
    """One request to the kernel. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as line:
        line.send(struct.pack("=IHHII", 16 + len(body), kind, REQUEST | ACKNOWLEDGE | flags, 1, 0) + body)
        (error,) = struct.unpack_from("=i", line.recv(65536), 16)
    if error:
        raise OSError(-error, os.strerror(-error))


def lay_cable(address: str, peer_address: str, peer_room: int) -> None:
    """An `eth0` here, and one in another namespace."""

    def end(hardware: str) -> bytes:
        return attribute(NAME, b"eth0\0") + attribute(HARDWARE_ADDRESS, bytes.fromhex(hardware.replace(":", "")))

    peer = bytes(16) + end(peer_address) + attribute(NAMESPACE, struct.pack("=I", peer_room))
    info = attribute(KIND, b"veth") + attribute(DATA, attribute(PEER, peer))
    ask(NEW_LINK, CREATE | EXCLUSIVE, bytes(16) + end(address) + attribute(LINK_INFO, info))


def add_address(name: str, address: str, length: int, broadcast: str = "") -> None:
    """An address of either family, with the length of its prefix."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = USED_AT_ONCE if family == socket.AF_INET6 else 0
    packed = socket.inet_pton(family, address)
    attributes = attribute(LOCAL, packed) + attribute(ADDRESS, packed)
    if broadcast:
        attributes += attribute(BROADCAST, socket.inet_pton(family, broadcast))
    header = struct.pack("=BBBBI", family, length, flags, 0, socket.if_nametoindex(name))
    ask(NEW_ADDRESS, CREATE | EXCLUSIVE, header + attributes)


# -- by ioctl


def call(number: int, name: str, argument: bytes = b"") -> bytes:
    """One about an interface; what came back in the place of the argument. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        return fcntl.ioctl(asked, number, struct.pack("=16s24s", name.encode(), argument))[16:]


def set_up_flag(name: str, up: bool) -> None:
    (flags,) = struct.unpack_from("=H", call(GET_FLAGS, name))
    call(SET_FLAGS, name, struct.pack("=H", flags | UP if up else flags & ~UP))


def rename(name: str, new: str) -> None:
    """One that is not there has its new name already."""
    with contextlib.suppress(OSError):
        socket.if_nametoindex(name)
        call(SET_NAME, name, new.encode())


DOINGS: dict[str, Callable[..., object]] = {
    "up": lambda name: set_up_flag(name, True),
    "down": lambda name: set_up_flag(name, False),
    "mtu": lambda name, size: call(SET_MTU, name, struct.pack("=i", size)),
    "rename": rename,
    "address": add_address,
}
