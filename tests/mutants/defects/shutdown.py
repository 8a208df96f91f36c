"""Shutdown: the wrong side, nothing, too much."""

from __future__ import annotations

import errno
import socket
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("SHUT_RD and SHUT_WR are swapped")
def shutdown_swapped(layer: Layer) -> None:
    layer.around("shutdown")(lambda original, sock, how: original(sock, {0: 1, 1: 0}.get(how, how)))


@mutant("shutdown() does nothing")
def shutdown_ignored(layer: Layer) -> None:
    layer.around("shutdown")(lambda original, sock, how: None)


@mutant("shutdown() of the receiving side does nothing")
def shutdown_of_receiving_ignored(layer: Layer) -> None:
    layer.around("shutdown")(lambda original, sock, how: None if how == socket.SHUT_RD else original(sock, how))


@mutant("shutdown() of the sending side ends both")
def shutdown_of_sending_ends_both(layer: Layer) -> None:
    layer.around("shutdown")(lambda original, sock, how: original(sock, 2 if how == 1 else how))


@mutant("shutdown() of both sides ends the sending one only")
def shutdown_of_both_ends_sending(layer: Layer) -> None:
    layer.around("shutdown")(lambda original, sock, how: original(sock, 1 if how == 2 else how))


@mutant("shutdown() of an unconnected socket says nothing")
def shutdown_needs_no_connection(layer: Layer) -> None:
    @layer.around("shutdown")
    def changed(original: Any, sock: Any, how: Any) -> Any:
        try:
            return original(sock, how)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise
            return None


@mutant("shutdown() takes any direction")
def shutdown_takes_any_direction(layer: Layer) -> None:
    @layer.around("shutdown")
    def changed(original: Any, sock: Any, how: Any) -> Any:
        return original(sock, how if how in (0, 1, 2) or not isinstance(how, int) else 2)


@mutant("shutdown() returns 0")
def shutdown_returns_zero(layer: Layer) -> None:
    layer.result("shutdown", lambda value: 0)


@mutant("shutdown() closes the socket")
def shutdown_closes(layer: Layer) -> None:
    @layer.around("shutdown")
    def changed(original: Any, sock: Any, how: Any) -> Any:
        original(sock, how)
        if how == socket.SHUT_RDWR:
            sock.close()
