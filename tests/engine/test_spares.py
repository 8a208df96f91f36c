"""Processes that are as they were when they started carry the next scenario that wants one of its own; any other one ends."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from harness.agents import agent
from harness.engine.connection import Connection
from harness.hosts.process import Host
from harness.language.vocabulary import PROCESS_WIDE_HELPERS, PROCESS_WIDE_MEMBERS
from tests.engine.playing import Stage, current, miniature, verdicts

HARMLESS = """
process: own
steps:
  - server: first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - server: first.close()
"""
MASK = """
process: own
steps:
  - server: os.umask(63)
    returns: 18
"""
PLAYS = 4


def _state() -> object:
    return agent.state_of_process()  # type: ignore[no-untyped-call]  # it runs on Python 2.7 too


pytestmark = pytest.mark.skipif(_state() is None or os.name == "nt", reason="not all of this process can be seen here")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    """The agents that were started, or forked, for scenarios with a process of their own."""
    found: list[Connection] = []
    start = Connection.open.__func__  # type: ignore[attr-defined]  # of a class method

    async def counted(cls: type[Connection], host: Host, *, single: bool) -> Connection:
        opened: Connection = await start(cls, host, single=single)
        if single and type(host).__name__ != "_Between":  # what only divides itself carries nothing
            found.append(opened)
        return opened

    monkeypatch.setattr(Connection, "open", classmethod(counted))
    return found


@pytest.fixture(autouse=True)
def mask() -> Iterator[None]:
    """Agents inherit it."""
    before = os.umask(0o22)
    yield
    os.umask(before)


@contextmanager
def umask_of_63() -> Iterator[None]:
    before = os.umask(0o77)
    yield
    os.umask(before)


@contextmanager
def default_timeout_of_5() -> Iterator[None]:
    socket.setdefaulttimeout(5)
    yield
    socket.setdefaulttimeout(None)


@contextmanager
def open_descriptor() -> Iterator[None]:
    with socket.socket():
        yield


@contextmanager
def alarm_to_come() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_REAL, 3600)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def handled_alarm() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGALRM, before)


@contextmanager
def less_room() -> Iterator[None]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[0] - 1, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def thread_under_way() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    yield
    end.set()
    thread.join()


def test_what_changed_nothing_leaves_its_process_to_the_next_one(tmp_path: Path, alone: list[Connection]) -> None:
    run = Stage(tmp_path).play([current()], {"own/harmless": HARMLESS}, repeat=PLAYS)
    assert verdicts(run, "here") == {"own/harmless": "pass"}
    assert len(alone) == 1


def test_what_changed_its_process_leaves_it_to_nobody(tmp_path: Path, alone: list[Connection]) -> None:
    run = Stage(tmp_path).play([current()], {"own/mask": MASK}, repeat=PLAYS)
    assert verdicts(run, "here") == {"own/mask": "pass"}
    assert len(alone) == PLAYS


def test_what_does_not_come_out_well_in_a_used_process_is_not_believed(tmp_path: Path, alone: list[Connection]) -> None:
    run = Stage(tmp_path).play([miniature("says_that_nothing_changed")], {"own/mask": MASK}, repeat=PLAYS)
    (result,) = run.results.values()
    assert (result.verdict, result.flaky) == ("pass", ())
    assert len(alone) == PLAYS


def test_a_second_play_is_in_a_process_of_its_own(tmp_path: Path, alone: list[Connection]) -> None:
    wrong = {"own/wrong": HARMLESS + "  - server: len('four')\n    returns: 5\n"}
    run = Stage(tmp_path).play([current()], {"own/harmless": HARMLESS} | wrong)
    assert verdicts(run, "here") == {"own/harmless": "pass", "own/wrong": "fail"}
    assert len(alone) in (3, 4)  # two that may play at the same time, or one after the other; what was wrong; and again


@pytest.mark.parametrize(
    "change",
    [umask_of_63, default_timeout_of_5, open_descriptor, alarm_to_come, handled_alarm, less_room, thread_under_way],
)
def test_what_a_scenario_can_change_is_seen(change: Callable[[], AbstractContextManager[None]]) -> None:
    before = _state()
    assert before is not None
    with change():
        assert _state() != before
    assert _state() == before


def test_every_word_of_the_language_that_changes_a_process_is_looked_at() -> None:
    """Whoever adds one has to add what it changes to `state_of_process`."""
    looked_at = {
        "alarm": "the handler, the timer, threads",
        "alarms": "changes nothing",
        "inherited": "a child that has ended",
        "spare_descriptors": "the limit of descriptors, descriptors",
        "socket.setdefaulttimeout": "the default timeout",
        "os.umask": "the umask",
    }
    assert {*PROCESS_WIDE_HELPERS, *PROCESS_WIDE_MEMBERS} == set(looked_at)
