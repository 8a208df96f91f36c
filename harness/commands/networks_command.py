"""`sockmatrix networks`: the network conditions that scenarios and `run --network` may ask for."""

from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.records.condition import Condition
    from harness.reports.terminal import Page


@click.command("networks")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the kernel settings and the rules (schema: networks).")
def command(as_json: bool) -> int:
    """List the network conditions that container targets can be played in.

    A scenario that says 'needs: [network:NAME]' gets its network without being asked for it. With 'run --network NAME' everything is
    played there.

    \b
    sockmatrix networks
    sockmatrix run -t docker:python:3.13-slim --network no-ipv6
    sockmatrix run -t docker:python:3.13-slim --network plain --network bindv6only -k area:ipv6
    """
    from harness.language.conditions import conditions

    known = conditions()
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import ListedNetworks

        print_json(ListedNetworks(dict(known)))
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print(page, known))
    return exits.AS_EXPECTED


def _print(page: "Page", known: "dict[str, Condition]") -> None:
    rows = [[("name", "dim"), ("hosts", "dim"), ("what it is", "dim")]]
    rows += [[(name, "bold"), (str(condition.hosts), ""), (condition.what, "")] for name, condition in known.items()]
    page.table(rows)
    shaped = [name for name, condition in known.items() if condition.rules]
    page.blank()
    page.line((f"{', '.join(shaped)} are made with tools of their own: sockmatrix images build network", "dim"))
