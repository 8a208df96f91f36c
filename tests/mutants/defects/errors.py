"""Errors: another number, another class, none at all."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from tests.mutants.layer import Layer, Mutant, mutant


def numbered(number: int) -> OSError:
    """The exception that the system's own error would have become."""
    return OSError(number, os.strerror(number))


def exchanged(name: str, methods: str, number: int, other: int) -> Mutant:
    """A mutant that reports another number."""

    def apply(layer: Layer) -> None:
        layer.error(methods, number, lambda error: numbered(other))

    return Mutant(name, "errors", f"{' '.join(methods.split())}: {errno.errorcode[number]} comes as {errno.errorcode[other]}", apply)


RECEIVING = "recv recvfrom recv_into recvfrom_into"
SENDING = "send sendall sendto"

EXCHANGES = (
    exchanged("refused-as-unreachable", "connect", errno.ECONNREFUSED, errno.EHOSTUNREACH),
    exchanged("in-progress-as-again", "connect", errno.EINPROGRESS, errno.EAGAIN),
    exchanged("already-as-in-progress", "connect", errno.EALREADY, errno.EINPROGRESS),
    exchanged("is-connected-as-invalid", "connect", errno.EISCONN, errno.EINVAL),
    exchanged("no-such-path-as-refused", "connect", errno.ENOENT, errno.ECONNREFUSED),
    exchanged("again-as-in-progress", RECEIVING, errno.EAGAIN, errno.EINPROGRESS),
    exchanged("accept-again-as-interrupted", "accept", errno.EAGAIN, errno.EINTR),
    exchanged("send-again-as-no-buffers", SENDING, errno.EAGAIN, errno.ENOBUFS),
    exchanged("not-connected-as-invalid", "getpeername shutdown " + RECEIVING, errno.ENOTCONN, errno.EINVAL),
    exchanged("bad-descriptor-as-no-socket", "bind listen getsockname fileno " + RECEIVING + " " + SENDING, errno.EBADF, errno.ENOTSOCK),
    exchanged("in-use-as-denied", "bind", errno.EADDRINUSE, errno.EACCES),
    exchanged("not-available-as-invalid", "bind", errno.EADDRNOTAVAIL, errno.EINVAL),
    exchanged("broken-pipe-as-reset", SENDING, errno.EPIPE, errno.ECONNRESET),
    exchanged("reset-as-broken-pipe", RECEIVING, errno.ECONNRESET, errno.EPIPE),
    exchanged("too-long-as-no-buffers", SENDING, errno.EMSGSIZE, errno.ENOBUFS),
    exchanged("no-option-as-invalid", "setsockopt getsockopt", errno.ENOPROTOOPT, errno.EINVAL),
    exchanged("cannot-listen-as-invalid", "listen accept", errno.EOPNOTSUPP, errno.EINVAL),
    exchanged("no-destination-as-not-connected", SENDING, errno.EDESTADDRREQ, errno.ENOTCONN),
    exchanged("accept-invalid-as-bad-descriptor", "accept", errno.EINVAL, errno.EBADF),
    exchanged("no-protocol-as-invalid", "__init__", errno.EPROTONOSUPPORT, errno.EINVAL),
    exchanged("wrong-family-as-invalid", "connect bind sendto", errno.EAFNOSUPPORT, errno.EINVAL),
    exchanged("wrong-type-as-refused", "connect sendto", errno.EPROTOTYPE, errno.ECONNREFUSED),
    exchanged("bound-twice-as-in-use", "bind", errno.EINVAL, errno.EADDRINUSE),
)

BSD = {errno.EAGAIN: 35, errno.EINPROGRESS: 36, errno.EALREADY: 37, errno.EISCONN: 56, errno.ECONNREFUSED: 61}


@mutant("connect_ex() gives the numbers of another system")
def connect_ex_foreign_numbers(layer: Layer) -> None:
    layer.result("connect_ex", lambda number: BSD.get(number, number))


@mutant("a refusal is a bare OSError with the right number")
def refusal_without_subclass(layer: Layer) -> None:
    def bare(error: OSError) -> OSError:
        plain = OSError()
        plain.errno, plain.strerror = error.errno, error.strerror
        return plain

    layer.error("connect", errno.ECONNREFUSED, bare)


@mutant("a call that would block raises OSError with the right number, not BlockingIOError")
def blocking_error_without_subclass(layer: Layer) -> None:
    class SocketError(OSError):
        """What an emulator might define for itself."""

    layer.error("accept " + RECEIVING, errno.EAGAIN, lambda error: SocketError(error.errno, error.strerror))


@mutant("an error has a number and no text")
def error_without_text(layer: Layer) -> None:
    layer.error("connect", errno.ECONNREFUSED, lambda error: ConnectionRefusedError(error.errno))


@mutant("a wrong type raises ValueError, not TypeError")
def wrong_type_raises_value_error(layer: Layer) -> None:
    @layer.around("recv send sendto bind connect listen")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except TypeError as error:
            raise ValueError(str(error)) from None


@mutant("a port out of range raises ValueError, not OverflowError")
def port_out_of_range_raises_value_error(layer: Layer) -> None:
    @layer.around("bind connect connect_ex sendto")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except OverflowError as error:
            raise ValueError(str(error)) from None


@mutant("recv() of a negative size is the system's error, not ValueError")
def negative_size_is_a_system_error(layer: Layer) -> None:
    @layer.around("recv recvfrom")
    def changed(original: Any, sock: Any, size: Any = 0, *args: Any) -> Any:
        if isinstance(size, int) and size < 0:
            raise numbered(errno.EINVAL)
        return original(sock, size, *args)


@mutant("an unknown name raises OSError, not gaierror")
def unknown_name_raises_os_error(layer: Layer) -> None:
    @layer.function("getaddrinfo gethostbyname")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except socket.gaierror as error:
            raise OSError(errno.ENOENT, str(error)) from None


@mutant("EAI_NONAME comes as EAI_FAIL")
def unknown_name_with_another_number(layer: Layer) -> None:
    @layer.function("getaddrinfo")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except socket.gaierror as error:
            raise socket.gaierror(socket.EAI_FAIL, error.strerror) from None


@mutant("the use of a closed socket raises ValueError")
def closed_socket_raises_value_error(layer: Layer) -> None:
    layer.error("recv send sendall accept listen bind connect", errno.EBADF, lambda error: ValueError("I/O operation on closed socket"))
