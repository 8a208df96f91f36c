"""CPython on WebAssembly: what Pyodide and WASI can, and what they say that they cannot. Skipped where they are not prepared."""

import asyncio
from pathlib import Path

import pytest

from harness.engine.order import Cast, Order
from harness.engine.run import perform
from harness.runs.folder import Run, read
from harness.systems.recipe import systems
from harness.systems.status import status
from harness.targets.config import Config
from harness.targets.resolve import resolve
from tests.engine.expected import unavailable
from tests.engine.playing import Stage, current, plans
from tests.engine.test_helped import GREETING

pytestmark = pytest.mark.interpreters

ADDRESS = 'steps:\n  - any: socket.inet_aton("127.0.0.1")\n    returns: b"\\x7f\\x00\\x00\\x01"\n'
SYMBOL = "steps:\n  - any: errno.EAGAIN + 0\n    returns: 6\n"
MISSING = "steps:\n  - any: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
RESOLVER = 'steps:\n  - any: socket.gethostbyname("127.0.0.1")\n'
BINDS = "steps:\n  - any: s = socket.socket()\n  - any: s.bind((HOST, 0))\n"
BACKGROUND = """
steps:
  - server: listener = socket.socket()
  - server: listener.bind((HOST, 0))
  - server: listener.listen(1)
  - server: address = listener.getsockname()
  - client: s = socket.create_connection(address)
  - client: s.recv(1)
    background: waiting
  - client: s.fileno()
  - await: waiting
"""
TALK = """
steps:
  - server: listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - server: listener.bind((HOST, 0))
  - server: listener.listen(1)
  - server: address = listener.getsockname()
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.connect(address)
    returns: null
  - server: conn, peer = listener.accept()
  - client: s.sendall(b"question")
  - server: recv_all(conn, 8)
    returns: b"question"
  - server: conn.sendall(b"answer")
  - client: recv_all(s, 6)
    returns: b"answer"
  - client: s.close()
  - server: conn.recv(1)
    returns: b""
"""
REFUSED = """
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.connect((HOST, unused_port()))
    raises: {type: ConnectionRefusedError, errno: ECONNREFUSED}
"""


def play(folder: Path, target: str, scenarios: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Verdict and reason by scenario, of a target that is prepared."""
    state = status(next(system for system in systems() if system.target == target))
    if state.state != "ready":
        unavailable(target, state.reason)
    (spec,) = resolve([target], Config()).targets
    cast = Cast(target, target, (spec, current("helper")), helped=True) if spec.partner else Cast(target, target, (spec,))
    order = Order(casts=(cast,), plans=plans(folder, scenarios), folder=folder / "run")
    asyncio.run(perform(order, Stage(folder).observer()))
    return told(read(order.folder))


def told(run: Run) -> dict[str, tuple[str, str]]:
    assert run.header.targets[0].trouble == ""
    return {result.scenario.removeprefix("area/"): (result.verdict, result.reason) for result in run.results.values()}


def test_pyodide_is_a_client_and_says_what_it_is_not(tmp_path: Path) -> None:
    scenarios = {"address": ADDRESS, "symbol": SYMBOL, "talk": TALK, "refused": REFUSED, "binds": BINDS, "datagrams": MISSING}
    assert play(tmp_path, "pyodide", {f"area/{name}": text for name, text in scenarios.items()}) == {
        "address": ("pass", ""),
        "symbol": ("pass", ""),
        "talk": ("pass", ""),
        "refused": ("pass", ""),
        "binds": ("unsupported", "the target lacks bind(): Not supported"),
        "datagrams": ("unsupported", "the target lacks socket(): Not supported"),
    }


def test_pyodide_has_no_threads(tmp_path: Path) -> None:
    assert play(tmp_path, "pyodide", {"area/background": BACKGROUND}) == {"background": ("unsupported", "the target lacks threads")}


def test_wasi_has_no_sockets(tmp_path: Path) -> None:
    scenarios = {"address": ADDRESS, "symbol": SYMBOL, "greeting": "needs: [ipv4]\n" + GREETING, "makes": MISSING, "resolver": RESOLVER}
    assert play(tmp_path, "wasi", {f"area/{name}": text for name, text in scenarios.items()}) == {
        "address": ("pass", ""),
        "symbol": ("pass", ""),
        "greeting": ("unsupported", "needs ipv4, which is not usable here"),
        "makes": ("unsupported", "the target lacks socket(): Not supported"),
        "resolver": ("unsupported", "the target lacks socket.gethostbyname"),
    }
