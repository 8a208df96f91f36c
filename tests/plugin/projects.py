"""Projects as people have them, with scenarios that pass, vary, fail, are not played, or are broken; and how pytest ends in them."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.runs.folder import Run, read

HEAD = "title: {title}\nabout: A test.\nsee: [posix:socket]\n"

GOOD = HEAD.format(title="It is good") + "tags: [quick]\nneeds: [ipv4]\nsteps:\n  - client: len(b'two')\n    returns: 3\n"
CASES = (
    HEAD.format(title="It has cases")
    + "cases:\n  one: {n: 'len(b\"1\")'}\n  two: {n: 'len(b\"2\")'}\nsteps:\n  - client: n\n    returns: 1\n"
)
WRONG = HEAD.format(title="It is wrong") + "steps:\n  - server: len(b'one')\n  - client: len(b'two')\n    returns: 2\n"
VARIES = HEAD.format(title="It varies") + (
    "steps:\n  - client: len(b'two')\n    returns: 2\n    varies:\n"
    "      - {when: python >= 2.7, returns: 3, because: it is three, see: [posix:socket]}\n"
)
UNMET = HEAD.format(title="It has a need") + "needs: [ipv4, has:socket.fromshare]\nsteps:\n  - client: socket.socket()\n"
BROKEN = HEAD.format(title="It is broken") + "steps:\n  - client: len(b'two')\n    retuns: 3\n"

ALL = {"mine/cases": CASES, "mine/good": GOOD, "mine/unmet": UNMET, "mine/varies": VARIES, "mine/wrong": WRONG}

FLAKY = HEAD.format(title="It is right at last") + "steps:\n  - client: socket.htons(666)\n    returns: 666\n"
"""On the target of `wrong_at_first`."""
WRONG_AT_FIRST = """
import os, socket, sys

def htons(number):
    try:
        os.mkdir("%s%d" % (sys.argv[1], number))
    except OSError:
        return number
    return 0

socket.htons = htons
exec(sys.argv[-1])
"""

HERE = ["--sockmatrix-target", "current"]


def target() -> str:
    """The id of the interpreter that runs the tests, as of the target `current`."""
    return f"cpython-{'.'.join(map(str, sys.version_info[:3]))}"


def wrong_at_first(folder: Path, mark: str = "seen") -> str:
    """A target on which `FLAKY` fails the first time it is played; folders whose names begin with `mark` say that it was."""
    (folder / "wrong_at_first.py").write_text(WRONG_AT_FIRST, "utf-8")
    return f"cmd:{shlex.join([sys.executable, '-u', str(folder / 'wrong_at_first.py'), str(folder / mark)])} {{}}"


def write(folder: Path, scenarios: Mapping[str, str] = ALL, root: str = "scenarios") -> Path:
    """Scenario files below a folder."""
    for name, text in scenarios.items():
        file = folder / root / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder / root


def ended(pytester: pytest.Pytester, *arguments: str, quiet: bool = True) -> pytest.RunResult:
    """How pytest ends there, in a process of its own; without plugins of others that happen to be installed."""
    return pytester.runpytest_subprocess("-p", "no:hypothesispytest", *(["-q"] if quiet else []), *arguments)


def run_of(pytester: pytest.Pytester, folder: str = "run") -> Run:
    """The run that a session has kept."""
    return read(pytester.path / folder)


def verdicts(run: Run) -> dict[str, str]:
    """By scenario, of a run with one target."""
    return {scenario: result.verdict for (scenario, _), result in run.results.items()}


def lastfailed(pytester: pytest.Pytester) -> Any:
    """What pytest will run again with --lf."""
    return sorted(json.loads((pytester.path / ".pytest_cache" / "v" / "cache" / "lastfailed").read_text("utf-8")))
