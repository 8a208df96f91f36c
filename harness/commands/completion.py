"""Complete scenario ids in a shell. Looks at file names only, so that a key press costs no parsing."""

import click
from click.shell_completion import CompletionItem


def complete_scenario(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of bundled scenarios that begin with what was typed."""
    return [CompletionItem(name) for name in scenario_ids() if name.startswith(incomplete)]


def complete_terms(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The same for `-k`, whose words may also be `area:NAME`."""
    ids = scenario_ids()
    areas = [f"area:{area}" for area in sorted({name.split("/")[0] for name in ids})]
    return [CompletionItem(word) for word in (*areas, *ids) if word.startswith(incomplete)]


def scenario_ids() -> list[str]:
    """Of every bundled file; cases are not known without reading it."""
    from harness.language.library import bundled

    root = bundled()
    return sorted(file.relative_to(root).with_suffix("").as_posix() for file in root.rglob("*.yaml"))
