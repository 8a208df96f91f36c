"""Find what a command is to read: a run, a scenario, the library. Says what is odd about it on standard error; prints nothing else."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.language.library import Library
    from harness.records.plan import Plan
    from harness.runs.folder import Run

RUNS = Path("sockmatrix-runs")


def find_run(folder: Path | None) -> Path:
    """The folder itself; without one, the newest run. The name of a run below `sockmatrix-runs/` will do."""
    if folder is None:
        from harness.runs.newest import newest

        found = newest(RUNS)
        return found if found is not None else exits.usage(f"there is no run in {RUNS}/; name a run folder, or make one: sockmatrix run")
    named = RUNS / folder
    return named if not folder.exists() and named.is_dir() else folder


def read_run(folder: Path | None) -> "Run":
    """The run in a folder, the newest one if none is named; an interrupted run is said to be one. Raises `RunError`."""
    from harness.runs.folder import read

    run = read(find_run(folder))
    if not run.complete:
        say_interrupted(run)
    return run


def say_interrupted(run: "Run") -> None:
    """One line on standard error."""
    from harness.reports.summary import interrupted_words
    from harness.runs.safe import safe

    click.echo(safe(f"sockmatrix: {interrupted_words(run)}"), err=True)


def load_library(paths: Sequence[Path]) -> "Library":
    """The scenarios under paths, the bundled ones if there are none; mistakes are for the caller to look at."""
    from harness.language.library import load

    return load(paths or [library_folder()])


def library_folder() -> Path:
    """The bundled scenarios, relative to the current folder where they are below it, so that places are short."""
    from harness.language.library import bundled

    folder = bundled()
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def say_mistakes(library: "Library", consequence: str) -> None:
    """One line about mistakes that the command can live with."""
    if library.mistakes:
        files = len({mistake.file for mistake in library.mistakes})
        found = f"{len(library.mistakes)} mistake(s) in {files} scenario file(s)"
        click.echo(f"sockmatrix: {found}, {consequence}; see: sockmatrix check", err=True)


def find_plan(plans: "Iterable[Plan]", name: str) -> "Plan":
    """The plan with this id, ends the command with the nearest right id if there is none."""
    by_id = {plan.id: plan for plan in plans}
    if name not in by_id:
        exits.usage(unknown_scenario(name, sorted(by_id)))
    return by_id[name]


def unknown_scenario(name: str, known: Sequence[str]) -> str:
    """What is said of an id that nothing has."""
    cases = [each for each in known if each.startswith(f"{name}[")]
    if cases:
        shown = ", ".join(cases[:8]) + (", …" if len(cases) > 8 else "")
        return f"scenario '{name}' has {len(cases)} cases, name one of them: {shown}"
    hint = nearest_words(name, known) or "see 'sockmatrix list'"
    return f"no scenario '{name}'; {hint}"


def nearest_words(name: str, known: Sequence[str]) -> str:
    """`did you mean 'tcp/greeting'?`, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1, 0.5) or [each for each in known if each.split("/")[-1] == name][:1]
    return f"did you mean '{near[0]}'?" if near else ""
