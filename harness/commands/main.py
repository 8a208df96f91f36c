"""The command `sockmatrix`: its subcommands, each loaded only when it is used, and how errors end it."""

import importlib
import os
import sys
from typing import Any

import click

from harness import __version__
from harness.commands import exits
from harness.commands.ending import end_as_if_interrupted

COMMANDS = {
    "run": "Play the scenario library on every interpreter and report where they differ.",
    "plan": "Write down what a matrix of machines is to play, for its jobs, their shards and the merge.",
    "merge": "Join runs into one: shards, machines, reruns. What was planned and nobody delivered is red.",
    "targets": "List what can be played on, and prepare systems: Windows under Wine, gVisor, other kernels.",
    "images": "Build container images without a registry, list them, remove them.",
    "networks": "List the network conditions that container targets can be played in.",
    "clean": "Remove what runs have left in the container engine.",
    "list": "List scenarios.",
    "check": "Check scenario files and report every mistake.",
    "show": "Show one scenario: its timeline, and what each target did.",
    "reproduce": "Print one scenario as a standalone Python file for a bug report, or as the text of an issue.",
    "summary": "Show the summary of a run again.",
    "report": "Make reports of saved runs: HTML, Markdown, JUnit, JSON, pictures.",
    "diff": "Compare two runs, or two targets of one run.",
    "baseline": "Accept what a run has shown, and review what later runs show.",
    "history": "Keep many runs in one file: what changed when, and what is flaky.",
    "ci": "Show the machines of a CI system, and write the files that make it play the whole matrix.",
    "judge": "Judge a saved run again, without running anything.",
    "known": "Show known failures, and draft them from a run.",
    "facts": "Show what targets say of themselves.",
    "agent-check": "Check a program that is to be an agent, in any language, against the agent's protocol.",
    "doctor": "Say what this machine can test and what it cannot, and why.",
    "schema": "Print the JSON Schema of a format.",
    "compat": "Show which families of targets have which part of the socket API, since when, from saved runs.",
    "coverage": "Show what the library covers of the socket API, and what is missing.",
    "sources": "Show which scenarios establish each row of the project's sources.",
}


class Commands(click.Group):
    """Subcommands by name; a module is imported when its command is asked for, and never for `--help`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harness.commands.{cmd_name.replace('-', '_')}_command")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1)
            ctx.fail(f"no command '{name}'" + (f"; did you mean '{near[0]}'?" if near else "; see 'sockmatrix --help'"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 as expected; 1 conformance failures or unreviewed differences; 2 usage or a bad scenario; "
    "3 the harness or its environment failed; 130 interrupted. Shell completion: see the README.",
)
@click.version_option(__version__, prog_name="sockmatrix")
def cli() -> None:
    """Sockmatrix: what does the socket API do, on each of your Pythons?

    \b
    sockmatrix run                      the whole library on every interpreter found
    sockmatrix run -k area:udp          only the scenarios of one area
    sockmatrix show timeouts/exception  one scenario as a timeline
    sockmatrix summary                  the newest run once more
    sockmatrix diff RUN_A RUN_B         what changed between two runs
    """


def main() -> None:
    """Entry point: never shows a traceback for bad input, always ends with a code that says what happened."""
    end_as_if_interrupted()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for the life of the process
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.ClickException as problem:
        problem.show()
        code = exits.USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("sockmatrix: interrupted", err=True)
        code = exits.INTERRUPTED
    except BrokenPipeError:
        from harness.commands.output import leave_quietly

        leave_quietly()
        code = exits.AS_EXPECTED
    except OSError as error:
        from harness.commands.output import leave_quietly

        leave_quietly()
        click.echo(f"sockmatrix: {error.filename or 'the output'}: {error.strerror or error}", err=True)
        code = exits.HARNESS
    except ModuleNotFoundError as error:
        click.echo(f"sockmatrix: the module '{error.name}' is not installed; install sockmatrix again, with what it needs", err=True)
        code = exits.HARNESS
    except Exception as error:
        code = _end(error)
    sys.exit(_as_code(code))


def _end(error: Exception) -> int:
    """One line for an error that we know; a traceback, and who is to blame, for one that we do not."""
    from harness.commands.problems import problem_of
    from harness.runs.safe import safe_lines

    problem = problem_of(error)
    if problem is not None:
        click.echo(f"sockmatrix: {safe_lines(problem.message)}", err=True)
        return problem.code
    import traceback

    click.echo(safe_lines("".join(traceback.format_exception(error))), err=True, nl=False)
    click.echo("sockmatrix: this is a bug of sockmatrix; please report it with the lines above", err=True)
    return exits.HARNESS


def _as_code(code: Any) -> int:
    return code if isinstance(code, int) else exits.AS_EXPECTED
