"""gVisor as a target: two agents in one sandbox, what they say of it, and verdicts that its recipe knows of."""

import asyncio
import os
from itertools import product
from pathlib import Path

import pytest
from msgspec import structs

from harness.checking.run import check_agent
from harness.checking.talk import Limits
from harness.gates.known import applies, names
from harness.gates.recipes import known_of
from harness.hosts.grounds import Containers, Grounds
from harness.hosts.process import NotProvided
from harness.hosts.terms import Terms
from harness.language.library import bundled, load
from harness.records.agent_check import CheckedAgent
from harness.records.facts import Facts
from harness.runs.folder import Run
from harness.systems.recipe import System, systems
from harness.systems.status import status
from harness.targets.systems import spec_of
from tests.engine.expected import unavailable
from tests.engine.playing import Stage, verdicts
from tests.engine.test_misdeeds import GOOD

pytestmark = [pytest.mark.interpreters, pytest.mark.end_to_end]

OF_ANOTHER_MACHINE = {"end-of-input", "folder", "ends-while-busy"}
"""Checks that cannot be made where the process is another machine's, or its files are."""
SOME = () if os.environ.get("SOCKMATRIX_EVERY_MISDEED") else ("facts", "bytes", "closes-sockets", "guard", "abort", "alarms")
"""Of the members that are not played at every change."""
FACTS_OF_ONE = Facts(python="3.13.5", implementation="cpython", implementation_version="3.13.5", os="linux", kernel="4.4.0")

MEMBERS = [system for system in systems() if system.recipe.family == "gvisor"]

FACTS = {
    "facts/is_gvisor": "needs: [gvisor]\nsteps:\n  - client: len('x')\n    returns: 1\n",
    "facts/newer_than_2023": "needs: [gvisor_version >= 2023]\nsteps:\n  - client: len('x')\n    returns: 1\n",
    "facts/own_network": "needs: [not host_network]\nsteps:\n  - client: len('x')\n    returns: 1\n",
}
ANSWERS = {
    "answers/level": """
needs: [ipv4]
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.getsockopt(9999, 1)
    raises: EOPNOTSUPP
    varies:
      - when: gvisor
        raises: ENOPROTOOPT
        because: any level is taken for one that lacks the option
        see: ["https://gvisor.dev/docs/user_guide/compatibility/"]
"""
}


def prepared(system: System) -> System:
    """The member, if it is there."""
    reason = status(system).reason
    if reason:
        unavailable(system.target, reason)
    return system


def play(folder: Path, system: System, scenarios: dict[str, str]) -> Run:
    return Stage(folder).play([spec_of(prepared(system))], scenarios)


@pytest.mark.parametrize("system", MEMBERS, ids=lambda system: system.target)
def test_a_sandbox_says_what_it_is(tmp_path: Path, system: System) -> None:
    run = play(tmp_path, system, {**GOOD, **FACTS, **ANSWERS})
    new, own = "2022" not in system.target, "+host" not in system.target
    expected = dict.fromkeys(GOOD, "pass") | {
        "facts/is_gvisor": "pass",
        "facts/newer_than_2023": "pass" if new else "unsupported",
        "facts/own_network": "pass" if own else "unsupported",
        "answers/level": "variation",
    }
    assert verdicts(run, system.target) == expected
    facts = run.header.targets[0].facts
    assert facts is not None
    assert (facts.os, facts.kernel, facts.implementation, facts.python[:4]) == ("linux", "4.4.0", "cpython", "3.13")


async def check(system: System, checks: tuple[str, ...]) -> CheckedAgent:
    """The agent in a sandbox, against the protocol; nothing is expected to come late."""
    spec, containers = spec_of(prepared(system)), Containers("test")
    grounds = Grounds([spec], "", "", containers)
    try:
        ground = await grounds.open(grounds.default)
        return await check_agent(spec.id, ground.host(0), checks, limits=Limits().stretched(10), sees_files=False)
    finally:
        await containers.close()


@pytest.mark.parametrize("system", MEMBERS, ids=lambda system: system.target)
def test_the_agent_in_a_sandbox_keeps_the_protocol(system: System) -> None:
    seen = asyncio.run(check(system, () if system.member.quick else SOME))
    assert seen.trouble == ""
    assert [(each.name, each.detail) for each in seen.checks if each.outcome not in ("pass", "not applicable")] == []
    assert {each.name for each in seen.checks if each.outcome == "not applicable"} <= OF_ANOTHER_MACHINE


@pytest.mark.parametrize("system", [each for each in MEMBERS if "+host" in each.target], ids=lambda system: system.target)
def test_the_network_of_its_machine_is_left_as_it_is(system: System) -> None:
    async def ask() -> str:
        containers = Containers("test")
        try:
            with pytest.raises(NotProvided) as caught:
                await Grounds([spec_of(prepared(system))], "", "", containers).open(Terms("no-network"))
            return caught.value.detail
        finally:
            await containers.close()

    assert asyncio.run(ask()) == "needs the network condition 'no-network', and the sandbox is on the network of its machine"


def test_of_each_scenario_one_entry_speaks_on_each_member() -> None:
    known = known_of(["gvisor"])
    scenarios = [plan.id for plan in load([bundled()]).plans]
    for version, host_network in product(("2024.7.29", "2022.12.19"), (False, True)):
        facts = structs.replace(FACTS_OF_ONE, gvisor=True, gvisor_version=version, host_network=host_network)
        there = [entry for entry in known if applies(entry, facts)]
        twice = [scenario for scenario in scenarios if sum(names(entry, scenario) for entry in there) > 1]
        assert twice == []


def test_what_is_known_of_it_has_a_reason_and_a_link() -> None:
    entries = known_of(["gvisor"])
    assert entries
    assert all(
        entry.see.startswith(("https://github.com/google/gvisor/", "https://gvisor.dev/", "issue:google/gvisor#")) for entry in entries
    )
    assert all("gvisor" in entry.when for entry in entries)
