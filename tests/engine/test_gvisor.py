"""gVisor as a target: two agents in one sandbox, what they say of it, and verdicts that its recipe knows of."""

from pathlib import Path

import pytest

from harness.gates.recipes import known_of
from harness.runs.folder import Run
from harness.systems.recipe import System, systems
from harness.systems.status import status
from harness.targets.systems import spec_of
from tests.engine.expected import unavailable
from tests.engine.playing import Stage, verdicts
from tests.engine.test_misdeeds import GOOD

pytestmark = [pytest.mark.interpreters, pytest.mark.end_to_end]

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


def test_what_is_known_of_it_has_a_reason_and_a_link() -> None:
    entries = known_of(["gvisor"])
    assert entries
    assert all(
        entry.see.startswith(("https://github.com/google/gvisor/", "https://gvisor.dev/", "issue:google/gvisor#")) for entry in entries
    )
    assert all("gvisor" in entry.when for entry in entries)
