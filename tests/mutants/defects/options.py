"""Socket options: not set, set to something else, without effect, told in another form."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from typing import Any

from tests.mutants.layer import Layer, Mutant, mutant


def option(name: str) -> tuple[int, int]:
    """Level and number of an option by the name that `socket` has for it."""
    levels = {"IP_": "IPPROTO_IP", "IPV6_": "IPPROTO_IPV6", "TCP_": "IPPROTO_TCP", "SO_": "SOL_SOCKET"}
    level = next(level for prefix, level in levels.items() if name.startswith(prefix))
    return getattr(socket, level), getattr(socket, name, -1)


ROOM = 64
"""Bytes that every option of a socket fits in."""


def without_effect(name: str) -> Mutant:
    """An option that is checked and reads back as it was set, but does nothing."""

    def apply(layer: Layer) -> None:
        remembered = layer.memory()
        chosen = option(name)
        reading = socket.socket.getsockopt

        @layer.around("setsockopt")
        def set_(original: Any, sock: Any, *args: Any) -> Any:
            if args[:2] != chosen:
                return original(sock, *args)
            before = readable_bytes(reading, sock, chosen)
            original(sock, *args)
            remembered[sock] = readable_bytes(reading, sock, chosen)
            if before:
                original(sock, *chosen, before)
            return None

        @layer.around("getsockopt")
        def get(original: Any, sock: Any, *args: Any) -> Any:
            value = original(sock, *args)
            if args[:2] != chosen or not remembered.get(sock):
                return value
            return int.from_bytes(remembered[sock], sys.byteorder) if isinstance(value, int) else remembered[sock][: len(value)]

        layer.touched.add(name)

    return Mutant(f"no-effect-of-{name.lower().replace('_', '-')}", "options", f"{name} reads back as set and has no effect", apply)


def readable_bytes(reading: Any, sock: Any, chosen: tuple[int, int]) -> bytes:
    """An option as it is; nothing for one that can only be set."""
    try:
        value: bytes = reading(sock, *chosen, ROOM)
    except OSError:
        return b""
    return value


WITHOUT_EFFECT = tuple(
    without_effect(name)
    for name in (
        "SO_REUSEADDR SO_REUSEPORT SO_BROADCAST SO_LINGER SO_OOBINLINE SO_RCVTIMEO SO_SNDTIMEO IP_TTL "
        "IPV6_V6ONLY IPV6_RECVHOPLIMIT IPV6_UNICAST_HOPS SO_PASSCRED SO_SNDBUF IP_RECVTOS IP_TOS "
        "TCP_CORK SO_RCVLOWAT"
    ).split()
)


def ignored(name: str) -> Mutant:
    """An option that cannot be changed, without an error."""

    def apply(layer: Layer) -> None:
        chosen = option(name)
        layer.around("setsockopt")(lambda original, sock, *args: None if args[:2] == chosen else original(sock, *args))
        layer.touched.add(name)

    return Mutant(f"ignored-{name.lower().replace('_', '-')}", "options", f"setting {name} changes nothing", apply)


IGNORED = tuple(
    ignored(name)
    for name in (
        "TCP_NODELAY SO_KEEPALIVE SO_DONTROUTE TCP_KEEPIDLE TCP_MAXSEG IP_MULTICAST_TTL IP_MULTICAST_LOOP IPV6_MULTICAST_HOPS SO_PRIORITY"
    ).split()
)


@mutant("setsockopt() changes nothing")
def setsockopt_ignored(layer: Layer) -> None:
    layer.around("setsockopt")(lambda original, sock, *args: None)


@mutant("setsockopt() returns 0")
def setsockopt_returns_zero(layer: Layer) -> None:
    layer.result("setsockopt", lambda value: 0)


@mutant("setsockopt() takes every int for 1")
def setsockopt_takes_ints_for_one(layer: Layer) -> None:
    @layer.around("setsockopt")
    def changed(original: Any, sock: Any, level: Any, number: Any, value: Any, *args: Any) -> Any:
        return original(sock, level, number, int(bool(value)) if isinstance(value, int) else value, *args)


@mutant("setsockopt() does not take bytes")
def setsockopt_refuses_bytes(layer: Layer) -> None:
    @layer.around("setsockopt")
    def changed(original: Any, sock: Any, level: Any, number: Any, value: Any, *args: Any) -> Any:
        if isinstance(value, (bytes, bytearray)):
            raise TypeError("an integer is required")
        return original(sock, level, number, value, *args)


@mutant("setsockopt() says nothing of an unknown option")
def unknown_option_is_silent(layer: Layer) -> None:
    @layer.around("setsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        try:
            return original(sock, *args)
        except OSError as error:
            if error.errno != errno.ENOPROTOOPT:
                raise
            return None


@mutant("getsockopt() gives 0 for an unknown option")
def unknown_option_is_zero(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        try:
            return original(sock, *args)
        except OSError as error:
            if error.errno != errno.ENOPROTOOPT:
                raise
            return 0


@mutant("getsockopt() gives 1 for every option that is set")
def getsockopt_gives_one(layer: Layer) -> None:
    layer.result("getsockopt", lambda value: int(bool(value)) if isinstance(value, int) else value)


@mutant("getsockopt() gives a bool")
def getsockopt_gives_bool(layer: Layer) -> None:
    layer.result("getsockopt", lambda value: bool(value) if value in (0, 1) and isinstance(value, int) else value)


@mutant("getsockopt() gives bytes in the order of the network")
def getsockopt_swaps_bytes(layer: Layer) -> None:
    layer.result("getsockopt", lambda value: value[::-1] if isinstance(value, bytes) else value)


@mutant("getsockopt() gives as many bytes as were asked for, whatever the option has")
def getsockopt_pads(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        value = original(sock, *args)
        return value.ljust(args[2], b"\0") if isinstance(value, bytes) and len(args) > 2 else value


@mutant("getsockopt() ignores the length asked for")
def getsockopt_ignores_length(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, level: Any, number: Any, length: Any = 0) -> Any:
        return original(sock, level, number, max(length, 16) if length and 0 < length <= 1024 else length)


@mutant("getsockopt() takes any length")
def getsockopt_takes_any_length(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, level: Any, number: Any, length: Any = 0) -> Any:
        return original(sock, level, number, min(max(length, 0), 1024) if isinstance(length, int) else length)


@mutant("the level of an option is not looked at")
def option_level_ignored(layer: Layer) -> None:
    @layer.around("getsockopt setsockopt")
    def changed(original: Any, sock: Any, level: Any, *args: Any) -> Any:
        return original(sock, socket.SOL_SOCKET if level == socket.IPPROTO_TCP else level, *args)


@mutant("SO_ERROR is not cleared by reading it")
def pending_error_stays(layer: Layer) -> None:
    kept = layer.memory()

    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        value = original(sock, *args)
        if args == option("SO_ERROR"):
            value = kept[sock] = value or kept.get(sock, 0)
        return value


@mutant("SO_ERROR is always 0")
def pending_error_is_zero(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        value = original(sock, *args)
        return 0 if args == option("SO_ERROR") else value


@mutant("SO_TYPE tells a stream for everything")
def type_option_wrong(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        value = original(sock, *args)
        return int(socket.SOCK_STREAM) if args == option("SO_TYPE") else value


def on_from_the_beginning(name: str) -> Mutant:
    """An option with another default."""

    def apply(layer: Layer) -> None:
        @layer.around("__init__")
        def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
            original(sock, *args, **kwargs)
            if kwargs.get("fileno") is None and len(args) < 4:
                with contextlib.suppress(OSError):
                    sock.setsockopt(*option(name), 1)

        layer.touched.add(name)

    return Mutant(f"default-of-{name.lower().replace('_', '-')}", "options", f"{name} is on from the beginning", apply)


DEFAULTS = tuple(on_from_the_beginning(name) for name in "SO_REUSEADDR SO_BROADCAST TCP_NODELAY SO_KEEPALIVE IPV6_V6ONLY".split())


@mutant("buffer sizes are told as they were set, not doubled")
def buffer_not_doubled(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        value = original(sock, *args)
        return value // 2 if args in (option("SO_RCVBUF"), option("SO_SNDBUF")) else value


@mutant("an accepted connection has the default options")
def options_not_inherited(layer: Layer) -> None:
    @layer.around("accept")
    def changed(original: Any, sock: Any) -> Any:
        connection, address = original(sock)
        for name in ("SO_KEEPALIVE", "TCP_NODELAY", "SO_OOBINLINE"):
            with contextlib.suppress(OSError):
                connection.setsockopt(*option(name), 0)
        return connection, address


@mutant("the credentials of a peer are zeros")
def peer_credentials_zero(layer: Layer) -> None:
    @layer.around("getsockopt")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        value = original(sock, *args)
        return bytes(len(value)) if args[:2] == option("SO_PEERCRED") and isinstance(value, bytes) else value
