"""The checks find each wrong agent, and each by the one check that is about its misdeed; the right agent passes all."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from harness.checking.run import check_agent
from harness.checking.talk import Limits
from harness.hosts.local import AgentCommand
from harness.records.agent_check import CheckedAgent
from tests.checking.wrong_agents import WRONG

WAITING = {
    "keeps_silent_about_rubbish", "never_answers_abort", "never_starts", "stays_when_its_input_ends", "takes_a_piece_for_a_line",
    "lets_scenarios_read_the_stream", "does_one_thing_at_a_time", "forgets_to_greet_after_a_fork", "forks_once",
    "answers_an_unknown_request_without_its_id",
}  # fmt: skip
"""What is found by waiting in vain."""
PATIENT = Limits()
IMPATIENT = Limits(start=4.0, answer=4.0, abort=2.0)


def checked(name: str, *checks: str) -> CheckedAgent:
    """A miniature, checked."""
    host = AgentCommand([sys.executable, "-E", "-s", "-S", str(Path(__file__).with_name("wrong_agents.py")), name])
    return asyncio.run(check_agent(name, host, checks, limits=IMPATIENT if name in WAITING else PATIENT, sees_files=True))


def failed(seen: CheckedAgent) -> list[str]:
    """Names of the checks that failed."""
    return [check.name for check in seen.checks if check.outcome == "fail"]


def test_the_right_agent_passes_all() -> None:
    seen = checked("right")
    assert [(check.name, check.detail) for check in seen.checks if check.outcome != "pass"] == []
    assert len(seen.checks) > 50


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_agent_is_found_by_the_check_of_its_misdeed(name: str) -> None:
    """With what that check relies on: none of these fails, so that it is found by this one alone."""
    assert failed(checked(name, WRONG[name][0])) == [WRONG[name][0]]


EVERY = 1 if os.environ.get("SOCKMATRIX_EVERY_MISDEED") else 8
"""All checks of all wrong agents take minutes: an eighth of them unless all are asked for, as `tox run -e systems` does."""


@pytest.mark.end_to_end
@pytest.mark.parametrize("name", list(WRONG)[::EVERY])
def test_no_other_check_takes_offence_at_a_misdeed(name: str) -> None:
    assert failed(checked(name)) == [WRONG[name][0]]
