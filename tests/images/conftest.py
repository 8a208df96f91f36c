"""A real engine for tests that need one, and small images for it that are made of nothing but this machine's shell."""

import io
import os
import re
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.images.engine import EngineUnavailable, connect
from harness.images.registry import Debian, Image, Interpreter, Recipe
from tests.engine.expected import unavailable

if TYPE_CHECKING:
    from docker import APIClient

SPEAKS = '#!/bin/sh\necho \'{"python": "3.9.2", "implementation": "cpython", "byteorder": "little", "bits": 64}\'\n'
"""What passes for an interpreter: it says the same whatever it is asked."""


@pytest.fixture
def client() -> "Iterator[APIClient]":
    """A client of the engine; the test is skipped, with the reason, where there is none."""
    try:
        made = connect()
    except EngineUnavailable as error:
        unavailable("engine", str(error))
    with made:
        yield made


@pytest.fixture
def image() -> Image:
    """An image that no other test has."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    recipe = Debian("bookworm", ("netbase",))
    interpreter = Interpreter("/usr/bin/python3", "3.9")
    return Image(name, "A test", "built", f"sockmatrix-test/{name}", "glibc", interpreters=(interpreter,), recipe=recipe)


Unpacked = Callable[[Mapping[str, str]], None]


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> Unpacked:
    """`unpacked({"/usr/bin/python3": SPEAKS})`: what packages hold, beside a shell, instead of asking a mirror for them."""
    if shutil.which("dash") is None or shutil.which("ldd") is None:
        unavailable("engine", "the small images are made of dash, which is not here")

    def hold(files: Mapping[str, str]) -> None:
        def make(recipe: Recipe, architecture: str, folder: Path, mirror: str) -> Path:
            return write_root(folder / "root.tar", files)

        monkeypatch.setattr("harness.images.rootfs.make", make)

    return hold


def write_root(out: Path, files: Mapping[str, str]) -> Path:
    """A root file system with a shell and some files."""
    with tarfile.open(out, "w") as tar:
        for path in libraries("/bin/dash"):
            tar.add(os.path.realpath(path), path.lstrip("/"))
        tar.add(os.path.realpath("/bin/dash"), "bin/sh")
        for path, text in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.mode, entry.size = 0o755, len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out


def libraries(program: str) -> list[str]:
    """What a program is linked with, its loader included."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", said)
