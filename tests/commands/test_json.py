"""What commands print with `--json` fits the schema that is published for it."""

import json
import re
from pathlib import Path

import click
import jsonschema
import pytest

from harness.commands.main import COMMANDS, cli
from harness.images.build import Built
from harness.images.inventory import Seen
from harness.reports.schemas import schema
from harness.targets.discover import Found
from harness.targets.doctor import examine
from harness.targets.interpreter import Interpreter
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


def test_targets_that_were_found_fit_too(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Found((Interpreter("/usr/bin/pypy3", "pypy", "3.9.16", "path"),), {"/opt/python2.6": "Python 2.6.6 is too old"})
    monkeypatch.setattr("harness.targets.discover.find_all", lambda: found)
    check("targets", sockmatrix("targets", "--json").out)


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("facts-of-targets", ("facts", "current")), ("run", ("run", "scenarios"))],
)
def test_what_the_machine_says_fits_too(sockmatrix: Sockmatrix, scenarios: Path, name: str, arguments: tuple[str, ...]) -> None:
    more = ("-t", "current", "-q") if name == "run" else ()
    check("summary" if name == "run" else name, sockmatrix(*arguments, *more, "--json").out)


@pytest.mark.end_to_end
def test_what_the_doctor_says_fits_too(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this machine, but for its interpreters, which take long to find."""
    monkeypatch.setattr("harness.targets.doctor.examine", lambda: examine(lambda: Found((), {})))
    check("doctor", sockmatrix("doctor", "--json").out)


def test_show_as_json_has_the_evidence_of_the_targets_that_were_asked_for(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    plan = plan_of(REFUSED, "connect/refused")
    save(run_of([refused_on(OLD), refused_on(NEW)], [plan], complete=False), tmp_path / "one")
    data = json.loads(sockmatrix("show", "connect/refused", "--run", "one", "-t", OTHER, "-t", OLD, "--json").out)
    assert [result["target"] for result in data["results"]] == [OLD]
    assert (data["missing"], data["run"]) == ([OTHER], "one")
    assert data["results"][0]["steps"][1]["raises"]["type"] == "socket.error"
    assert [each["kind"] for each in data["differences"]] == ["exception"]


class Engine:
    """Stands in for a client of the container engine; every command asks another part of it."""

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        pass


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine in which a run has left two things, and whose images can and cannot be built and removed."""
    good = Built(
        "bookworm",
        "sockmatrix/bookworm",
        "built",
        6.7,
        52_000_000,
        "sha256:0",
        (Seen("/usr/bin/python3", "3.11.2", "cpython", "little", 64),),
    )
    bad = Built("sid", "sockmatrix/sid", "failed", problem="no mirror answers", hint="name one: --mirror URL")
    monkeypatch.setattr("harness.images.engine.connect", lambda *timeout: Engine())
    monkeypatch.setattr("harness.images.checking.sweep", lambda client: None)
    monkeypatch.setattr("harness.hosts.engine.sweep", lambda client, **options: iter(["container one", "network two"]))
    monkeypatch.setattr("harness.images.build.build", lambda client, image, options, tell: good if image.name == "bookworm" else bad)
    monkeypatch.setattr("harness.images.inventory.remove", lambda client, images: {"sockmatrix/bookworm": "", "sockmatrix/sid": "in use"})
    monkeypatch.setattr("harness.images.inventory.held", lambda client, reference: None)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("removed", ("clean",), 0),
        ("built-images", ("images", "build", "bookworm", "sid"), 3),
        ("removed", ("images", "remove"), 3),
        ("images", ("images", "list"), 0),
        ("image-targets", ("targets", "--docker"), 0),
    ],
)
def test_what_the_engine_says_fits_too(sockmatrix: Sockmatrix, engine: None, name: str, arguments: tuple[str, ...], code: int) -> None:
    ended = sockmatrix(*arguments, "--json")
    assert ended.code == code
    check(name, ended.out)


def test_what_was_removed_and_what_was_not_are_told_apart(sockmatrix: Sockmatrix, engine: None) -> None:
    data = json.loads(sockmatrix("images", "remove", "--json").out)
    assert data == {"removed": ["sockmatrix/bookworm"], "kept": {"sockmatrix/sid": "in use"}, "room": None}
    assert json.loads(sockmatrix("clean", "--json").out)["removed"] == ["container one", "network two"]
    assert sockmatrix("clean") == (0, "removed container one\nremoved network two\n2 removed\n", "")


WITHOUT = {
    "schema": "it prints JSON", "report": "its formats are", "images table": "it prints Markdown", "baseline accept": "it writes JSON",
    "history remove": "it shows nothing, and says what it was told", "ci unpack": "it writes files, and says where",
}  # fmt: skip
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
