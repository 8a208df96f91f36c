"""Real networks between containers: what gets through, what does not, and what happens to hosts."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

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
    none = """
needs: [network:no-ipv6]
steps:
  - client: s = socket.socket(socket.AF_INET6)
  - client: s.bind((HOST6, 0))
    raises: EADDRNOTAVAIL
"""
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
  - client: s = socket.socket()
  - client: s.settimeout(0.5)
  - client: s.connect(("%s", 7777))
    raises: socket.error
"""
LISTEN = "import socket;s=socket.socket();s.bind(('',7777));s.listen();s.accept();print('reached')"


@pytest.fixture
def beyond(containers: Containers, image: str) -> Iterator[str]:
    """The address of a server on another internal network, where nothing of the run may arrive."""
    client = containers.client
    network = f"sockmatrix-{containers.run}-other"
    labels = {"org.sockmatrix.test": containers.run}
    client.create_network(network, driver="bridge", internal=True, labels=labels)
    to: Any = {network: client.create_endpoint_config()}
    made = client.create_container(
        image, entrypoint=["/usr/bin/python3", "-c", LISTEN], command=[], labels=labels,
        networking_config=client.create_networking_config(to), host_config=client.create_host_config(network_mode=network),
    )  # fmt: skip
    try:
        client.start(made["Id"])
        yield client.inspect_container(made["Id"])["NetworkSettings"]["Networks"][network]["IPAddress"]
        assert client.logs(made["Id"]) == b""
    finally:
        client.remove_container(made["Id"], force=True)
        client.remove_network(network)


@pytest.mark.parametrize("condition", ["", "plain"])
def test_the_guard_lets_nothing_out(containers: Containers, image: str, condition: str, beyond: str) -> None:
    refused = only(containers.play([contained(image)], {"area/outside": OUTSIDE % beyond}, condition=condition))
    assert (refused.verdict, refused.reason) == ("bug", f"refused: {beyond} is outside loopback")


@pytest.mark.parametrize("condition", ["", "plain"])
def test_without_the_guard_there_is_no_way_out(containers: Containers, image: str, condition: str, beyond: str) -> None:
    allowed = only(containers.play([contained(image)], {"area/outside": OUTSIDE % beyond}, condition=condition, network=True))
    assert (allowed.verdict, allowed.reason) == ("pass", "")
