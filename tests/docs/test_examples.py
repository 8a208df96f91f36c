"""Commands, scenarios, settings and data that the pages show are such that the code accepts them."""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from harness.commands.main import cli
from harness.commands.targets_command import WithDefault
from harness.systems.recipe import read as read_recipe
from tests.docs import examples
from tests.docs.examples import Block, Command, all_commands, blocks, commands_of

pytestmark = pytest.mark.skipif(not (examples.ROOT / "docs" / "README.md").is_file(), reason="an installed package has no docs")

MOST_NOT_RUN = 12
"""Blocks of shell that are marked not to be run. It may become smaller."""


def complaint(command: Command) -> str:
    """What the command line's own parser says against a call; empty if nothing."""
    try:
        _parse(cli, click.Context(cli, info_name="sockmatrix"), list(command.words))
    except click.ClickException as problem:
        return f"{command.place}: sockmatrix {' '.join(command.words)}: {problem.format_message()}"
    return ""


def _parse(command: click.Command, context: click.Context, words: list[str]) -> None:
    words = command.completed(words) if isinstance(command, WithDefault) else words
    values, left, _ = command.make_parser(context).parse_args(list(words))
    if isinstance(command, click.Group):
        if not left:
            assert values, "a group alone does nothing"
            return
        name, inner, rest = command.resolve_command(context, left)
        assert inner is not None
        _parse(inner, click.Context(inner, info_name=name, parent=context), rest)
        return
    if left:
        raise click.UsageError(f"unexpected: {' '.join(left)}", context)
    if "--help" not in words:
        _check_values(command, context, values)


def _check_values(command: click.Command, context: click.Context, values: dict[str, object]) -> None:
    """Choices must be among those that there are, numbers must be numbers, and what is required must be there. Files need not exist."""
    for each in command.get_params(context):
        value = values.get(each.name or "")
        given = [one for one in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(one, str)]
        if each.required and not given:
            raise click.MissingParameter(ctx=context, param=each)
        for one in given:
            if isinstance(each.type, (click.Choice, click.IntRange)) or each.type is click.INT:
                convert: Any = each.type.convert
                convert(one, each, context)


def test_every_command_that_a_page_shows_can_be_typed() -> None:
    shown = list(all_commands())
    assert len(shown) > 150
    assert [said for command in shown if (said := complaint(command))] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sockmatrix run --shout", "o such option"),
        ("sockmatrix rnu", "no command 'rnu'; did you mean 'run'?"),
        ("sockmatrix show", "Missing argument 'ID'"),
        ("sockmatrix doctor twice", "unexpected: twice"),
        ("sockmatrix run -j many", "Invalid value for '-j' / '--jobs': 'many' is not a valid integer range."),
        ("sockmatrix baseline aprove x", "No such command 'aprove'."),
    ],
)
def test_an_option_that_has_gone_would_be_noticed(line: str, said: str) -> None:
    (command,) = commands_of(line, "page.md:1")
    assert said in complaint(command)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sockmatrix run -k 'area:udp tag:x' > out.txt  # a comment", [("run", "-k", "area:udp tag:x")]),
        ("A=1 .venv/bin/sockmatrix clean --all", [("clean", "--all")]),
        ("sockmatrix diff A B && sockmatrix report || true", [("diff", "A", "B"), ("report",)]),
        ("sockmatrix show 'a/b[c]' | less", [("show", "a/b[c]")]),
        ("pip install sockmatrix", []),
        ('sockmatrix report --out - >> "$GITHUB_STEP_SUMMARY"', [("report", "--out", "-")]),
    ],
)
def test_commands_are_found_in_lines_of_shell(line: str, found: list[tuple[str, ...]]) -> None:
    assert [command.words for command in commands_of(line, "page.md:1")] == found


@pytest.mark.parametrize("block", [each for each in blocks() if each.language == "yaml"], ids=lambda block: block.place)
def test_scenarios_of_pages_are_accepted(block: Block, tmp_path: Path) -> None:
    from harness.language.library import load

    data = yaml.safe_load(block.text)
    if not isinstance(data, dict) or "steps" not in data or "title" not in data:
        return  # a recipe, or a part of a scenario: it is YAML
    file = tmp_path / "scenarios" / "page" / "shown.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(block.text, "utf-8")
    mistakes = [str(mistake) for mistake in load([file], cache=False).mistakes]
    assert bool(mistakes) is block.mark.endswith(", with a mistake"), mistakes


def test_data_of_pages_can_be_read() -> None:
    for block in blocks():
        if block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "json":
            json.loads(block.text)
        elif block.language == "python":
            compile(block.text, block.place, "exec")


def test_settings_of_pages_are_accepted(tmp_path: Path) -> None:
    from harness.targets.config import read

    for number, block in enumerate(each for each in blocks() if each.language == "toml"):
        settings = tomllib.loads(block.text)
        if {"project", "build-system", "testenv", "env", "family"} & set(settings):
            continue  # somebody else's settings, or a recipe
        folder = tmp_path / str(number)
        folder.mkdir()
        name = "pyproject.toml" if "tool" in settings else "sockmatrix.toml"
        (folder / name).write_text(block.text, "utf-8")
        read(folder)


def test_recipes_of_pages_are_accepted(tmp_path: Path) -> None:
    recipes = [block for block in blocks() if block.language == "toml" and block.text.startswith("family")]
    assert recipes
    for block in recipes:
        file = tmp_path / "example.toml"
        file.write_text(block.text, "utf-8")
        read_recipe(file)


def test_blocks_say_what_they_are() -> None:
    known = {"sh", "console", "yaml", "toml", "json", "python", "markdown", "groovy", "ini", "text", "", "console-session"}
    assert {block.language for block in blocks()} <= known


def test_few_blocks_of_shell_are_not_run() -> None:
    left_out = [block for block in blocks() if block.language in examples.SHELLS and block.mark.startswith("not run: ")]
    print(*(f"{block.place}: {block.mark}" for block in left_out), sep="\n")
    assert len(left_out) <= MOST_NOT_RUN
    assert [block.place for block in left_out if len(block.mark) < len("not run: x y")] == []


def test_no_file_of_a_page_has_two_meanings_by_mistake() -> None:
    for page in examples.pages():
        names = Counter((name, remark) for name, remark, _ in examples.marked_files(page))
        assert [name for name, times in names.items() if times > 1] == []
