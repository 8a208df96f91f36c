"""Where the sources of a scenario, `python:socket.socket.recv` or `rfc:9293`, can be read. Fetches nothing."""

from collections.abc import Callable

_OF_PYTHON = ("socket", "select", "selectors", "errno", "struct", "os", "ssl", "socketserver", "asyncio")


def link(source: str) -> str:
    """The address of a page about it; empty where there is none."""
    kind, _, rest = source.partition(":")
    maker = _LINKS.get(kind)
    return maker(rest) if maker else ""


def _python(name: str) -> str:
    module = name.split(".")[0]
    page = module if module in _OF_PYTHON else "exceptions"
    folder = "https://docs.python.org/3/library"
    return f"{folder}/{page}.html#{name}" if name != module or page == "exceptions" else f"{folder}/{page}.html"


def _since(text: str) -> str:
    return _python(text.partition(":")[2])


def _man(page: str) -> str:
    name, _, section = page.removesuffix(")").partition("(")
    return f"https://man7.org/linux/man-pages/man{section}/{name}.{section}.html" if section else ""


def _issue(text: str) -> str:
    project, _, number = text.partition("#")
    return f"https://github.com/{project}/issues/{number}" if number else ""


_LINKS: dict[str, Callable[[str], str]] = {
    "python": _python,
    "since": _since,
    "posix": lambda name: f"https://pubs.opengroup.org/onlinepubs/9799919799/functions/{name}.html",
    "rfc": lambda number: f"https://www.rfc-editor.org/rfc/rfc{number.split('#')[0]}",
    "man": _man,
    "issue": _issue,
    "winsock": lambda name: f"https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-{name.lower()}",
    "freebsd": lambda page: f"https://man.freebsd.org/cgi/man.cgi?query={page.partition('(')[0]}",
    "https": lambda rest: f"https:{rest}",
}
