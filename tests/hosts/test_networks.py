"""Real networks between containers: what gets through, what does not, and what happens to hosts."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.hosts.engine import RUN_LABEL
from harness.runs.folder import canonical
from tests.engine.playing import verdicts
from tests.hosts.looking import Containers, contained, only

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.containers

LISTENS = """
  - server: listener = socket.socket()
  - server: listener.bind((HOST, 0))
  - server: listener.listen(1)
  - server: address = listener.getsockname()
"""
TALKS = (
    LISTENS
    + """
  - client: s = socket.socket()
  - client: s.settimeout(5)
  - client: s.connect(address)
  - server: conn, peer = listener.accept()
  - client: s.getpeername()
    returns: (PEER, address[1])
  - server: peer[0]
    returns: PEER
  - server: conn.send(b"x")
  - client: s.recv(1)
    returns: b"x"
"""
)


@pytest.fixture
def containers(engine: "APIClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Containers:
    return Containers(engine, tmp_path, monkeypatch)


def test_two_runs_of_a_pair_are_identical(containers: Containers, image: str) -> None:
    specs = [contained(image), contained(image)]
    scenarios = {"area/talks": "needs: [ipv4]\nsteps:" + TALKS, "area/six": "needs: [ipv6]\nsteps:" + SIX}
    first = containers.play(specs, scenarios, pair=True, name="first")
    second = containers.play(specs, scenarios, pair=True, name="second")
    assert set(verdicts(first, first.header.targets[0].id).values()) == {"pass"}
    assert canonical(first) == canonical(second)


SIX = """
  - server: listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
  - server: port = listener.getsockname()[1]
  - client: s = socket.create_connection((PEER, port), 5)
  - server: conn, peer = listener.accept()
  - server: peer[0]
    records: true
  - client: six = socket.create_connection((PEER6, port), 5)
  - server: other, whence = listener.accept()
  - server: whence[0]
    returns: PEER6
  - client: s.close()
  - client: six.close()
"""


WHAT_HAPPENS = {
    "fate/cut": """
needs: [network:plain]
steps:"""
    + TALKS
    + """
  - network: cut(server)
  - client: s.send(b"y")
  - server: conn.settimeout(0.3)
  - server: conn.recv(1)
    raises: socket.timeout
  - network: restore(server)
  - server: conn.settimeout(5)
  - server: conn.recv(1)
    returns: b"y"
""",
    "fate/kill": """
needs: [network:plain]
steps:"""
    + TALKS
    + """
  - network: kill(server)
  - client: s.recv(1)
    returns: b""
""",
    "fate/power_off": """
needs: [network:plain]
steps:"""
    + TALKS
    + """
  - network: power_off(server)
  - client: s.settimeout(0.3)
  - client: s.recv(1)
    raises: socket.timeout
""",
}


def test_what_happens_to_hosts(containers: Containers, image: str, tools: str) -> None:
    target = contained(image)
    run = containers.play([target], WHAT_HAPPENS)
    assert {name: (result.verdict, result.reason) for (name, _), result in run.results.items()} == dict.fromkeys(WHAT_HAPPENS, ("pass", ""))
    assert {result.ground for result in run.results.values()} == {"plain"}
    assert containers.left() == []


def test_conditions_hold_and_are_facts(containers: Containers, image: str, tools: str) -> None:
    dropped = """
needs: [network:filtered]
steps:
  - client: s = socket.socket()
  - client: s.settimeout(0.3)
  - client: s.connect((PEER, 80))
    raises: socket.timeout
"""
    refused = """
needs: [network:plain]
steps:
  - client: s = socket.socket()
  - client: s.settimeout(5)
  - client: s.connect((PEER, 80))
    raises: ECONNREFUSED
"""
    none = "needs: [network:no-ipv6]\nsteps:\n  - client: s = socket.socket(socket.AF_INET6)\n  - client: s.bind((HOST6, 0))\n    raises: EADDRNOTAVAIL\n"
    target = contained(image)
    run = containers.play([target], {"c/dropped": dropped, "c/refused": refused, "c/none": none})
    assert {name: (result.verdict, result.reason, result.ground) for (name, _), result in run.results.items()} == {
        "c/dropped": ("pass", "", "filtered"),
        "c/refused": ("pass", "", "plain"),
        "c/none": ("pass", "", "no-ipv6"),
    }
    grounds = run.header.targets[0].grounds
    assert {name: facts.network for name, (facts,) in grounds.items()} == {name: name for name in ("filtered", "plain", "no-ipv6")}
    assert {name: facts.ipv6 for name, (facts,) in grounds.items()} == {"filtered": True, "plain": False, "no-ipv6": False}
    facts = run.header.targets[0].facts
    assert facts is not None
    assert (facts.network, facts.one_host, facts.image[:7]) == ("no-network", True, "sha256:")


OUTSIDE = """
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.sendto(b"x", ("%s", 9))
    raises: ENETUNREACH
"""


def other_network(client: "APIClient", run: str) -> str:
    """A network that the tests make for it; the address of its bridge, which is this machine's."""
    made = client.create_network(f"sockmatrix-{run}-other", driver="bridge", internal=True, labels={RUN_LABEL: run})
    return str(client.inspect_network(made["Id"])["IPAM"]["Config"][0]["Gateway"])


@pytest.mark.parametrize("condition", ["", "plain"])
def test_nothing_leaves_the_networks_of_the_run(containers: Containers, image: str, condition: str) -> None:
    beyond = other_network(containers.client, containers.run)
    scenarios = {"area/outside": OUTSIDE % beyond}
    refused = only(containers.play([contained(image)], scenarios, condition=condition))
    assert (refused.verdict, refused.reason) == ("bug", f"refused: {beyond} is outside loopback")


@pytest.mark.parametrize("condition", ["", "plain"])
def test_not_even_where_it_is_allowed(containers: Containers, image: str, condition: str) -> None:
    beyond = other_network(containers.client, containers.run)
    allowed = only(containers.play([contained(image)], {"area/outside": OUTSIDE % beyond}, condition=condition, network=True))
    assert (allowed.verdict, allowed.reason) == ("pass", "")
