"""Which ground a scenario gets, what its hosts are made of, and what addresses it has; without an engine."""

import asyncio
from ipaddress import IPv6Address
from typing import Any

import pytest
from msgspec import structs

from harness.hosts.container import Make, _explained, _told
from harness.hosts.ground import ContainerGround, HelpedGround, LocalGround
from harness.hosts.grounds import Containers, Grounds
from harness.hosts.network import Network, _advised, _link_local, can_be_undone, script, taken
from harness.hosts.process import CannotStart, told
from harness.hosts.terms import Terms
from harness.language.conditions import conditions
from harness.records.condition import Condition
from harness.records.observation import Addresses
from harness.records.plan import Call, Need, Place, Plan, Step
from harness.targets.spec import TargetSpec
from tests.runs.making import plan

ONE = TargetSpec("docker:one", "docker:one", (), pipe=True, image="one")
TWO = TargetSpec("docker:two", "docker:two", (), pipe=True, image="two")
HERE = TargetSpec("here", "here", ("/usr/bin/python3",))
THERE = TargetSpec("there", "there", ("/usr/bin/python2",))


def needing(*needs: str, acts: bool = False, own_process: bool = False) -> Plan:
    """A plan with these needs."""
    of = plan(steps=1)
    steps = of.steps
    if acts:
        steps = (*steps, Step("network", Call(1, "network", action="cut", subject="client"), "cut(client)", Place(2, 1)))
    return structs.replace(of, needs=tuple(Need(need, Place(1, 1)) for need in needs), steps=steps, own_process=own_process)


def grounds(*specs: TargetSpec, condition: str = "") -> Grounds:
    return Grounds(specs, condition, "/tmp/x", Containers("run"))


class TestTerms:
    def test_their_name_is_that_of_the_ground_in_results(self) -> None:
        assert Terms("filtered").name == "filtered"
        assert Terms("no-network", ("net_admin", "net_raw")).name == "no-network+net_admin+net_raw"

    def test_what_nobody_asks_for(self) -> None:
        assert grounds(HERE).default == Terms()
        assert grounds(ONE).default == Terms("no-network")
        assert grounds(ONE, TWO).default == Terms("ipv6")
        assert grounds(ONE, condition="filtered").default == Terms("filtered")

    def test_a_scenario_gets_the_condition_that_it_names_unless_the_run_names_one(self) -> None:
        asks = needing("ipv4", "network:filtered")
        assert grounds(ONE).terms(asks) == Terms("filtered")
        assert grounds(ONE, condition="plain").terms(asks) == Terms("plain")
        assert grounds(HERE).terms(asks) == Terms()

    def test_it_gets_the_capabilities_that_it_names_if_they_may_be_given(self) -> None:
        asks = needing("cap:net_raw", "cap:CAP_NET_ADMIN", "cap:sys_admin")
        assert grounds(ONE).terms(asks) == Terms("no-network", ("net_admin", "net_raw"))
        assert grounds(ONE, condition="unprivileged").terms(asks) == Terms("unprivileged")

    def test_one_that_acts_on_the_network_has_it_for_itself(self) -> None:
        acts = needing("network:plain", acts=True)
        assert grounds(ONE).terms(acts).tools
        assert grounds(ONE).has_own(acts)
        assert grounds(ONE).has_own(needing("network:few-ports", own_process=True))
        assert not grounds(ONE).has_own(needing("network:few-ports"))
        assert not grounds(ONE).has_own(needing(own_process=True))
        assert not grounds(HERE).has_own(acts)


class TestTurns:
    def test_conditions_that_differ_in_rules_and_settings_alone_are_alike(self) -> None:
        among: dict[object, list[str]] = {}
        for name in conditions():
            among.setdefault(grounds(ONE).alike(Terms(name)), []).append(name)
        two, one = [names for names in among.values() if len(names) > 1]
        assert two == ["ipv6", "ipv6-only", "lossy", "slow", "filtered", "rejected", "small-mtu"]
        assert one[:5] == ["no-network", "privileged-ports", "open-ports", "bindv6only", "nonlocal-bind"]
        assert one[5:] == ["short-queue", "no-syncookies", "abort-on-overflow"]

    def test_who_cuts_hosts_off_and_who_is_allowed_more_is_like_those_who_are_not(self) -> None:
        alike = grounds(ONE).alike
        assert alike(Terms("plain", tools=True)) == alike(Terms("plain")) != alike(Terms("ipv6"))
        assert alike(Terms("plain", ("net_raw",))) == alike(Terms("plain"))
        assert grounds(HERE).alike(Terms()) == Terms()

    @pytest.mark.parametrize("name", ["no-ipv6", "few-ports", "unprivileged", "multicast"])
    def test_settings_that_leave_something_behind_and_other_users_tell_apart(self, name: str) -> None:
        others = {grounds(ONE).alike(Terms(other)) for other in conditions() if other != name}
        assert grounds(ONE).alike(Terms(name)) not in others

    @pytest.mark.parametrize(
        ("asked", "made"),
        [
            ("short-queue", "no-network"),
            ("filtered", "ipv6"),
            ("small-mtu", "ipv6"),
            ("rejected", "rejected"),
            ("plain", "plain"),
            ("few-ports", "few-ports"),
            ("unprivileged", "unprivileged"),
        ],
    )
    def test_hosts_that_are_to_be_given_settings_are_made_without(self, asked: str, made: str) -> None:
        assert grounds(ONE).plain(Terms(asked, ("net_raw",), tools=True)) == Terms(made, ("net_raw",), tools=True)

    @pytest.mark.parametrize(
        "rules",
        [
            (("ip -6 address flush dev eth0",),),
            (("iptables-nft -A INPUT -p tcp -j DROP && iptables-nft -A OUTPUT -p tcp -j DROP",),),
            (("tc qdisc add dev eth0 root netem delay 1ms", "tc qdisc add dev eth0 ingress"),),
        ],
    )
    def test_what_nobody_undoes_has_hosts_of_its_own(self, rules: tuple[tuple[str, ...], ...], monkeypatch: pytest.MonkeyPatch) -> None:
        odd = Condition("Odd.", ipv6=True, rules=rules)
        assert not can_be_undone(odd)
        monkeypatch.setitem(conditions(), "odd", odd)
        assert grounds(ONE).alike(Terms("odd")) == Terms("odd")

    def test_a_default_route_that_is_taken_away_is_not_given_back(self) -> None:
        assert not can_be_undone(structs.replace(conditions()["ipv6-only"], internal=False))

    def test_who_changes_the_network_takes_turns_in_containers_where_that_can_be_undone(self) -> None:
        acts = needing("network:plain", acts=True)
        assert grounds(ONE).takes_turns(acts)
        assert not grounds(HERE).takes_turns(acts)
        assert not grounds(ONE).takes_turns(needing("network:multicast", acts=True))
        assert not grounds(ONE).takes_turns(needing("network:few-ports", own_process=True))


def apart(*specs: TargetSpec, condition: str = "plain") -> ContainerGround:
    engine: Any = None
    return ContainerGround(engine, specs, Terms(condition))


def played_by(*roles: str, waiting: tuple[str, ...] = ()) -> Plan:
    """A plan of these roles, of which some listen."""
    listen = ["call", ["get", ["name", "s"], "listen"], []]
    steps = tuple(Step(role, Call(at, do=listen), "", Place(0, 0)) for at, role in enumerate(waiting))
    return structs.replace(needing(), roles=dict.fromkeys(roles, 1), steps=steps)


class TestPlaces:
    def test_beside_a_helper_places_with_odd_numbers_are_its_own(self) -> None:
        ground = HelpedGround([HERE, THERE], "")
        plan = played_by("a", "server", "b", "other", waiting=("server", "other"))
        assert [ground.place_of(at, plan) for at in range(4)] == [0, 1, 2, 3]
        assert [ground.place_of(at, played_by("server", "a", "b", waiting=("server",))) for at in range(3)] == [1, 0, 2]
        assert [ground.spec(place).id for place in range(4)] == [HERE.id, THERE.id, HERE.id, THERE.id]

    def test_on_this_machine_roles_take_their_own(self) -> None:
        ground = LocalGround([HERE], "/tmp/x")
        assert [ground.place_of(at, played_by("a", "b", "c")) for at in range(3)] == [0, 1, 2]
        assert ground.host(2) is ground.host(0)

    def test_a_lone_role_acts_from_the_second_host(self) -> None:
        assert apart(ONE).place_of(0, played_by("a")) == 1
        assert [apart(ONE).place_of(at, played_by("a", "b")) for at in range(2)] == [0, 1]

    def test_but_not_where_each_role_has_its_own_interpreter_or_there_is_one_host(self) -> None:
        assert apart(ONE, TWO).place_of(0, played_by("a")) == 0
        assert apart(ONE, condition="no-network").place_of(0, played_by("a")) == 0

    def test_a_condition_of_one_host_is_two_hosts_for_a_pair(self) -> None:
        assert not apart(ONE, condition="few-ports").apart
        assert apart(ONE, TWO, condition="few-ports").apart


INSPECTED = {"IPAM": {"Config": [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}, {"Subnet": "fd12:3456::/64"}]}}


class FakeHost:
    """As the engine describes a container."""

    def __init__(self, number: int) -> None:
        found = {
            "IPAddress": f"172.18.0.{number}",
            "GlobalIPv6Address": f"fd12:3456::{number}",
            "MacAddress": f"02:42:ac:12:00:{number:02x}",
        }
        self.inspected = {"NetworkSettings": {"Networks": {"net": found}}}


class TestAddresses:
    def addresses(self, condition: str, inspected: dict[str, Any] = INSPECTED) -> Addresses:
        one, other = FakeHost(2), FakeHost(33)
        return Network("net", inspected).addresses(one, other, conditions()[condition])  # type: ignore[arg-type]

    def test_of_both_protocols(self) -> None:
        assert self.addresses("ipv6") == Addresses(
            host="172.18.0.2", host6="fd12:3456::2", peer="172.18.0.33", peer6="fd12:3456::33", link6="fe80::42:acff:fe12:2",
            peer_link6="fe80::42:acff:fe12:21", broadcast="172.18.255.255", nobody="172.18.255.254",
            nobody6="fd12:3456::ffff:ffff:ffff:fffe",
        )  # fmt: skip

    def test_without_ipv4(self) -> None:
        found = self.addresses("ipv6-only")
        assert (found.host, found.peer, found.broadcast, found.nobody) == ("", "", "", "")
        assert (found.host6, found.peer6) == ("fd12:3456::2", "fd12:3456::33")

    def test_without_ipv6(self) -> None:
        only4 = {"IPAM": {"Config": INSPECTED["IPAM"]["Config"][:1]}}
        found = self.addresses("plain", only4)
        assert (found.link6, found.peer_link6, found.nobody6) == ("", "", "")
        assert found.host == "172.18.0.2"

    @pytest.mark.parametrize(
        ("mac", "address"),
        [
            ("02:42:ac:12:00:02", "fe80::42:acff:fe12:2"),
            ("00:00:00:00:00:00", "fe80::200:ff:fe00:0"),
            ("ff:ff:ff:ff:ff:ff", "fe80::fdff:ffff:feff:ffff"),
        ],
    )
    def test_linux_makes_the_link_local_one_from_the_ethernet_address(self, mac: str, address: str) -> None:
        assert _link_local(mac) == address
        assert IPv6Address(address).is_link_local


class TestShaping:
    RULES = (
        ("tc qdisc add dev eth0 root netem delay 100ms", "tc qdisc add dev eth0 root tbf rate 256kbit burst 3000 latency 10s"),
        ("ip x",),
    )

    def test_of_each_rule_the_first_alternative_that_works_is_taken(self) -> None:
        assert script(self.RULES) == (
            "{ { tc qdisc add dev eth0 root netem delay 100ms; } 2>/dev/null && echo 0 0 || "
            "{ { tc qdisc add dev eth0 root tbf rate 256kbit burst 3000 latency 10s; } && echo 0 1; }; } || exit 1; "
            "{ { { ip x; } && echo 1 0; }; } || exit 1"
        )

    @pytest.mark.parametrize(
        ("commands", "code", "said"),
        [
            ((("true", "false"), ("true",)), 0, "0 0\n1 0\n"),
            ((("false", "true"), ("true",)), 0, "0 1\n1 0\n"),
            ((("echo no >&2; false", "true && false", "true"),), 0, "0 2\n"),
            ((("true",), ("false",), ("true",)), 1, "0 0\n"),
            ((("false", "false"), ("true",)), 1, ""),
        ],
    )
    def test_a_shell_does_as_the_script_says(self, commands: tuple[tuple[str, ...], ...], code: int, said: str) -> None:
        import shutil
        import subprocess

        if shutil.which("sh") is None:
            pytest.skip("no shell here")
        ended = subprocess.run(["sh", "-c", script(commands)], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (code, said, "")

    def test_what_was_taken_is_told_where_there_was_a_choice(self) -> None:
        assert taken(self.RULES, "0 0\n1 0\n") == ["netem delay 100ms"]
        assert taken(self.RULES, "0 1\n1 0") == ["tbf rate 256kbit burst 3000 latency 10s"]
        assert taken(conditions()["lossy"].rules, "0 1") == ["iptables statistic nth"]
        assert taken((("ip x",),), "0 0") == []


class TestWords:
    @pytest.mark.parametrize(
        ("code", "said"),
        [
            (None, "its output ended"),
            (0, "exit status 0"),
            (3, "exit status 3"),
            (128, "exit status 128"),
            (137, "killed by SIGKILL"),
            (139, "killed by SIGSEGV"),
            (160, "exit status 160"),
            (255, "exit status 255"),
        ],
    )
    def test_an_engine_tells_signals_as_a_shell_does(self, code: int | None, said: str) -> None:
        assert _told(code) == said

    def test_a_signal_without_a_name_has_its_number(self) -> None:
        assert told(-63) == "killed by signal 63"
        assert _told(128) == "exit status 128"

    def test_a_full_pool_of_networks_says_what_to_try(self) -> None:
        detail = "the container engine answered: could not find an available, non-overlapping IPv4 address pool among the defaults"
        assert _advised(detail) == (
            f"{detail} (no subnet is left: 'sockmatrix clean' removes what ended runs have left, 'docker network prune' more)"
        )
        assert _advised("the container engine answered: ip6tables is off") == (
            "the container engine answered: ip6tables is off (where the engine has no IPv6, try --network plain)"
        )
        assert _advised("the container engine answered: no") == "the container engine answered: no"

    @pytest.mark.parametrize(
        "said",
        [
            'the container engine answered: OCI runtime create failed: exec: "/opt/py": stat /opt/py: no such file or directory: unknown',
            "the container engine answered: crun: executable file `/opt/py` not found: No such file or directory",
        ],
    )
    def test_a_program_that_is_not_there(self, said: str) -> None:
        make = Make(image="one", command=("/opt/py",))
        assert _explained(CannotStart(said), make).detail == "there is no /opt/py in the image 'one'"

    def test_a_file_that_is_no_program(self) -> None:
        said = 'the container engine answered: OCI runtime create failed: exec: "/etc/passwd": permission denied: unknown'
        assert _explained(CannotStart(said), Make(image="one", command=("/etc/passwd",))).detail == (
            "/etc/passwd in the image 'one' is no program that can be run; name its Python: docker:IMAGE@/PATH"
        )

    def test_other_errors_stay_as_they_are(self) -> None:
        error = CannotStart("the container engine answered: no space left on device")
        assert _explained(error, Make(image="one", command=("/opt/py",))) is error


def test_a_target_that_is_known_to_be_of_no_use_is_not_started() -> None:
    with pytest.raises(CannotStart, match="there is no image 'one'"):
        asyncio.run(grounds(structs.replace(ONE, trouble="there is no image 'one'")).open(Terms("plain")))


def test_a_container_and_this_machine_share_no_network() -> None:
    said = "'here' is of this machine and shares no network with a container; name docker: targets for both"
    with pytest.raises(CannotStart, match=f"^{said}$"):
        asyncio.run(grounds(ONE, HERE).open(Terms("plain")))


def test_every_condition_is_made_of_what_its_record_has() -> None:
    assert all(type(condition) is Condition for condition in conditions().values())
