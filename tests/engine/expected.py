"""Skip what a machine does not have, saying so; fail instead where somebody promised that it is there."""

import os
from typing import NoReturn

import pytest


def unavailable(what: str, reason: str) -> NoReturn:
    """End a test that needs `what`: skipped, or failed if SOCKMATRIX_EXPECT (words with commas between) names it."""
    if what in os.environ.get("SOCKMATRIX_EXPECT", "").split(","):
        pytest.fail(f"{what} was expected on this machine: {reason}")
    pytest.skip(f"{what}: {reason}")
