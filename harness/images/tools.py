"""Run the programs that images are built with, and end them when the build is interrupted. Knows nothing of what they make."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE = 10
"""Seconds that a program has to remove what it made, once it is asked to end."""

TOLD = 3
"""Lines of a program's complaint that are shown."""


class BuildFailed(Exception):
    """An image could not be built. `problem` says why, `hint` what to try; both are one line."""

    def __init__(self, problem: str, hint: str = "") -> None:
        self.problem = problem
        self.hint = hint
        super().__init__(f"{problem}; {hint}" if hint else problem)


def need(program: str, package: str) -> None:
    """Raises BuildFailed, with the command that installs it, where a program is missing."""
    if shutil.which(program) is None:
        raise BuildFailed(f"{program} is not installed", f"on Debian and Ubuntu: sudo apt-get install {package}")


def run(argv: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, hint: str = "") -> None:
    """Run a program to its end, in a folder and with its temporary files below it.

    Raises BuildFailed with the end of what it said, where it fails.
    """
    environ = os.environ | {"TMPDIR": str(folder), "LC_ALL": "C"} | dict(environment or {})
    with open(folder / "said", "w+b") as said:
        try:
            process = subprocess.Popen(argv, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        except OSError as error:
            raise BuildFailed(f"{argv[0]} cannot be started: {error.strerror or error}") from error
        code = _wait(process)
        if code:
            said.seek(0)
            raise BuildFailed(f"{Path(argv[0]).name} failed (exit code {code}): {_end_of(said.read())}", hint)


def _wait(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait()
    except BaseException:
        _end(process)
        raise


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(said: bytes) -> str:
    """The errors among the lines of a program, in the words of apt and of compilers; without them the last lines."""
    lines = [" ".join(line.split()) for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E: ") or "error: " in line]
    return " / ".join((errors or lines)[-TOLD:]) or "it said nothing"
