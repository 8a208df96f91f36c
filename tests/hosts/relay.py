"""Stands between a client and the socket of an engine: passes on what both say, stops when told, and can be slow."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

CHUNK = 1 << 16


class Relay:
    """A socket at `path` that leads to the engine, as long as it is started."""

    def __init__(self, engine: str, path: Path) -> None:
        self.engine = engine
        self.path = path
        self.delay = 0.0
        """Seconds that every piece takes."""
        self._listener: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Relay":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(5)

    def start(self) -> None:
        """Let clients in."""
        listener = self._listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen(64)
        self._run(self._accept, listener)

    def stop(self) -> None:
        """End everything that goes through, as an engine does that is stopped."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        self.path.unlink()
        for end in (listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.engine)
            self._ends |= {near, far}
            done = threading.Barrier(2, action=lambda near=near, far=far: self._close(near, far))  # type: ignore[misc]
            self._run(self._pass_on, near, far, done)
            self._run(self._pass_on, far, near, done)

    def _pass_on(self, source: socket.socket, to: socket.socket, done: threading.Barrier) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if self.delay:
                    time.sleep(self.delay)
                to.sendall(data)
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)
        done.wait()

    def _close(self, *ends: socket.socket) -> None:
        for end in ends:
            self._ends.discard(end)
            end.close()

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()
