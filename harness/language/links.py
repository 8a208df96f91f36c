"""Where a cited source can be read: `posix:recv` to an address on the web. Asks nobody whether it is there."""

import re
from collections.abc import Callable

PYTHON = "https://docs.python.org/3/library"
POSIX = "https://pubs.opengroup.org/onlinepubs/9799919799/functions"

_MODULES = frozenset({
    "socket", "select", "selectors", "errno", "io", "os", "struct", "exceptions", "weakref", "copy", "pickle", "enum", "operator",
    "ssl", "signal", "threading", "ipaddress", "asyncio", "decimal", "fractions", "array", "warnings",
})  # fmt: skip
_FUNCTIONS = frozenset({"open", "bytearray", "bytes", "memoryview", "isinstance", "len", "repr", "hash", "int", "str", "bool"})
_TYPES = frozenset({"memoryview", "bytes", "bytearray", "int", "str"})
_FREEBSD = "https://man.freebsd.org/cgi/man.cgi?query={0}&sektion={1}"
_MACOS = "https://developer.apple.com/library/archive/documentation/System/Conceptual/ManPages_iPhoneOS/man{1}/{0}.{1}.html"


def url_of(source: str) -> str:
    """The address of a source as scenarios name it; empty where it has none."""
    if source.startswith(("https://", "http://")):
        return source
    kind, _, name = source.partition(":")
    maker = _MAKERS.get(kind)
    return maker(name) if maker and re.fullmatch(r"[\w.#/()+: -]+", name) else ""


def _python(name: str) -> str:
    """`socket.socket.recv`, `TimeoutError`, `socket.AF_VSOCK#addresses`, `socket`."""
    whole, _, anchor = name.partition("#")
    module, _, member = whole.partition(".")
    if module in _MODULES:
        anchor = anchor or _anchor(module, member)
        return f"{PYTHON}/{module}.html" + (f"#{anchor}" if anchor else "")
    page = ("stdtypes" if whole in _TYPES else "functions") if whole in _FUNCTIONS else "exceptions"
    return f"{PYTHON}/{page}.html#{anchor or whole}"


def _anchor(module: str, member: str) -> str:
    if not member or member == "constants":
        return member
    return member if module == "exceptions" else f"{module}.{member}"


def _since(name: str) -> str:
    """`3.10:socket.timeout`: the note is where the name is described."""
    return _python(name.partition(":")[2])


def _page_of_manual(pattern: str) -> Callable[[str], str]:
    def made(name: str) -> str:
        found = re.fullmatch(r"([\w.-]+)\((\d)\w*\)", name)
        return pattern.format(found[1], found[2]) if found else ""

    return made


def _issue(name: str) -> str:
    """`python/cpython#81676`."""
    found = re.fullmatch(r"([\w.-]+/[\w.-]+)#(\d+)", name)
    return f"https://github.com/{found[1]}/issues/{found[2]}" if found else ""


def _winsock(name: str) -> str:
    return f"https://learn.microsoft.com/en-us/windows/win32/api/winsock2/nf-winsock2-{name.lower()}"


_MAKERS: dict[str, Callable[[str], str]] = {
    "python": _python,
    "since": _since,
    "posix": lambda name: f"{POSIX}/{name}.html",
    "rfc": lambda name: "https://www.rfc-editor.org/rfc/rfc" + re.sub(r"\D.*", "", name),
    "man": _page_of_manual("https://man7.org/linux/man-pages/man{1}/{0}.{1}.html"),
    "freebsd": _page_of_manual(_FREEBSD),
    "macos": _page_of_manual(_MACOS),
    "issue": _issue,
    "winsock": _winsock,
    "pypy": lambda name: f"https://github.com/pypy/pypy/issues/{name.lstrip('#')}" if name.lstrip("#").isdigit() else "",
    "jython": lambda name: f"https://github.com/jython/jython/issues/{name.lstrip('#')}" if name.lstrip("#").isdigit() else "",
}
"""By the word before the colon. `seed:` is the project's own table, which a page has no address of."""
