"""Runs the command line inside the test's own process, and runs by hand to read."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.commands.main import main
from harness.runs.folder import Run, RunWriter
from tests.reports.making import GREETING, REFUSED, small_run


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Sockmatrix = Callable[..., Ended]


@pytest.fixture(scope="session")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What commands of these tests have kept of interpreters and of files that are the same for all: asked and compiled once.

    With workers it is that of all of them; each writes aside and moves into place.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "remembered"
    (folder / "interpreters").mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def caches(tmp_path: Path, remembered: Path) -> Iterator[Path]:
    """A cache folder of the test's own, in which nothing is but what is remembered."""
    own = tmp_path / "cache" / "sockmatrix"
    own.mkdir(parents=True)
    (own / "interpreters").symlink_to(remembered / "interpreters")
    kept, plans = remembered / "plans.msgpack", own / "plans.msgpack"
    if kept.exists():
        os.link(kept, plans)
    yield own.parent
    if plans.exists():
        plans.replace(kept)


@pytest.fixture
def sockmatrix(tmp_path: Path, caches: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Sockmatrix:
    """`sockmatrix("list", "-k", "tcp")` in an empty current folder, without a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches))

    def perform(*arguments: str) -> Ended:
        monkeypatch.setattr("sys.argv", ["sockmatrix", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, captured.out, captured.err)

    return perform


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder `scenarios` with two good scenarios, in the current folder."""
    for name, source in (("connect/refused", REFUSED), ("tcp/greeting", GREETING)):
        write_scenario(tmp_path, name, source)
    return tmp_path / "scenarios"


def write_scenario(folder: Path, name: str, source: str) -> Path:
    file = folder / "scenarios" / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, "utf-8")
    return file


def save(run: Run, folder: Path) -> Path:
    """A run made by hand, as files."""
    writer = RunWriter.create(folder, run.header, run.plans.values())
    for result in run.results.values():
        writer.append(result)
    if run.complete:
        writer.close()
    else:
        writer.abandon()
    return folder


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The small run, as the newest below sockmatrix-runs/."""
    save(small_run(), tmp_path / "sockmatrix-runs" / "2026-01-31T12-00-00.000000Z")
    return Path("sockmatrix-runs/2026-01-31T12-00-00.000000Z")
