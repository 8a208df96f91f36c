"""Blocking or not: setblocking, getblocking, and who inherits it."""

from __future__ import annotations

import select
import socket
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("setblocking(False) is ignored")
def setblocking_false_ignored(layer: Layer) -> None:
    layer.around("setblocking")(lambda original, sock, flag: original(sock, True))


@mutant("setblocking(True) keeps the timeout")
def setblocking_true_keeps_timeout(layer: Layer) -> None:
    @layer.around("setblocking")
    def changed(original: Any, sock: Any, flag: Any) -> Any:
        former = sock.gettimeout()
        original(sock, flag)
        if flag and former:
            sock.settimeout(former)


@mutant("setblocking() takes a bool and nothing else")
def setblocking_refuses_ints(layer: Layer) -> None:
    @layer.around("setblocking")
    def changed(original: Any, sock: Any, flag: Any) -> Any:
        if not isinstance(flag, bool):
            raise TypeError("an integer is required")
        return original(sock, flag)


@mutant("setblocking() takes its flag the wrong way round")
def setblocking_inverted(layer: Layer) -> None:
    layer.around("setblocking")(lambda original, sock, flag: original(sock, not flag))


@mutant("getblocking() is always true")
def getblocking_always_true(layer: Layer) -> None:
    layer.result("getblocking", lambda flag: True)


@mutant("getblocking() is false for a socket with a timeout")
def getblocking_false_under_timeout(layer: Layer) -> None:
    layer.around("getblocking")(lambda original, sock: sock.gettimeout() is None)


@mutant("an accepted connection does not block if the listener does not")
def accept_inherits_nonblocking(layer: Layer) -> None:
    @layer.around("accept")
    def changed(original: Any, sock: Any) -> Any:
        connection, address = original(sock)
        if sock.gettimeout() == 0:
            connection.setblocking(False)
        return connection, address


@mutant("recv() waits on a socket that must not block")
def recv_waits_though_nonblocking(layer: Layer) -> None:
    @layer.around("recv")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        if sock.fileno() >= 0 and sock.gettimeout() == 0:
            select.select([sock], [], [])
        return original(sock, *args)


@mutant("recv() gives no bytes where it would block")
def recv_empty_where_it_would_block(layer: Layer) -> None:
    @layer.around("recv")
    def changed(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except BlockingIOError:
            return b""


@mutant("send() gives 0 where it would block")
def send_zero_where_it_would_block(layer: Layer) -> None:
    @layer.around("send")
    def changed(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except BlockingIOError:
            return 0


@mutant("accept() gives None where it would block")
def accept_none_where_it_would_block(layer: Layer) -> None:
    @layer.around("accept")
    def changed(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except BlockingIOError:
            return None


@mutant("a duplicate of a socket that does not block blocks")
def dup_forgets_nonblocking(layer: Layer) -> None:
    @layer.around("dup")
    def changed(original: Any, sock: Any) -> Any:
        other = original(sock)
        other.setblocking(True)
        return other


@mutant("the attribute type shows that a socket does not block")
def type_shows_nonblocking(layer: Layer) -> None:
    flag = getattr(socket, "SOCK_NONBLOCK", 0)

    @layer.around("setblocking settimeout")
    def noted(original: Any, sock: Any, *args: Any) -> Any:
        original(sock, *args)
        marked[sock] = sock.gettimeout() is not None

    marked = layer.memory()
    if layer.live:
        former = socket.socket.type
        setattr(socket.socket, "type", property(lambda sock: former.__get__(sock) | (flag if marked.get(sock) else 0)))  # noqa: B010


@mutant("one end of a pair does not block")
def socketpair_one_end_nonblocking(layer: Layer) -> None:
    @layer.function("socketpair")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        one, other = original(*args, **kwargs)
        other.setblocking(False)
        return one, other
