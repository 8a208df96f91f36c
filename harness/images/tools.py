"""Run the programs that images are built with, and end them when the build is interrupted. Knows nothing of what they make."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
            # In a session of its own: mmdebstrap ends a failed archive with a signal for its whole process group.
            process = subprocess.Popen(
                argv, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
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
    """Ask it to end, with what it has started; who is impatient, and interrupts again, does not wait for it."""
    _signal(process)
    try:
        process.wait(GRACE)
    except BaseException as why:
        _signal(process, hard=True)
        process.wait()
        if not isinstance(why, subprocess.TimeoutExpired):
            raise


def _signal(process: "subprocess.Popen[bytes]", hard: bool = False) -> None:
    if sys.platform == "win32":
        process.terminate()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)


def _end_of(said: bytes) -> str:
    """The errors among the lines of a program, in the words of apt and of compilers; without them the last lines."""
    lines = [" ".join(line.split()) for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E: ") or "error: " in line]
    return " / ".join((errors or lines)[-TOLD:]) or "it said nothing"
