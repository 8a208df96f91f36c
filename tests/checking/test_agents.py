"""Every agent here passes: the project's own on each interpreter, as a file and down a pipe, and the example in JavaScript."""

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec import structs

from harness.agents import agent
from harness.checking.run import check_agent
from harness.checking.talk import Limits
from harness.hosts.local import AgentCommand, LocalHost
from harness.records.agent_check import CheckedAgent
from harness.targets.spec import TargetSpec
from tests.engine.expected import unavailable

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "agent.js"
OLDEST_NODE = 18

LONG = Limits().stretched(10)
"""Nothing is expected to come late, and a machine that is busy must turn nothing red."""

SOME = () if os.environ.get("SOCKMATRIX_EVERY_MISDEED") else ("facts", "bytes", "closes-sockets", "guard", "fork")
"""Of Java machines, which take seconds to start for each check that needs a new one, unless all are asked for."""

LACKING = {
    "jython": {"fork", "private-output", "half-characters", "warnings", "guard-unix", "unchanged"},
    "cpython 2": {"warnings"},
    "pypy 2": {"warnings", "unchanged"},
    "pypy": {"unchanged"},  # where objects are collected late, nobody knows what is left
}
"""Checks that do not apply to some, by implementation and version."""
NO_FORKS = set() if agent.FORKS else {"fork"}
"""Of this machine's system."""
OF_EXAMPLE = {
    "fork", "private-output", "half-characters", "classes", "paths", "symbols", "warnings", "folder", "alarms", "guard-ipv6", "guard-unix",
    "unchanged",
}  # fmt: skip


def not_passed(seen: CheckedAgent) -> list[tuple[str, str]]:
    assert seen.trouble == ""
    return [(check.name, check.detail) for check in seen.checks if check.outcome not in ("pass", "not applicable")]


def not_applicable(seen: CheckedAgent) -> set[str]:
    return {check.name for check in seen.checks if check.outcome == "not applicable"}


def test_the_agent_passes_on_every_interpreter(spec: TargetSpec) -> None:
    seen = asyncio.run(check_agent(spec.id, LocalHost(spec), SOME if spec.implementation == "jython" else (), limits=LONG, sees_files=True))
    assert not_passed(seen) == []
    lacking = LACKING.get(f"{spec.implementation} {spec.version[0]}", LACKING.get(spec.implementation, set()))
    assert not_applicable(seen) - {"guard-ipv6"} <= lacking | NO_FORKS


def test_it_passes_when_it_was_sent(spec: TargetSpec) -> None:
    seen = asyncio.run(
        check_agent(spec.id, LocalHost(structs.replace(spec, pipe=True)), ["end-of-input", "abort", "private-input"], limits=LONG)
    )
    assert not_passed(seen) == []


def node() -> str:
    """A Node.js that is new enough; where CI promises one, that there is none is a failure."""
    found = shutil.which("node")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
    version = re.match(r"v(\d+)", said)
    if not found or not version or int(version[1]) < OLDEST_NODE:
        unavailable("node", f"needs Node.js {OLDEST_NODE} or later on PATH")
    return found


@pytest.mark.interpreters
@pytest.mark.skipif(not EXAMPLE.is_file(), reason="an installed package has no docs")
def test_the_example_of_the_protocols_page_passes() -> None:
    seen = asyncio.run(check_agent("example", AgentCommand([node(), str(EXAMPLE)]), limits=LONG))
    assert not_passed(seen) == []
    assert not_applicable(seen) <= OF_EXAMPLE
