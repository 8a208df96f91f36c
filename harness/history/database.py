"""The file of a history: made, opened, locked, and its flaws said. Knows the tables, and nothing of runs.

A cell of a scenario on a target keeps what it came to for hundreds of runs. So what it came to is written once (`outcomes`), and a row
says only in which run it became something else (`turns`); which runs had the cell at all follows from the plan of the run, of which
there are few (`layouts`), and from the cells that said nothing (`silent`).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.history.errors import KeptError
from harness.records.history import HISTORY_VERSION

APPLICATION = 0x534F4D58
"""`SOMX`: tells a history from other databases."""
PATIENCE = 60.0
"""Seconds to wait for another process that writes."""

TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL, content BLOB NOT NULL, started TEXT NOT NULL, folder TEXT NOT NULL,
    sockmatrix TEXT NOT NULL, complete INTEGER NOT NULL, cells INTEGER NOT NULL, silent INTEGER NOT NULL, plays INTEGER NOT NULL,
    layout INTEGER NOT NULL, UNIQUE (digest, content)
);
CREATE INDEX runs_in_time ON runs (started, id);
CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE scenarios (
    id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, digest TEXT NOT NULL, plan BLOB NOT NULL,
    UNIQUE (topic, digest)
);
CREATE TABLE layouts (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE);
CREATE TABLE layout_scenarios (layout INTEGER NOT NULL, scenario INTEGER NOT NULL, PRIMARY KEY (layout, scenario)) WITHOUT ROWID;
CREATE TABLE facts (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, told TEXT NOT NULL);
CREATE TABLE tracks (id INTEGER PRIMARY KEY);
CREATE TABLE stands (
    run INTEGER NOT NULL, track INTEGER NOT NULL, target TEXT NOT NULL, name TEXT NOT NULL, facts INTEGER NOT NULL,
    PRIMARY KEY (run, track)
) WITHOUT ROWID;
CREATE INDEX stands_of_track ON stands (track);
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY, scenario INTEGER NOT NULL, digest BLOB NOT NULL, verdict TEXT NOT NULL, sight BLOB NOT NULL,
    UNIQUE (scenario, digest)
);
CREATE TABLE turns (
    topic INTEGER NOT NULL, track INTEGER NOT NULL, run INTEGER NOT NULL, outcome INTEGER NOT NULL, PRIMARY KEY (topic, track, run)
) WITHOUT ROWID;
CREATE INDEX turns_of_run ON turns (run);
CREATE TABLE latest (
    topic INTEGER NOT NULL, track INTEGER NOT NULL, outcome INTEGER NOT NULL, PRIMARY KEY (topic, track)
) WITHOUT ROWID;
CREATE TABLE changes (before INTEGER NOT NULL, after INTEGER NOT NULL, steps TEXT NOT NULL, PRIMARY KEY (before, after)) WITHOUT ROWID;
CREATE TABLE silent (run INTEGER NOT NULL, track INTEGER NOT NULL, topic INTEGER NOT NULL, PRIMARY KEY (track, topic, run)) WITHOUT ROWID;
CREATE INDEX silent_of_run ON silent (run);
CREATE TABLE flaky (
    run INTEGER NOT NULL, track INTEGER NOT NULL, topic INTEGER NOT NULL, plays INTEGER NOT NULL, otherwise INTEGER NOT NULL,
    PRIMARY KEY (topic, track, run)
) WITHOUT ROWID;
CREATE INDEX flaky_of_run ON flaky (run);
"""


class Database:
    """An open history. Every flaw of the file comes out as `KeptError`."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file = file
        self._connection = connection

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows that a query gives."""
        with self._flaws_told():
            return self._connection.execute(query, parameters).fetchall()

    def one(self, query: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, if there is one."""
        with self._flaws_told():
            found: tuple[Any, ...] | None = self._connection.execute(query, parameters).fetchone()
            return found

    def insert(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Perform a statement; the id of the row that it made."""
        with self._flaws_told():
            return self._connection.execute(statement, parameters).lastrowid or 0

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Perform a statement for each row."""
        with self._flaws_told():
            self._connection.executemany(statement, rows)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All of what is done within, or nothing. Waits for other processes that write."""
        with self._flaws_told():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with self._flaws_told():
                self._connection.execute("ROLLBACK")
            raise
        with self._flaws_told():
            self._connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is read within is of one moment."""
        with self._flaws_told():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()

    @contextmanager
    def _flaws_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _flaw(self.file, error) from None


def _flaw(file: Path, error: sqlite3.Error) -> KeptError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return KeptError(str(file), "another process is writing to the history", "wait for it to end, then try again", environment=True)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        advice = "the file is damaged: name another one with --file and add the runs again, or take a copy of it"
        return KeptError(str(file), f"not a history that can be read ({error})", advice, environment=True)
    if name.startswith("SQLITE_FULL"):
        return KeptError(str(file), "the disk is full", "make room, and add the run again: nothing of it was kept", environment=True)
    return KeptError(str(file), f"cannot be used ({error})", "see that the file and its folder can be written to", environment=True)


def open_history(file: Path, *, make: bool = False) -> Database:
    """The history in a file; with `make` a new one where there is none. Raises `KeptError`."""
    if not file.exists():
        if not make:
            raise KeptError(str(file), "there is no history", f"make one of runs: sockmatrix history add RUN --file {file}")
        _make_folder(file)
    database = Database(file, _connected(file, "rwc" if make else "rw"))
    try:
        _check(database, make=make)
    except BaseException:
        database.close()
        raise
    return database


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"its folder cannot be made: {error.strerror or error}"
        raise KeptError(str(file), problem, "name a file in a folder that can be written to", environment=True) from None


def _connected(file: Path, mode: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None)
    except sqlite3.Error as error:
        raise _flaw(file, error) from None


def _check(database: Database, *, make: bool) -> None:
    """See that the file is a history of this format, or make it one if it is empty."""
    if make and _is_empty(database):
        with database.writing():
            # Another process may have made it while this one waited.
            if _is_empty(database):
                _make(database)
    application, version = _marks(database)
    if application != APPLICATION:
        problem = "is empty" if _is_empty(database) else "is a database of something else"
        raise KeptError(str(database.file), problem, "name the file of a history with --file", environment=True)
    if version != HISTORY_VERSION:
        problem = f"has format {version}, this sockmatrix reads {HISTORY_VERSION}"
        raise KeptError(str(database.file), problem, "read it with the version that made it, or a newer one", environment=True)


def _is_empty(database: Database) -> bool:
    return database.one("SELECT 1 FROM sqlite_master LIMIT 1") is None


def _marks(database: Database) -> tuple[int, int]:
    application, version = database.one("PRAGMA application_id"), database.one("PRAGMA user_version")
    return (application or (0,))[0], (version or (0,))[0]


def _make(database: Database) -> None:
    for statement in TABLES.split(";"):
        if statement.strip():
            database.insert(statement)
    database.insert(f"PRAGMA application_id = {APPLICATION}")
    database.insert(f"PRAGMA user_version = {HISTORY_VERSION}")
