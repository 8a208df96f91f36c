"""A page for each command: purpose, call, options, subcommands. Read from Click's tree, so that it says what `--help` says."""

import re
from collections.abc import Iterator

import click

from harness.commands.main import COMMANDS, cli
from tools.docs.markdown import block, definitions, table, words

FOLDER = "reference/commands"


def command_pages() -> dict[str, str]:
    """The overview, and a page for each command."""
    root = click.Context(cli, info_name="sockmatrix")
    pages = {f"{FOLDER}/index": _overview(root)}
    for name in COMMANDS:
        command = cli.get_command(root, name)
        assert command is not None
        pages[f"{FOLDER}/{name}"] = "\n".join(_page(click.Context(command, info_name=name, parent=root), "#"))
    return pages


def _overview(context: click.Context) -> str:
    lines = ["# Commands", "", *_call(context), *_help(context)]
    lines += ["Each command says the same with `--help`.", ""]
    lines += table(["command", "what it does"], [[f"[`{name}`]({name}.md)", words(purpose)] for name, purpose in COMMANDS.items()])
    lines += [*_options(context, "##"), "## Exit codes", "", words(context.command.epilog or ""), ""]
    return "\n".join([*lines, *_contents()])


def _contents() -> list[str]:
    return ["```{toctree}", ":hidden:", "", *COMMANDS, "```", ""]


def _page(context: click.Context, level: str) -> Iterator[str]:
    yield from (f"{level} {context.command_path}", "", *_call(context), *_help(context), *_options(context, f"{level}#"))
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _page(click.Context(inner, info_name=name, parent=context), f"{level}#")


def _call(context: click.Context) -> list[str]:
    return block(" ".join([context.command_path, *context.command.collect_usage_pieces(context)]))


def _help(context: click.Context) -> Iterator[str]:
    """The command's own words. What Click is told to leave as it is (a backspace before it) is a block here."""
    text = re.sub(r"(?m)^[ \t]+$", "", _dedented(context.command.help or ""))
    for paragraph in re.split(r"\n{2,}", text):
        if paragraph.startswith("\b\n"):
            yield from block(paragraph.removeprefix("\b\n"))
        elif paragraph:
            yield from (words(paragraph), "")


def _dedented(text: str) -> str:
    from inspect import cleandoc

    return cleandoc(text)


def _options(context: click.Context, level: str) -> Iterator[str]:
    options = [each for each in context.command.get_params(context) if isinstance(each, click.Option) and not each.hidden]
    if options:
        yield from (f"{level} Options", "") if level == "##" else ("**Options**", "")
        yield from definitions((_names(option, context), _meaning(option, context)) for option in options)


def _names(option: click.Option, context: click.Context) -> str:
    """`-t`, `--target NAME`."""
    record = option.get_help_record(context)
    assert record is not None
    return f"`{record[0]}`"


def _meaning(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    assert record is not None
    return words(record[1].replace("  [", " [")) or "(no words)"
