"""Descriptors: leaked, shared, closed too early or too late, inherited."""

from __future__ import annotations

import contextlib
import os
import socket
import warnings
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("close() leaves the descriptor open")
def close_leaks(layer: Layer) -> None:
    @layer.around("_real_close")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        socket.socket.detach(sock)


@mutant("close() keeps a second descriptor, so that the peer never sees the end")
def close_keeps_a_copy(layer: Layer) -> None:
    @layer.around("close")
    def changed(original: Any, sock: Any) -> Any:
        if sock.fileno() >= 0:
            os.dup(sock.fileno())
        return original(sock)


@mutant("close() shuts the connection down, which hurts duplicates")
def close_shuts_down(layer: Layer) -> None:
    @layer.around("close")
    def changed(original: Any, sock: Any) -> Any:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        return original(sock)


@mutant("a second close() raises")
def close_twice_raises(layer: Layer) -> None:
    @layer.around("close")
    def changed(original: Any, sock: Any) -> Any:
        if sock.fileno() < 0:
            raise OSError(9, "Bad file descriptor")
        return original(sock)


@mutant("close() returns the descriptor")
def close_returns_descriptor(layer: Layer) -> None:
    @layer.around("close")
    def changed(original: Any, sock: Any) -> Any:
        number = sock.fileno()
        original(sock)
        return number


@mutant("close() resets the connection")
def close_resets(layer: Layer) -> None:
    @layer.around("close")
    def changed(original: Any, sock: Any) -> Any:
        if sock.fileno() >= 0 and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return original(sock)


@mutant("fileno() of a closed socket keeps its number")
def fileno_after_close(layer: Layer) -> None:
    known = layer.memory()

    @layer.around("fileno")
    def changed(original: Any, sock: Any) -> Any:
        number = original(sock)
        if number >= 0:
            known[sock] = number
        return known.get(sock, number)


@mutant("fileno() of a closed socket raises")
def fileno_after_close_raises(layer: Layer) -> None:
    @layer.around("fileno")
    def changed(original: Any, sock: Any) -> Any:
        number = original(sock)
        if number < 0:
            raise OSError(9, "Bad file descriptor")
        return number


@mutant("accept() leaks a descriptor for each connection")
def accept_leaks(layer: Layer) -> None:
    @layer.around("accept")
    def changed(original: Any, sock: Any) -> Any:
        connection, address = original(sock)
        os.dup(connection.fileno())
        return connection, address


@mutant("detach() closes the descriptor")
def detach_closes(layer: Layer) -> None:
    @layer.around("detach")
    def changed(original: Any, sock: Any) -> Any:
        number = original(sock)
        if number >= 0:
            os.close(number)
        return number


@mutant("detach() gives the descriptor and keeps it")
def detach_keeps(layer: Layer) -> None:
    layer.around("detach")(lambda original, sock: sock.fileno())


@mutant("detach() gives a duplicate and leaks the descriptor")
def detach_duplicates(layer: Layer) -> None:
    layer.result("detach", lambda number: os.dup(number) if number >= 0 else number)


@mutant("detach() returns None")
def detach_returns_none(layer: Layer) -> None:
    layer.result("detach", lambda number: None)


@mutant("dup() gives the same socket")
def dup_is_the_same(layer: Layer) -> None:
    layer.around("dup")(lambda original, sock: sock)


@mutant("dup() forgets the timeout")
def dup_forgets_timeout(layer: Layer) -> None:
    @layer.around("dup")
    def changed(original: Any, sock: Any) -> Any:
        other = original(sock)
        if sock.gettimeout():
            other.settimeout(None)
        return other


@mutant("a duplicate is inherited by child processes")
def dup_is_inherited(layer: Layer) -> None:
    inheritable_from(layer, "dup")


@mutant("a new socket is inherited by child processes")
def new_socket_is_inherited(layer: Layer) -> None:
    @layer.around("__init__")
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        original(sock, *args, **kwargs)
        if sock.fileno() >= 0:
            os.set_inheritable(sock.fileno(), True)


@mutant("an accepted connection is inherited by child processes")
def accepted_is_inherited(layer: Layer) -> None:
    inheritable_from(layer, "accept")


def inheritable_from(layer: Layer, name: str) -> None:
    """A method whose socket goes on to children."""

    @layer.around(name)
    def changed(original: Any, sock: Any) -> Any:
        value = original(sock)
        made = value[0] if isinstance(value, tuple) else value
        os.set_inheritable(made.fileno(), True)
        return value


@mutant("the ends of a pair are inherited by child processes")
def pair_is_inherited(layer: Layer) -> None:
    @layer.function("socketpair")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        pair = original(*args, **kwargs)
        for end in pair:
            os.set_inheritable(end.fileno(), True)
        return pair


@mutant("set_inheritable() is ignored")
def set_inheritable_ignored(layer: Layer) -> None:
    layer.around("set_inheritable")(lambda original, sock, flag: None)


@mutant("get_inheritable() is always false")
def get_inheritable_always_false(layer: Layer) -> None:
    layer.result("get_inheritable", lambda flag: False)


@mutant("fromfd() does not duplicate")
def fromfd_does_not_duplicate(layer: Layer) -> None:
    layer.function("fromfd")(lambda original, number, family, kind, proto=0: socket.socket(family, kind, proto, number))


@mutant("fromfd() leaks a descriptor")
def fromfd_leaks(layer: Layer) -> None:
    @layer.function("fromfd")
    def changed(original: Any, number: Any, *args: Any) -> Any:
        os.dup(number)
        return original(number, *args)


@mutant("socket(fileno=…) does not find out the kind of the socket")
def kind_not_detected(layer: Layer) -> None:
    @layer.around("__init__")
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        given = {**dict(zip(("family", "type", "proto", "fileno"), args)), **kwargs}  # noqa: B905 - older targets know no `strict`
        if given.get("fileno") is not None:
            given = {"family": socket.AF_INET, "type": socket.SOCK_STREAM, "proto": 0, **given}
        return original(sock, **given)


@mutant("a context manager leaves the socket open")
def context_does_not_close(layer: Layer) -> None:
    layer.around("__exit__")(lambda original, sock, *args: None)


@mutant("entering a context gives None")
def context_gives_none(layer: Layer) -> None:
    layer.result("__enter__", lambda value: None)


@mutant("leaving a context swallows exceptions")
def context_swallows(layer: Layer) -> None:
    @layer.around("__exit__")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        original(sock, *args)
        return True


@mutant("a forgotten socket is closed without a warning")
def forgotten_without_warning(layer: Layer) -> None:
    def silently(sock: Any) -> None:
        layer.count()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sock.close()

    layer.touched.add("forget")
    if layer.live:
        setattr(socket.socket, "__del__", silently)  # noqa: B010


@mutant("a forgotten socket is never closed")
def forgotten_stays_open(layer: Layer) -> None:
    kept = []

    @layer.around("__init__")
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        original(sock, *args, **kwargs)
        kept.append(sock)

    layer.touched.add("forget")


@mutant("a socket can be pickled")
def pickle_is_accepted(layer: Layer) -> None:
    layer.around("__getstate__")(lambda original, sock: (None, {}))
    layer.touched.add("pickled")


@mutant("socketpair() makes TCP sockets")
def pair_of_another_family(layer: Layer) -> None:
    @layer.function("socketpair")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            return original(*args, **kwargs)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            one = socket.socket()
            one.connect(listener.getsockname())
            return one, listener.accept()[0]


@mutant("socketpair() gives a list")
def pair_is_a_list(layer: Layer) -> None:
    layer.answer("socketpair", list)


@mutant("socketpair() ignores its type")
def pair_ignores_type(layer: Layer) -> None:
    layer.function("socketpair")(lambda original, *args, **kwargs: original(*args[:1]))


@mutant("socket.close(fd) does nothing")
def close_function_ignored(layer: Layer) -> None:
    layer.function("close")(lambda original, number: None)


@mutant("socket.dup(fd) gives the same number")
def dup_function_is_the_same(layer: Layer) -> None:
    layer.function("dup")(lambda original, number: number)
