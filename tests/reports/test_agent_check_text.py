"""What is shown of checked agents."""

import io

from harness.records.agent_check import AgentCheck, CheckedAgent
from harness.reports.agent_check_text import print_checked
from harness.reports.terminal import open_page
from tests.reports.hostile import MEAN

CHECKS = (
    AgentCheck("hello", "The first line is a hello.", "Start and end", "pass"),
    AgentCheck("floats", "Floats have a point.", "Values", "fail", "wanted 1.0, came 1", '{"do":1.0}', '{"value":1}'),
    AgentCheck("bytes", "Bytes are tagged.", "Values", "not applicable", "lacking: 'bytes'"),
    AgentCheck("helpers", "Helpers help.", "Helpers", "untried", "it relies on 'floats', which failed"),
)


def shown(*agents: CheckedAgent) -> str:
    stream = io.StringIO()
    print_checked(open_page(stream), agents)
    return stream.getvalue()


def test_a_failure_is_shown_with_its_evidence_and_all_else_in_a_line() -> None:
    assert shown(CheckedAgent("node agent.js", CHECKS)) == (
        "node agent.js\n"
        "  ✓ hello\n"
        "  ✗ floats\n"
        "      wanted 1.0, came 1\n"
        "      asked     Floats have a point.  (docs/agent-protocol.md, Values)\n"
        '      sent      {"do":1.0}\n'
        '      came      {"value":1}\n'
        "  - bytes  lacking: 'bytes'\n"
        "  ? helpers  it relies on 'floats', which failed\n"
        "  4 checks: 1 pass, 1 fail, 1 not applicable, 1 untried\n"
    )


def test_agents_stand_below_each_other_and_one_that_did_not_start_says_why() -> None:
    text = shown(CheckedAgent("a", CHECKS[:1]), CheckedAgent("b", trouble="b: No such file or directory"))
    assert text == "a\n  ✓ hello\n  1 check: 1 pass\n\nb\n  it could not be started: b: No such file or directory\n"


def test_what_came_is_made_harmless() -> None:
    text = shown(CheckedAgent(MEAN, (AgentCheck("hello", "…", "Values", "fail", MEAN, MEAN, MEAN),)))
    assert "\x1b" not in text
    assert "\u202e" not in text
