"""What kind of value an expression is known to give: a socket, an address, a port. Guesses nothing that the text does not show."""

from collections.abc import Callable
from typing import Any

Kind = str | tuple[Any, ...]
"""`socket`, `file`, `host`, `port`, `fd`, `pid`, `scope`, `volatile`, or empty; a tuple of kinds for a tuple."""

ADDRESS: Kind = ("host", "port")

LIVING = ("socket", "file")
"""Kinds of objects that stay in their process, and whose names may matter although nothing reads them: they keep them open."""

_METHODS: dict[str, Kind] = {
    "getsockname": ADDRESS,
    "getpeername": ADDRESS,
    "accept": ("socket", ADDRESS),
    "recvfrom": ("", ADDRESS),
    "recvfrom_into": ("", ADDRESS),
    "recvmsg": ("", "", "", ADDRESS),
    "recvmsg_into": ("", "", "", ADDRESS),
    "fileno": "fd",
    "detach": "fd",
    "dup": "socket",
    "makefile": "file",
}

_MEMBERS: dict[tuple[str, str], Kind] = {
    ("socket", "socket"): "socket",
    ("socket", "create_connection"): "socket",
    ("socket", "create_server"): "socket",
    ("socket", "fromfd"): "socket",
    ("socket", "fromshare"): "socket",
    ("socket", "SocketType"): "socket",
    ("socket", "socketpair"): ("socket", "socket"),
    ("socket", "dup"): "fd",
    ("os", "dup"): "fd",
    ("os", "pipe"): ("fd", "fd"),
    ("os", "getpid"): "pid",
    ("socket", "if_nametoindex"): "scope",
}

_HELPERS: dict[str, Kind] = {
    "unused_port": "port",
    "volatile": "volatile",
    "ucred": ("pid", "", ""),
    "available_socket": "socket",
    "open_file": "file",
    "bytes_file": "file",
    "text_file": "file",
}


def kind_of(tree: Any, kind_of_name: Callable[[str], Kind]) -> Kind:
    """The kind of an expression's value, given the kinds of saved values."""
    if not isinstance(tree, list):
        return ""
    if tree[0] == "name":
        return kind_of_name(tree[1])
    if tree[0] == "help":
        return kind_of(tree[2][0], kind_of_name) if tree[1] == "enter" else _HELPERS.get(tree[1], "")
    if tree[0] == "tuple":
        return tuple(kind_of(item, kind_of_name) for item in tree[1])
    if tree[0] == "item":
        return part(kind_of(tree[1], kind_of_name), tree[2])
    if tree[0] == "call" and tree[1][0] == "get":
        return _result_of(tree[1])
    return ""


def part(kind: Kind, index: Any) -> Kind:
    """The kind of one item of a tuple."""
    if not isinstance(kind, tuple) or type(index) is not int or not -len(kind) <= index < len(kind):
        return ""
    found: Kind = kind[index]
    return found


def _result_of(function: list[Any]) -> Kind:
    owner, name = function[1], function[2]
    if owner[0] == "module":
        return _MEMBERS.get((owner[1], name), "")
    return _METHODS.get(name, "")
