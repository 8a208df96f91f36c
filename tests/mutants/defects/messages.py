"""sendmsg, recvmsg and what travels beside the data."""

from __future__ import annotations

import os
import socket
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("sendmsg() sends the first buffer only")
def sendmsg_sends_first_buffer(layer: Layer) -> None:
    layer.around("sendmsg")(lambda original, sock, buffers, *args: original(sock, list(buffers)[:1], *args))


@mutant("sendmsg() counts the last buffer only")
def sendmsg_counts_last_buffer(layer: Layer) -> None:
    @layer.around("sendmsg")
    def changed(original: Any, sock: Any, buffers: Any, *args: Any) -> Any:
        held = list(buffers)
        count = original(sock, held, *args)
        return len(held[-1]) if held else count


@mutant("sendmsg() drops ancillary data")
def sendmsg_drops_ancillary(layer: Layer) -> None:
    layer.around("sendmsg")(lambda original, sock, buffers, ancillary=(), *args: original(sock, buffers, [], *args))


@mutant("sendmsg() ignores its flags")
def sendmsg_ignores_flags(layer: Layer) -> None:
    @layer.around("sendmsg")
    def changed(original: Any, sock: Any, buffers: Any, ancillary: Any = (), flags: Any = 0, *args: Any) -> Any:
        return original(sock, buffers, ancillary, 0, *args)


@mutant("sendmsg() ignores its address")
def sendmsg_ignores_address(layer: Layer) -> None:
    layer.around("sendmsg")(lambda original, sock, buffers, *args: original(sock, buffers, *args[:2]))


@mutant("recvmsg() drops ancillary data")
def recvmsg_drops_ancillary(layer: Layer) -> None:
    layer.result("recvmsg", lambda value: (value[0], [], *value[2:]))


@mutant("recvmsg() tells no flags")
def recvmsg_tells_no_flags(layer: Layer) -> None:
    layer.result("recvmsg recvmsg_into", lambda value: (*value[:2], 0, value[3]))


@mutant("recvmsg() tells no sender")
def recvmsg_tells_no_sender(layer: Layer) -> None:
    layer.result("recvmsg recvmsg_into", lambda value: (*value[:3], None))


@mutant("recvmsg() gives three items")
def recvmsg_gives_three_items(layer: Layer) -> None:
    layer.result("recvmsg", lambda value: value[:3])


@mutant("recvmsg() ignores its flags")
def recvmsg_ignores_flags(layer: Layer) -> None:
    layer.around("recvmsg")(lambda original, sock, size, ancillary=0, flags=0: original(sock, size, ancillary))


@mutant("recvmsg_into() fills the first buffer only")
def recvmsg_into_fills_first_buffer(layer: Layer) -> None:
    layer.around("recvmsg_into")(lambda original, sock, buffers, *args: original(sock, list(buffers)[:1], *args))


@mutant("descriptors that have no room in the ancillary buffer stay open in the receiver")
def truncated_descriptors_leak(layer: Layer) -> None:
    @layer.around("recvmsg")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        value = original(sock, *args)
        if value[2] & getattr(socket, "MSG_CTRUNC", 0):
            os.dup(sock.fileno())
        return value


@mutant("the flag that ancillary data were cut is lost")
def ancillary_cut_is_silent(layer: Layer) -> None:
    flag = getattr(socket, "MSG_CTRUNC", 0)
    layer.result("recvmsg", lambda value: (*value[:2], value[2] & ~flag, value[3]))


@mutant("send_fds() sends the first descriptor only")
def send_fds_sends_first(layer: Layer) -> None:
    @layer.function("send_fds")
    def changed(original: Any, sock: Any, buffers: Any, descriptors: Any, *args: Any) -> Any:
        return original(sock, buffers, list(descriptors)[:1], *args)


@mutant("recv_fds() gives the descriptors in another order")
def recv_fds_reversed(layer: Layer) -> None:
    layer.answer("recv_fds", lambda value: (value[0], value[1][::-1], *value[2:]))


@mutant("descriptors that recv_fds() gives are not inherited by child processes")
def received_descriptors_are_not_inherited(layer: Layer) -> None:
    def keep(value: Any) -> Any:
        for number in value[1]:
            os.set_inheritable(number, False)
        return value

    layer.answer("recv_fds", keep)


@mutant("CMSG_SPACE() gives what CMSG_LEN() gives")
def space_without_padding(layer: Layer) -> None:
    layer.function("CMSG_SPACE")(lambda original, size: socket.CMSG_LEN(size))


@mutant("CMSG_LEN() does not count the header")
def length_without_header(layer: Layer) -> None:
    layer.function("CMSG_LEN")(lambda original, size: size)
