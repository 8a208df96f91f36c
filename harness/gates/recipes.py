"""What is known to fail on systems, from their recipes: bugs of theirs, with a link. Which targets are played on is not decided here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import structs

from harness.gates.known import entries, named
from harness.records.known import Known
from harness.systems.recipe import Recipe, definitions, recipes
from harness.targets.config import ConfigError


def known_of(families: Iterable[str], scenarios: Sequence[str] | None = None) -> tuple[Known, ...]:
    """The entries of families, of those that speak of these scenarios where some are named. Raises ConfigError."""
    wanted = set(families)
    found = [entry for recipe in recipes() if recipe.family in wanted for entry in _entries(recipe)]
    if scenarios is None:
        return tuple(found)
    there = frozenset(scenarios)
    return tuple(entry for entry in found if named(entry, there))


def _entries(recipe: Recipe) -> tuple[Known, ...]:
    if not recipe.known:
        return ()
    text = (definitions() / recipe.file).read_text("utf-8")
    return read_entries(recipe.known, text, f"targets/{recipe.file}")


def read_entries(tables: Sequence[Mapping[str, Any]], text: str, file: str) -> tuple[Known, ...]:
    """Entries as in a `sockmatrix.toml`; what has one reason in many scenarios is one table, with `scenarios`: the step by the scenario.

    Raises ConfigError.
    """
    first = [_of_first(table, file) for table in tables]
    found = entries(first, text, file, "known")
    return tuple(each for table, entry in zip(tables, found, strict=True) for each in _of_all(table, entry))


def _of_first(table: Mapping[str, Any], file: str) -> dict[str, Any]:
    """As if it spoke of its first scenario alone."""
    if "scenarios" not in table:
        return dict(table)
    steps = table["scenarios"]
    if not isinstance(steps, Mapping) or not steps or not all(type(step) is int and step >= 0 for step in steps.values()):
        raise ConfigError(
            f"{file}: known", 'scenarios is a table of ids with the step at which each departs: "tcp/greeting" = 7 (0: anywhere)'
        )
    if "scenario" in table or "step" in table:
        raise ConfigError(f"{file}: known", "an entry with scenarios has neither scenario nor step")
    return {"scenario": next(iter(steps)), **{key: value for key, value in table.items() if key != "scenarios"}}


def _of_all(table: Mapping[str, Any], entry: Known) -> Iterable[Known]:
    if "scenarios" not in table:
        return [entry]
    return [structs.replace(entry, scenario=scenario, step=step) for scenario, step in table["scenarios"].items()]
