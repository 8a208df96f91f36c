"""Every interpreter of this machine."""

import pytest

from tests.agents.conftest import specs


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for `spec` are run once for each interpreter."""
    if "spec" in metafunc.fixturenames:
        each = [pytest.param(spec, id=spec.id, marks=pytest.mark.interpreters) for spec in specs()]
        metafunc.parametrize("spec", each)
