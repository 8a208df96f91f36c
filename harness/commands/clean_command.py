"""`sockmatrix clean`: remove what runs have left in the container engine."""

import click

from harness.commands import exits

FIRST_SECONDS = 10.0
"""A network that is younger may be one that a run has just made, and on which nothing runs yet."""


@click.command("clean")
@click.option("--all", "everything", is_flag=True, help="Also what belongs to runs that are still going on; they lose their targets.")
def command(everything: bool) -> int:
    """Remove containers and networks that runs have left in the container engine.

    A run removes what it has made when it ends, on Ctrl-C too; the next run removes what one that was killed has left. Images stay: see
    'sockmatrix images remove'.

    \b
    sockmatrix clean
    sockmatrix clean --all        also of runs that are still going on
    """
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    from harness.hosts.engine import sweep
    from harness.images.engine import EngineUnavailable, connect, unavailable

    try:
        client = connect()
    except EngineUnavailable as error:
        exits.harness(str(error))
    count = 0
    try:
        for removed in sweep(client, everything=everything, settled=FIRST_SECONDS):
            click.echo(f"removed {removed}")
            count += 1
    except (DockerException, RequestException) as error:
        exits.harness(str(unavailable(error)))
    finally:
        client.close()
    click.echo("nothing was left behind" if not count else f"{count} removed")
    return exits.AS_EXPECTED
