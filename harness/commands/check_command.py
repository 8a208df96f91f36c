"""`sockmatrix check`: every mistake of every scenario file."""

from collections.abc import Sequence
from pathlib import Path

import click

from harness.commands import exits
from harness.commands.reading import library_folder


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema check).")
def command(paths: Sequence[Path], as_json: bool) -> int:
    """Check scenario files and report every mistake, as file:line:column: what is wrong; what to try.

    PATHS are files or folders; without them the library that comes with sockmatrix is checked. Nothing is played.
    Exit code 2 if there is a mistake.

    \b
    sockmatrix check
    sockmatrix check my-scenarios/ scenarios/tcp/greeting.yaml
    """
    from harness.language.library import load

    library = load(paths or [library_folder()], cache=False)
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import CheckedScenarios

        print_json(CheckedScenarios(len(library.plans), tuple(library.mistakes)))
    else:
        _print([str(mistake) for mistake in library.mistakes], len(library.plans))
    return exits.USAGE if library.mistakes else exits.AS_EXPECTED


def _print(mistakes: Sequence[str], scenarios: int) -> None:
    from harness.reports.counting import several
    from harness.runs.safe import safe

    for mistake in mistakes:
        click.echo(safe(mistake))
    good = several(scenarios, "scenario")
    click.echo(f"{several(len(mistakes), 'mistake')}; {good} without" if mistakes else f"no mistakes in {good}")
