"""A real engine with an image that has a Python, for tests that need them; made of this machine's own where nobody has built one."""

import gc
import io
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.hosts.network import TOOLS
from harness.images.engine import EngineUnavailable, connect
from tests.engine.expected import unavailable

if TYPE_CHECKING:
    from docker import APIClient

BUILT = "sockmatrix/bookworm"
"""What `sockmatrix images build` makes."""
MADE = "sockmatrix-test/python"
"""What these tests make where that is not there; kept for the next time."""
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture(autouse=True)
def own_leavings() -> Iterator[None]:
    """What the SDK has left open is collected here, where it is let pass, and not in the middle of a test of somebody else."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def engine() -> "Iterator[APIClient]":
    """A client of the engine; the test is skipped, with the reason, where there is none."""
    try:
        made = connect()
    except EngineUnavailable as error:
        unavailable("engine", str(error))
    with made:
        yield made


@pytest.fixture(scope="session")
def image(engine: "APIClient") -> str:
    """An image with a Python."""
    for known in (BUILT, MADE):
        if engine.images(known, quiet=True):
            return known
    if not os.access(SYSTEM_PYTHON, os.X_OK):
        unavailable("engine", f"the image is made of {SYSTEM_PYTHON}, which is not there; build one: sockmatrix images build bookworm")
    import_root(engine, MADE, python_root())
    return MADE


@pytest.fixture(scope="session")
def tools(engine: "APIClient") -> str:
    """The image that shapes networks."""
    if not engine.images(TOOLS, quiet=True):
        unavailable("engine", f"there is no image {TOOLS}; build it: sockmatrix images build network")
    return TOOLS


def import_root(engine: "APIClient", image: str, root: bytes) -> None:
    """A root file system as an image."""
    repository, _, tag = image.partition(":")
    engine.import_image_from_data(root, repository=repository, tag=tag or "latest")


def python_root() -> bytes:
    """This machine's own Python with its standard library and what it is linked with."""
    folder = Path(subprocess.run([SYSTEM_PYTHON, "-c", _WHERE], capture_output=True, text=True, check=True).stdout.strip())
    programs = [os.path.realpath(SYSTEM_PYTHON), *map(str, (folder / "lib-dynload").glob("*.so"))]
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.add(programs[0], SYSTEM_PYTHON.lstrip("/"))
        tar.add(folder, str(folder).lstrip("/"), filter=_without_tests)
        for library in sorted({library for program in programs for library in _libraries(program)}):
            tar.add(os.path.realpath(library), library.lstrip("/"))
        tar.addfile(_folder("tmp"))
    return made.getvalue()


_WHERE = "import os; print(os.path.dirname(os.__file__))"


def _without_tests(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if re.search(r"/(test|tests|__pycache__|dist-packages|idlelib|ensurepip)(/|$)", entry.name) else entry


def _libraries(program: str) -> list[str]:
    """What a program is linked with, its loader included."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(/\S+) \(0x", said)


def _folder(name: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
    return entry
