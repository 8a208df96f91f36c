"""Names of the module: constants, classes, what is there at all."""

from __future__ import annotations

import socket

from tests.mutants.layer import Layer, Mutant, mutant


@mutant("has_ipv6 is false")
def has_ipv6_false(layer: Layer) -> None:
    layer.constant("has_ipv6", False)


@mutant("has_ipv6 is a number")
def has_ipv6_is_a_number(layer: Layer) -> None:
    layer.constant("has_ipv6", 1)


@mutant("SHUT_RD and SHUT_WR have each other's value")
def directions_swapped(layer: Layer) -> None:
    layer.constant("SHUT_RD", 1)
    layer.constant("SHUT_WR", 0)


@mutant("SHUT_WR is the number of SHUT_RDWR")
def shut_wr_is_both(layer: Layer) -> None:
    layer.constant("SHUT_WR", 2)


@mutant("flags of messages are plain numbers")
def message_flags_are_numbers(layer: Layer) -> None:
    layer.constant("MSG_PEEK", 2)
    layer.constant("MSG_WAITALL", 256)


@mutant("families and types are plain numbers")
def families_are_numbers(layer: Layer) -> None:
    layer.constant("AF_INET", int(socket.AF_INET))
    layer.constant("SOCK_STREAM", int(socket.SOCK_STREAM))


@mutant("MSG_PEEK has the value of MSG_OOB")
def peek_has_another_value(layer: Layer) -> None:
    layer.constant("MSG_PEEK", socket.MsgFlag.MSG_OOB)


@mutant("SO_REUSEADDR has the value of another system")
def reuse_has_another_value(layer: Layer) -> None:
    layer.constant("SO_REUSEADDR", 4)


@mutant("SOMAXCONN is 5")
def backlog_limit_is_five(layer: Layer) -> None:
    layer.constant("SOMAXCONN", 5)


@mutant("INADDR_BROADCAST is signed")
def broadcast_is_signed(layer: Layer) -> None:
    layer.constant("INADDR_BROADCAST", -1)


@mutant("socket.error is a class of its own")
def error_is_a_class_of_its_own(layer: Layer) -> None:
    layer.constant("error", type("error", (OSError,), {"__module__": "socket"}))


@mutant("socket.timeout is no OSError")
def timeout_is_no_os_error(layer: Layer) -> None:
    layer.constant("timeout", type("timeout", (Exception,), {"__module__": "socket"}))


@mutant("socket.gaierror is OSError itself")
def gaierror_is_os_error(layer: Layer) -> None:
    layer.constant("gaierror", OSError)


@mutant("SocketType is the class socket itself")
def socket_type_is_socket(layer: Layer) -> None:
    layer.constant("SocketType", socket.socket)


def missing(name: str) -> Mutant:
    """A mutant without a name of the module, or of the class."""

    def apply(layer: Layer) -> None:
        layer.touched.add(name)
        if layer.live and hasattr(socket, name):
            layer.count()
            delattr(socket, name)

    return Mutant(f"missing-{name.lower().replace('_', '-')}", "constants", f"socket.{name} is missing", apply)


MISSING = tuple(
    missing(name)
    for name in "socketpair create_server inet_ntop getnameinfo if_nameindex MSG_WAITALL IPPROTO_IPV6 SO_REUSEPORT herror".split()
)
