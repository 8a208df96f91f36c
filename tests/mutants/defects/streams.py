"""Bytes on a stream: lost, doubled, changed, miscounted; the end of the stream."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("recv() loses the last of several bytes")
def recv_loses_last_byte(layer: Layer) -> None:
    layer.result("recv", lambda data: data[:-1] if len(data) > 1 else data)


@mutant("recv() gives the first byte twice, and so one byte more")
def recv_doubles_first_byte(layer: Layer) -> None:
    layer.result("recv", lambda data: data[:1] + data)


@mutant("recv() asks for one byte less than it was told to")
def recv_one_less(layer: Layer) -> None:
    layer.around("recv")(lambda original, sock, size, *args: original(sock, size - 1 if size > 1 else size, *args))


@mutant("recv() asks for one byte more than it was told to")
def recv_one_more(layer: Layer) -> None:
    layer.around("recv")(lambda original, sock, size, *args: original(sock, size + 1, *args))


@mutant("recv() never gives more than 1024 bytes")
def recv_at_most_a_kilobyte(layer: Layer) -> None:
    layer.around("recv")(lambda original, sock, size, *args: original(sock, min(size, 1024), *args))


@mutant("recv() strips the highest bit")
def recv_of_seven_bits(layer: Layer) -> None:
    layer.result("recv", lambda data: bytes(byte & 127 for byte in data))


@mutant("recv() ends at a NUL, as C text does")
def recv_ends_at_nul(layer: Layer) -> None:
    layer.result("recv", lambda data: data.split(b"\0")[0] or data)


@mutant("recv() turns CR LF into LF")
def recv_translates_newlines(layer: Layer) -> None:
    layer.result("recv", lambda data: data.replace(b"\r\n", b"\n"))


@mutant("recv() gives a bytearray")
def recv_gives_bytearray(layer: Layer) -> None:
    layer.result("recv", bytearray)


@mutant("recv() gives text")
def recv_gives_text(layer: Layer) -> None:
    layer.result("recv", lambda data: data.decode("latin-1"))


@mutant("recv() mixes up blocks of more than 64 KiB")
def recv_mixes_up_large_blocks(layer: Layer) -> None:
    layer.result("recv", lambda data: data if len(data) <= 32768 else data[32768:] + data[:32768])


@mutant("recv(0) takes a byte")
def recv_of_nothing_takes_one(layer: Layer) -> None:
    layer.around("recv")(lambda original, sock, size, *args: original(sock, size or 1, *args))


@mutant("recv() ignores its flags")
def recv_ignores_flags(layer: Layer) -> None:
    layer.around("recv recvfrom")(lambda original, sock, size, *flags: original(sock, size))


def without_flag(layer: Layer, names: str, name: str) -> None:
    """A flag that does nothing."""
    flag = getattr(socket, name, 0)

    @layer.around(names)
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        return original(sock, size, *(number & ~flag if isinstance(number, int) else number for number in args))


@mutant("MSG_PEEK takes the bytes away")
def peek_consumes(layer: Layer) -> None:
    without_flag(layer, "recv recvfrom", "MSG_PEEK")


@mutant("MSG_WAITALL does not wait for all")
def waitall_ignored(layer: Layer) -> None:
    without_flag(layer, "recv", "MSG_WAITALL")


@mutant("MSG_DONTWAIT waits")
def dontwait_ignored(layer: Layer) -> None:
    without_flag(layer, "recv recvfrom", "MSG_DONTWAIT")


@mutant("MSG_OOB gives ordinary bytes")
def out_of_band_ignored(layer: Layer) -> None:
    without_flag(layer, "recv", "MSG_OOB")


def wait_for_nothing(sock: Any) -> None:
    """As a call does to which nothing happens."""
    seconds = sock.gettimeout()
    if seconds == 0:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    threading.Event().wait(seconds)
    raise TimeoutError("timed out")


@mutant("the end of a stream is never told: recv() waits on")
def end_of_stream_never_comes(layer: Layer) -> None:
    @layer.around("recv")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        data = original(sock, size, *args)
        if not data and size and sock.type == socket.SOCK_STREAM:
            wait_for_nothing(sock)
        return data


@mutant("the end of a stream is an exception")
def end_of_stream_raises(layer: Layer) -> None:
    @layer.around("recv")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        data = original(sock, size, *args)
        if not data and size and sock.type == socket.SOCK_STREAM:
            raise EOFError("connection closed")
        return data


@mutant("the end of a stream is None")
def end_of_stream_is_none(layer: Layer) -> None:
    layer.result("recv", lambda data: data or None)


@mutant("the end of a stream is told once, then ENOTCONN")
def end_of_stream_is_told_once(layer: Layer) -> None:
    told = layer.memory()

    @layer.around("recv")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        if told.get(sock):
            raise OSError(107, "Transport endpoint is not connected")
        data = original(sock, size, *args)
        if not data and size and sock.type == socket.SOCK_STREAM:
            told[sock] = True
        return data


@mutant("the end of a stream seems to come after a block that fills the buffer")
def end_of_stream_too_early(layer: Layer) -> None:
    full = layer.memory()

    @layer.around("recv")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        if full.pop(sock, False):
            return b""
        data = original(sock, size, *args)
        if sock.type == socket.SOCK_STREAM and size and len(data) == size:
            full[sock] = True
        return data


@mutant("what is unread when the peer has closed is lost")
def unread_bytes_lost_at_the_end(layer: Layer) -> None:
    @layer.around("recv")
    def changed(original: Any, sock: Any, size: Any, *args: Any) -> Any:
        data = original(sock, size, *args)
        rest = data
        while rest and sock.type == socket.SOCK_STREAM and len(data) == size:
            try:
                rest = original(sock, 65536, socket.MSG_PEEK | socket.MSG_DONTWAIT)
                state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
            except (OSError, AttributeError):
                break
            if state != b"\x08":
                break
            original(sock, 65536)
        return data


@mutant("a reset of the connection is an orderly end of stream")
def reset_as_end_of_stream(layer: Layer) -> None:
    @layer.around("recv")
    def changed(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except ConnectionResetError:
            return b""


@mutant("send() into a full or broken connection says that all was sent")
def send_claims_all(layer: Layer) -> None:
    @layer.around("send")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        original(sock, data, *args)
        return len(data)


@mutant("send() returns None")
def send_returns_none(layer: Layer) -> None:
    layer.result("send", lambda count: None)


@mutant("send() counts one byte too few")
def send_counts_one_less(layer: Layer) -> None:
    layer.result("send", lambda count: max(count - 1, 0))


@mutant("sendall() returns the number of bytes")
def sendall_returns_count(layer: Layer) -> None:
    @layer.around("sendall")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        original(sock, data, *args)
        return len(data)


@mutant("sendall() sends at most 64 KiB and says nothing")
def sendall_silently_short(layer: Layer) -> None:
    layer.around("sendall")(lambda original, sock, data, *args: original(sock, memoryview(data)[:65536], *args))


@mutant("sendall() on a full buffer goes on one byte too late")
def sendall_loses_a_byte_between_parts(layer: Layer) -> None:
    @layer.around("sendall")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        view = memoryview(data).cast("B")
        if len(view) <= 100_000:
            return original(sock, data, *args)
        original(sock, view[:100_000], *args)
        return original(sock, view[100_001:], *args)


@mutant("sendall() of a socket that does not block gives up silently")
def sendall_gives_up_silently(layer: Layer) -> None:
    @layer.around("sendall")
    def changed(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except BlockingIOError:
            return None


@mutant("send() takes text and encodes it")
def send_takes_text(layer: Layer) -> None:
    @layer.around("send sendall")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        return original(sock, data.encode() if isinstance(data, str) else data, *args)


@mutant("send() turns LF into CR LF")
def send_translates_newlines(layer: Layer) -> None:
    @layer.around("send sendall")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        return original(sock, data.replace(b"\n", b"\r\n") if isinstance(data, bytes) else data, *args)


@mutant("send() of a memoryview sends the whole object below it")
def send_ignores_the_view(layer: Layer) -> None:
    @layer.around("send sendall")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        return original(sock, data.obj if isinstance(data, memoryview) else data, *args)


@mutant("send() counts items of an array where it should count bytes")
def send_counts_items(layer: Layer) -> None:
    @layer.around("send")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        size = data.itemsize if isinstance(data, memoryview) else 1
        return original(sock, data, *args) // size


@mutant("send() after shutdown of the sending side says that all went well")
def send_into_the_void(layer: Layer) -> None:
    @layer.around("send sendall")
    def changed(original: Any, sock: Any, data: Any, *args: Any) -> Any:
        try:
            return original(sock, data, *args)
        except BrokenPipeError:
            return len(data) if original.__name__ == "send" else None


@mutant("recv_into() writes one byte too far on")
def recv_into_offset(layer: Layer) -> None:
    @layer.around("recv_into")
    def changed(original: Any, sock: Any, buffer: Any, *args: Any) -> Any:
        view = memoryview(buffer).cast("B")
        return original(sock, view[1:] if len(view) > 1 and not args else view, *args)


@mutant("recv_into() ignores the number of bytes asked for")
def recv_into_ignores_size(layer: Layer) -> None:
    layer.around("recv_into")(lambda original, sock, buffer, *args, **kwargs: original(sock, buffer))


@mutant("recv_into() returns the size of the buffer")
def recv_into_returns_size(layer: Layer) -> None:
    @layer.around("recv_into")
    def changed(original: Any, sock: Any, buffer: Any, *args: Any, **kwargs: Any) -> Any:
        original(sock, buffer, *args, **kwargs)
        return len(buffer)


@mutant("recv_into() clears what it does not fill")
def recv_into_clears_the_rest(layer: Layer) -> None:
    @layer.around("recv_into")
    def changed(original: Any, sock: Any, buffer: Any, *args: Any, **kwargs: Any) -> Any:
        count = original(sock, buffer, *args, **kwargs)
        view = memoryview(buffer).cast("B")
        view[count:] = bytes(len(view) - count)
        return count


@mutant("recv_into() takes a size beyond its buffer")
def recv_into_takes_any_size(layer: Layer) -> None:
    @layer.around("recv_into")
    def changed(original: Any, sock: Any, buffer: Any, size: Any = 0, *args: Any) -> Any:
        return original(sock, buffer, min(size, len(buffer)) if isinstance(size, int) and size >= 0 else size, *args)
