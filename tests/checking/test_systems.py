"""The agent passes in one target of each family of systems that is prepared, and lacks what the family is known to lack."""

import asyncio
import os

import pytest

from harness.checking.run import check_agent
from harness.checking.talk import Limits
from harness.hosts.grounds import Containers, Grounds, new_run
from harness.records.agent_check import CheckedAgent
from harness.systems.recipe import systems
from harness.systems.status import status
from harness.targets.config import Config
from harness.targets.resolve import resolve
from tests.engine.expected import unavailable

pytestmark = pytest.mark.interpreters

EVERY = bool(os.environ.get("SOCKMATRIX_EVERY_MISDEED"))
SOME = () if EVERY else ("private-input", "symbols", "closes-sockets", "guard", "reach", "alarms", "fork")
"""Of systems that take seconds to start, unless all are asked for."""

FOREIGN = {"folder"}
"""Its files are not this machine's."""
SHARED = FOREIGN | {"end-of-input", "ends-while-busy"}
"""Its agents share one stream, or an engine's: no input can be ended alone."""
DEAF = {"fork", "closes-sockets", "concurrency", "abort", "ends-while-busy", "background", "pending", "alarms", "guard-ipv6", "guard-unix"}
"""What cannot be tried where nothing listens, no thread starts and no signal comes."""

LACKING = {
    "gvisor:trixie": FOREIGN,
    "micropython": FOREIGN | {"private-output", "warnings", "alarms"},
    "pyodide": FOREIGN | DEAF,
    "qemu:6.12": SHARED,
    "uml:6.1": SHARED,
    "wasi": FOREIGN | DEAF | {"private-output", "symbols", "objects", "warnings", "guard", "reach"},
    "wine:python3.8": FOREIGN | {"fork", "alarms", "guard-unix"},
    "wine:python3.13": FOREIGN | {"fork", "alarms", "guard-unix"},
}
"""Checks that do not apply, by target."""


async def checked(target: str) -> CheckedAgent:
    """The agent as it runs in a target that is prepared."""
    system = next((system for system in systems() if system.target == target), None)
    assert system is not None
    state = status(system)
    if state.state != "ready":
        unavailable(target, state.reason)
    (spec,) = resolve([target], Config()).targets
    containers = Containers(new_run())
    ground = None
    try:
        grounds = Grounds([spec], "", "", containers)
        ground = await grounds.open(grounds.default)
        return await check_agent(spec.id, ground.host(0), SOME, limits=Limits().stretched(10), sees_files=not spec.pipe)
    finally:
        if ground is not None:
            await ground.close()
        await containers.close()


@pytest.mark.parametrize("target", LACKING)
def test_the_agent_passes_in_a_target_of_each_family(target: str) -> None:
    seen = asyncio.run(checked(target))
    assert seen.trouble == ""
    assert [(check.name, check.detail) for check in seen.checks if check.outcome not in ("pass", "not applicable")] == []
    assert {check.name for check in seen.checks if check.outcome == "not applicable"} <= LACKING[target]
