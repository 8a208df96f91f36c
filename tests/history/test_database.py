"""The file of a history, and everything that can be wrong with it."""

import sqlite3
from pathlib import Path

import pytest

from harness.history import database
from harness.history.database import Database, open_history
from harness.history.errors import KeptError
from harness.history.looking import EVERYTHING, look
from harness.history.taking import take
from tests.history.making import close_on, on_day


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def problem(file: Path, *, make: bool = False) -> KeptError:
    with pytest.raises(KeptError) as caught:
        open_history(file, make=make)
    return caught.value


def words(error: KeptError, file: Path) -> str:
    return str(error).replace(str(file), "h")


def test_a_history_is_made_with_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "odd name? #1.sqlite"
    open_history(file, make=True).close()
    with open_history(file) as history:
        assert history.rows("SELECT * FROM runs") == []


def test_without_a_history_the_way_to_one_is_told(file: Path) -> None:
    found = problem(file)
    assert words(found, file) == "h: there is no history; make one of runs: sockmatrix history add RUN --file h"
    assert not found.environment
    assert not file.exists()


def test_what_is_no_database_is_left_alone(file: Path) -> None:
    file.write_text("this is a letter to my mother, who has no use for sockets at all\n" * 20)
    for make in (False, True):
        found = problem(file, make=make)
        assert found.environment
        assert words(found, file) == (
            "h: not a history that can be read (file is not a database);"
            " the file is damaged: name another one with --file and add the runs again, or take a copy of it"
        )
    assert file.read_text().startswith("this is a letter")


def test_a_database_of_something_else_is_left_alone(file: Path) -> None:
    with_table(file, "CREATE TABLE letters (id)")
    for make in (False, True):
        assert words(problem(file, make=make), file) == "h: is a database of something else; name the file of a history with --file"
    assert sqlite_names(file) == ["letters"]


def with_table(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute(statement)
    connection.commit()
    connection.close()


def sqlite_names(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
    return names


def test_an_empty_file_becomes_a_history_only_if_one_is_to_be_made(file: Path) -> None:
    file.write_bytes(b"")
    assert words(problem(file), file) == "h: is empty; name the file of a history with --file"
    open_history(file, make=True).close()
    open_history(file).close()


def test_a_newer_format_is_said(file: Path) -> None:
    open_history(file, make=True).close()
    with_table(file, "PRAGMA user_version = 9")
    found = problem(file)
    assert found.environment
    assert words(found, file) == "h: has format 9, this sockmatrix reads 1; read it with the version that made it, or a newer one"


def test_damage_in_the_middle_is_said(file: Path) -> None:
    with open_history(file, make=True) as history:
        for day in range(1, 4):
            take(history, on_day(day, close_on(day)))
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)
    with open_history(file) as history, pytest.raises(KeptError) as caught:
        look(history, EVERYTHING)
    assert caught.value.environment
    assert words(caught.value, file).startswith("h: not a history that can be read (database disk image is malformed); ")


def test_somebody_else_who_writes_is_waited_for_and_then_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.0)
    with open_history(file, make=True) as one, open_history(file) as other, one.writing(), pytest.raises(KeptError) as caught:
        other.writing().__enter__()
    assert words(caught.value, file) == "h: another process is writing to the history; wait for it to end, then try again"
    assert caught.value.environment


def test_a_file_in_the_place_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = problem(tmp_path / "file" / "h.sqlite", make=True)
    assert found.problem.startswith("its folder cannot be made: ")
    assert found.environment


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path: Path) -> None:
    found = problem(tmp_path)
    assert found.problem == "cannot be used (unable to open database file)"


def test_what_fails_within_a_write_undoes_all_of_it(file: Path) -> None:
    with open_history(file, make=True) as history:
        with pytest.raises(KeptError):
            _add_two(history)
        assert _topics(history) == []


def _topics(history: Database) -> list[tuple[str]]:
    return [(name,) for _, name in history.rows("SELECT id, name FROM topics")]


def _add_two(history: Database) -> None:
    with history.writing():
        history.insert("INSERT INTO topics (name) VALUES ('a')")
        history.insert("INSERT INTO nothing VALUES (1)")
