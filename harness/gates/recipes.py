"""What is known to fail on systems, from their recipes: bugs of theirs, with a link. Which targets are played on is not decided here."""

from collections.abc import Iterable, Sequence

from harness.gates.known import entries, names
from harness.records.known import Known
from harness.systems.recipe import Recipe, definitions, recipes


def known_of(families: Iterable[str], scenarios: Sequence[str] | None = None) -> tuple[Known, ...]:
    """The entries of families, of those that speak of these scenarios where some are named. Raises ConfigError."""
    wanted = set(families)
    found = [entry for recipe in recipes() if recipe.family in wanted for entry in _entries(recipe)]
    if scenarios is None:
        return tuple(found)
    return tuple(entry for entry in found if any(names(entry, scenario) for scenario in scenarios))


def _entries(recipe: Recipe) -> tuple[Known, ...]:
    if not recipe.known:
        return ()
    text = (definitions() / recipe.file).read_text("utf-8")
    return entries(list(recipe.known), text, f"targets/{recipe.file}", "known")
