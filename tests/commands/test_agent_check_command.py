"""`sockmatrix agent-check`: what is checked, what is printed, and with which code it ends."""

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from harness.reports.schemas import schema
from tests.commands.conftest import Sockmatrix

WRONG = str(Path(__file__).parents[1] / "checking" / "wrong_agents.py")


def test_nobody_is_no_agent(sockmatrix: Sockmatrix) -> None:
    assert sockmatrix("agent-check") == (2, "", "sockmatrix: no agent: name its COMMAND, or a target with -t\n")


def test_one_or_the_other_is_named(sockmatrix: Sockmatrix) -> None:
    said = "sockmatrix: name either the COMMAND of an agent, or targets with -t\n"
    assert sockmatrix("agent-check", "-t", "current", "./agent") == (2, "", said)
    said = "sockmatrix: --send is for a COMMAND; a target has its own way for the agent\n"
    assert sockmatrix("agent-check", "-t", "current", "--send") == (2, "", said)


def test_a_check_that_there_is_not(sockmatrix: Sockmatrix) -> None:
    said = "sockmatrix: no check 'float'; did you mean 'floats'?\n"
    assert sockmatrix("agent-check", "--only", "float", "./agent") == (2, "", said)
    ended = sockmatrix("agent-check", "--only", "x", "./agent")
    assert ended.err.startswith("sockmatrix: no check 'x'; there are hello, start, other-protocol, ")


def test_a_command_that_is_not_there(sockmatrix: Sockmatrix) -> None:
    code, out, err = sockmatrix("agent-check", "./no-such-agent", "--its", "-v")
    assert (code, err) == (3, "")
    assert out == "./no-such-agent --its -v\n  it could not be started: ./no-such-agent: No such file or directory\n"


def test_options_of_the_agent_are_its_own(sockmatrix: Sockmatrix) -> None:
    assert sockmatrix("agent-check", "./no-such-agent", "--json").out.startswith("./no-such-agent --json\n")


@pytest.mark.end_to_end
def test_a_right_agent_ends_with_0_and_a_wrong_one_with_1(sockmatrix: Sockmatrix) -> None:
    for name, code, last in (("right", 0, "5 checks: 5 pass"), ("writes_floats_without_a_point", 1, "5 checks: 4 pass, 1 fail")):
        ended = sockmatrix("agent-check", "--only", "floats", sys.executable, WRONG, name)
        assert (ended.code, ended.err) == (code, "")
        assert ended.out.endswith(f"  {last}\n")


@pytest.mark.end_to_end
def test_as_json_it_fits_its_schema(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("agent-check", "--json", "--only", "floats", sys.executable, WRONG, "writes_floats_without_a_point")
    data = json.loads(ended.out)
    jsonschema.Draft202012Validator(schema("agent-check")).validate(data)
    (agent,) = data["agents"]
    assert agent["agent"].endswith("writes_floats_without_a_point")
    assert [check["outcome"] for check in agent["checks"]] == ["pass", "pass", "pass", "pass", "fail"]
    assert agent["checks"][-1]["detail"] == "wanted 1.0, came 1"


@pytest.mark.end_to_end
def test_a_target_is_checked_as_it_would_be_started(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("agent-check", "--only", "steps", "-t", "current", "-t", f"cmd:{sys.executable}")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.count("4 checks: 4 pass") == 2


@pytest.mark.end_to_end
def test_an_interpreter_is_sent_the_agent(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("agent-check", "--send", "--only", "steps", sys.executable)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("  4 checks: 4 pass\n")


def test_an_option_that_there_is_not_is_no_agent(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("agent-check", "--olny", "floats", "./agent")
    assert ended.code == 2
    assert "No such option" in ended.err
