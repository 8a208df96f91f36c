"""What compiling against musl needs, and where its result is kept; nothing is compiled here."""

import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.images import musl
from harness.images.registry import Musl
from harness.images.tools import BuildFailed

CONTENT = b"not a source"
RECIPE = Musl("bookworm", ("netbase",), "/opt/python", "pool/python.tar.gz", sha256(CONTENT).hexdigest())


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def quiet(step: str) -> None:
    """Nobody is told."""


def refusal(do: Callable[[], object]) -> str:
    with pytest.raises(BuildFailed) as caught:
        do()
    return str(caught.value)


def test_the_result_is_taken_from_the_cache(tmp_path: Path) -> None:
    kept = musl.cache_file(RECIPE)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"compiled before")
    assert musl.make(RECIPE, "http://nowhere.invalid", tmp_path, quiet) == kept
    assert musl.cache_file(replace(RECIPE, prefix="/opt/other")) != kept


def test_without_the_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("PATH", str(tmp_path))
    message = refusal(lambda: musl.make(RECIPE, "http://nowhere.invalid", tmp_path, quiet))
    assert message == "musl-gcc is not installed; on Debian and Ubuntu: sudo apt-get install musl-tools"


def test_another_processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    message = refusal(lambda: musl.make(RECIPE, "http://nowhere.invalid", tmp_path, quiet))
    assert message == "it is compiled on x86_64 only, and this is aarch64; use python:3.13-alpine, which is musl as well"


def test_a_source_that_is_another(tmp_path: Path) -> None:
    file = tmp_path / "python.tar.gz"
    file.write_bytes(b"something else")
    found = sha256(b"something else").hexdigest()
    message = refusal(lambda: musl.download(file.as_uri(), RECIPE.sha256, tmp_path / "out"))
    assert message.startswith(f"{file.as_uri()} is not the file that was meant: its SHA-256 is {found}; try another mirror")


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    url = (tmp_path / "none.tar.gz").as_uri()
    message = refusal(lambda: musl.download(url, RECIPE.sha256, tmp_path / "out"))
    assert message.startswith(f"{url} cannot be downloaded: ")


def test_a_layer_belongs_to_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "opt/python").mkdir(parents=True)
    (root / "opt/python/os.py").write_text("os")
    with tarfile.open(musl.pack(root, tmp_path / "layer.tar")) as tar:
        assert [(entry.name, entry.uid) for entry in tar] == [("opt", 0), ("opt/python", 0), ("opt/python/os.py", 0)]
