"""The page that agents are written from has everything that a controller relies on, and everything that the checks ask."""

import re
from pathlib import Path

import pytest

from harness.agents import agent
from harness.checking import checks  # noqa: F401 - fills CHECKS
from harness.checking.shapes import OUTCOMES
from harness.checking.stage import CHECKS
from harness.language.vocabulary import CONSTANTS, HELPERS, NETWORK_ACTIONS
from harness.records.facts import Facts

FOLDER = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.skipif(not (FOLDER / "agent-protocol.md").is_file(), reason="an installed package has no docs")


def page(name: str = "agent-protocol.md") -> str:
    return (FOLDER / name).read_text("utf-8")


def section(title: str) -> str:
    """The text below a heading."""
    return page().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def words(text: str) -> set[str]:
    """Names in the code of a text: `fill(n)` is `fill`."""
    return {word for code in re.findall("`([^`]*)`", text) for word in re.findall(r"[A-Za-z_]\w*", code)}


def test_each_check_has_its_row() -> None:
    rows = [f"| `{check.name}` | {check.section} | {check.asks} |" for check in CHECKS.values()]
    shown = [line for line in section("Check your agent").splitlines() if line.startswith("| `")]
    assert shown == rows


def test_each_check_names_a_section_that_there_is() -> None:
    headings = set(re.findall("^## (.*)$", page(), re.MULTILINE))
    assert {check.section for check in CHECKS.values()} <= headings


def test_each_check_comes_after_those_that_it_relies_on() -> None:
    done: list[str] = []
    for check in CHECKS.values():
        assert set(check.needs) <= set(done), check.name
        done.append(check.name)


def test_each_helper_has_its_row() -> None:
    named = {word for line in section("Helpers").splitlines() if line.startswith("| `") for word in words(line.split(" | ")[0])}
    assert set(HELPERS) - named == set()
    assert set(agent.HELPERS) | {"forget"} == set(HELPERS), "the agent has those of the language"


def test_each_fact_has_its_row() -> None:
    named = {word for line in section("Facts").splitlines() if line.startswith("| `") for word in words(line.split(" | ")[0])}
    assert named == set(Facts.__struct_fields__)


def test_what_the_agent_says_of_itself_is_what_is_said_there() -> None:
    not_said = {word for line in section("Facts").splitlines() if "never said by an agent" in line for word in words(line.split(" | ")[0])}
    assert set(agent.facts()) == set(Facts.__struct_fields__) - not_said


def test_each_outcome_has_its_row() -> None:
    shown = re.findall(r"^\| `(\w+)` \|", section("Observations"), re.MULTILINE)
    assert sorted(shown) == sorted(OUTCOMES)


def test_each_request_is_there() -> None:
    text = section("Start and end") + section("Requests") + section("Close and abort")
    assert set(agent.Agent.ACTIONS) - words(text) == set()


def test_each_operation_is_in_the_table_of_the_plan() -> None:
    table = page("plan.md").partition("\n## Expressions\n")[2]
    for operation in agent._OPERATIONS:
        assert operation in table.replace("\\|", "|"), operation


def test_each_constant_is_in_the_table_of_the_plan() -> None:
    assert set(CONSTANTS) - words(page("plan.md")) == set()
    assert set(NETWORK_ACTIONS) - words(page("plan.md")) == set()


@pytest.mark.parametrize("name", ["LONGEST_VALUE", "LARGEST_EXACT", "LARGEST_ALLOCATION"])
def test_each_number_is_the_agents(name: str) -> None:
    number = getattr(agent, name)
    spelt = {2**53: "2**53", 2**28: "2**28"}.get(number, str(number))
    assert spelt in page()
