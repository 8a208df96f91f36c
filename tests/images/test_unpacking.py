"""What is in an archive comes to lie below its folder, or nothing is unpacked."""

import io
import tarfile
from pathlib import Path

import pytest

from harness.images.tools import BuildFailed
from harness.images.unpacking import unpack


def packed(tmp_path: Path, *names: str, link: str = "") -> Path:
    file = tmp_path / "some.tar"
    with tarfile.open(file, "w") as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 2
            tar.addfile(entry, io.BytesIO(b"ok"))
        if link:
            entry = tarfile.TarInfo("link")
            entry.type, entry.linkname = tarfile.LNKTYPE, link
            tar.addfile(entry)
    return file


def test_what_is_wanted_is_unpacked(tmp_path: Path) -> None:
    file = packed(tmp_path, "./usr/bin/one", "usr/two", "dev/three")
    unpack(file, tmp_path / "out", lambda entry: not entry.name.startswith("dev"))
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()) == [
        "usr/bin/one",
        "usr/two",
    ]


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/etc/out"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BuildFailed) as caught:
        unpack(packed(tmp_path, "fine", name), tmp_path / "out")
    assert str(caught.value) == f"some.tar has a path that leads out of it: {name}"
    assert not (tmp_path / "out").exists()


def test_another_name_of_a_file_outside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"leads out of it: \.\./secret"):
        unpack(packed(tmp_path, link="../secret"), tmp_path / "out")


def test_a_python_without_filters_does_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tarfile, "tar_filter", raising=False)
    # A newer Python would warn that it has been given none.
    monkeypatch.setattr(tarfile.TarFile, "extraction_filter", staticmethod(lambda entry, folder: entry), raising=False)
    unpack(packed(tmp_path, "fine"), tmp_path / "out")
    assert (tmp_path / "out" / "fine").read_bytes() == b"ok"
