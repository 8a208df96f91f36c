"""Small fake interpreters: scripts that answer the question as an interpreter would, or misbehave in one way each."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.targets.asking import MARK

FakeMaker = Callable[..., str]
"""`fake("python3.8", version="3.8.18")` writes an interpreter and gives its path."""


@pytest.fixture
def fake(tmp_path: Path) -> FakeMaker:
    """Make a fake interpreter below `tmp_path`; each start of it is a line in the file `PATH.starts`."""
    if os.name == "nt":
        pytest.skip("fake interpreters are shell scripts")

    def make(path: str, version: str = "3.8.18", **answer: str) -> str:
        file = tmp_path / path
        home = str(file.parent.parent)
        said = {"implementation": "cpython", "version": version, "build": "", "home": home, "executable": str(file)} | answer
        return write_script(file, f"echo started >> \"$0.starts\"\ncat <<'END'\n{MARK}{json.dumps(said)}\nEND")

    return make


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str, str], str]:
    """Write an executable shell script below `tmp_path`."""
    if os.name == "nt":
        pytest.skip("shell scripts")
    return lambda path, body: write_script(tmp_path / path, body)


def write_script(file: Path, body: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return str(file)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with `tmp_path/bin` on PATH, pyenv, uv, asdf and rye below `tmp_path`, and nothing else; gives `tmp_path`."""
    folders = {"PATH": "bin", "PYENV_ROOT": "pyenv", "ASDF_DATA_DIR": "asdf", "UV_PYTHON_INSTALL_DIR": "uv", "RYE_PY_ROOT": "rye"}
    for name, folder in folders.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    # The scripts need `cat`; a folder of its own keeps the real machine's interpreters out of sight.
    (tmp_path / "bin").mkdir()
    if os.name != "nt":
        (tmp_path / "bin" / "cat").symlink_to(shutil.which("cat") or "/bin/cat")
    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setattr("harness.targets.discover.default_folder", lambda: tmp_path / "cache")
    return tmp_path
