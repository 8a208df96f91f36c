"""How a defect gets under the `socket` module of this process. Knows no defect; runs inside the target (Python 3.7 or newer)."""

from __future__ import annotations

import functools
import inspect
import os
import socket
import sys
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Replacing = Callable[[Callable[..., Any]], Callable[..., Any]]

AGENT = ("sockmatrix-agent", "sockmatrix_agent.py", "agent.py")
"""Names under which the agent's code runs."""

PLUMBING = frozenset(
    "facts check close wake unused_port host_name _own _socket_types _shorten_time_wait public_names ip_mreq ipv6_mreq hosts".split()
)
"""Functions of the agent that use sockets for its own ends: what they do is no step of a scenario."""


class Mutant(NamedTuple):
    """One defect."""

    name: str
    category: str
    about: str
    apply: Any
    """A function that takes a `Layer` and says to it what goes wrong."""


def mutant(about: str) -> Callable[[Callable[[Layer], None]], Mutant]:
    """Make a mutant of a function: its name is the mutant's, its module the category."""

    def make(apply: Callable[[Layer], None]) -> Mutant:
        return Mutant(apply.__name__.replace("_", "-"), apply.__module__.rpartition(".")[2], about, apply)

    return make


class Layer:
    """The `socket` module of this process.

    With `live=False` nothing is changed, and only the names that a defect would change are noted in `touched`.
    With `everywhere` the agent's own calls are hit too. Each time a defect is met, a byte is appended to the file `report`.
    """

    def __init__(self, *, live: bool = True, everywhere: bool = False, subclass: bool = False, report: str = "") -> None:
        self.live = live
        self.everywhere = everywhere
        self.touched: set[str] = set()
        self.report = _far_descriptor(report) if report else -1
        if live and subclass:
            _install_subclass()

    # -- ways to change something

    def around(self, names: str) -> Replacing:
        """Decorator: a function `(original, sock, *args, **kwargs)` instead of methods of `socket.socket`."""
        return self._replacing(socket.socket, names)

    def function(self, names: str) -> Replacing:
        """Decorator: a function `(original, *args, **kwargs)` instead of functions of the module."""
        return self._replacing(socket, names)

    def result(self, names: str, change: Any) -> None:
        """Methods give `change(value)` for every value."""
        self.around(names)(lambda original, *args, **kwargs: change(original(*args, **kwargs)))

    def answer(self, names: str, change: Any) -> None:
        """Functions of the module give `change(value)` for every value."""
        self.function(names)(lambda original, *args, **kwargs: change(original(*args, **kwargs)))

    def error(self, names: str, number: int, replace: Any) -> None:
        """Methods raise `replace(error)` for an error with this number."""

        @self.around(names)
        def changed(original: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(*args, **kwargs)
            except OSError as error:
                if error.errno != number:
                    raise
                raise replace(error) from None

    def constant(self, name: str, value: Any) -> None:
        """A name of the module has another value."""
        self.touched.add(name)
        if self.live and hasattr(socket, name):
            self.count()
            setattr(socket, name, value)

    def attribute(self, name: str, change: Any) -> None:
        """A property of `socket.socket` gives `change(value)`."""
        self.touched.add(name)
        if not self.live:
            return
        former = getattr(socket.socket, name)

        def read(sock: Any) -> Any:
            value = former.__get__(sock)
            if self._is_plumbing():
                return value
            self.count()
            return change(value)

        setattr(socket.socket, name, property(read))

    @staticmethod
    def memory() -> Any:
        """Something to remember of each socket as long as it lives."""
        return weakref.WeakKeyDictionary()

    # -- inside

    def _replacing(self, owner: Any, names: str) -> Replacing:
        def install(function: Callable[..., Any]) -> Callable[..., Any]:
            for name in names.split():
                self.touched.add(name)
                if self.live and hasattr(owner, name):
                    setattr(owner, name, self._wrapped(getattr(owner, name), function))
            return function

        return install

    def _wrapped(self, original: Any, function: Any) -> Any:
        shape = inspect.signature(function)
        takes_names = any(parameter.kind is parameter.VAR_KEYWORD for parameter in shape.parameters.values())

        @functools.wraps(original)
        def replacement(*args: Any, **kwargs: Any) -> Any:
            if self._is_plumbing() or (kwargs and not takes_names) or not _fits(shape, original, args, kwargs):
                return original(*args, **kwargs)
            self.count()
            return function(original, *args, **kwargs)

        return replacement

    def _is_plumbing(self) -> bool:
        """Whether the agent is calling for its own ends."""
        if self.everywhere:
            return False
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_name in PLUMBING and frame.f_code.co_filename.endswith(AGENT):
                return True
            frame = frame.f_back
        return False

    def count(self) -> None:
        """The defect was met."""
        if self.report >= 0:
            os.write(self.report, b".")


def _fits(shape: inspect.Signature, original: Any, args: Any, kwargs: Any) -> bool:
    """Whether a call can be passed to a defect; one with other arguments is for the original to refuse."""
    try:
        shape.bind(original, *args, **kwargs)
    except TypeError:
        return False
    return True


def _far_descriptor(path: str) -> int:
    """Open a file to append to, far from the numbers that sockets get: a defect must not change those."""
    near = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        import fcntl
    except ImportError:
        return near
    far = fcntl.fcntl(near, fcntl.F_DUPFD_CLOEXEC, 240)
    os.close(near)
    return far


def _install_subclass() -> None:
    """What defects change is then a class of its own that stands in the place of `socket.socket`."""

    class Socket(socket.socket):
        """A socket of somebody's own making."""

        __slots__ = ()

    Socket.__name__ = Socket.__qualname__ = "socket"
    Socket.__module__ = "socket"
    setattr(socket, "socket", Socket)  # noqa: B010 - an assignment is no valid one to the type checker
