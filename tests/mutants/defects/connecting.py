"""Making connections: connect, connect_ex, bind, listen, accept, create_connection, create_server."""

from __future__ import annotations

import errno
import socket
import weakref
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("connect_ex() raises what it should return")
def connect_ex_raises(layer: Layer) -> None:
    @layer.around("connect_ex")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        number = original(sock, address)
        if number:
            raise OSError(number, "connect failed")
        return number


@mutant("connect_ex() always returns 0")
def connect_ex_always_zero(layer: Layer) -> None:
    layer.result("connect_ex", lambda number: 0)


@mutant("connect_ex() returns None when connected")
def connect_ex_none_on_success(layer: Layer) -> None:
    layer.result("connect_ex", lambda number: number or None)


@mutant("connect_ex() returns -1 for any error, like the C function")
def connect_ex_minus_one(layer: Layer) -> None:
    layer.result("connect_ex", lambda number: -1 if number else 0)


@mutant("connect_ex() returns a bool")
def connect_ex_bool(layer: Layer) -> None:
    layer.result("connect_ex", lambda number: number if number else False)


@mutant("connect_ex() of a socket with a timeout raises when time is up")
def connect_ex_raises_timeout(layer: Layer) -> None:
    @layer.around("connect_ex")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        number = original(sock, address)
        if number == errno.EAGAIN:
            raise TimeoutError("timed out")
        return number


@mutant("connect() returns 0, not None")
def connect_returns_zero(layer: Layer) -> None:
    layer.result("connect", lambda value: 0)


@mutant("bind() returns the address")
def bind_returns_address(layer: Layer) -> None:
    @layer.around("bind")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        original(sock, address)
        return sock.getsockname()


@mutant("connect() of a socket that does not block raises nothing while it is under way")
def connect_in_progress_is_silent(layer: Layer) -> None:
    @layer.around("connect")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        try:
            return original(sock, address)
        except BlockingIOError:
            return None


@mutant("connect() of a socket that does not block waits for the connection")
def connect_waits_though_nonblocking(layer: Layer) -> None:
    @layer.around("connect connect_ex")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        if sock.gettimeout() != 0 or sock.type != socket.SOCK_STREAM:
            return original(sock, address)
        sock.settimeout(5)
        try:
            return original(sock, address)
        finally:
            sock.settimeout(0)


@mutant("connect() of a connected socket is accepted")
def connect_twice_is_accepted(layer: Layer) -> None:
    @layer.around("connect")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        try:
            return original(sock, address)
        except OSError as error:
            if error.errno != errno.EISCONN:
                raise
            return None


@mutant("a socket that was refused once can never connect")
def refused_once_refused_ever(layer: Layer) -> None:
    refused = weakref.WeakSet[Any]() if hasattr(weakref.WeakSet, "__class_getitem__") else weakref.WeakSet()

    @layer.around("connect")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        if sock in refused:
            raise OSError(errno.EINVAL, "Invalid argument")
        try:
            return original(sock, address)
        except ConnectionRefusedError:
            refused.add(sock)
            raise


@mutant("bind() to an address in use takes another port")
def bind_in_use_takes_another(layer: Layer) -> None:
    @layer.around("bind")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        try:
            return original(sock, address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not isinstance(address, tuple):
                raise
            return original(sock, (address[0], 0, *address[2:]))


@mutant("bind() ignores the port")
def bind_ignores_the_port(layer: Layer) -> None:
    @layer.around("bind")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        if sock.type == socket.SOCK_STREAM and isinstance(address, tuple) and len(address) == 2 and address[1]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            address = (address[0], 0)
        return original(sock, address)


@mutant("bind() ignores the host and takes every interface")
def bind_ignores_the_host(layer: Layer) -> None:
    @layer.around("bind")
    def changed(original: Any, sock: Any, address: Any) -> Any:
        return original(sock, ("", *address[1:]) if address and address[0] == "127.0.0.1" else address)


@mutant("listen() ignores the backlog")
def listen_ignores_the_backlog(layer: Layer) -> None:
    @layer.around("listen")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        original(sock, *args)
        return original(sock, 128)


@mutant("listen() without a backlog takes one connection only")
def listen_default_backlog_is_zero(layer: Layer) -> None:
    layer.around("listen")(lambda original, sock, *args: original(sock, *(args or (0,))))


@mutant("listen() refuses a negative backlog")
def listen_refuses_negative(layer: Layer) -> None:
    @layer.around("listen")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        if args and isinstance(args[0], int) and args[0] < 0:
            raise ValueError("negative backlog")
        return original(sock, *args)


@mutant("a second listen() is refused")
def listen_once_only(layer: Layer) -> None:
    heard = layer.memory()

    @layer.around("listen")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        if heard.setdefault(sock, 0):
            raise OSError(errno.EINVAL, "Invalid argument")
        value = original(sock, *args)
        heard[sock] = 1
        return value


@mutant("accept() takes the newest connection first")
def accept_takes_the_newest(layer: Layer) -> None:
    waiting = layer.memory()

    @layer.around("accept")
    def changed(original: Any, sock: Any) -> Any:
        held = waiting.setdefault(sock, [])
        if not held:
            held.append(original(sock))
            former = sock.gettimeout()
            sock.settimeout(0)
            try:
                while True:
                    held.append(original(sock))
            except OSError:
                sock.settimeout(former)
        return held.pop()


@mutant("accept() gives the listener's address as that of the peer")
def accept_gives_own_address(layer: Layer) -> None:
    @layer.around("accept")
    def changed(original: Any, sock: Any) -> Any:
        connection, _ = original(sock)
        return connection, sock.getsockname()


@mutant("accept() gives a list")
def accept_gives_a_list(layer: Layer) -> None:
    layer.result("accept", list)


@mutant("create_connection() ignores its timeout")
def create_connection_ignores_timeout(layer: Layer) -> None:
    @layer.function("create_connection")
    def changed(original: Any, address: Any, timeout: Any = None, *args: Any, **kwargs: Any) -> Any:
        return original(address, None, *args, **kwargs)


@mutant("create_connection() ignores its source address")
def create_connection_ignores_source(layer: Layer) -> None:
    @layer.function("create_connection")
    def changed(original: Any, address: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("source_address", None)
        return original(address, *args[:1], **kwargs)


@mutant("create_connection() gives the socket back without its timeout")
def create_connection_forgets_timeout(layer: Layer) -> None:
    @layer.function("create_connection")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(*args, **kwargs)
        made.settimeout(None)
        return made


@mutant("create_server() does not listen")
def create_server_does_not_listen(layer: Layer) -> None:
    @layer.function("create_server")
    def changed(original: Any, address: Any, **kwargs: Any) -> Any:
        made = socket.socket(kwargs.get("family", socket.AF_INET), socket.SOCK_STREAM)
        made.bind(address)
        return made


@mutant("create_server() ignores reuse_port")
def create_server_ignores_reuse_port(layer: Layer) -> None:
    layer.function("create_server")(lambda original, address, **kwargs: original(address, **{**kwargs, "reuse_port": False}))


@mutant("create_server() ignores dualstack_ipv6")
def create_server_ignores_dualstack(layer: Layer) -> None:
    layer.function("create_server")(lambda original, address, **kwargs: original(address, **{**kwargs, "dualstack_ipv6": False}))
