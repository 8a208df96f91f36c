"""When a session that was asked for scenarios has none to play, and what is said then. Collects nothing, and ends nothing.

Such a session would be green, and a job of a CI that has it would be green for years. What pytest itself deselects (-k, -m, --deselect) was
collected. --lf leaves out whole files before they are read, so that nothing can be said where it does.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from harness.plugin.telling import shown

SELECT = "--sockmatrix-select"
ASKING = ("--sockmatrix-target", "--sockmatrix-library", "--sockmatrix-run")
"""Options that are given because somebody wants scenarios played."""


class Collected(Struct, frozen=True):
    """What one process has collected, before anything was deselected."""

    offered: int = 0
    """Scenarios in the files that pytest came to."""
    chosen: int = 0
    """Those of them that were selected."""
    used: bool = False
    """A test takes one of the fixtures."""
    failed: bool = False
    """Something could not be collected, which is said anyway."""


def trouble(config: pytest.Config, collected: Collected, folders: Sequence[Path]) -> str:
    """Why the session must not go on; empty: it may. `folders` are those of the setting."""
    if collected.failed or collected.chosen or _leaves_files_out(config):
        return ""
    terms = config.option.sockmatrix_select
    if terms and collected.offered:
        there = "the only scenario that was" if collected.offered == 1 else f"none of the {collected.offered} scenarios that were"
        verb = "does not match" if collected.offered == 1 else "matches"
        return f"{SELECT} {' or '.join(map(repr, terms))} {verb} {there} found; 'sockmatrix list' shows ids, areas and tags"
    asking = [] if collected.used else given(config)
    return f"{' and '.join(asking)} given, and no scenario found in {_places(config)}; {_hint(config, folders)}" if asking else ""


def given(config: pytest.Config) -> list[str]:
    """Options that ask for scenarios in this very session.

    One that stands in the project's settings (`addopts`) does not where folders or files were typed: these may be somebody's own tests.
    """
    typed = {str(argument).partition("=")[0] for argument in config.invocation_params.args}
    always = ASKING if config.args_source is not config.ArgsSource.ARGS else ()
    return [name for name in (*ASKING, SELECT) if name in typed or (name in always and _value(config, name))]


def _value(config: pytest.Config, name: str) -> object:
    return getattr(config.option, name.lstrip("-").replace("-", "_"))


def _leaves_files_out(config: pytest.Config) -> bool:
    cache = getattr(config, "cache", None)
    return bool(getattr(config.option, "lf", False) and cache is not None and cache.get("cache/lastfailed", {}))


def _places(config: pytest.Config) -> str:
    start = config.invocation_params.dir
    return ", ".join(shown(Path(os.path.normpath(start / argument)), start) for argument in config.args)


def _hint(config: pytest.Config, folders: Sequence[Path]) -> str:
    if folders:
        names = ", ".join(shown(folder, config.invocation_params.dir) for folder in folders)
        return f"they are in {names} (sockmatrix_scenarios): name that, or let testpaths name it"
    return "name a folder or a file of scenarios, or add --sockmatrix-library"


def missing_folder(config: pytest.Config, folders: Sequence[Path]) -> str:
    """What is wrong with the folders of the setting; empty: nothing."""
    gone = [shown(folder, config.invocation_params.dir) for folder in folders if not folder.exists()]
    return f"sockmatrix_scenarios: there is no folder or file {', '.join(map(repr, gone))}" if gone else ""
