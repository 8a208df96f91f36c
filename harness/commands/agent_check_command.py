"""`sockmatrix agent-check`: is a program an agent?"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.checking.talk import Limits
    from harness.records.agent_check import CheckedAgent
    from harness.targets.spec import TargetSpec


class OptionsFirst(click.Command):
    """What follows the first word that is no option belongs to somebody else's command."""

    allow_interspersed_args = False


@click.command("agent-check", cls=OptionsFirst)
@click.argument("words", nargs=-1, metavar="[COMMAND [ARGUMENT]...]", type=click.UNPROCESSED)
@click.option(
    "-t", "--target", "targets", multiple=True, metavar="TARGET", help="Check the agent as it runs in this target instead; may be repeated."
)
@click.option("--send", is_flag=True, help="COMMAND is an interpreter, as of a target cmd:COMMAND: send it the project's own agent.")
@click.option("--only", "names", multiple=True, metavar="NAME", help="Perform this check, and those that it relies on; may be repeated.")
@click.option(
    "--limit",
    type=click.FloatRange(min=0.1),
    default=None,
    metavar="SECONDS",
    help="How long an answer may take (default: 20; hello and facts: 60).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema agent-check).")
def command(words: Sequence[str], targets: Sequence[str], send: bool, names: Sequence[str], limit: float | None, as_json: bool) -> int:
    """Check a program that is to be an agent, in any language, against the agent's protocol.

    COMMAND is started as often as the checks need it, and asked what a controller asks. Of each check that fails it is shown what was
    sent, what came, and which section of the protocol (docs/agent-protocol.md) says otherwise. What the agent says that it lacks is not
    applicable. Nothing is ever sent to an address outside of this machine, whatever the agent does. Options come before COMMAND.

    Exit code 0 if no check failed, 1 if one did, 3 if the agent could not be started.

    \b
    sockmatrix agent-check node agent.js
    sockmatrix agent-check --only floats --only sessions ./my-agent --verbose
    sockmatrix agent-check --send wine python.exe
    sockmatrix agent-check -t python3.8 -t 'pyenv:*' --json
    """
    import asyncio

    from harness.checking.talk import Limits

    _look_at(words, targets, send, names)
    limits = Limits() if limit is None else Limits(start=limit, answer=limit)
    checked = asyncio.run(_of_targets(targets, names, limits) if targets else _of_command(words, send, names, limits))
    _show(checked, as_json=as_json)
    if any(agent.trouble for agent in checked):
        return exits.HARNESS
    return exits.NOT_AS_EXPECTED if any(each.outcome == "fail" for agent in checked for each in agent.checks) else exits.AS_EXPECTED


def _look_at(words: Sequence[str], targets: Sequence[str], send: bool, names: Sequence[str]) -> None:
    from harness.checking import checks  # noqa: F401 - fills CHECKS
    from harness.checking.stage import CHECKS
    from harness.commands.reading import nearest_words

    if bool(words) == bool(targets):
        exits.usage(
            "name either the COMMAND of an agent, or targets with -t" if words else "no agent: name its COMMAND, or a target with -t"
        )
    if send and targets:
        exits.usage("--send is for a COMMAND; a target has its own way for the agent")
    for name in names:
        if name not in CHECKS:
            exits.usage(f"no check '{name}'; {nearest_words(name, list(CHECKS)) or 'there are ' + ', '.join(CHECKS)}")


async def _of_command(words: Sequence[str], send: bool, names: Sequence[str], limits: "Limits") -> "list[CheckedAgent]":
    import shlex

    from harness.checking.run import check_agent
    from harness.hosts.local import AgentCommand, LocalHost
    from harness.targets.spec import TargetSpec

    host = LocalHost(TargetSpec("", "", tuple(words), pipe=True)) if send else AgentCommand(words)
    return [await check_agent(shlex.join(words), host, names, limits=limits, sees_files=not send)]


async def _of_targets(targets: Sequence[str], names: Sequence[str], limits: "Limits") -> "list[CheckedAgent]":
    """One after the other: what waits for limits must not wait for others."""
    from harness.hosts.grounds import Containers, new_run
    from harness.targets.config import read
    from harness.targets.resolve import resolve

    containers = Containers(new_run())
    try:
        return [await _of_target(spec, names, limits, containers) for spec in resolve(targets, read(Path.cwd())).targets]
    finally:
        await containers.close()


async def _of_target(spec: "TargetSpec", names: Sequence[str], limits: "Limits", containers: object) -> "CheckedAgent":
    from harness.checking.run import check_agent
    from harness.hosts.grounds import Containers, Grounds
    from harness.hosts.process import CannotStart
    from harness.records.agent_check import CheckedAgent

    assert isinstance(containers, Containers)
    grounds = Grounds([spec], "", "", containers)
    try:
        ground = await grounds.open(grounds.default)
    except CannotStart as error:
        return CheckedAgent(spec.id, trouble=error.detail)
    try:
        return await check_agent(spec.id, ground.host(0), names, limits=limits, sees_files=not spec.pipe)
    finally:
        await ground.close()


def _show(checked: "list[CheckedAgent]", *, as_json: bool) -> None:
    if as_json:
        from harness.commands.output import print_json
        from harness.records.agent_check import CheckedAgents

        print_json(CheckedAgents(tuple(checked)))
    else:
        from harness.commands.output import print_page
        from harness.reports.agent_check_text import print_checked

        print_page(lambda page: print_checked(page, checked))
