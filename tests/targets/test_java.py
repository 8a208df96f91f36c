"""What a Java machine is started with, and whose options win."""

from pathlib import Path

import pytest

from harness.targets.config import Config
from harness.targets.java import QUICK_START, SET_BY_USERS, quick_start
from harness.targets.resolve import resolve
from tests.targets.conftest import FakeMaker


def test_jython_starts_for_less() -> None:
    assert quick_start("jython", {"PATH": "/usr/bin"}) == {"JAVA_TOOL_OPTIONS": QUICK_START}


def test_it_may_collect_in_one_way_only_so_what_a_user_has_set_is_all_there_is() -> None:
    assert [quick_start("jython", {name: "-XX:+UseParallelGC"}) for name in SET_BY_USERS] == [{}] * len(SET_BY_USERS)
    assert quick_start("jython", {"JAVA_TOOL_OPTIONS": ""}) == {"JAVA_TOOL_OPTIONS": QUICK_START}


@pytest.mark.parametrize("implementation", ["cpython", "pypy", "graalpy"])
def test_what_is_no_java_machine_gets_nothing(implementation: str) -> None:
    assert quick_start(implementation, {}) == {}


def test_a_jython_of_this_machine_is_a_target_with_these_options(fake: FakeMaker, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SET_BY_USERS:
        monkeypatch.delenv(name, raising=False)
    path = fake("bin/jython", "2.7.3", implementation="jython")
    (target,) = resolve([path], Config()).targets
    assert target.environment == {"JAVA_TOOL_OPTIONS": QUICK_START}
    monkeypatch.setenv("_JAVA_OPTIONS", "-Xmx1g")
    (target,) = resolve([path], Config()).targets
    assert target.environment == {}
