"""The data of every network condition, and what a scenario gets wrong that asks for one."""

import re

import pytest
from msgspec import structs

from harness.language.conditions import conditions
from harness.language.needs import unmet
from harness.language.vocabulary import NETWORK_ACTIONS, SETTINGS
from harness.records.plan import Need, Place
from tests.language.test_predicates import LINUX
from tests.language.writing import mistakes_of, plan_of, steps_of

TOOLS = ("tc", "ip", "iptables-nft", "ip6tables-nft")
NAMESPACED = ("net.ipv4.", "net.ipv6.", "net.core.somaxconn")
"""Kernel settings that a network namespace has for itself; an engine sets no others in a container."""

EACH = pytest.mark.parametrize("name", list(conditions()))
ON_PLAIN = "needs: [network:plain]\n"


class TestData:
    def test_there_are_those_that_the_design_names(self) -> None:
        named = {"plain", "ipv6", "no-ipv6", "no-network", "lossy", "slow", "filtered", "rejected", "unprivileged"}
        assert named <= set(conditions())

    @EACH
    def test_its_name_can_be_written_everywhere(self, name: str) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)

    @EACH
    def test_it_says_what_it_is_in_a_sentence(self, name: str) -> None:
        assert re.fullmatch(r"[A-Z].+\.", conditions()[name].what)

    @EACH
    def test_its_rules_are_commands_of_the_tools(self, name: str) -> None:
        for alternatives in conditions()[name].rules:
            assert alternatives
            for command in (part for each in alternatives for part in each.split(" && ")):
                assert command.split()[0] in (*TOOLS, "true")
                assert not re.search(r"[;|`$<>\\\n]", command)

    @EACH
    def test_its_settings_are_of_the_containers_own_network(self, name: str) -> None:
        for setting, value in conditions()[name].sysctls.items():
            assert setting.startswith(NAMESPACED)
            assert value

    @EACH
    def test_what_it_sets_is_a_fact_that_can_be_a_cause(self, name: str) -> None:
        by_interface = re.compile(r"net\.ipv6\.conf\.(default|lo)\.")
        assert {setting for setting in conditions()[name].sysctls if not by_interface.match(setting)} <= set(SETTINGS)

    @EACH
    def test_rules_are_for_a_network(self, name: str) -> None:
        condition = conditions()[name]
        assert condition.hosts in (1, 2)
        if condition.hosts == 1:
            assert (condition.rules, condition.both, condition.mtu, condition.ipv6) == ((), False, 0, False)

    @EACH
    def test_who_it_runs_as_is_a_number(self, name: str) -> None:
        assert re.fullmatch(r"(\d+:\d+)?", conditions()[name].user)

    @EACH
    def test_it_can_be_asked_for_and_met(self, name: str) -> None:
        need = [Need(f"network:{name}", Place(1, 1))]
        other = "plain" if name != "plain" else "slow"
        assert unmet(need, structs.replace(LINUX, network=name)) == ""
        assert unmet(need, structs.replace(LINUX, network=other)) == f"needs the network condition '{name}', and here it is '{other}'"
        assert unmet(need, LINUX) == f"needs the network condition '{name}', and here it is the plain loopback"


class TestNeeds:
    def test_an_unknown_condition_has_the_nearest_right_word(self) -> None:
        assert mistakes_of("- server: socket.socket()", "needs: [network:filterd]\n") == [
            "4:17: unknown network condition 'filterd'; did you mean 'filtered'?"
        ]

    def test_two_conditions_at_once_are_a_mistake(self) -> None:
        assert mistakes_of("- server: socket.socket()", "needs: [network:plain, ipv4, network:slow]\n") == [
            "4:9: a scenario takes place on one network, not on plain and slow"
        ]

    def test_so_they_are_where_a_case_adds_one(self) -> None:
        text = "needs: [network:plain]\ncases:\n  one: {n: 1, needs: [network:slow]}\n  two: {n: 2}\n"
        assert mistakes_of("- server: len(fill(n))", text) == ["4:9: a scenario takes place on one network, not on plain and slow"]

    def test_the_same_one_twice_is_none(self) -> None:
        assert plan_of("needs: [network:plain, network:plain]\nsteps: [server: socket.socket()]\n").condition == "plain"

    def test_a_plan_knows_what_it_asks_for(self) -> None:
        assert plan_of("needs: [ipv4, network:filtered]\nsteps: [server: socket.socket()]\n").condition == "filtered"
        assert plan_of("needs: [ipv4]\nsteps: [server: socket.socket()]\n").condition == ""


class TestNetworkSteps:
    def test_they_are_steps_of_nobody(self) -> None:
        plan = plan_of(
            ON_PLAIN + "steps:\n  - server: s = socket.socket()\n  - network: cut(server)\n  - network: restore ( server )\n"
            "  - server: s.close()\n"
        )
        assert plan.changes_network
        assert plan.roles == {"server": 1}
        calls = [(step.call.kind, step.call.action, step.call.subject) for step in plan.steps]
        assert calls == [("call", "", ""), ("network", "cut", "server"), ("network", "restore", "server"), ("call", "", "")]
        assert plan.steps[1].text == "cut(server)"

    @pytest.mark.parametrize(
        ("written", "mistake"),
        [
            ("cutt(server)", "'cutt(server)' is nothing that the network can do; did you mean 'cut'?"),
            ("poweroff(server)", "'poweroff(server)' is nothing that the network can do; did you mean 'power_off'?"),
            (
                "explode(server)",
                "'explode(server)' is nothing that the network can do; such as cut(server); the network can cut, restore, kill, power_off",
            ),
            ("cut(servr)", "'servr' is no role of this scenario; did you mean 'server'?"),
            ("cut(somebody)", "'somebody' is no role of this scenario; roles that act: server"),
        ],
    )
    def test_what_is_not_known_has_the_nearest_right_word(self, written: str, mistake: str) -> None:
        assert mistakes_of(f"- server: socket.socket()\n- network: {written}", ON_PLAIN) == [f"7:14: {mistake}"]

    def test_they_expect_nothing(self) -> None:
        assert mistakes_of("- server: socket.socket()\n- network: cut(server)\n  returns: 1\n  takes: ..1", ON_PLAIN) == [
            "8:5: a step of the network takes no 'returns'; put it where it shows",
            "9:5: a step of the network takes no 'takes'; put it where it shows",
        ]

    def test_who_was_ended_does_nothing_more(self) -> None:
        for action in ("kill", "power_off"):
            steps = f"- server: s = socket.socket()\n- network: {action}(server)\n- server: s.close()\n"
            assert mistakes_of(steps, ON_PLAIN) == ["8:5: 'server' was ended in line 7; what comes after it can only be seen by the others"]

    def test_who_was_ended_is_not_ended_again_but_may_be_cut_off(self) -> None:
        steps = "- server: socket.socket()\n- network: kill(server)\n- network: kill(server)\n- network: cut(server)\n"
        assert mistakes_of(steps, ON_PLAIN) == ["8:5: 'server' was ended in line 7; what comes after it can only be seen by the others"]

    def test_a_call_of_one_that_was_ended_is_not_awaited(self) -> None:
        steps = """
            - server: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            - server: s.recv(1)
              background: job
            - network: kill(server)
        """
        assert len(steps_of(steps, ON_PLAIN)) == 3

    def test_they_need_hosts_of_their_own(self) -> None:
        steps = "- server: socket.socket()\n- network: cut(server)"
        wanted = "the network can only act where each role has a host of its own; such as needs: [network:plain]"
        assert mistakes_of(steps) == [f"6:5: {wanted}"]
        assert mistakes_of(steps, "needs: [network:few-ports]\n") == [f"7:5: {wanted}"]
        assert len(steps_of(steps, ON_PLAIN)) == 2

    def test_a_role_of_many_members_has_no_host_of_its_own(self) -> None:
        steps = "- server: socket.socket()\n- client: socket.socket()\n- network: cut(client)"
        assert mistakes_of(steps, ON_PLAIN + "roles: {client: 2}\n") == ["9:14: 'client' has several members, which share a host"]

    def test_no_role_is_called_network(self) -> None:
        assert mistakes_of("- server: socket.socket()", "roles: {network: 2}\n")[0] == (
            "4:9: 'network' is no name for a role; use small letters, and no key of the language"
        )

    def test_every_action_can_be_written(self) -> None:
        for action in NETWORK_ACTIONS:
            assert steps_of(f"- server: socket.socket()\n- network: {action}(server)", ON_PLAIN)[1].call.action == action


def test_the_digest_tells_networks_apart() -> None:
    one = plan_of(ON_PLAIN + "steps:\n  - server: socket.socket()\n  - network: cut(server)\n")
    other = plan_of(ON_PLAIN + "steps:\n  - server: socket.socket()\n  - network: restore(server)\n")
    third = plan_of("needs: [network:slow]\nsteps:\n  - server: socket.socket()\n  - network: cut(server)\n")
    assert len({one.digest, other.digest, third.digest}) == 3
