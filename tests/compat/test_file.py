"""The data set as a file."""

from pathlib import Path

import pytest

from harness.compat.file import DataError, read, text
from tests.comparing.telling import seen
from tests.compat.showing import NEW, data, scenario, target

DATA = data([target(NEW)], (scenario("- a: socket.htons(1)\n  returns: 256"), [[seen(0, 256)]]))


def test_each_entry_has_a_line() -> None:
    lines = text(DATA).splitlines()
    assert lines[:3] == ["{", '"compat": 1,', '"runs": [']
    assert sum(line.startswith('"socket.htons": {"kind":"function"') for line in lines) == 1
    assert lines[-1] == "}"


def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "compat.json").write_text(text(DATA), "utf-8")
    assert read(tmp_path / "compat.json") == DATA


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[]", "no compatibility data (it has no format version); data are written with: sockmatrix compat RUN --out FILE.json"),
        (
            b'{"compat": 2}',
            "the data have format 2, this sockmatrix reads 1; read them with the version that made them, or make them again",
        ),
        (b'{"compat": 1}', "Object missing required field `runs`; the file was changed or damaged"),
        (b"{", "no compatibility data (Input data was truncated); data are written with: sockmatrix compat RUN --out FILE.json"),
    ],
)
def test_what_is_no_data_set_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as refused:
        read(path)
    assert str(refused.value) == f"{path}: {problem}"


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path / "no.json")
    advice = "data are written with: sockmatrix compat RUN --out FILE.json"
    assert str(refused.value) == f"{tmp_path / 'no.json'}: cannot be read (No such file or directory); {advice}"


def test_entries_that_speak_of_what_is_not_there_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "compat.json"
    path.write_text(text(DATA).replace('"since":"3.8.18"', '"since":"3.8.17"', 1), "utf-8")
    with pytest.raises(DataError) as refused:
        read(path)
    told = " speaks of cpython-linux-glibc 3.8.17, which is not there; the file was changed or damaged"
    assert str(refused.value).startswith(f"{path}: feature socket.")
    assert str(refused.value).endswith(told)
