"""Who plays which role of a scenario: one interpreter, two, or one with a helper for the roles that wait for connections."""

from pathlib import Path

import pytest

from harness.language.helping import facts_by_role, helped_roles, places_by_role
from harness.records.facts import Facts
from harness.records.plan import Plan
from tests.engine.playing import plans

GUEST = Facts(python="3.14.2", implementation="cpython", implementation_version="3.14.2", os="emscripten", listens=False)
HELPER = Facts(python="3.11.7", implementation="cpython", implementation_version="3.11.7", os="linux")

GREETING = """
steps:
  - server: listener = socket.socket()
  - server: listener.bind((HOST, 0))
  - server: listener.listen(1)
  - server: address = listener.getsockname()
  - client: s = socket.socket()
  - client: s.connect(address)
  - watcher: hasattr(socket, "AF_UNIX")
"""
CLIENT_FIRST = """
steps:
  - client: s = socket.socket()
  - server: listener = socket.create_server((HOST, 0))
  - server: address = listener.getsockname()
  - client: s.connect(address)
"""
BOTH_WAIT = """
steps:
  - one: a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - one: a.bind((HOST, 0))
  - one: address = a.getsockname()
  - other: b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - other: b.bind((HOST, 0))
  - other: b.sendto(b"x", address)
"""
ALONE = """
steps:
  - client: listener = socket.socket()
  - client: listener.bind((HOST, 0))
"""


def plan(folder: Path, text: str) -> Plan:
    return plans(folder, {"area/topic": text})[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [(GREETING, {"server"}), (CLIENT_FIRST, {"server"}), (BOTH_WAIT, set()), (ALONE, set())],
)
def test_roles_that_wait_are_the_helpers_unless_all_do(text: str, expected: set[str], tmp_path: Path) -> None:
    assert helped_roles(plan(tmp_path, text)) == expected


def test_whoever_plays_a_role_is_whose_facts_it_has(tmp_path: Path) -> None:
    greeting = plan(tmp_path, GREETING)
    assert facts_by_role(greeting, (GUEST, HELPER), helped=True) == {"server": HELPER, "client": GUEST, "watcher": GUEST}
    assert facts_by_role(greeting, (GUEST, HELPER)) == {"server": GUEST, "client": HELPER, "watcher": HELPER}
    assert facts_by_role(greeting, (GUEST,)) == dict.fromkeys(("server", "client", "watcher"), GUEST)
    assert facts_by_role(greeting, ()) == {}


def test_the_order_in_which_roles_appear_is_no_matter_to_a_helper(tmp_path: Path) -> None:
    assert places_by_role(plan(tmp_path, CLIENT_FIRST), 2, helped=True) == {"client": 0, "server": 1}
