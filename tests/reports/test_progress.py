"""How a run is told while it goes, without a terminal."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.records.run import TargetRecord
from harness.reports import progress
from harness.reports.progress import LiveProgress, PlainProgress, count_done, watching
from tests.reports.making import NEW, TARGETS, refused_on


def test_a_log_gets_a_line_for_each_target_and_each_tenth() -> None:
    stream = io.StringIO()
    observer = PlainProgress(stream, lambda: 0).observer()
    observer.planned(20)
    observer.target(TARGETS[1])
    observer.target(TARGETS[2])
    observer.target(TargetRecord("cmd:nothing", "cmd:nothing", None, "nothing: No such file\x1b"))
    for number in range(4):
        observer.result(refused_on(NEW, "fail" if number == 2 else "pass"))
    assert stream.getvalue().splitlines() == [
        "20 cells to play",
        "cpython-3.12.1: started",
        "pypy-3.9.16: started (pypy 3.9.16)",
        r"cmd:nothing: could not be started: nothing: No such file\x1b",
        "2/20 cells (10 %)",
        "4/20 cells (20 %), 1 fail",
    ]


def test_few_cells_are_told_once_each() -> None:
    stream = io.StringIO()
    observer = PlainProgress(stream, lambda: 0).observer()
    observer.planned(1)
    observer.result(refused_on(NEW))
    assert stream.getvalue() == "1 cell to play\n1/1 cells (100 %)\n"


def test_what_an_interrupted_run_has_already_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.jsonl").write_bytes(b'{"a": 1}\n{"a": 2}\n{"footer": 2}\n{"torn')
    assert count_done(tmp_path) == 2
    with watching(tmp_path, quiet=False) as observer:
        # One of them is an error and will be played again: the engine puts it aside.
        (tmp_path / "results.jsonl").write_bytes(b'{"a": 1}\n')
        observer.planned(2)
        observer.result(refused_on(NEW))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "2 cells to play, 1 done before\n2/3 cells (60 %)\n"


def test_nothing_is_said_when_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with watching(tmp_path, quiet=True) as observer:
        observer.planned(4)
        observer.target(TARGETS[0])
        observer.result(refused_on(NEW))
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    bar = progress._bar()
    bar.live.console = Console(file=stream, force_terminal=True, width=80)
    live = LiveProgress(bar, lambda: 1)
    with bar:
        observer = live.observer()
        observer.planned(3)
        observer.target(TARGETS[1])
        observer.result(refused_on(NEW, "hang"))
        bar.refresh()
    shown = stream.getvalue()
    assert "cpython-3.12.1: started" in shown
    assert "2/4" in shown
    assert "1 hang" in shown
    assert shown.rstrip().endswith("\x1b[2K")
