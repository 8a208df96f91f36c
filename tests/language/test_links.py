"""Where cited sources can be read."""

import pytest

from harness.language.links import url_of

PYTHON = "https://docs.python.org/3/library"


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("https://peps.python.org/pep-0475/", "https://peps.python.org/pep-0475/"),
        ("python:socket", f"{PYTHON}/socket.html"),
        ("python:socket.socket.recv", f"{PYTHON}/socket.html#socket.socket.recv"),
        ("python:socket.constants", f"{PYTHON}/socket.html#constants"),
        ("python:exceptions.BrokenPipeError", f"{PYTHON}/exceptions.html#BrokenPipeError"),
        ("python:TimeoutError", f"{PYTHON}/exceptions.html#TimeoutError"),
        ("python:open", f"{PYTHON}/functions.html#open"),
        ("python:memoryview", f"{PYTHON}/stdtypes.html#memoryview"),
        ("since:3.7:socket.AF_VSOCK#addresses", f"{PYTHON}/socket.html#addresses"),
        ("since:3.10:socket.timeout", f"{PYTHON}/socket.html#socket.timeout"),
        ("posix:recv", "https://pubs.opengroup.org/onlinepubs/9799919799/functions/recv.html"),
        ("rfc:9293", "https://www.rfc-editor.org/rfc/rfc9293"),
        ("man:tcp(7)", "https://man7.org/linux/man-pages/man7/tcp.7.html"),
        ("freebsd:kqueue(2)", "https://man.freebsd.org/cgi/man.cgi?query=kqueue&sektion=2"),
        ("issue:python/cpython#81676", "https://github.com/python/cpython/issues/81676"),
        ("winsock:inet_addr", "https://learn.microsoft.com/en-us/windows/win32/api/winsock2/nf-winsock2-inet_addr"),
        ("seed:0.2", ""),
        ("nobody:knows", ""),
        ("javascript:alert(1)", ""),
        ("posix:<script>", ""),
        ("man:tcp", ""),
    ],
)
def test_addresses(source: str, url: str) -> None:
    assert url_of(source) == url
