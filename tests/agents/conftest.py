"""Every interpreter of this machine, and one agent on each for a module's tests."""

from collections.abc import Iterator

import pytest

from harness.targets.config import Config
from harness.targets.resolve import resolve
from harness.targets.spec import TargetSpec
from tests.agents.conversation import Conversation


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for `spec` are run once for each interpreter."""
    if "spec" in metafunc.fixturenames:
        specs = resolve(["all"], Config()).targets
        metafunc.parametrize("spec", specs, ids=[spec.id for spec in specs], scope="module")


@pytest.fixture(scope="module")
def agent(spec: TargetSpec) -> Iterator[Conversation]:
    """An agent on this interpreter, shared by the tests of a module: each uses sessions of its own."""
    with Conversation(spec.command) as conversation:
        yield conversation
