"""`sockmatrix facts`: what targets say of themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.hosts.grounds import Containers
    from harness.records.facts import Facts
    from harness.targets.spec import TargetSpec


@click.command("facts")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every name and constant (schema: facts-of-targets).")
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
        exits.no_targets(targets)
    facts, troubles = asyncio.run(facts_of_all(resolved.targets))
    if as_json:
        from harness.commands.output import print_json
        from harness.reports.listings import FactsOfTargets

        print_json(FactsOfTargets(facts, troubles))
    else:
        from harness.commands.output import print_page
        from harness.reports.facts_text import print_facts

        print_page(lambda page: print_facts(page, facts, troubles))
    return exits.HARNESS if troubles else exits.AS_EXPECTED


async def facts_of_all(specs: "Sequence[TargetSpec]") -> "tuple[dict[str, Facts], dict[str, str]]":
    """Facts by target, and why others could not be asked."""
    import asyncio

    from harness.hosts.grounds import Containers, new_run

    facts: dict[str, Facts] = {}
    troubles: dict[str, str] = {}
    containers = Containers(new_run())
    try:
        answers = await asyncio.gather(*(_facts_of(spec, containers) for spec in specs))
    finally:
        await containers.close()
    for spec, answer in zip(specs, answers, strict=True):
        if isinstance(answer, str):
            troubles[spec.id] = answer
        else:
            facts[spec.id] = answer
    return facts, troubles


async def _facts_of(spec: "TargetSpec", containers: "Containers") -> "Facts | str":
    from harness.engine.faults import AgentFault
    from harness.engine.troupe import assemble
    from harness.hosts.grounds import Grounds

    grounds = Grounds([spec], "", "", containers)
    try:
        troupe = await assemble(grounds, grounds.default)
    except AgentFault as fault:
        return fault.detail
    await troupe.close()
    return troupe.facts[0]
