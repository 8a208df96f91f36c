"""Timeouts: too early, too late, ignored, misread, or told in another way."""

from __future__ import annotations

import errno
import math
import os
import socket
from typing import Any

from tests.mutants.layer import Layer, mutant

WAITING = "accept recv recvfrom recv_into recvfrom_into recvmsg"


def scaled(layer: Layer, change: Any) -> None:
    """A timeout counts as `change(seconds)`, and is told as it was set."""
    asked = layer.memory()

    @layer.around("settimeout")
    def set_(original: Any, sock: Any, *args: Any) -> Any:
        original(sock, *args)
        asked.pop(sock, None)
        seconds = sock.gettimeout()
        if seconds:
            original(sock, change(seconds))
            asked[sock] = seconds

    @layer.around("setblocking")
    def set_blocking(original: Any, sock: Any, *args: Any) -> Any:
        asked.pop(sock, None)
        return original(sock, *args)

    @layer.around("gettimeout")
    def get(original: Any, sock: Any) -> Any:
        return asked.get(sock, original(sock))


@mutant("a timeout ends at half its time")
def timeout_too_early(layer: Layer) -> None:
    scaled(layer, lambda seconds: seconds / 2)


@mutant("a timeout ends at twice its time")
def timeout_too_late(layer: Layer) -> None:
    scaled(layer, lambda seconds: seconds * 2)


@mutant("a timeout of part of a second ends at once")
def timeout_rounded_down(layer: Layer) -> None:
    scaled(layer, lambda seconds: math.floor(seconds) or 0.000001)


@mutant("a timeout is rounded up to whole seconds")
def timeout_rounded_up(layer: Layer) -> None:
    scaled(layer, math.ceil)


@mutant("a timeout is never reached")
def timeout_ignored(layer: Layer) -> None:
    scaled(layer, lambda seconds: None)


@mutant("a timeout counts in one thousandth of its time, as milliseconds taken for seconds do")
def timeout_in_wrong_unit(layer: Layer) -> None:
    scaled(layer, lambda seconds: seconds / 1000)


@mutant("settimeout(0) makes a socket that waits for ever")
def timeout_zero_is_none(layer: Layer) -> None:
    @layer.around("settimeout")
    def changed(original: Any, sock: Any, seconds: Any) -> Any:
        return original(sock, None if seconds == 0 else seconds)


@mutant("gettimeout() gives milliseconds")
def gettimeout_in_milliseconds(layer: Layer) -> None:
    layer.result("gettimeout", lambda seconds: seconds and seconds * 1000)


@mutant("gettimeout() gives 0 where there is none")
def gettimeout_zero_for_none(layer: Layer) -> None:
    layer.result("gettimeout", lambda seconds: seconds or 0.0)


@mutant("settimeout() returns the former timeout")
def settimeout_returns_the_former(layer: Layer) -> None:
    @layer.around("settimeout")
    def changed(original: Any, sock: Any, *args: Any) -> Any:
        former = sock.gettimeout()
        original(sock, *args)
        return former


@mutant("settimeout() takes a negative number for none")
def settimeout_takes_negative(layer: Layer) -> None:
    @layer.around("settimeout")
    def changed(original: Any, sock: Any, seconds: Any) -> Any:
        return original(sock, None if isinstance(seconds, (int, float)) and seconds < 0 else seconds)


@mutant("settimeout() takes not-a-number for 0")
def settimeout_takes_nan(layer: Layer) -> None:
    @layer.around("settimeout")
    def changed(original: Any, sock: Any, seconds: Any) -> Any:
        return original(sock, 0.0 if isinstance(seconds, float) and seconds != seconds else seconds)


@mutant("settimeout() takes text that holds a number")
def settimeout_takes_text(layer: Layer) -> None:
    @layer.around("settimeout")
    def changed(original: Any, sock: Any, seconds: Any) -> Any:
        return original(sock, float(seconds) if isinstance(seconds, str) else seconds)


@mutant("accept() has no time limit")
def accept_ignores_timeout(layer: Layer) -> None:
    without_limit(layer, "accept")


@mutant("recv() has no time limit")
def recv_ignores_timeout(layer: Layer) -> None:
    without_limit(layer, "recv")


@mutant("recv_into() has no time limit")
def recv_into_ignores_timeout(layer: Layer) -> None:
    without_limit(layer, "recv_into")


@mutant("sendall() has no time limit")
def sendall_ignores_timeout(layer: Layer) -> None:
    without_limit(layer, "sendall")


def without_limit(layer: Layer, names: str) -> None:
    """Calls that wait as long as it takes, if a time limit is set."""

    @layer.around(names)
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        former = sock.gettimeout()
        if not former:
            return original(sock, *args, **kwargs)
        sock.settimeout(None)
        try:
            return original(sock, *args, **kwargs)
        finally:
            sock.settimeout(former)


@mutant("the time limit of sendall() begins anew with each part")
def sendall_limits_each_part(layer: Layer) -> None:
    @layer.around("sendall")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        view = memoryview(data).cast("B")
        while len(view):
            view = view[sock.send(view, *args) :]


def timed_out_as(layer: Layer, error: Any) -> None:
    """Another exception when time is up."""

    @layer.around(WAITING)
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except TimeoutError as expired:
            if expired.errno is not None:
                raise
            raise error() from None


@mutant("when time is up, an OSError of no special class is raised")
def timeout_without_subclass(layer: Layer) -> None:
    timed_out_as(layer, lambda: OSError("timed out"))


@mutant("when time is up, the error number is ETIMEDOUT")
def timeout_with_number(layer: Layer) -> None:
    timed_out_as(layer, lambda: TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))


@mutant("when time is up, EAGAIN is raised as if the socket did not block")
def timeout_as_again(layer: Layer) -> None:
    timed_out_as(layer, lambda: BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)))


@mutant("when time is up, the message is another")
def timeout_with_another_message(layer: Layer) -> None:
    timed_out_as(layer, lambda: TimeoutError("The read operation timed out"))


@mutant("when time is up, recv() gives no bytes, as at the end of a stream")
def timeout_as_end_of_stream(layer: Layer) -> None:
    @layer.around("recv")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except TimeoutError:
            return b""


@mutant("after a timeout the socket does not block any more")
def timeout_leaves_nonblocking(layer: Layer) -> None:
    @layer.around("recv accept")
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(sock, *args, **kwargs)
        except TimeoutError:
            sock.settimeout(0)
            raise


@mutant("a socket is made without the default timeout")
def default_timeout_ignored(layer: Layer) -> None:
    @layer.around("__init__")
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        original(sock, *args, **kwargs)
        if socket.getdefaulttimeout() is not None:
            sock.settimeout(None)

    layer.touched.add("setdefaulttimeout")


@mutant("setdefaulttimeout() changes nothing")
def setdefaulttimeout_ignored(layer: Layer) -> None:
    layer.function("setdefaulttimeout")(lambda original, *args: None if len(args) == 1 else original(*args))


@mutant("setdefaulttimeout() takes a negative number")
def setdefaulttimeout_takes_negative(layer: Layer) -> None:
    @layer.function("setdefaulttimeout")
    def changed(original: Any, seconds: Any) -> Any:
        return original(None if isinstance(seconds, (int, float)) and seconds < 0 else seconds)


@mutant("an accepted connection inherits the listener's timeout")
def accept_inherits_timeout(layer: Layer) -> None:
    @layer.around("accept")
    def changed(original: Any, sock: Any) -> Any:
        connection, address = original(sock)
        connection.settimeout(sock.gettimeout())
        return connection, address


@mutant("a signal ends a waiting call with EINTR")
def interrupted_call_is_not_retried(layer: Layer) -> None:
    import signal

    waiting = []

    @layer.around(WAITING + " connect send sendall sendto")
    def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
        waiting.append(1)
        try:
            return original(*args, **kwargs)
        finally:
            waiting.pop()

    if not layer.live:
        return
    set_handler = signal.signal

    def set_interrupting(number: Any, handler: Any) -> Any:
        def interrupting(*args: Any) -> None:
            handler(*args)
            if waiting:
                raise InterruptedError(errno.EINTR, os.strerror(errno.EINTR))

        return set_handler(number, interrupting if callable(handler) and not isinstance(handler, signal.Handlers) else handler)

    setattr(signal, "signal", set_interrupting)  # noqa: B010 - an assignment is no valid one to the type checker
