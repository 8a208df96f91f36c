"""Programs that make images and systems: how they fail reaches nobody else, and an interrupt ends all that they have started."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

RUN = "import sys; from pathlib import Path; from harness.images.tools import run; run(['sh', '-c', sys.argv[1]], Path(sys.argv[2]))"
PATIENCE = 60


def start(script: str, folder: Path) -> subprocess.Popen[str]:
    """In a session of its own, so that a signal for the group does not reach the tests."""
    return subprocess.Popen([sys.executable, "-c", RUN, script, str(folder)], stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_a_signal_for_its_group_does_not_reach_us(tmp_path: Path) -> None:
    failing = start("echo 'E: no room' >&2; kill -HUP 0", tmp_path)
    assert (
        failing.communicate(timeout=PATIENCE)[1].splitlines()[-1]
        == "harness.images.tools.BuildFailed: sh failed (exit code -1): E: no room"
    )


@pytest.mark.parametrize("trapped", ["", "trap '' TERM; "])
def test_an_interrupt_ends_what_it_has_started(tmp_path: Path, trapped: str) -> None:
    os.mkfifo(tmp_path / "alive")
    working = start(f"{trapped}sleep 1000 >alive & wait", tmp_path)
    with (tmp_path / "alive").open("rb") as alive:
        working.send_signal(signal.SIGINT)
        if trapped:  # it is asked to end, and does not; nobody has to wait for it
            assert not select.select([alive], [], [], 1)[0]
            working.send_signal(signal.SIGINT)
        assert select.select([alive], [], [], PATIENCE)[0]
        assert alive.read() == b""
    assert working.communicate(timeout=PATIENCE)[1].splitlines()[-1] == "KeyboardInterrupt"
