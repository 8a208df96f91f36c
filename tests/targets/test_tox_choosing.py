"""From names like tox:py38 to the interpreters of a project's environments."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness.targets.config import Config
from harness.targets.discover import Found
from harness.targets.names import parse
from harness.targets.resolve import Resolved, resolve
from harness.targets.tox import Environment, Environments
from harness.targets.tox_choosing import SAYS_NOTHING, FromTox, NoEnvironment, from_tox

FakeMaker = Callable[..., str]
MISSING = "could not find python interpreter matching any of the specs py36"


@pytest.fixture
def project(fake: FakeMaker, machine: Path) -> Callable[[Sequence[str]], Environments]:
    """A tox that knows four environments of two interpreters, one of none, and one that says nothing; `.asked` keeps the questions."""
    old, new = fake("py38/bin/python3.8", "3.8.18"), fake("py312/bin/python3.12", "3.12.1")
    known = [
        Environment("py38-django2", True, old),
        Environment("py38-django3", True, old),
        Environment("py312", True, new),
        Environment("py36", True, "", MISSING),
        Environment("lint", False, new),
    ]
    outside = {
        "many-lines": Environment("many-lines", True, "", "error: no such version\n\n  hint: another\n"),
        "release": Environment("release", False, new),
        "broken": Environment("broken", True, str(machine / "none")),
    }

    class Project:
        def __init__(self) -> None:
            self.asked: list[tuple[str, ...]] = []

        def __call__(self, names: Sequence[str]) -> Environments:
            self.asked.append(tuple(names))
            everything = {each.name: each for each in known} | outside
            return Environments(tuple(everything[name] for name in names if name in everything) if names else tuple(known), "/x/tox.ini")

    return Project()


def chosen(project: Callable[[Sequence[str]], Environments], *names: str) -> FromTox:
    return from_tox([parse(name) for name in names], project)


def versions(found: FromTox, name: str) -> list[str]:
    return [interpreter.version for interpreter in found.interpreters[name]]


def never() -> Found:
    raise AssertionError("the machine was searched though no name asked for it")


def resolved(project: Callable[[Sequence[str]], Environments], *names: str, config: Config | None = None) -> Resolved:
    return resolve(names, config or Config(), never, project)


def test_one_target_for_each_interpreter_of_env_list_and_why_others_are_none(project: Callable[[Sequence[str]], Environments]) -> None:
    found = resolved(project, "tox:*")
    assert [(target.id, target.name) for target in found.targets] == [("cpython-3.8.18", "tox:*"), ("cpython-3.12.1", "tox:*")]
    assert found.skipped == {"tox:py36": MISSING, "tox:lint": SAYS_NOTHING}


def test_a_pattern_means_those_of_env_list_that_it_fits(project: Callable[[Sequence[str]], Environments]) -> None:
    found = chosen(project, "tox:*django*")
    assert versions(found, "tox:*django*") == ["3.8.18", "3.8.18"]
    assert found.skipped == {}


def test_an_environment_that_is_named_is_taken_even_if_it_says_nothing(project: Callable[[Sequence[str]], Environments]) -> None:
    found = resolved(project, "tox:release", "tox:py38-django3")
    assert [(target.id, target.name) for target in found.targets] == [
        ("cpython-3.12.1", "tox:release"),
        ("cpython-3.8.18", "tox:py38-django3"),
    ]
    assert found.skipped == {}


def test_tox_is_asked_once_for_names_and_once_for_patterns(project: Callable[[Sequence[str]], Environments]) -> None:
    chosen(project, "tox:py312", "tox:*", "tox:release", "tox:py3*", "tox:py312")
    assert project.asked == [("py312", "release"), ()]  # type: ignore[attr-defined]  # of the fixture


def test_tox_is_not_asked_without_need(project: Callable[[Sequence[str]], Environments]) -> None:
    assert chosen(project) == FromTox({}, {})
    assert project.asked == []  # type: ignore[attr-defined]  # of the fixture


def test_groups_and_settings_may_name_environments(project: Callable[[Sequence[str]], Environments]) -> None:
    config = Config(("@mine",), {"mine": ("tox:py312",)}, "pyproject.toml")
    assert [target.id for target in resolved(project, config=config).targets] == ["cpython-3.12.1"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tox:py36", f"no interpreter for 'tox:py36': {MISSING}"),
        ("tox:many-lines", "no interpreter for 'tox:many-lines': error: no such version hint: another"),
        ("tox:gone", "no interpreter for 'tox:gone': tox leaves that environment out: see: tox config -e gone"),
        (
            "tox:py2*",
            (
                "no interpreter for 'tox:py2*': no environment of that name is in env_list of tox.ini: "
                "it has py38-django2, py38-django3, py312, py36, lint"
            ),
        ),
        (
            "tox:[pl]*[6t]",
            (
                "no interpreter for 'tox:[pl]*[6t]': no environment of tox.ini has one: "
                f"tox:py36 {MISSING}; tox:lint does not say which Python it is for, and would get the one that runs tox"
            ),
        ),
    ],
)
def test_what_is_not_there_is_said(name: str, message: str, project: Callable[[Sequence[str]], Environments]) -> None:
    with pytest.raises(NoEnvironment) as caught:
        chosen(project, name)
    assert str(caught.value) == message


def test_an_interpreter_that_does_not_answer_is_none(project: Callable[[Sequence[str]], Environments], machine: Path) -> None:
    with pytest.raises(NoEnvironment) as caught:
        chosen(project, "tox:broken")
    assert str(caught.value) == f"no interpreter for 'tox:broken': {machine / 'none'}: cannot be started: No such file or directory"


def test_an_empty_env_list_is_said_to_be_empty() -> None:
    with pytest.raises(NoEnvironment) as caught:
        from_tox([parse("tox:*")], lambda names: Environments((), "/x/pyproject.toml"))
    assert str(caught.value) == "no interpreter for 'tox:*': no environment of that name is in env_list of pyproject.toml: it has none"
