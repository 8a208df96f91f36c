"""Addresses that sockets tell: another host or port, another form."""

from __future__ import annotations

import contextlib
import errno
from typing import Any

from tests.mutants.layer import Layer, mutant


def internet(change: Any) -> Any:
    """Change addresses that are tuples, leave others alone."""
    return lambda address: change(address) if isinstance(address, tuple) else address


@mutant("getsockname() tells port 0")
def own_port_is_zero(layer: Layer) -> None:
    layer.result("getsockname", internet(lambda address: (address[0], 0, *address[2:])))


@mutant("getsockname() tells the wildcard address")
def own_host_is_wildcard(layer: Layer) -> None:
    layer.result("getsockname", internet(lambda address: ("0.0.0.0" if ":" not in address[0] else "::", *address[1:])))


@mutant("getsockname() gives a list")
def own_name_is_a_list(layer: Layer) -> None:
    layer.result("getsockname", internet(list))


@mutant("getsockname() of a socket that connected tells what it was bound to")
def own_name_is_not_refreshed(layer: Layer) -> None:
    former = layer.memory()

    @layer.around("getsockname")
    def changed(original: Any, sock: Any) -> Any:
        return former.setdefault(sock, original(sock))


@mutant("getsockname() of an unbound socket raises")
def unbound_name_raises(layer: Layer) -> None:
    @layer.around("getsockname")
    def changed(original: Any, sock: Any) -> Any:
        address = original(sock)
        if isinstance(address, tuple) and len(address) > 1 and address[1] == 0:
            raise OSError(errno.EINVAL, "Invalid argument")
        return address


@mutant("getpeername() has the bytes of the port swapped")
def peer_port_swapped(layer: Layer) -> None:
    def swapped(address: Any) -> Any:
        host, port, *rest = address
        return host, (port & 255) << 8 | port >> 8, *rest

    layer.result("getpeername", internet(swapped))


@mutant("getpeername() tells the own address")
def peer_is_own(layer: Layer) -> None:
    @layer.around("getpeername")
    def changed(original: Any, sock: Any) -> Any:
        original(sock)
        return sock.getsockname()


@mutant("getpeername() still works after close()")
def peer_after_close(layer: Layer) -> None:
    known = layer.memory()

    @layer.around("getpeername")
    def changed(original: Any, sock: Any) -> Any:
        if sock.fileno() >= 0:
            known[sock] = original(sock)
        return known[sock] if sock in known else original(sock)

    @layer.around("close")
    def remember(original: Any, sock: Any) -> Any:
        with contextlib.suppress(OSError):
            sock.getpeername()
        return original(sock)


@mutant("getpeername() of an unconnected socket tells the wildcard address")
def peer_of_unconnected_is_wildcard(layer: Layer) -> None:
    @layer.around("getpeername")
    def changed(original: Any, sock: Any) -> Any:
        try:
            return original(sock)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise
            return ("0.0.0.0", 0)


@mutant("hosts are told as bytes")
def host_as_bytes(layer: Layer) -> None:
    layer.result("getsockname getpeername", internet(lambda address: (address[0].encode(), *address[1:])))


@mutant("an IPv6 address is told as a pair")
def ipv6_pair(layer: Layer) -> None:
    layer.result("getsockname getpeername", internet(lambda address: address[:2]))


@mutant("accept() tells an IPv6 peer as a pair")
def ipv6_peer_pair(layer: Layer) -> None:
    layer.result("accept", lambda value: (value[0], value[1][:2] if isinstance(value[1], tuple) else value[1]))


@mutant("recvfrom() tells an IPv6 sender as a pair")
def ipv6_sender_pair(layer: Layer) -> None:
    layer.result("recvfrom", lambda value: (value[0], value[1][:2] if isinstance(value[1], tuple) else value[1]))


@mutant("the scope of an IPv6 address is lost")
def scope_lost(layer: Layer) -> None:
    @layer.around("connect bind sendto")
    def changed(original: Any, sock: Any, first: Any, *more: Any) -> Any:
        *before, address = (first, *more)
        if isinstance(address, tuple) and len(address) == 4:
            address = (address[0].split("%")[0], address[1], address[2], 0)
        return original(sock, *before, address)


@mutant("an IPv4-mapped address is told as an IPv4 one")
def mapped_address_unmapped(layer: Layer) -> None:
    unmapped = internet(lambda address: (address[0].replace("::ffff:", ""), *address[1:]))
    layer.result("getpeername getsockname", unmapped)
    layer.result("accept recvfrom", lambda value: (value[0], unmapped(value[1])))


@mutant("a path loses its last character")
def path_cut(layer: Layer) -> None:
    layer.result("getsockname getpeername", lambda address: address[:-1] if isinstance(address, str) else address)


@mutant("an abstract name ends at a NUL inside it")
def abstract_name_cut(layer: Layer) -> None:
    @layer.around("getsockname getpeername")
    def changed(original: Any, sock: Any) -> Any:
        address = original(sock)
        return address[:1] + address[1:].split(b"\0")[0] if isinstance(address, bytes) else address


@mutant("an abstract name is text")
def abstract_name_as_text(layer: Layer) -> None:
    layer.result("getsockname getpeername", lambda address: address.decode("latin-1") if isinstance(address, bytes) else address)


@mutant("a path is bytes")
def path_as_bytes(layer: Layer) -> None:
    layer.result("getsockname getpeername", lambda address: address.encode() if isinstance(address, str) and address else address)


@mutant("a socket without a name tells None")
def nameless_is_none(layer: Layer) -> None:
    layer.result("getsockname getpeername", lambda address: None if address in ("", b"") else address)


@mutant("recvfrom() tells the empty text for a sender without a name")
def nameless_sender_is_text(layer: Layer) -> None:
    layer.result("recvfrom", lambda value: (value[0], "" if value[1] is None else value[1]))


@mutant("an address may be a list")
def list_is_an_address(layer: Layer) -> None:
    @layer.around("connect bind sendto")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        return original(sock, *(tuple(value) if isinstance(value, list) else value for value in args))


@mutant("a port may be text")
def text_is_a_port(layer: Layer) -> None:
    @layer.around("connect bind")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        if isinstance(address, tuple) and len(address) == 2 and isinstance(address[1], str) and address[1].isdigit():
            address = (address[0], int(address[1]))
        return original(sock, address)


@mutant("ports wrap around at 65536")
def port_wraps_around(layer: Layer) -> None:
    @layer.around("connect connect_ex bind")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        if isinstance(address, tuple) and len(address) == 2 and isinstance(address[1], int):
            address = (address[0], address[1] & 65535)
        return original(sock, address)


@mutant("repr() does not tell addresses")
def repr_without_addresses(layer: Layer) -> None:
    layer.around("__repr__")(lambda original, sock: original(sock).split(", laddr")[0].rstrip(">") + ">")


@mutant("repr() tells the descriptor of a closed socket as open")
def repr_never_closed(layer: Layer) -> None:
    layer.result("__repr__", lambda text: text.replace(" [closed]", ""))


@mutant("the attribute family is a plain number")
def family_is_a_number(layer: Layer) -> None:
    layer.attribute("family", int)


@mutant("the attribute type is a plain number")
def type_is_a_number(layer: Layer) -> None:
    layer.attribute("type", int)


@mutant("the attribute proto of a TCP socket tells 6 where 0 was asked for")
def proto_is_told_by_type(layer: Layer) -> None:
    layer.attribute("proto", lambda number: number or 6)
