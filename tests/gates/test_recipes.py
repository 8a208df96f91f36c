"""Entries of recipes: as in a `sockmatrix.toml`, and many scenarios with one reason."""

from typing import Any

import pytest

from harness.gates.recipes import read_entries
from harness.targets.config import ConfigError

COMMON = {"when": "gvisor", "kind": "xfail", "reason": "it is so", "see": "https://example.org/1"}


def test_an_entry_for_one_scenario() -> None:
    (entry,) = read_entries([{**COMMON, "scenario": "tcp/one", "step": 3}], "[[known]]\n", "targets/x.toml")
    assert (entry.scenario, entry.step, entry.place) == ("tcp/one", 3, "targets/x.toml:1")


def test_many_scenarios_with_one_reason_are_an_entry_each() -> None:
    text = "[[known]]\nreason = 'it is so'\n[known.scenarios]\n\"tcp/one\" = 7\n\n[[known]]\n"
    tables: list[dict[str, Any]] = [
        {**COMMON, "verdicts": ["hang"], "scenarios": {"tcp/one": 7, "tcp/two[*]": 0}},
        {**COMMON, "scenario": "tcp/three"},
    ]
    found = read_entries(tables, text, "targets/x.toml")
    assert [(entry.scenario, entry.step, entry.verdicts, entry.place) for entry in found] == [
        ("tcp/one", 7, ("hang",), "targets/x.toml:1"),
        ("tcp/two[*]", 0, ("hang",), "targets/x.toml:1"),
        ("tcp/three", 0, ("fail",), "targets/x.toml:6"),
    ]


@pytest.mark.parametrize("scenarios", [[], {}, {"tcp/one": "7"}, {"tcp/one": -1}, {"tcp/one": True}, ["tcp/one"], "tcp/one"])
def test_scenarios_that_are_no_table_of_steps(scenarios: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        read_entries([{**COMMON, "scenarios": scenarios}], "[[known]]\n", "targets/x.toml")
    assert str(caught.value) == (
        'targets/x.toml: known: scenarios is a table of ids with the step at which each departs: "tcp/greeting" = 7 (0: anywhere)'
    )


def test_scenarios_beside_a_scenario() -> None:
    with pytest.raises(ConfigError) as caught:
        read_entries([{**COMMON, "scenario": "tcp/one", "scenarios": {"tcp/two": 1}}], "[[known]]\n", "targets/x.toml")
    assert str(caught.value) == "targets/x.toml: known: an entry with scenarios has neither scenario nor step"
