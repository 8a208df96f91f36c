"""What a container is allowed, as the engine tells it; what it costs the others when it takes more; and that nothing is left behind."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from harness.hosts.container import MEMORY, PROCESSES
from harness.hosts.engine import MADE_LABEL, RUN_LABEL
from tests.engine.playing import current, verdicts
from tests.engine.test_misdeeds import GOOD
from tests.hosts.looking import Containers, contained, inspected, misbehave, only

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.containers

LONG = {
    "area/long": """
needs: [ipv4]
steps:
  - server: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - server: s.bind((HOST, 0))
  - server: s.settimeout(1.0)
  - server: s.recv(1)
    raises: socket.timeout
"""
}
SOME = {name: GOOD[name] for name in ("good/echo_0", "good/echo_1")}
BAD = {"bad/misdeed": "limit: 20\nsteps:\n  - server: len(b'before')\n    returns: 6\n  - server: fill(666)\n    returns: fill(666)\n"}


@pytest.fixture
def containers(engine: "APIClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Containers:
    return Containers(engine, tmp_path, monkeypatch)


class Seen:
    """What the engine said of a run's containers and networks while it went on."""

    def __init__(self) -> None:
        self.containers: list[dict[str, Any]] = []
        self.networks: list[dict[str, Any]] = []

    def look(self, containers: Containers) -> None:
        client, label = containers.client, f"{RUN_LABEL}={containers.run}"
        self.containers = inspected(client, containers.run)
        self.networks = [client.inspect_network(each["Id"]) for each in client.networks(filters={"label": label})]


def assert_confined(container: dict[str, Any]) -> None:
    limits = container["HostConfig"]
    assert "ALL" in limits["CapDrop"] or len(limits["CapDrop"]) > 10  # Podman names them
    assert limits["SecurityOpt"] == ["no-new-privileges"]
    assert not limits["Privileged"]
    assert limits["ReadonlyRootfs"]
    assert limits["Tmpfs"]["/tmp"].startswith("rw,nosuid,nodev,size=64m,mode=1777")
    assert set(limits["Tmpfs"]) <= {"/tmp", "/run", "/var/tmp"}  # Podman's own
    assert (container["Mounts"], limits["Binds"], limits["VolumesFrom"], limits["Devices"] or []) == ([], None, None, [])
    assert (limits["Memory"], limits["MemorySwap"]) == (2 << 30, 2 << 30)
    assert MEMORY == "2g"
    assert limits["PidsLimit"] == PROCESSES == 2048
    assert limits["CpuQuota"] / limits["CpuPeriod"] == 2
    assert (limits["PidMode"], limits["IpcMode"], limits["UsernsMode"]) == ("", "private", "")
    assert not limits["PortBindings"]
    assert {RUN_LABEL, MADE_LABEL} <= set(container["Config"]["Labels"])


def test_a_lone_container_has_loopback_and_nothing_else(containers: Containers, image: str) -> None:
    seen = Seen()
    run = containers.play([contained(image)], LONG, look=seen.look)
    assert only(run).verdict == "pass"
    (container,) = seen.containers
    assert_confined(container)
    assert container["HostConfig"]["CapAdd"] is None
    assert container["HostConfig"]["NetworkMode"] == "none"
    assert list(container["NetworkSettings"]["Networks"]) == ["none"]
    assert seen.networks == []
    assert containers.left() == []


def test_a_pair_has_a_bridge_without_a_way_out(containers: Containers, image: str) -> None:
    seen = Seen()
    run = containers.play([contained(image), contained(image)], LONG, pair=True, look=seen.look)
    assert only(run).verdict == "pass"
    assert len(seen.containers) == 2
    (network,) = seen.networks
    assert network["Internal"]
    assert {RUN_LABEL, MADE_LABEL} <= set(network["Labels"])
    for container in seen.containers:
        assert_confined(container)
        assert list(container["NetworkSettings"]["Networks"]) == [network["Name"]]
    assert containers.left() == []


def test_rules_are_set_from_a_container_of_their_own(containers: Containers, image: str, tools: str) -> None:
    seen = Seen()
    run = containers.play([contained(image)], LONG, condition="filtered", look=seen.look)
    assert only(run).verdict == "pass"
    for container in seen.containers:
        assert_confined(container)
    by_image = {container["Config"]["Image"]: container["HostConfig"]["CapAdd"] for container in seen.containers}
    assert by_image == {image: None, tools: ["NET_ADMIN", "NET_RAW"]}
    assert containers.left() == []


def test_a_capability_is_given_to_the_scenario_that_names_it_and_to_no_other(containers: Containers, image: str) -> None:
    raw = "steps:\n  - server: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)\n"
    run = containers.play(
        [contained(image)],
        {
            "area/without": raw + "    raises: {type: PermissionError, errno: EPERM}\n",
            "area/with": "needs: [cap:net_raw]\n" + raw,
            "area/never": "needs: [cap:sys_admin]\n" + raw,
        },
    )
    never = run.results["area/never", f"docker:{image}"]
    assert verdicts(run, f"docker:{image}") == {"area/without": "pass", "area/with": "pass", "area/never": "unsupported"}
    assert never.reason == "needs the capability sys_admin, which is not given here"


class Bomb(NamedTuple):
    """What an agent does, what its container is allowed, and what its scenario may come to."""

    misdeed: str
    limit: dict[str, object]
    verdicts: set[str]
    reason: str


BOMBS = {
    "memory": Bomb(
        "held = bytearray(1 << 30)\nheld[::4096] = b'x' * (1 << 18)",
        {"MEMORY": "96m"},
        {"crash"},
        "killed for want of memory (96m allowed)",
    ),
    "threads": Bomb(
        "import threading, time\nfor _ in range(99):\n    threading.Thread(target=time.sleep, args=(1.0,), daemon=True).start()",
        {"PROCESSES": 32},
        {"fail", "error", "hang"},  # without a process to be had, an agent may not come to answer
        "",
    ),
    "disk": Bomb(
        "with open('/tmp/big', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))",
        {},
        {"fail"},
        "fill(666): expected <bytes of 666, sha256 d7b7e97197b5…>, observed OSError: [ENOSPC] No space left on device",
    ),
    "image": Bomb(
        "open('/usr/new', 'w')",
        {},
        {"fail"},
        "fill(666): expected <bytes of 666, sha256 d7b7e97197b5…>, observed OSError: [EROFS] Read-only file system",
    ),
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_costs_its_own_scenario(containers: Containers, image: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    bomb = BOMBS[name]
    for limit, value in bomb.limit.items():
        monkeypatch.setattr(f"harness.hosts.container.{limit}", value)
    misbehave(monkeypatch, bomb.misdeed)
    target = contained(image)
    run = containers.play([target, current()], {**SOME, **BAD})
    result = run.results["bad/misdeed", target.id]
    # Podman tells the memory's end of the container's first process alone.
    assert result.reason.startswith(bomb.reason) or (name == "memory" and is_podman(containers.client)), result.reason
    assert result.verdict in bomb.verdicts
    assert verdicts(run, target.id) == {**dict.fromkeys(SOME, "pass"), "bad/misdeed": result.verdict}
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert run.complete
    assert containers.left() == []


def is_podman(client: "APIClient") -> bool:
    return "Podman" in str(client.version())
