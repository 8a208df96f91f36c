"""What CI does beside the images: it is waited for, its log is shown, what failed is tried again, and it ends with all the rest."""

import os
import select
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / ".ci" / "run"

pytestmark = [
    pytest.mark.skipif(not RUN.is_file(), reason="an installed package has no CI"),
    pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="needs bash"),
]

PROGRAM = '#!/bin/sh\necho "{name} $*"\n{then}\n'


def part(first: str, last: str) -> str:
    """The lines of the script from the one that begins with `first` up to the one that begins with `last`, without it."""
    lines = RUN.read_text("utf-8").splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith(first))
    end = next(number for number, line in enumerate(lines) if number > start and line.startswith(last))
    return "".join(lines[start:end])


def played(folder: Path, held: int = 2, **programs: str) -> tuple[int, list[str]]:
    """The exit code of the part that makes images, with programs that only say what they were told, and what was said."""
    bin_ = folder / ".venv" / "bin"
    bin_.mkdir(parents=True)
    for name in ("pip", "sockmatrix", "tox"):
        (bin_ / name).write_text(PROGRAM.format(name=name, then=programs.get(name, "")), "utf-8")
        (bin_ / name).chmod(0o755)
    script = (
        "set -euo pipefail\ncache=$PWD\n"
        + part("started=", 'stage "other')
        + part('stage "images of', 'stage "the README')
        + 'echo "left out: $TOX_SKIP_ENV"\n'
    )
    words = ["bash", "-c", script]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False, pass_fds=(held,))
    return ended.returncode, ended.stdout.splitlines()


def test_what_was_checked_beside_the_images_is_not_checked_again(tmp_path: Path) -> None:
    code, said = played(tmp_path)
    assert code == 0
    assert [line for line in said if line.startswith(("tox", "left out"))] == [
        "tox run --notest",
        "tox run -e lint,types",
        "left out: conformance|py31[23]|lint|types",
    ]


def test_what_failed_beside_the_images_is_tried_again_where_it_is_told(tmp_path: Path) -> None:
    code, said = played(tmp_path, tox='case "$*" in *types*) exit 1;; esac')
    assert (code, said[-1]) == (0, "left out: conformance|py31[23]")
    assert "tox run -e lint,types" in said


def test_images_that_cannot_be_built_end_what_was_begun_beside_them(tmp_path: Path) -> None:
    """The pipe is closed as soon as nobody holds it any more."""
    os.mkfifo(tmp_path / "ready")
    reader, writer = os.pipe()
    code, said = played(tmp_path, writer, tox="echo >ready\nexec sleep 50", sockmatrix="read line <ready\nexit 3")
    os.close(writer)
    assert (code, said[-1]) == (3, "sockmatrix images build --quick")
    assert select.select([reader], [], [], 20)[0] == [reader]
    assert os.read(reader, 1) == b""
    os.close(reader)
