"""The command line as a whole: cheap help, and one clear line for whatever goes wrong."""

import os
import subprocess
import sys

import click
import pytest

from harness.commands import exits
from harness.commands.main import COMMANDS, Commands, cli
from harness.engine.faults import AgentDied
from harness.runs.folder import RunFormatError, RunStorageError
from harness.targets.config import ConfigError
from tests.commands.conftest import Sockmatrix

HEAVY = ("rich", "yaml", "msgspec", "asyncio", "hashlib", "harness.records.plan", "harness.language.library")


def loaded_by(*arguments: str) -> tuple[set[str], float]:
    """Modules that a command has loaded at its end, and the CPU seconds that it took beyond a bare interpreter's."""
    program = "\n".join(
        [
            "import sys, time",
            "begun = time.process_time()",
            f"sys.argv = ['sockmatrix', *{arguments!r}]",
            "from harness.commands.main import main",
            "try: main()",
            "except SystemExit: pass",
            "print('\\nSPENT', time.process_time() - begun, *sys.modules)",
        ]
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    _, seconds, *modules = ended.stdout.splitlines()[-1].split()
    return set(modules), float(seconds)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), (), ("run", "--help"), ("show", "--help"), ("schema", "--help")])
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    modules, _ = loaded_by(*arguments)
    assert not modules & set(HEAVY)


def test_help_costs_little() -> None:
    # The best of three: other work on the machine makes a program dearer, never cheaper.
    assert min(loaded_by("--help")[1] for _ in range(3)) < 0.15


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_module_with_help_and_an_example(name: str) -> None:
    command = Commands().get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert f"sockmatrix {name}" in (command.help or "")


def test_help_names_every_command(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("--help")
    assert ended.code == 0
    assert all(f"\n  {name} " in ended.out for name in COMMANDS)


def test_a_mistyped_command_gets_the_right_one(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("sumary")
    assert ended.code == 2
    assert ended.err.endswith("Error: no command 'sumary'; did you mean 'summary'?\n")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (exits.Problem("so it is\x1b[2J", 3), 3, "sockmatrix: so it is\\x1b[2J\n"),
        (RunFormatError("here", "no run", "look elsewhere"), 2, "sockmatrix: here: no run; look elsewhere\n"),
        (RunStorageError("here", "disk full", "make room"), 3, "sockmatrix: here: disk full; make room\n"),
        (ConfigError("sockmatrix.toml: targets", "must be a list"), 2, "sockmatrix: sockmatrix.toml: targets: must be a list\n"),
        (
            ModuleNotFoundError("No module named 'rich'", name="rich"),
            3,
            "sockmatrix: the module 'rich' is not installed; install sockmatrix again, with what it needs\n",
        ),
        (KeyboardInterrupt(), 130, "\nsockmatrix: interrupted\n"),
    ],
)
def test_known_errors_end_as_one_line(
    sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
) -> None:
    monkeypatch.setattr("harness.targets.doctor.examine", fails_with(error))
    assert sockmatrix("doctor") == (code, "", line)


def test_an_error_that_nobody_foresaw_is_a_bug_of_ours(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.targets.doctor.examine", fails_with(AgentDied("exit status 1\x07")))
    ended = sockmatrix("doctor")
    assert ended.code == 3
    assert ended.err.startswith("Traceback (most recent call last):\n")
    assert "exit status 1\\x07" in ended.err
    assert ended.err.endswith("sockmatrix: this is a bug of sockmatrix; please report it with the lines above\n")


def fails_with(error: BaseException) -> object:
    def examine() -> None:
        raise error

    return examine


def test_a_reader_that_goes_away_changes_no_exit_code() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-m", "harness", "schema", "summary"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), errors) == (0, b"")
