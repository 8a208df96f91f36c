"""Every command says what it does, how it is called, and what each of its options means."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from harness.commands.main import cli


def every_command() -> Iterator[click.Context]:
    """The context of each command and subcommand."""
    waiting = [click.Context(cli, info_name="sockmatrix")]
    while waiting:
        context = waiting.pop()
        yield context
        if isinstance(context.command, click.Group):
            inner = [(name, context.command.get_command(context, name)) for name in context.command.list_commands(context)]
            waiting += [click.Context(command, info_name=name, parent=context) for name, command in inner if command is not None]


COMMANDS = sorted(every_command(), key=lambda context: context.command_path)


def examples(context: click.Context) -> list[str]:
    """Lines of a command's help that call it, without the words beside them."""
    lines = [line.strip() for line in (context.command.help or "").splitlines()]
    return [line.partition("  ")[0] for line in lines if f"{line} ".startswith(f"{context.command_path} ")]


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_the_help_begins_with_what_the_command_does(context: click.Context) -> None:
    first = (context.command.help or "").strip().partition("\n\n")[0]
    assert first
    assert first.strip()[-1] in ".?"
    assert first[0].isupper()


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_the_help_has_an_example(context: click.Context) -> None:
    assert examples(context)


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_every_option_says_what_it_means(context: click.Context) -> None:
    options = [each for each in context.command.params if isinstance(each, click.Option) and not each.hidden]
    assert [each.name for each in options if len((each.help or "").split()) < 2] == []


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_examples_can_be_typed(context: click.Context) -> None:
    from tests.docs.examples import commands_of
    from tests.docs.test_examples import complaint

    shown = [command for line in examples(context) for command in commands_of(line, context.command_path)]
    assert [said for command in shown if (said := complaint(command))] == []


def test_scenarios_of_examples_are_in_the_library() -> None:
    from harness.language.library import bundled

    words = [word.strip("'") for context in COMMANDS for line in examples(context) for word in line.split()]
    named = [word.removeprefix("id:") for word in words if re.fullmatch(r"(id:)?[a-z_]+/[a-z_0-9]+(\[\w+\])?", word)]
    folders = {folder.name for folder in bundled().iterdir() if folder.is_dir()}
    asked = {name for name in named if name.partition("/")[0] in folders}
    assert len(asked) > 3
    assert [name for name in sorted(asked) if not _is_there(bundled(), name)] == []


def _is_there(library: Path, name: str) -> bool:
    topic, _, case = name.partition("[")
    file = library / f"{topic}.yaml"
    return file.is_file() and f"\n  {case.removesuffix(']')}" in file.read_text("utf-8") if case else file.is_file()
