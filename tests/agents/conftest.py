"""Every interpreter of this machine, and one agent on each for a module's tests."""

from collections.abc import Iterator
from functools import cache

import pytest

from harness.targets.config import Config
from harness.targets.resolve import resolve
from harness.targets.spec import TargetSpec
from tests.agents.conversation import Conversation


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for `spec` are run once for each interpreter."""
    if "spec" in metafunc.fixturenames:
        each = [pytest.param(spec, id=spec.id, marks=pytest.mark.interpreters) for spec in specs()]
        metafunc.parametrize("spec", each, scope="module")


@cache
def specs() -> tuple[TargetSpec, ...]:
    """Searched for once; every test that is collected asks."""
    return resolve(["all"], Config()).targets


@pytest.fixture(scope="module")
def agent(spec: TargetSpec) -> Iterator[Conversation]:
    """An agent on this interpreter, shared by the tests of a module: each uses sessions of its own."""
    with Conversation(spec.command) as conversation:
        yield conversation
