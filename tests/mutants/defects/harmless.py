"""No defects: other forms of a right socket layer, which nothing must notice."""

from __future__ import annotations

import socket
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("nothing is changed: what the wrapper itself does must make no difference")
def none(layer: Layer) -> None:
    pass


@mutant("every method is a Python function that passes everything on")
def patched_methods(layer: Layer) -> None:
    names = [name for name in dir(socket.socket) if not name.startswith("_") and callable(getattr(socket.socket, name))]

    @layer.around(" ".join(names))
    def passed_on(original: Any, *args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)


@mutant("every function of the module is a Python function that passes everything on")
def patched_functions(layer: Layer) -> None:
    kinds = (type(len), type(none.apply))
    names = [name for name in dir(socket) if not name.startswith("_") and isinstance(getattr(socket, name), kinds)]

    @layer.function(" ".join(names))
    def passed_on(original: Any, *args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)


@mutant("a subclass stands in the place of socket.socket")
def subclassed(layer: Layer) -> None:
    class Socket(socket.socket):
        """A socket of somebody's own making."""

    if layer.live:
        setattr(socket, "socket", Socket)  # noqa: B010 - an assignment is no valid one to the type checker
