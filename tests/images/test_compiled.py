"""The byte code that an image is given: of what its interpreter wrote, and of nothing else; in a real engine."""

import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.images.archive import Config, layer, load
from harness.images.compiled import make
from harness.images.registry import Image, Interpreter
from harness.images.tools import BuildFailed
from tests.images.conftest import write_root

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.containers

WRITES = "#!/bin/sh\necho code >/lib/json.pyc\necho log >/lib/log\n"
"""What passes for an interpreter that compiles."""
WRITES_NOTHING = "#!/bin/sh\n:\n"


@pytest.fixture
def loaded(client: "APIClient", image: Image, tmp_path: Path) -> "Iterator[Image]":
    """An image with both, and a folder to write into."""
    if shutil.which("dash") is None:
        pytest.skip("the small images are made of dash, which is not here")
    root = write_root(tmp_path / "root.tar", {"/usr/bin/writes": WRITES, "/usr/bin/silent": WRITES_NOTHING, "/lib/os.py": ""})
    load(client, f"{image.image}:latest", [layer(root)], Config("amd64", "/usr/bin", (), {}), tmp_path)
    yield image
    client.remove_image(image.image, force=True)


def test_what_an_interpreter_compiled_is_kept(client: "APIClient", loaded: Image, tmp_path: Path) -> None:
    out = make(client, loaded.image, loaded, Interpreter("/usr/bin/writes", "3.9"), tmp_path / "compiled.tar")
    assert out is not None
    with tarfile.open(out) as tar:
        assert [entry.name for entry in tar] == ["lib/json.pyc"]
        member = tar.extractfile("lib/json.pyc")
        assert member is not None
        assert member.read() == b"code\n"


def test_an_interpreter_that_compiles_nothing_adds_nothing(client: "APIClient", loaded: Image, tmp_path: Path) -> None:
    assert make(client, loaded.image, loaded, Interpreter("/usr/bin/silent", "3.9"), tmp_path / "compiled.tar") is None


def test_an_interpreter_that_is_not_there(client: "APIClient", loaded: Image, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="/usr/bin/none does not run in it"):
        make(client, loaded.image, loaded, Interpreter("/usr/bin/none", "3.9"), tmp_path / "compiled.tar")
