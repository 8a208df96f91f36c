"""`sockmatrix clean`: remove what runs have left in the container engine."""

import click

from harness.commands import exits

FIRST_SECONDS = 10.0
"""A network that is younger may be one that a run has just made, and on which nothing runs yet."""


@click.command("clean")
@click.option("--all", "everything", is_flag=True, help="Also what belongs to runs that are still going on; they lose their targets.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema removed).")
def command(everything: bool, as_json: bool) -> int:
    """Remove containers and networks that runs have left in the container engine.

    A run removes what it has made when it ends, on Ctrl-C too; the next run removes what one that was killed has left. Images stay: see
    'sockmatrix images remove'.

    \b
    sockmatrix clean
    sockmatrix clean --all        also of runs that are still going on
    """
    from harness.hosts.engine import sweep
    from harness.images.engine import EngineUnavailable, connect, errors, unavailable

    try:
        client = connect()
    except EngineUnavailable as error:
        exits.harness(str(error))
    gone: list[str] = []
    try:
        for removed in sweep(client, everything=everything, settled=FIRST_SECONDS):
            gone.append(removed)
            if not as_json:
                click.echo(f"removed {removed}")
    except errors() as error:
        exits.harness(str(unavailable(error)))
    finally:
        client.close()
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import Removed

        print_json(Removed(tuple(gone)))
    else:
        click.echo("nothing was left behind" if not gone else f"{len(gone)} removed")
    return exits.AS_EXPECTED
