"""From what a person asked for to what will be started."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.targets.config import Config
from harness.targets.discover import Found
from harness.targets.interpreter import Interpreter
from harness.targets.names import TargetError
from harness.targets.resolve import Resolved, resolve
from harness.targets.spec import TargetSpec

FakeMaker = Callable[..., str]


def interpreter(version: str, source: str = "pyenv", implementation: str = "cpython", build: str = "") -> Interpreter:
    home = f"/{source}/versions/{version}{build}"
    return Interpreter(f"{home}/bin/python", implementation, version, source, build, home)


MACHINE = Found(
    (
        interpreter("2.7.18"),
        interpreter("3.8.18"),
        interpreter("3.11.2", "path"),
        interpreter("3.11.7"),
        interpreter("3.13.0", build="t"),
        interpreter("3.9.16", "path", "pypy"),
    ),
    {"/usr/bin/python3.3": "Python 3.3.7 is too old; an agent runs on 2.7 and on 3.4 and later"},
    ("path", "pyenv", "uv"),
)


NOTHING_SET = Config()


def never() -> Found:
    raise AssertionError("the machine was searched though no name asked for it")


def chosen(*names: str, config: Config = NOTHING_SET) -> list[str]:
    return [target.id for target in resolve(names, config, lambda: MACHINE).targets]


def complaint(*names: str, config: Config = NOTHING_SET) -> str:
    with pytest.raises(TargetError) as caught:
        resolve(names, config, lambda: MACHINE)
    return str(caught.value)


ALL = ["cpython-2.7.18", "cpython-3.8.18", "cpython-3.11.2", "cpython-3.11.7", "cpython-3.13.0t", "pypy-3.9.16"]


def test_with_no_names_it_is_every_interpreter_and_what_was_skipped(machine: Path) -> None:
    resolved = resolve([], Config(), lambda: MACHINE)
    assert [target.id for target in resolved.targets] == ALL
    assert resolved.skipped == MACHINE.skipped


def test_a_local_target_is_started_in_isolation(machine: Path) -> None:
    (target,) = resolve(["pyenv:3.8.18"], Config(), lambda: MACHINE).targets
    command = ("/pyenv/versions/3.8.18/bin/python", "-E", "-s", "-S", "-u")
    assert target == TargetSpec("cpython-3.8.18", "pyenv:3.8.18", command, implementation="cpython", version="3.8.18")


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("all", ALL),
        ("python", ["cpython-3.11.7"]),
        ("python2", ["cpython-2.7.18"]),
        ("python3.11", ["cpython-3.11.7"]),
        ("python3.13t", ["cpython-3.13.0t"]),
        ("pypy3", ["pypy-3.9.16"]),
        ("pyenv:*", ["cpython-2.7.18", "cpython-3.8.18", "cpython-3.11.7", "cpython-3.13.0t"]),
        ("pyenv:3.1*", ["cpython-3.11.7", "cpython-3.13.0t"]),
        ("pyenv:3.8", ["cpython-3.8.18"]),
        ("pyenv:3.13.0t", ["cpython-3.13.0t"]),
        ("cpython-3.11.2", ["cpython-3.11.2"]),
        ("cmd:ssh host python3", ["cmd:ssh host python3"]),
    ],
)
def test_a_name_means(name: str, ids: list[str], machine: Path) -> None:
    assert chosen(name) == ids


def test_a_command_gets_its_agent_through_the_pipe(machine: Path) -> None:
    assert resolve(["cmd:wine python.exe"], Config(), never) == Resolved(
        (TargetSpec("cmd:wine python.exe", "cmd:wine python.exe", ("wine", "python.exe"), pipe=True),), {}
    )


def test_a_container_is_a_target_whether_or_not_its_image_is_there(machine: Path) -> None:
    resolved = resolve(["docker:python:3.12", "docker:a/b@sha256:00@/usr/bin/python3.9"], Config(), never)
    assert resolved.targets == (
        TargetSpec("docker:python:3.12", "docker:python:3.12", (), pipe=True, image="python:3.12"),
        TargetSpec(
            "docker:a/b@sha256:00@/usr/bin/python3.9", "docker:a/b@sha256:00@/usr/bin/python3.9", ("/usr/bin/python3.9",), pipe=True,
            image="a/b@sha256:00",
        ),
    )  # fmt: skip


def test_named_targets_come_in_the_order_asked_for_and_once(machine: Path) -> None:
    assert chosen("pypy3", "pyenv:3.8*", "python3.8", "cmd:a b", "cmd:a  b") == ["pypy-3.9.16", "cpython-3.8.18", "cmd:a b"]


def test_what_was_skipped_is_not_told_where_every_target_is_named(machine: Path) -> None:
    assert resolve(["python3.8"], Config(), lambda: MACHINE).skipped == {}


def test_a_name_on_path_is_taken_from_there_without_a_search(fake: FakeMaker, machine: Path) -> None:
    path = fake("bin/python3.8", "3.8.2")
    assert resolve(["python3.8"], Config(), never).targets[0].command[0] == path


def test_a_version_is_found_where_every_interpreter_is_called_python(
    fake: FakeMaker, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on CI machines with Windows: each version has a folder on PATH, and in it python.exe and python3.exe."""
    folders = []
    for version in ("3.13.9", "3.8.10", "3.8.2"):
        fake(f"tools/{version}/python", version, home=str(machine / "tools" / version))
        (machine / "tools" / version / "python3").symlink_to("python")
        folders.append(str(machine / "tools" / version))
    monkeypatch.setenv("PATH", ":".join([*folders, str(machine / "bin")]))
    (target,) = resolve(["python3.8"], Config()).targets
    assert (target.id, target.command[0]) == ("cpython-3.8.10", str(machine / "tools" / "3.8.10" / "python"))


def test_a_program_on_path_that_is_not_what_it_is_called_is_passed_over(fake: FakeMaker, machine: Path) -> None:
    fake("bin/python3.8", "3.12.1")
    assert chosen("python3.8") == ["cpython-3.8.18"]


def test_a_broken_shim_on_path_is_passed_over(script: Callable[[str, str], str], machine: Path) -> None:
    script("bin/python3.8", "echo 'pyenv: python3.8: command not found' >&2; exit 127")
    assert chosen("python3.8") == ["cpython-3.8.18"]


def test_the_current_interpreter_and_its_path_are_one_target() -> None:
    resolved = resolve(["current", sys.executable], Config(), never)
    assert [target.name for target in resolved.targets] == ["current"]


def test_two_interpreters_of_one_version_are_told_apart(fake: FakeMaker, machine: Path) -> None:
    one, two = fake("one/bin/python", "3.11.2"), fake("two/bin/python", "3.11.2")
    assert chosen(one, two) == ["cpython-3.11.2", "cpython-3.11.2+two"]


def test_groups_and_defaults_come_from_the_settings(machine: Path) -> None:
    config = Config(("@mine",), {"mine": ("pypy3", "@old"), "old": ("python2.7",)}, "pyproject.toml")
    assert chosen(config=config) == ["pypy-3.9.16", "cpython-2.7.18"]
    assert chosen("@old", config=config) == ["cpython-2.7.18"]


def test_unknown_and_endless_groups(machine: Path) -> None:
    config = Config((), {"old": ("@new",), "new": ("@old",)}, "pyproject.toml")
    assert complaint("@olld", config=config) == "group '@olld' is not in pyproject.toml; did you mean '@old'?"
    assert complaint("@old", config=config) == "group '@old' holds itself: @old > @new > @old"
    assert complaint("@x") == "group '@x' is not in pyproject.toml or sockmatrix.toml; groups are listed under 'groups'"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "python3.7",
            (
                "no interpreter for 'python3.7' (looked on PATH, in pyenv, in uv); install one or leave it out of targets; "
                "near it: python3.8, python3.11, python3.13t"
            ),
        ),
        (
            "python3.3",
            (
                "no interpreter for 'python3.3' (looked on PATH, in pyenv, in uv); install one or leave it out of targets; "
                "near it: python3.8, python3.11, python3.13t; "
                "/usr/bin/python3.3 was left out: Python 3.3.7 is too old; an agent runs on 2.7 and on 3.4 and later"
            ),
        ),
        ("jython", "no interpreter for 'jython' (looked on PATH, in pyenv, in uv); install one or leave it out of targets"),
        ("uv:*", "no interpreter for 'uv:*' (looked in uv); install one or leave it out of targets"),
        (
            "pyenv:3.8.17",
            (
                "no interpreter for 'pyenv:3.8.17' (looked in pyenv); install one or leave it out of targets; "
                "near it: pyenv:3.8.18, pyenv:3.11.7, pyenv:3.13.0t"
            ),
        ),
        (
            "cpython-3.11.3",
            (
                "no interpreter for 'cpython-3.11.3' (looked on PATH, in pyenv, in uv); install one or leave it out of targets; "
                "near it: cpython-3.11.7"
            ),
        ),
        ("/no/such/python", "'/no/such/python' cannot be a target: cannot be started: No such file or directory"),
        ("cmd:ssh 'host", "'cmd:ssh 'host' cannot be a target: No closing quotation"),
        ("pyton3.8", "unknown target 'pyton3.8'; did you mean 'python3.8'?"),
    ],
)
def test_what_is_not_there_is_said(name: str, message: str, machine: Path) -> None:
    assert complaint(name) == message
