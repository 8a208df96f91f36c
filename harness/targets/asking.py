"""Ask an interpreter what it is, by running it once. Remembers nothing (that is `answers`) and looks for nothing."""

import os
import signal
import subprocess
from contextlib import suppress

import msgspec
from msgspec import Struct

ISOLATING_FLAGS: tuple[str, ...] = ("-E", "-s", "-S", "-u")
"""No `PYTHON…` variables, no user site, no `site`, no buffering. CPython from 2.6, PyPy, Jython and GraalPy take all four."""

LIMIT = 30.0
"""Seconds an interpreter has for its answer. Jython needs 3 on an idle machine."""

MARK = "sockmatrix-answer:"
"""What an answer begins with: a launcher may print lines of its own before it."""

# Runs on every Python from 2.6 and on Jython. `real_prefix` is what virtual environments of Python 2 have for `base_prefix`.
_QUESTION = f"""
import sys, json, os, platform
v = sys.version_info
base = getattr(sys, "base_prefix", None) or getattr(sys, "real_prefix", None) or sys.prefix
mark = {{"alpha": "a", "beta": "b", "candidate": "rc"}}.get(v[3], "")
flags = getattr(sys, "abiflags", "")
build = ("t" in flags and "t" or "") + (("d" in flags or hasattr(sys, "gettotalrefcount")) and "d" or "")
sys.stdout.write("{MARK}" + json.dumps({{
    "implementation": platform.python_implementation().lower(),
    "version": "%d.%d.%d" % tuple(v[:3]) + (mark and mark + str(v[4])),
    "build": build,
    "home": os.path.realpath(base),
    "executable": sys.executable or "",
}}) + "\\n")
"""


class Answer(Struct, frozen=True):
    """What an interpreter says of itself. The first four fields are those of `Interpreter`."""

    implementation: str
    version: str
    build: str
    home: str
    executable: str
    """`sys.executable`: where a launcher led to."""


class NoAnswer(Exception):
    """The interpreter could not be asked. `reason` is one line, without the path."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


def ask(path: str, limit: float = LIMIT) -> Answer:
    """Run the interpreter once and return its answer.

    Raises NoAnswer if it cannot be started, ends with an error, says something else, or takes more than `limit` seconds.
    """
    try:
        process = subprocess.Popen(
            [path, *ISOLATING_FLAGS, "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise NoAnswer(path, f"cannot be started: {error.strerror or error}") from None
    with process:
        return _answer(path, process, limit)


def _answer(path: str, process: "subprocess.Popen[bytes]", limit: float) -> Answer:
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        end(process)
        raise NoAnswer(path, f"gave no answer within {limit:g} s") from None
    if process.returncode:
        raise NoAnswer(path, _ended(process.returncode) + _first_line(errors))
    return _decode(path, output)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that has a session of its own, with all that it has started."""
    # A launcher script may have children that hold the pipes open, so its whole process group is ended.
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _decode(path: str, output: bytes) -> Answer:
    _, mark, answer = output.partition(MARK.encode())
    if not mark:
        raise NoAnswer(path, "ran, but does not behave like a Python interpreter")
    try:
        return msgspec.json.decode(answer.splitlines()[0], type=Answer)
    except msgspec.DecodeError as error:
        raise NoAnswer(path, f"ran, but its answer cannot be read: {error}") from None


def _ended(status: int) -> str:
    return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _first_line(errors: bytes) -> str:
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {lines[0][:200]}" if lines else ""
