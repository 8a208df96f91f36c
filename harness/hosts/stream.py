"""A process inside a container, over the stream that the SDK attaches to it. Knows the engine's framing; starts nothing."""

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from harness.hosts.process import Listener

_HEADER = struct.Struct(">BxxxL")
_ERRORS = 2


class ContainerProcess(asyncio.Protocol):
    """One attached process.

    `look` says how it ended, once its stream is closed; `end` ends it.
    """

    def __init__(self, listener: Listener, look: Callable[[], Awaitable[str]], end: Callable[[int], Awaitable[None]]) -> None:
        self.pid = 0
        self._listener = listener
        self._look = look
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.WriteTransport | None = None
        self._held = bytearray()
        self._how = "its output ended"
        self._tasks: set[asyncio.Task[None]] = set()
        self._stream: Any = None
        self._given_back = False

    async def attach(self, stream: Any) -> "ContainerProcess":
        """Take over the stream of the SDK."""
        self._stream = stream
        plain = getattr(stream, "_sock", stream)
        if _is_plain(plain):
            plain.setblocking(False)
            await self._loop.create_connection(lambda: self, sock=plain)
        else:
            self.connection_made(_ThreadTransport(plain, self, self._loop))
        return self

    def write(self, data: bytes) -> None:
        """Send to its standard input."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def kill(self) -> None:
        """End it at once."""
        task = self._loop.create_task(self._kill())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kill(self) -> None:
        with suppress(Exception):  # an engine that does not answer has nothing left to end
            await self._end(self.pid)
        if not self.pid:
            self._shut()

    def is_alive(self) -> bool:
        """Its stream is open."""
        return self._transport is not None and not self._ended.done()

    def ending(self) -> str:
        """How it ended."""
        return self._how

    async def wait(self, seconds: float) -> None:
        """Until it has ended, or for so long."""
        await asyncio.wait([self._ended], timeout=seconds)

    def close(self) -> None:
        """Close the stream; how its process ends is nobody's business any more."""
        self._given_back = True
        self._shut()

    def _shut(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # -- callbacks of the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream, so that it can be written to

    def data_received(self, data: bytes) -> None:
        held = self._held
        held += data
        at = 0
        while len(held) - at >= _HEADER.size:
            kind, length = _HEADER.unpack_from(held, at)
            end = at + _HEADER.size + length
            if len(held) < end:
                break
            part = bytes(held[at + _HEADER.size : end])
            at = end
            if kind == _ERRORS:
                self._listener.errors(part)
            else:
                self._listener.output(part)
        del held[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        let_go(self._stream)
        task = self._loop.create_task(self._find_out())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _find_out(self) -> None:
        if not self._given_back:
            with suppress(Exception):  # the stream has ended, whatever the engine can still say of it
                self._how = await self._look()
        if not self._ended.done():
            self._ended.set_result(None)
        self._listener.ended()


def let_go(stream: Any) -> None:
    """Close a stream of the SDK: a file over a socket, which stays open until both are closed.

    First the response that the SDK took it from: from Python 3.13 on that complains when it is collected and its file was closed before.
    """
    parts: tuple[Any, ...] = (getattr(stream, "_response", None), getattr(stream, "_sock", None), stream)
    for part in parts:
        with suppress(Exception):
            part.close()


def _is_plain(stream: Any) -> bool:
    """A socket that the event loop can watch, as opposed to TLS and the named pipes of Windows."""
    import ssl

    return isinstance(stream, socket.socket) and not isinstance(stream, ssl.SSLSocket) and sys.platform != "cygwin"


class _ThreadTransport(asyncio.WriteTransport):
    """For streams that the event loop cannot watch: one thread reads, one writes."""

    def __init__(self, stream: Any, protocol: asyncio.Protocol, loop: asyncio.AbstractEventLoop) -> None:
        from queue import SimpleQueue
        from threading import Thread

        super().__init__()
        self._stream = stream
        self._protocol = protocol
        self._loop = loop
        self._closing = False
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        if hasattr(stream, "settimeout"):
            stream.settimeout(None)
        Thread(target=self._read, daemon=True).start()
        Thread(target=self._write, daemon=True).start()

    def _read(self) -> None:
        with suppress(Exception):
            while data := self._stream.recv(65536):
                self._loop.call_soon_threadsafe(self._protocol.data_received, data)
        with suppress(RuntimeError):  # the loop has ended before
            self._loop.call_soon_threadsafe(self._protocol.connection_lost, None)

    def _write(self) -> None:
        with suppress(Exception):
            while data := self._queue.get():
                self._stream.sendall(data)

    def write(self, data: Any) -> None:
        self._queue.put(bytes(data))

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True
        self._queue.put(b"")
        with suppress(Exception):
            self._stream.shutdown(socket.SHUT_RDWR)  # closing alone would not wake the thread that reads
        with suppress(Exception):
            self._stream.close()
