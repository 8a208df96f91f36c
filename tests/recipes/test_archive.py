"""Archives as a stranger may make them."""

import zipfile
from pathlib import Path

import pytest

from harness.recipes.archive import ArchiveError, Unpacked, unpack


def packed(file: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", method) as opened:
        for name, data in members:
            opened.writestr(name, data)
    return file


WHOLE = (("run.json", b"{}"), ("scenarios.jsonl", b"a\n"), ("results.jsonl", b"bc\n"))


def refused(archive: Path, folder: Path, limit: int = 1000) -> str:
    with pytest.raises(ArchiveError) as wrong:
        unpack(archive, folder, limit)
    return str(wrong.value).replace(str(archive), "a.zip")


def test_the_three_files_of_a_run_are_taken(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", *WHOLE)
    assert unpack(archive, tmp_path / "run", 1000) == Unpacked(("run.json", "scenarios.jsonl", "results.jsonl"), 7, 0)
    assert (tmp_path / "run" / "results.jsonl").read_bytes() == b"bc\n"


def test_everything_else_is_left(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", *WHOLE, ("../../evil", b"x"), ("/etc/evil", b"x"), ("comment.md", b"x"), ("a/run.json", b"x"))
    assert unpack(archive, tmp_path / "run", 1000).left == 4
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == ["a.zip", "results.jsonl", "run.json", "scenarios.jsonl"]


def test_a_link_is_taken_for_the_text_that_it_is(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("run.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr(link, "/etc/passwd")
        for name, data in WHOLE[1:]:
            opened.writestr(name, data)
    unpack(tmp_path / "a.zip", tmp_path / "run", 1000)
    assert not (tmp_path / "run" / "run.json").is_symlink()
    assert (tmp_path / "run" / "run.json").read_text() == "/etc/passwd"


def test_more_than_the_limit_is_not_written(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", *WHOLE[:2], ("results.jsonl", b"0" * 50_000_000))
    assert archive.stat().st_size < 100_000
    assert (
        refused(archive, tmp_path / "run", 3_000_000) == "a.zip: the run in it has more than 3000000 bytes; raise --limit, if you trust it"
    )
    assert not (tmp_path / "run").exists()


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", WHOLE[0], ("deep/results.jsonl", b""))
    assert refused(archive, tmp_path / "run") == (
        "a.zip: it has no scenarios.jsonl and no results.jsonl at its top; name the archive of one run folder"
    )


def test_a_file_that_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    assert refused(tmp_path / "a.zip", tmp_path / "run") == (
        "a.zip: cannot be unpacked: File is not a zip file; name a zip file, as an artifact is downloaded"
    )


def test_an_archive_that_was_changed(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", *WHOLE, method=zipfile.ZIP_STORED)
    archive.write_bytes(archive.read_bytes().replace(b"bc\n", b"bd\n"))
    assert refused(archive, tmp_path / "run") == (
        "a.zip: cannot be unpacked: Bad CRC-32 for file 'results.jsonl'; name a zip file, as an artifact is downloaded"
    )


def test_an_archive_that_is_packed_in_another_way(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", *WHOLE, method=zipfile.ZIP_LZMA)
    assert refused(archive, tmp_path / "run") == (
        "a.zip: run.json is packed in an unusual way; name a zip file, as an artifact is downloaded"
    )


def test_an_archive_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.zip", tmp_path / "run") == "a.zip: there is no such file; name a zip file, as an artifact is downloaded"


def test_a_folder_that_cannot_be_written_to_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", *WHOLE)
    (tmp_path / "run" / "run.json").mkdir(parents=True)
    with pytest.raises(ArchiveError) as wrong:
        unpack(archive, tmp_path / "run", 1000)
    assert wrong.value.environment
    assert str(wrong.value).endswith("run.json cannot be read or written: Is a directory; see to the file and the folder")
