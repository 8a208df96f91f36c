"""What commands print with `--json` fits the schema that is published for it."""

import json
import re
from pathlib import Path

import click
import jsonschema
import pytest

from harness.commands.main import COMMANDS, cli
from harness.reports.schemas import schema
from tests.commands.conftest import Sockmatrix, save, write_scenario
from tests.reports.making import NEW, OLD, OTHER, REFUSED, plan_of, refused_on, run_of


def check(name: str, text: str) -> object:
    data = json.loads(text)
    jsonschema.Draft202012Validator(schema(name)).validate(data)
    return data


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("scenarios", ("list", "scenarios")),
        ("check", ("check", "scenarios")),
        ("networks", ("networks",)),
        ("summary", ("summary", "one")),
        ("diff", ("diff", "one", "two")),
        ("judge", ("judge", "one", "--scenarios", "scenarios")),
        ("show", ("show", "connect/refused", "--run", "one")),
        ("show", ("show", "scenarios/tcp/greeting.yaml", "--plan")),
        ("targets", ("targets", "cmd:ssh host python3")),
    ],
)
def test_real_output_fits_its_schema(
    sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path, name: str, arguments: tuple[str, ...]
) -> None:
    plan = plan_of(REFUSED, "connect/refused")
    save(run_of([refused_on(OLD), refused_on(NEW), refused_on(OTHER)], [plan]), tmp_path / "one")
    save(run_of([refused_on(OLD), refused_on(NEW, "fail", kind="OSError")], [plan], complete=False), tmp_path / "two")
    write_scenario(tmp_path, "connect/refused", REFUSED.replace("raises: ECONNREFUSED", "raises: ETIMEDOUT"))
    write_scenario(tmp_path, "tcp/other", REFUSED)
    check(name, sockmatrix(*arguments, "--json").out)


def test_mistakes_fit_too(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    write_scenario(tmp_path, "tcp/bad", REFUSED.replace("raises:", "raise:"))
    check("check", sockmatrix("check", "scenarios", "--json").out)


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("targets", ("targets",)), ("doctor", ("doctor",)), ("facts-of-targets", ("facts", "current")), ("run", ("run", "scenarios"))],
)
def test_what_the_machine_says_fits_too(sockmatrix: Sockmatrix, scenarios: Path, name: str, arguments: tuple[str, ...]) -> None:
    more = ("-t", "current", "-q") if name == "run" else ()
    check("summary" if name == "run" else name, sockmatrix(*arguments, *more, "--json").out)


def test_show_as_json_has_the_evidence_of_the_targets_that_were_asked_for(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    plan = plan_of(REFUSED, "connect/refused")
    save(run_of([refused_on(OLD), refused_on(NEW)], [plan], complete=False), tmp_path / "one")
    data = json.loads(sockmatrix("show", "connect/refused", "--run", "one", "-t", OTHER, "-t", OLD, "--json").out)
    assert [result["target"] for result in data["results"]] == [OLD]
    assert (data["missing"], data["run"]) == ([OTHER], "one")
    assert data["results"][0]["steps"][1]["raises"]["type"] == "socket.error"
    assert [each["kind"] for each in data["differences"]] == ["exception"]


WITHOUT = {"schema": "it prints JSON", "report": "its formats are", "images table": "it prints Markdown"}
"""Commands that have no `--json`, and why."""


def commands() -> list[tuple[str, click.Command]]:
    found = []
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", each) for inner, each in command.commands.items()]
        else:
            found.append((name, command))
    return found


def test_every_command_that_shows_something_has_json() -> None:
    without = {name for name, command in commands() if not any("--json" in option.opts for option in command.params)}
    assert without == set(WITHOUT)


def test_the_help_of_each_names_its_schema() -> None:
    from harness.reports.schemas import NAMES

    for name, command in commands():
        for option in command.params:
            if isinstance(option, click.Option) and "--json" in option.opts:
                words = re.findall(r"[\w-]+", (option.help or "").rpartition("schema")[2])
                assert set(words) & set(NAMES), name
