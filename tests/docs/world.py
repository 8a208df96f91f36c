"""A folder in which the commands of a page can be typed: a small library, saved runs, and a `sockmatrix` that plays it. Judges nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from harness.targets.discover import find_all
from tests.docs.examples import ROOT, Typed, blocks, marked_files

ALWAYS = ("timeouts/exception", "udp/recv_cuts_a_datagram", "tcp/greets_three_clients")
"""Scenarios of the small library, besides those that pages name."""

ELSEWHERE = {
    "docker": "needs a container engine",
    "images build": "needs a container engine",
    "images remove": "needs a container engine",
    "sockmatrix clean": "needs a container engine, and others may be using it",
    "ssh ": "needs another machine",
    "--pairs": "plays every interpreter of the machine with every other",
    "DOCKER_HOST": "needs a container engine",
    "pip install": "installs packages",
    "tox run": "takes minutes",
    "git ": "is about a checkout",
    "pytest -n": "its workers know nothing of the small library",
    "tox:*": "asks the tox configuration of a project",
    "$EDITOR": "asks a person",
    "targets prepare": "takes minutes, and is for the cache of a person",
    "targets remove": "would remove what a person has prepared",
    **dict.fromkeys(("all-here", "slow-here"), "plays everything that a machine has"),
    "sudo ": "installs packages",
    "agent-check node": "is about a checkout, and needs Node.js",
    **dict.fromkeys(("wine:", "gvisor:", "uml:", "qemu:", "micropython", "pyodide", "wasi"), "needs a system that is prepared"),
    "ssh:": "needs another machine",
}
"""Parts of commands that are not run here, with the reason."""

FIRST, SECOND = (f"sockmatrix-runs/2026-01-0{day}T00-00-00.000000Z" for day in (1, 2))

PLACEHOLDERS = {"RUN_A": FIRST, "RUN_B": SECOND, "BEFORE": FIRST, "AFTER": SECOND, "RUN…": FIRST, "RUN": FIRST}
PLACEHOLDERS |= {"FOLDER": "made", "FILE": "made", "QUERY": "area:tcp", "ID": "timeouts/exception"}
"""What the words that stand for something are here."""

_PROGRAM = """#!{python}
import sys
from pathlib import Path
from harness.language import library
library.bundled = lambda: Path({library!r})
from {module} import main
sys.exit(main())
"""


class Outcome(NamedTuple):
    """What came of a line."""

    code: int
    output: str


class World(NamedTuple):
    """A folder, and a program in front of the search path."""

    folder: Path

    def run(self, typed: Typed) -> Outcome:
        """Run a line as a reader would, with nothing to answer questions with."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "COLUMNS": "120", "GITHUB_STEP_SUMMARY": str(self.folder / "step.md"), "PAGER": "cat"}
        # The program in front of it has loaded the package already.
        environment["PYTEST_ADDOPTS"] = "-W ignore::pytest.PytestAssertRewriteWarning"
        for name in ("PYENV_VERSION", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
            environment.pop(name, None)
        ended = subprocess.run(
            ["bash", "-c", replaced(typed.text)],
            cwd=self.folder / "here",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        self._fill_in()
        return Outcome(ended.returncode, ended.stdout)

    def _fill_in(self) -> None:
        """What a person adds to drafts: why something is known to fail, and where that is told of."""
        file = self.folder / "here" / "sockmatrix.toml"
        if file.is_file():
            text = file.read_text("utf-8")
            file.write_text(text.replace('reason = ""', 'reason = "known"').replace('see = ""', 'see = "https://example.org/1"'), "utf-8")

    def write(self, name: str, text: str) -> None:
        """A file that a page has its reader save."""
        file = self.folder / "here" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def replaced(line: str) -> str:
    """A line with real names in the place of those that stand for something."""
    words = "|".join(sorted(PLACEHOLDERS, key=len, reverse=True))
    return re.sub(rf"(?<![\w./-])({words})(?!\w)", lambda found: PLACEHOLDERS[found[1]], line)


def elsewhere(line: str) -> str:
    """Why a line is not run here; empty if it is."""
    reason = next((reason for part, reason in ELSEWHERE.items() if part in line), "")
    lacking = next((tool for tool in ("jq", "less") if re.search(rf"\b{tool}\b", line) and shutil.which(tool) is None), "")
    return reason or (f"needs {lacking}" if lacking else "")


def make(folder: Path) -> World:
    """A new world. Its small library has the scenarios that pages speak of, and one that goes wrong."""
    world = World(folder)
    for topic in {*ALWAYS, *_named()}:
        file = ROOT / "scenarios" / f"{topic}.yaml"
        if file.is_file():
            world.write(f"../library/{topic}.yaml", file.read_text("utf-8"))
    world.write("../library/tcp/goes_wrong.yaml", _RED)
    for name, module in (("sockmatrix", "harness.commands.main"), ("pytest", "pytest")):
        world.write(f"../bin/{name}", _PROGRAM.format(python=sys.executable, library=str(folder / "library"), module=module))
        (folder / "bin" / name).chmod(0o755)
    for name, _, block in marked_files("README.md"):
        world.write(name, block.text)
    world.write("sockmatrix.toml", _SETTINGS.format(targets=json.dumps(targets()), old=json.dumps(targets()[:1])))
    return world


@cache
def targets() -> list[str]:
    """The oldest and the newest CPython 3 of this machine; one, where there is one."""
    found = [each for each in find_all().interpreters if each.implementation == "cpython" and each.version.startswith("3")]
    ordered = sorted(found, key=lambda each: tuple(int(part) for part in re.findall(r"\d+", each.version)))
    return list(dict.fromkeys([ordered[0].label, ordered[-1].label])) if ordered else ["current"]


def add_runs(world: World) -> None:
    """Two saved runs, and what the commands of other pages would have left."""
    for command in (
        f"sockmatrix run -q --out {FIRST}",
        f"sockmatrix run -q --out {SECOND}",
        "sockmatrix baseline accept baseline.json && cp baseline.json sockets.json",
        "sockmatrix history add sockmatrix-runs/*",
        "sockmatrix compat --write reports > made.txt",
    ):
        outcome = world.run(Typed("here", command))
        assert outcome.code in (0, 1), outcome.output


_SETTINGS = """
targets = {targets}

[groups]
old = {old}

[[ci.jobs]]
name = "NAME"
runner = "ubuntu-latest"
targets = {targets}
shards = 2
"""

_RED = """
title: A scenario that goes wrong
about: So that there is something red to look at.
see: [python:socket.socket]
steps:
  - client: socket.AF_INET
    returns: '"nothing of the sort"'
"""


@cache
def _named() -> frozenset[str]:
    """Scenarios that pages name in their blocks."""
    return frozenset(_topics("\n".join(block.text for block in blocks())))


def _topics(text: str) -> Iterator[str]:
    yield from re.findall(r"(?<![\w./-])([a-z_0-9]+/[a-z_0-9]+)\b", text)
