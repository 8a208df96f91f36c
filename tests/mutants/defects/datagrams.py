"""Datagrams: merged, cut, kept, lost, sent to somebody else."""

from __future__ import annotations

import errno
import socket
from typing import Any

from tests.mutants.layer import Layer, mutant


def is_datagram(sock: Any) -> bool:
    """Whether borders count."""
    return bool(sock.type == socket.SOCK_DGRAM)


@mutant("datagrams that wait are merged")
def datagrams_merged(layer: Layer) -> None:
    @layer.around("recv recvfrom")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        first = original(sock, size, *args)
        if not is_datagram(sock) or args:
            return first
        try:
            more = original(sock, size, socket.MSG_DONTWAIT)
        except OSError:
            return first
        return first + more if isinstance(first, bytes) else (first[0] + more[0], first[1])


@mutant("a datagram is not cut to the size asked for")
def datagram_not_cut(layer: Layer) -> None:
    @layer.around("recv recvfrom")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        return original(sock, 65536 if is_datagram(sock) and size >= 0 else size, *args)


@mutant("what is cut off a datagram comes next")
def rest_of_datagram_comes_next(layer: Layer) -> None:
    kept = layer.memory()

    @layer.around("recv")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        if not is_datagram(sock) or args:
            return original(sock, size, *args)
        data = kept.pop(sock, b"") or original(sock, 65536)
        kept[sock] = data[size:]
        return data[:size]


@mutant("an empty datagram is passed over")
def empty_datagram_lost(layer: Layer) -> None:
    @layer.around("recv recvfrom")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        value = original(sock, size, *args)
        while is_datagram(sock) and size and (value if isinstance(value, bytes) else value[0]) == b"":
            value = original(sock, size, *args)
        return value


@mutant("an empty datagram is not sent")
def empty_datagram_not_sent(layer: Layer) -> None:
    layer.around("sendto")(lambda original, sock, data, *args: original(sock, data, *args) if data else 0)


@mutant("of two datagrams that wait the second comes first")
def datagrams_swapped(layer: Layer) -> None:
    kept = layer.memory()

    @layer.around("recvfrom")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        if sock in kept:
            return kept.pop(sock)
        first = original(sock, size, *args)
        if not is_datagram(sock) or args:
            return first
        try:
            second = original(sock, size, socket.MSG_DONTWAIT)
        except OSError:
            return first
        kept[sock] = first
        return second


@mutant("sendto() sends 512 bytes at most")
def sendto_cuts(layer: Layer) -> None:
    layer.around("sendto")(lambda original, sock, data, *args: original(sock, data[:512], *args))


@mutant("sendto() says nothing of a datagram that is too large")
def too_large_is_silent(layer: Layer) -> None:
    @layer.around("sendto send")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        try:
            return original(sock, data, *args)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            return len(data)


@mutant("sendto() returns None")
def sendto_returns_none(layer: Layer) -> None:
    layer.result("sendto", lambda count: None)


@mutant("sendto() of a connected socket goes to its peer whatever the address")
def sendto_goes_to_the_peer(layer: Layer) -> None:
    @layer.around("sendto")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        try:
            peer = sock.getpeername()
        except OSError:
            return original(sock, data, *args)
        return original(sock, data, *args[:-1], peer) if is_datagram(sock) and args else original(sock, data, *args)


@mutant("sendto() goes to the former destination")
def sendto_goes_to_the_former(layer: Layer) -> None:
    former = layer.memory()

    @layer.around("sendto")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        if not args:
            return original(sock, data)
        count = original(sock, data, *args[:-1], former.get(sock, args[-1]))
        former[sock] = args[-1]
        return count


@mutant("recvfrom() tells a port one too high")
def recvfrom_port_off_by_one(layer: Layer) -> None:
    def shifted(value: Any) -> Any:
        data, address = value
        return data, (address[0], address[1] + 1, *address[2:]) if isinstance(address, tuple) else address

    layer.result("recvfrom", shifted)


@mutant("recvfrom() tells the receiver's own address")
def recvfrom_own_address(layer: Layer) -> None:
    @layer.around("recvfrom")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        return original(sock, *args)[0], sock.getsockname()


@mutant("recvfrom() tells the sender of the former datagram")
def recvfrom_former_sender(layer: Layer) -> None:
    former = layer.memory()

    @layer.around("recvfrom")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        data, address = original(sock, *args)
        told = former.get(sock, address)
        former[sock] = address
        return data, told


@mutant("recvfrom() of a stream tells the peer's address")
def recvfrom_of_a_stream_tells_the_peer(layer: Layer) -> None:
    @layer.around("recvfrom")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        data, address = original(sock, *args)
        return data, address if is_datagram(sock) else sock.getpeername()


@mutant("recvfrom_into() counts what was sent, not what was stored")
def recvfrom_into_counts_all(layer: Layer) -> None:
    @layer.around("recvfrom_into")
    def changed(original: Any, sock: Any, buffer: Any, *args: Any) -> Any:
        whole = len(sock.recv(65536, socket.MSG_PEEK)) if is_datagram(sock) else None
        count, address = original(sock, buffer, *args)
        return (count if whole is None else whole), address


@mutant("recvfrom_into() counts one byte too few")
def recvfrom_into_counts_one_less(layer: Layer) -> None:
    layer.result("recvfrom_into", lambda value: (max(value[0] - 1, 0), value[1]))


@mutant("a connected datagram socket hears everybody")
def connected_socket_hears_everybody(layer: Layer) -> None:
    peers = layer.memory()

    @layer.around("connect")
    def connect(original: Any, sock: Any, address: Any) -> Any:
        if not is_datagram(sock) or sock.family != socket.AF_INET or sock.getsockname()[1] == 0:
            return original(sock, address)
        peers[sock] = address
        return None

    @layer.around("getpeername")
    def name(original: Any, sock: Any) -> Any:
        return peers[sock] if sock in peers else original(sock)

    @layer.around("send")
    def send(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        return sock.sendto(data, *args, peers[sock]) if sock in peers else original(sock, data, *args)


@mutant("a connected datagram socket never hears that it was refused")
def datagram_refusal_lost(layer: Layer) -> None:
    @layer.around("send recv recvfrom sendto")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        try:
            return original(sock, *args)
        except ConnectionRefusedError:
            if not is_datagram(sock):
                raise
            return original(sock, *args)


@mutant("MSG_TRUNC does not tell the whole length")
def trunc_ignored(layer: Layer) -> None:
    flag = getattr(socket, "MSG_TRUNC", 0)

    @layer.around("recv_into recvfrom_into")
    def changed(original: Any, sock: Any, buffer: Any, size: Any = 0, flags: Any = 0) -> Any:
        return original(sock, buffer, size, flags & ~flag)
