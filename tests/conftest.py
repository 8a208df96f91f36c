"""Lets tests import their helpers as `tests.ROOM.HELPER`. At the end of the path, so that an installed wheel is what gets tested."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's business: a busy one must turn nothing red. The same examples in every run.
settings.register_profile("sockmatrix", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sockmatrix")

sys.path.append(str(Path(__file__).parent.parent))


@pytest.fixture(autouse=True)
def room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs in a test hangs, also where the tests of others leave this machine no room."""
    monkeypatch.setattr("harness.engine.load.share_of_a_processor", lambda: 1.0)
