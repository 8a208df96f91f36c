"""`sockmatrix facts`: what targets say of themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.records.facts import Facts
    from harness.targets.spec import TargetSpec


@click.command("facts")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every name and constant.")
def command(targets: Sequence[str], as_json: bool) -> int:
    """Start targets and show what they say of themselves: the words that needs and variations are decided by.

    Without TARGETs: those of the settings, else every interpreter found. How they are named: sockmatrix targets --help.

    \b
    sockmatrix facts python3.8
    sockmatrix facts 'pyenv:*' --json
    """
    import asyncio

    from harness.targets.config import read
    from harness.targets.resolve import resolve

    resolved = resolve(targets, read(Path.cwd()))
    if not resolved.targets:
        exits.harness("no interpreter found; 'sockmatrix doctor' says where it was looked for")
    facts, troubles = asyncio.run(facts_of_all(resolved.targets))
    if as_json:
        from harness.commands.output import print_json

        print_json({"facts": facts, "troubles": troubles})
    else:
        from harness.commands.output import print_page
        from harness.reports.facts_text import print_facts

        print_page(lambda page: print_facts(page, facts, troubles))
    return exits.HARNESS if troubles else exits.AS_EXPECTED


async def facts_of_all(specs: "Sequence[TargetSpec]") -> "tuple[dict[str, Facts], dict[str, str]]":
    """Facts by target, and why others could not be asked."""
    import asyncio

    facts: dict[str, Facts] = {}
    troubles: dict[str, str] = {}
    for spec, answer in zip(specs, await asyncio.gather(*map(_facts_of, specs)), strict=True):
        if isinstance(answer, str):
            troubles[spec.id] = answer
        else:
            facts[spec.id] = answer
    return facts, troubles


async def _facts_of(spec: "TargetSpec") -> "Facts | str":
    from harness.engine.crew import Crew
    from harness.engine.faults import AgentFault

    crew = Crew([spec], place="")
    try:
        return await crew.facts()
    except AgentFault as fault:
        return fault.detail
    finally:
        await crew.close()
