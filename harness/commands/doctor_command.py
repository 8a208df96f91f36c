"""`sockmatrix doctor`: what this machine can test and what it cannot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.reports.terminal import Page
    from harness.targets.doctor import Check

FAMILIES = ("ipv4", "ipv6", "unix")


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema doctor).")
def command(as_json: bool) -> int:
    """Say what this machine can test and what it cannot, why, and what to do about it. Changes nothing.

    Exit code 3 if nothing can be tested: there is no interpreter, or no kind of socket can be bound.

    \b
    sockmatrix doctor
    """
    from harness.targets.doctor import examine

    checks = examine()
    if as_json:
        from harness.commands.output import print_json

        print_json(checks)
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print(page, checks))
    return exits.AS_EXPECTED if can_test(checks) else exits.HARNESS


def can_test(checks: "Sequence[Check]") -> bool:
    """Whether there is an interpreter, and some kind of socket for it."""
    states = {check.name: check.state for check in checks}
    return states.get("interpreters") != "missing" and any(states.get(family) != "missing" for family in FAMILIES)


def _print(page: "Page", checks: "Sequence[Check]") -> None:
    from harness.reports.symbols import STATE_SYMBOLS

    widest = max(len(check.name) for check in checks)
    for check in checks:
        symbol = STATE_SYMBOLS[check.state]
        page.line(page.sign(symbol), f" {check.name:{widest}}  {check.finding}", hang=widest + 4)
        if check.advice:
            page.line(("try  " if not check.advice.startswith("nothing") else "", "dim"), (check.advice, "dim"), indent=widest + 4, hang=5)
    if not can_test(checks):
        page.blank()
        page.line(("nothing can be tested on this machine", STATE_SYMBOLS["missing"].style))
