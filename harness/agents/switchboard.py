"""A switchboard: starts processes in a machine or a sandbox and carries their streams over one line. Knows no agents and no scenarios.

It runs on Linux with Python 3.8 or later, as the only program of a machine that was booted for it or beside others, and uses the standard
library alone. The other end is `harness/hosts/machine.py`; docs/systems/switchboard.md describes what goes over the line.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence

TERMINAL_HOLDS = 3584
"""Bytes that may be under way to a terminal: it holds 4,095 that nobody has read, and what it does then differs."""
OTHERS_HOLD = 61440
"""The same for a pipe or a device."""
CHUNK = 16384
"""The most of a stream that is put into one frame."""
KEPT = ("PATH", "HOME", "GLIBC_TUNABLES", "OPENSSL_ia32cap")
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FRAME = re.compile(rb"<smx (([0-9]+) ([a-z]+) ([0-9]+) ([A-Za-z0-9+/=]*)) ([0-9a-f]{8})>")


def framed(number: int, kind: str, channel: int, data: bytes = b"") -> bytes:
    """One frame, a line of ASCII: numbered, so that a lost one is missed, and with a checksum, so that a damaged one is seen."""
    inner = b"%d %s %d %s" % (number, kind.encode(), channel, base64.b64encode(data))
    return b"<smx %s %08x>\n" % (inner, zlib.crc32(inner))


class Damaged(Exception):
    """The line has lost or changed something."""


class Line:
    """The line to the controller: frames in and out, counted."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = incoming
        self.outgoing = outgoing
        self.holds = TERMINAL_HOLDS if os.isatty(incoming) else OTHERS_HOLD
        self.held = b""
        self.sent = 0
        self.received = 0
        self.read = 0
        self.acknowledged = 0

    def send(self, kind: str, channel: int = 0, data: bytes = b"") -> None:
        """Write one frame; the other end always reads."""
        frame = framed(self.sent, kind, channel, data)
        self.sent += 1
        while frame:
            frame = frame[os.write(self.outgoing, frame) :]

    def receive(self) -> list[tuple[str, int, bytes]] | None:
        """The frames that have come, or nothing at the end of the line."""
        data = os.read(self.incoming, 65536)
        if not data:
            return None
        self.read += len(data)
        *lines, self.held = (self.held + data).split(b"\n")
        frames = [self._taken(line) for line in lines if line.strip()]
        if self.read - self.acknowledged >= self.holds // 4:
            self.acknowledged = self.read
            self.send("ack", 0, b"%d" % self.read)
        return frames

    def _taken(self, line: bytes) -> tuple[str, int, bytes]:
        found = FRAME.search(line)
        if not found or zlib.crc32(found[1]) != int(found[6], 16) or int(found[2]) != self.received:
            raise Damaged(f"frame {self.received} came as {line[:80]!r}")
        self.received += 1
        return found[3].decode(), int(found[4]), base64.b64decode(found[5])


class Child:
    """A process with its pipes."""

    def __init__(self, channel: int, pid: int, pipes: tuple[int, int, int]) -> None:
        self.channel = channel
        self.pid = pid
        self.input, self.output, self.errors = pipes
        self.open = {self.output, self.errors}
        """Those of its outputs that have not come to an end."""
        self.waiting = b""
        self.no_more = False


class Switchboard:
    """One line, and any number of processes."""

    def __init__(self, line: Line, folder: str) -> None:
        self.line = line
        self.folder = folder
        self.children: dict[int, Child] = {}
        self.selector = selectors.DefaultSelector()
        self.stopped = False
        self.begun: dict[int, bytes] = {}
        """Data of which more is to come, by channel."""

    def serve(self) -> None:
        """Until the line ends, or the word comes to stop; then everything ends."""
        bell = self._listen_for_ends()
        self.selector.register(self.line.incoming, selectors.EVENT_READ, self._orders)
        self.selector.register(bell, selectors.EVENT_READ, lambda mask: self._reap(bell))
        while not self.stopped:
            for key, mask in self.selector.select():
                # One of the same round may have been closed by the one before it.
                if self.selector.get_map().get(key.fd) is key:
                    key.data(mask)
        for child in self.children.values():
            kill(child.pid)

    def _listen_for_ends(self) -> int:
        bell, ringer = os.pipe()
        os.set_blocking(bell, False)
        os.set_blocking(ringer, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
        return bell

    def _orders(self, mask: int) -> None:
        frames = self.line.receive()
        if frames is None:
            self.stopped = True
            return
        for kind, channel, part in frames:
            data = self.begun.pop(channel, b"") + part
            getattr(self, "_" + ORDERS[kind])(channel, data)

    def _more(self, channel: int, data: bytes) -> None:
        self.begun[channel] = data

    def _stop(self, channel: int, data: bytes) -> None:
        self.stopped = True

    def _file(self, channel: int, data: bytes) -> None:
        """Add to a file: what travels in one frame is small."""
        order = json.loads(data)
        with open(os.path.join(self.folder, order["name"]), "ab") as file:
            file.write(base64.b64decode(order["content"]))

    def _start(self, channel: int, data: bytes) -> None:
        order = json.loads(data)
        argv = [order["argv"][0] or sys.executable, *order["argv"][1:]]
        try:
            child = started(channel, argv)
        except OSError as error:
            self.line.send("refused", channel, f"{argv[0]}: {error.strerror}".encode())
            return
        self.children[channel] = child
        for descriptor, kind in ((child.output, "out"), (child.errors, "err")):
            self.selector.register(descriptor, selectors.EVENT_READ, self._reader(child, descriptor, kind))
        self.line.send("started", channel, b"%d" % child.pid)

    def _reader(self, child: Child, descriptor: int, kind: str) -> Callable[[int], bool]:
        return lambda mask: self._carry(child, descriptor, kind)

    def _carry(self, child: Child, descriptor: int, kind: str) -> bool:
        """Send on what a process says; whether there was anything."""
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return False
        if data:
            self.line.send(kind, child.channel, data)
        else:
            self._forget(child, descriptor)
        return bool(data)

    def _forget(self, child: Child, descriptor: int) -> None:
        """Its number may be another process's next."""
        child.open.discard(descriptor)
        self.selector.unregister(descriptor)
        os.close(descriptor)

    def _give(self, channel: int, data: bytes) -> None:
        child = self.children.get(channel)
        if child is not None and not child.no_more:
            child.waiting += data
            self._pour(child)

    def _pour(self, child: Child) -> None:
        """Write what a process takes now, and the rest when it can take more. One that reads no more gets no more."""
        try:
            child.waiting = child.waiting[os.write(child.input, child.waiting) :]
        except BlockingIOError:
            pass
        except OSError:
            child.waiting, child.no_more = b"", True
        known = child.input in self.selector.get_map()
        if child.waiting and not known:
            self.selector.register(child.input, selectors.EVENT_WRITE, lambda mask: self._pour(child))
        elif known and not child.waiting:
            self.selector.unregister(child.input)

    def _kill(self, channel: int, data: bytes) -> None:
        if channel in self.children:
            kill(self.children[channel].pid)

    def _reap(self, bell: int) -> None:
        """Every process that has ended; as the first of a machine it is handed those that are nobody's."""
        with contextlib.suppress(BlockingIOError):
            while os.read(bell, 512):
                pass
        known = {child.pid: child for child in self.children.values()}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid in known:
                self._end(known[pid], status)

    def _end(self, child: Child, status: int) -> None:
        """Its last words first. A process that it left behind may hold its pipes open, so nobody waits for their end."""
        del self.children[child.channel]
        for descriptor, kind in ((child.output, "out"), (child.errors, "err")):
            while descriptor in child.open and self._carry(child, descriptor, kind):
                pass
            if descriptor in child.open:
                self._forget(child, descriptor)
        if child.input in self.selector.get_map():
            self.selector.unregister(child.input)
        os.close(child.input)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        self.line.send("ended", child.channel, b"%d" % code)


ORDERS = {"more": "more", "start": "start", "in": "give", "kill": "kill", "file": "file", "stop": "stop"}


def started(channel: int, argv: list[str]) -> Child:
    """Start a process in a session of its own. Raises OSError."""
    pipes = (os.pipe(), os.pipe(), os.pipe())
    theirs = (pipes[0][0], pipes[1][1], pipes[2][1])
    ours = (pipes[0][1], pipes[1][0], pipes[2][0])
    actions = [(os.POSIX_SPAWN_DUP2, descriptor, number) for number, descriptor in enumerate(theirs)]
    try:
        pid = os.posix_spawnp(argv[0], argv, environment(), file_actions=actions, setsid=True, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ])
    except OSError:
        for descriptor in ours:
            os.close(descriptor)
        raise
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    for descriptor in ours:
        os.set_blocking(descriptor, False)
    return Child(channel, pid, ours)


def environment() -> dict[str, str]:
    """What a program finds in a container: little; and what a processor may be used for here."""
    found = {"PATH": PATHS, "HOME": "/root"}
    found.update({name: os.environ[name] for name in KEPT if name in os.environ})
    return found


def kill(pid: int) -> None:
    """End a process with all that it has started in its session's first group."""
    for end in (os.killpg, os.kill):  # either may find that it is gone
        with contextlib.suppress(OSError):
            end(pid, signal.SIGKILL)


def main(notes: Sequence[str] = ()) -> None:
    """Say that the line is open, with what could not be done before, and serve."""
    line = Line(os.dup(0), os.dup(1))
    # What else would write to the line writes nowhere.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    folder = tempfile.mkdtemp(prefix="smx-")
    os.chmod(folder, 0o755)
    ready = {"pid": os.getpid(), "interpreter": sys.executable, "folder": folder, "notes": list(notes), "holds": line.holds}
    line.send("ready", 0, json.dumps(ready).encode())
    try:
        Switchboard(line, folder).serve()
    except Damaged as damage:
        line.send("broken", 0, str(damage).encode("ascii", "replace"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
