"""Where a source can be read."""

import pytest

from harness.reproducing.links import link


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("python:socket.socket.recv", "https://docs.python.org/3/library/socket.html#socket.socket.recv"),
        ("python:socket", "https://docs.python.org/3/library/socket.html"),
        ("python:TimeoutError", "https://docs.python.org/3/library/exceptions.html#TimeoutError"),
        ("since:3.10:socket.timeout", "https://docs.python.org/3/library/socket.html#socket.timeout"),
        ("posix:recv", "https://pubs.opengroup.org/onlinepubs/9799919799/functions/recv.html"),
        ("rfc:9293", "https://www.rfc-editor.org/rfc/rfc9293"),
        ("man:tcp(7)", "https://man7.org/linux/man-pages/man7/tcp.7.html"),
        ("issue:python/cpython#1", "https://github.com/python/cpython/issues/1"),
        ("winsock:WSARecv", "https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv"),
        ("freebsd:kqueue(2)", "https://man.freebsd.org/cgi/man.cgi?query=kqueue"),
        ("https://example.org/a", "https://example.org/a"),
        ("seed:1.1", ""),
        ("macos:socket(2)", ""),
        ("nonsense", ""),
    ],
)
def test_a_source_has_an_address_or_none(source: str, address: str) -> None:
    assert link(source) == address
