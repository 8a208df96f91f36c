"""The same hosts for one scenario, or one condition, after another: made as new in between, or not used again."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.engine.troupe import assemble
from harness.hosts.container import Container, Make
from harness.hosts.engine import Engine
from harness.hosts.ground import ContainerGround
from harness.hosts.grounds import Containers as OfRun
from harness.hosts.grounds import Grounds
from harness.hosts.network import Network
from harness.hosts.process import CannotStart
from harness.hosts.terms import WITH_IPV6, Terms
from harness.records.condition import Condition
from harness.records.plan import Plan
from harness.runs.folder import canonical
from tests.engine.playing import verdicts
from tests.hosts.looking import Containers, contained
from tests.hosts.test_networks import TALKS

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.containers

PLAIN = "needs: [network:plain]\nsteps:"
CUT = {
    # Both ends stay, with data under way, when the scenario ends.
    "cut/never_restored": PLAIN + TALKS + "  - network: cut(server)\n  - client: s.send(b'y')\n  - server: conn.send(b'z')\n",
    # The kernel goes on sending what nobody has taken, and its end.
    "cut/orphaned": PLAIN + TALKS + "  - network: cut(client)\n  - client: s.send(b'y')\n  - client: s.close()\n",
    "cut/restored_twice": PLAIN + TALKS + "  - network: cut(server)\n  - network: restore(server)\n  - network: restore(client)\n",
    "cut/restored": PLAIN
    + TALKS
    + """
  - network: cut(server)
  - client: s.send(b"y")
  - network: restore(server)
  - server: conn.settimeout(5)
  - server: conn.recv(1)
    returns: b"y"
""",
    "cut/power_off": PLAIN
    + TALKS
    + """
  - network: power_off(server)
  - client: s.settimeout(0.2)
  - client: s.recv(1)
    raises: socket.timeout
""",
}
CONDITIONS = {
    "c/ipv6": "needs: [network:ipv6]\nsteps:" + TALKS,
    "c/rejected": """
needs: [network:rejected]
steps:
  - client: s = socket.socket()
  - client: s.settimeout(5)
  - client: s.connect((PEER, 10))
    raises: EHOSTUNREACH
""",
    "c/slow": "needs: [network:slow]\nsteps:" + TALKS,
    "c/six_alone": "needs: [network:ipv6-only]\nsteps:\n  - client: HOST\n    returns: '\"\"'\n",
    "c/cut": "needs: [network:ipv6]\nsteps:" + TALKS + "  - network: cut(server)\n",
    "c/filtered": """
needs: [network:filtered, 'setting("net.ipv4.tcp_syn_retries") == "1"']
steps:
  - client: s = socket.socket()
  - client: s.settimeout(0.2)
  - client: s.connect((PEER, 9))
    raises: socket.timeout
""",
    "c/small": """
needs: [network:small-mtu, 'setting("net.ipv4.tcp_syn_retries") != "1"']
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.connect((PEER, 9))
  - client: s.getsockopt(socket.IPPROTO_IP, 14)
    returns: 1280
""",
}  # fmt: skip
SETTINGS = {
    "s/six": """
needs: [network:bindv6only]
steps:
  - server: s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
  - server: s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    returns: 1
""",
    "s/nonlocal": """
needs: [network:nonlocal-bind, 'setting("net.ipv6.bindv6only") == "0"']
steps:
  - server: s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
  - server: s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    returns: 0
""",
    "s/ports": """
needs: [network:privileged-ports]
steps:
  - server: s = socket.socket()
  - server: s.bind((HOST, 1023))
    raises: EACCES
""",
    "s/open": """
needs: [network:open-ports]
steps:
  - server: s = socket.socket()
  - server: s.bind((HOST, 1023))
""",
}

RAW = "  - client: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)\n"
REFUSED = RAW + "    raises: {type: PermissionError, errno: EPERM}\n"
ALLOWED = {
    "a/admin": "needs: [cap:net_admin]\nsteps:\n" + REFUSED,
    "a/one": "needs: [cap:net_raw]\nsteps:\n" + RAW,
    "a/six": SETTINGS["s/six"] + REFUSED,
    "b/cut": PLAIN + TALKS + REFUSED + "  - network: cut(server)\n",
    "b/off": "needs: [network:plain, cap:net_raw]\nsteps:" + TALKS + RAW + CUT["cut/power_off"].partition(TALKS)[2],
    "b/talks": PLAIN + TALKS + REFUSED,
    "b/with": "needs: [network:plain, cap:net_raw]\nsteps:" + TALKS + RAW,
}
"""In the order in which they would come if nobody cared, those with `net_admin` are in the way of others."""


@pytest.fixture
def containers(engine: "APIClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Containers:
    return Containers(engine, tmp_path, monkeypatch)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The networks that were made."""
    names: list[str] = []
    make = Network.make

    async def noted(engine: Engine, condition: Condition) -> Network:
        network = await make(engine, condition)
        names.append(network.name)
        return network

    monkeypatch.setattr(Network, "make", noted)
    return names


def in_order(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Let scenarios take their turns in another order, except for those that take a host away."""

    def shuffled(plans: Sequence[Plan]) -> list[Plan]:
        return sorted(random.Random(seed).sample(plans, len(plans)), key=lambda plan: plan.ends_host)

    monkeypatch.setattr("harness.engine.player.in_turn", shuffled)


def test_every_order_gives_the_same_evidence_on_one_network(
    containers: Containers, image: str, tools: str, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = contained(image)
    runs = []
    for seed in range(3):
        in_order(monkeypatch, seed)
        runs.append(containers.play([target], CUT, name=f"run{seed}"))
        assert len(made) == seed + 1
    assert verdicts(runs[0], target.id) == dict.fromkeys(CUT, "pass")
    assert canonical(runs[0]) == canonical(runs[1]) == canonical(runs[2])
    assert containers.left() == []


def test_each_on_hosts_of_its_own_gives_the_same(
    containers: Containers, image: str, tools: str, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = contained(image)
    in_turn = containers.play([target], {**CUT, **CONDITIONS}, name="turns")
    assert len(made) == 2
    monkeypatch.setattr("harness.hosts.grounds.Grounds.takes_turns", lambda self, plan: False)
    monkeypatch.setattr("harness.hosts.grounds.Grounds.alike", lambda self, terms: terms)
    alone = containers.play([target], {**CUT, **CONDITIONS}, name="alone")
    assert len(made) == 2 + len(CUT) + len(CONDITIONS)
    assert set(verdicts(in_turn, target.id).values()) == {"pass"}
    assert canonical(in_turn) == canonical(alone)
    assert in_turn.header.targets[0].grounds == alone.header.targets[0].grounds
    assert containers.left() == []


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> list[Make]:
    """How the containers of targets were made."""
    made: list[Make] = []
    start = Container.start

    async def noted(container: Container) -> Container:
        if not container.make.inside:
            made.append(container.make)
        return await start(container)

    monkeypatch.setattr(Container, "start", noted)
    return made


def test_one_host_gets_one_setting_after_another(
    containers: Containers, image: str, tools: str, hosts: list[Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = contained(image)
    in_turn = containers.play([target], SETTINGS, name="turns")
    assert [make.sysctls for make in hosts] == [WITH_IPV6], "that of the target is there for all four"
    monkeypatch.setattr("harness.hosts.grounds.Grounds.alike", lambda self, terms: terms)
    alone = containers.play([target], SETTINGS, name="alone")
    assert len(hosts) == 1 + 1 + len(SETTINGS)
    assert verdicts(in_turn, target.id) == dict.fromkeys(SETTINGS, "pass")
    assert canonical(in_turn) == canonical(alone)
    assert in_turn.header.targets[0].grounds == alone.header.targets[0].grounds
    assert containers.left() == []


def test_those_who_are_allowed_more_stand_on_the_networks_of_the_others(
    containers: Containers, image: str, tools: str, made: list[str], hosts: list[Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = contained(image)
    in_turn = containers.play([target], ALLOWED, name="turns")
    assert (len(made), len(hosts)) == (1, 1 + 2), "the target's, for those of one host too, and two for those of two"
    assert [make.capabilities for make in hosts] == [()] * 3
    monkeypatch.setattr("harness.hosts.grounds.Grounds.takes_turns", lambda self, plan: False)
    monkeypatch.setattr("harness.hosts.grounds.Grounds.alike", lambda self, terms: terms)
    alone = containers.play([target], ALLOWED, name="alone")
    assert len(made) == 1 + 4
    assert verdicts(in_turn, target.id) == dict.fromkeys(ALLOWED, "pass")
    assert canonical(in_turn) == canonical(alone)
    assert in_turn.header.targets[0].grounds == alone.header.targets[0].grounds
    assert containers.left() == []


def test_for_those_who_are_only_allowed_more_nothing_is_undone(
    containers: Containers, image: str, made: list[str], hosts: list[Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.hosts.network.TOOLS", "sockmatrix-test/no-such-image")
    target = contained(image)
    scenarios = {name: ALLOWED[name] for name in ("a/one", "b/talks", "b/with")}
    run = containers.play([target], scenarios)
    assert verdicts(run, target.id) == dict.fromkeys(scenarios, "pass")
    assert (len(made), len(hosts)) == (1, 1 + 2)
    assert containers.left() == []


@pytest.mark.parametrize(("name", "value"), [("KEPT_FROM_TOOLS", ("/proc/sys",)), ("TOOLS", "sockmatrix-test/no-such-image")])
def test_where_settings_are_not_taken_each_has_a_host_of_its_own(
    containers: Containers, image: str, tools: str, hosts: list[Make], monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(f"harness.hosts.network.{name}", value)
    target = contained(image)
    run = containers.play([target], SETTINGS)
    assert verdicts(run, target.id) == dict.fromkeys(SETTINGS, "pass")
    own = [make.sysctls for make in hosts if make.sysctls != WITH_IPV6]
    assert len(own) == len(SETTINGS)
    assert len(hosts) == 1 + 1 + len(SETTINGS), "the target's, one on which it was tried, and theirs"
    assert containers.left() == []


def test_what_shapes_a_network_is_there_again_for_the_next_turn(containers: Containers, image: str, tools: str, made: list[str]) -> None:
    rejected = """
needs: [network:rejected]
steps:
  - server: HOST
  - network: cut(server)
  - network: restore(server)
  - client: s = socket.socket()
  - client: s.settimeout(5)
  - client: s.connect((PEER, 10))
    raises: EHOSTUNREACH
"""
    target = contained(image)
    run = containers.play([target], {"cut/a": rejected, "cut/b": rejected})
    assert [result.plays for result in run.results.values()] == [(), ()]
    assert verdicts(run, target.id) == {"cut/a": "pass", "cut/b": "pass"}
    assert len(made) == 1
    assert containers.left() == []


@pytest.mark.parametrize("kept", ["-A INPUT -s 203.0.113.1 -j DROP", ""])
def test_hosts_that_are_not_as_they_were_are_left(
    containers: Containers, image: str, tools: str, made: list[str], monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    monkeypatch.setattr("harness.hosts.network.UNDO", f"iptables-nft {kept}" if kept else "exit 3")
    target = contained(image)
    run = containers.play([target], {name: CUT[name] for name in ("cut/never_restored", "cut/orphaned", "cut/restored_twice")})
    assert set(verdicts(run, target.id).values()) == {"pass"}
    assert len(made) == 3
    assert containers.left() == []


def test_what_does_not_come_out_well_is_played_again_on_new_hosts_and_leaves_none(
    containers: Containers, image: str, tools: str, made: list[str]
) -> None:
    wrong = CUT["cut/restored_twice"] + "  - server: len(b'12')\n    returns: 3\n"
    scenarios = {"cut/a": CUT["cut/orphaned"], "cut/b": wrong, "cut/c": CUT["cut/orphaned"], "cut/d": CUT["cut/never_restored"]}
    target = contained(image)
    run = containers.play([target], scenarios)
    assert verdicts(run, target.id) == {"cut/a": "pass", "cut/b": "fail", "cut/c": "pass", "cut/d": "pass"}
    assert run.results["cut/b", target.id].flaky == ()
    assert len(made) == 3
    assert containers.left() == []


def test_hosts_that_cannot_be_had_once_are_asked_for_again(
    containers: Containers, image: str, tools: str, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Network.make

    async def refused(engine: Engine, condition: Condition) -> Network:
        monkeypatch.setattr(Network, "make", make)
        raise CannotStart("no subnet is left")

    monkeypatch.setattr(Network, "make", refused)
    target = contained(image)
    run = containers.play([target], {"cut/a": CUT["cut/orphaned"], "cut/b": CUT["cut/restored_twice"]})
    assert verdicts(run, target.id) == {"cut/a": "pass", "cut/b": "pass"}
    assert run.results["cut/a", target.id].flaky == ("error: no subnet is left",)
    assert len(made) == 2
    assert containers.left() == []


def test_those_that_are_to_be_played_often_have_hosts_of_their_own_each_time(
    containers: Containers, image: str, tools: str, made: list[str]
) -> None:
    run = containers.play([contained(image)], {"cut/a": CUT["cut/restored_twice"]}, repeat=2)
    assert {result.plays for result in run.results.values()} == {("pass", "pass")}
    assert len(made) == 2


TALK = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
if sys.argv[1] == "server":
    s.bind(("", 7777)); s.listen(1); conn, peer = s.accept(); conn.recv(9); conn.recv(9)
else:
    for _ in range(200):
        try:
            s = socket.create_connection((sys.argv[1], 7777)); break
        except OSError:
            pass
    s.send(b"x"); s.recv(9)
"""


def test_connections_and_what_was_learnt_from_them_are_not_left(engine: "APIClient", image: str, tools: str) -> None:
    async def story() -> tuple[str, str]:
        reached = await Engine.connect("test-turns")
        try:
            ground = await ContainerGround(reached, [contained(image)], Terms("plain", tools=True)).open()
            try:
                return await looked_at(reached, ground)
            finally:
                await ground.close()
        finally:
            await reached.close()

    async def looked_at(reached: Engine, ground: ContainerGround) -> tuple[str, str]:
        await ground.renew()
        talk(reached, ground)
        shaper = ground.tools[1]
        for _ in range(1000):
            if "ESTAB" in await shaper.run("ss -Htn"):
                break
        with pytest.raises(CannotStart) as seen:
            await shaper.look("")
        await shaper.run("iptables-nft -A INPUT -p icmp -j DROP")
        await ground.renew()
        return seen.value.detail, await shaper.run("ss -Htn; ip tcp_metrics show; iptables-nft -S INPUT")

    def talk(reached: Engine, ground: ContainerGround) -> None:
        server, client = ground.containers
        for host, word in ((server, "server"), (client, ground.addresses(1).peer)):
            start(reached, host, word)

    def start(reached: Engine, host: Container, word: str) -> None:
        made = reached.client.exec_create(host.id, [*host.make.command, "-c", TALK, word])
        reached.client.exec_start(made["Id"], detach=True)

    before, after = asyncio.run(story())
    assert "not undone: ESTAB" in before
    assert after == "-P INPUT ACCEPT"


def test_settings_and_the_size_of_packets_are_taken_back(engine: "APIClient", image: str, tools: str) -> None:
    look = "cat /proc/sys/net/ipv4/tcp_syn_retries /proc/sys/net/core/somaxconn /sys/class/net/eth0/mtu"

    async def story() -> list[str]:
        reached = await Engine.connect("test-settings")
        try:
            ground = await ContainerGround(reached, [contained(image)], Terms("ipv6")).open()
            try:
                seen = []
                await ground.renew()  # who stays under one condition needs no tools
                for condition in ("ipv6", "filtered", "small-mtu", "ipv6"):
                    await ground.turn_into(Terms(condition))
                    seen += [await tools.run(look) for tools in ground.tools]
                with pytest.raises(CannotStart, match=r"^cat /proc/sys/kernel/nothing: "):
                    await ground.tools[0].run("cat /proc/sys/kernel/nothing")
                with pytest.raises(CannotStart, match=r"Read-only file system$"):
                    await ground.tools[0].run("echo 1 >/proc/sys/vm/swappiness")
                return seen
            finally:
                await ground.close()
        finally:
            await reached.close()

    first, other, filtered, other_filtered, small, other_small, last, other_last = asyncio.run(story())
    assert first == other == last == other_last
    retries, queue, mtu = first.split()
    assert (filtered.split(), other_filtered) == (["1", queue, mtu], filtered)
    assert (small.split(), other_small) == ([retries, queue, "1280"], small)


def test_hosts_that_were_made_with_settings_stand_under_no_other_terms(engine: "APIClient", image: str, tools: str) -> None:
    async def story() -> str:
        reached = await Engine.connect("test-settings")
        try:
            ground = await ContainerGround(reached, [contained(image)], Terms("bindv6only")).open()
            try:
                with pytest.raises(CannotStart) as seen:
                    await ground.turn_into(Terms("open-ports"))
                return seen.value.detail
            finally:
                await ground.close()
        finally:
            await reached.close()

    assert asyncio.run(story()) == "the hosts were made with settings that cannot be taken from them"


def test_after_who_could_change_anything_nobody_stands_on_the_same_network(engine: "APIClient", image: str, tools: str) -> None:
    async def story() -> str:
        reached = await Engine.connect("test-admin")
        try:
            ground = await ContainerGround(reached, [contained(image)], Terms("no-network")).open()
            try:
                assert await ground.turn_into(Terms("no-network", ("net_admin",)))
                with pytest.raises(CannotStart) as seen:
                    await ground.turn_into(Terms("no-network"))
                return seen.value.detail
            finally:
                await ground.close()
        finally:
            await reached.close()

    assert asyncio.run(story()) == "who stood on the hosts could change anything on their network"


@pytest.mark.parametrize("first", [True, False])
def test_a_host_on_the_network_of_another_is_gone_with_either(engine: "APIClient", image: str, tools: str, first: bool) -> None:
    async def story() -> tuple[str, str, bool]:
        reached = await Engine.connect("test-either")
        try:
            ground = await ContainerGround(reached, [contained(image)], Terms("no-network")).open()
            try:
                assert await ground.turn_into(Terms("no-network", ("net_raw",)))
                assert await ground.is_whole()
                assert await ground.lost_host() is None
                (killed,) = ground.bases if first else ground.containers
                engine.kill(killed.id)
                loss = await ground.lost_host()
                assert loss is not None
                return killed.id, loss.host, await ground.is_whole()
            finally:
                await ground.close()
        finally:
            await reached.close()

    killed, lost, whole = asyncio.run(story())
    assert (lost, whole) == (killed, False)


def test_a_troupe_that_lost_its_hosts_moves_on_from_those_that_took_their_place(engine: "APIClient", image: str, tools: str) -> None:
    async def story() -> list[tuple[str, ...]]:
        reached = OfRun("test-moves")
        grounds = Grounds([contained(image)], "", "", reached)
        raw = Terms("no-network", ("net_raw",))
        troupe = await assemble(grounds, Terms("no-network"))
        try:
            await troupe.turn_into(raw)
            await troupe.crew.ground.close()
            troupe.take_over(await assemble(grounds, raw))
            seen = []
            for allowed in ((), ("net_raw",), ("net_bind_service",), ("net_raw",)):
                await troupe.turn_into(Terms("no-network", allowed))
                seen.append(troupe.facts[0].capabilities)
            assert await troupe.is_whole()
            return seen
        finally:
            await troupe.close()
            await reached.close()

    assert asyncio.run(story()) == [(), ("net_raw",), ("net_bind_service",), ("net_raw",)]
