"""Write scenario folders for benchmarks: plain exchanges, with and without waits."""

from pathlib import Path

_HEAD = "title: Exchange {number}\nabout: For a benchmark.\nsee: [posix:connect]\nneeds: [ipv4]\nsteps:\n"
_EXCHANGE = """\
  - server: listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - server: listener.bind((HOST, 0))
  - server: listener.listen(5)
  - server: address = listener.getsockname()
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.connect(address)
  - server: conn, peer = listener.accept()
  - server: conn.send(b"hello {number}")
    returns: {length}
  - client: s.recv(1024)
    returns: b"hello {number}"
  - client: s.send(b"again")
    returns: 5
  - server: conn.recv(100)
    returns: b"again"
  - server: conn.close()
  - client: s.recv(1024)
    returns: b""
"""
_WAIT = """\
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.bind((HOST, 0))
  - client: s.settimeout(0.05)
  - client: s.recv(10)
    raises: socket.timeout
    takes: 0.05..5
"""


def exchanges(folder: Path, count: int, waits: int = 0) -> Path:
    """`count` scenarios of 15 steps, `waits` of them a time-out of 50 ms instead."""
    for number in range(count):
        path = folder / "scenarios" / f"area{number % 10}" / f"exchange_{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        body = _WAIT if number < waits else _EXCHANGE.format(number=number, length=len(f"hello {number}"))
        path.write_text(_HEAD.format(number=number) + body, encoding="utf-8")
    return folder / "scenarios"
