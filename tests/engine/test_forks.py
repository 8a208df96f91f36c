"""Scenarios with a process of their own: each gets a fork. What goes wrong in one: test_misdeeds.py."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.agents import agent
from harness.engine import player
from harness.engine.connection import Connection
from harness.engine.crew import Crew
from harness.engine.faults import AgentDied
from harness.engine.forks import ForkHost, Forks
from harness.engine.player import OWN_AT_ONCE
from harness.hosts.ground import LocalGround
from harness.hosts.local import LocalHost
from harness.reports.summary_text import lost_forks_words
from tests.engine.playing import Stage, current, miniature, verdicts

pytestmark = pytest.mark.skipif(not agent.FORKS, reason="agents fork on Linux only")

OWN = {
    f"own/one_{number:02}": f"process: own\nsteps:\n  - server: len(fill({number}))\n    returns: {number}\n  - server: os.umask(63)\n"
    for number in range(12)
}
"""Each leaves its process in another state, so that it cannot be the next one's."""
TWO_ROLES = {
    "own/two": """
process: own
needs: [ipv4]
steps:
  - server: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - server: s.bind((HOST, 0))
  - server: address = s.getsockname()
  - client: c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: c.sendto(b"x", address)
    returns: 1
  - server: s.recv(9)
    returns: b"x"
"""
}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets whose interpreters were started, one entry for each start."""
    names: list[str] = []
    start = LocalHost.open

    async def counted(self: LocalHost, listener: object) -> object:
        names.append(self.spec.id)
        return await start(self, listener)  # type: ignore[arg-type]  # whoever listens

    monkeypatch.setattr(LocalHost, "open", counted)
    return names


def test_a_process_of_its_own_costs_a_fork(tmp_path: Path, started: list[str]) -> None:
    run = Stage(tmp_path).play([current()], OWN | TWO_ROLES)
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert len(run.results) == len(OWN) + 1
    assert len(started) <= 1 + OWN_AT_ONCE + 2  # one that carries many, those that fork, and those of a second place


def test_a_second_play_is_in_a_process_that_was_started_for_it(tmp_path: Path, started: list[str]) -> None:
    bad = {"own/wrong": "process: own\nsteps:\n  - server: len(b'before')\n    returns: 7\n"}
    run = Stage(tmp_path).play([current()], bad)
    assert verdicts(run, "here") == {"own/wrong": "fail"}
    assert len(started) == 3  # one that carries many, one that forked, and the second play's


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("cannot_fork", "ended before its hello: it could not fork: BlockingIOError: [Errno 11] Resource temporarily unavailable"),
        ("dies_when_it_forks", "ended before its hello: exit status 7"),
    ],
)
def test_an_agent_that_cannot_fork_after_all_costs_no_verdict_and_is_told(tmp_path: Path, name: str, trouble: str) -> None:
    run = Stage(tmp_path).play([miniature(name), current()], OWN)
    assert verdicts(run, name) == dict.fromkeys(OWN, "pass")
    record, other = run.header.targets
    assert record.lost_forks == len(OWN)
    assert record.fork_trouble.startswith(trouble)
    assert (other.lost_forks, other.fork_trouble) == (0, "")


@pytest.mark.parametrize(
    ("deaths", "lost"),
    [([0], 1), ([0, 2, 4, 6], 4), ([3, 4], 2 + len(OWN) - 5)],
    ids=["one", "every other", "two in a row"],
)
def test_a_fork_that_was_lost_is_no_reason_to_fork_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: Sequence[int], lost: int
) -> None:
    monkeypatch.setattr(player, "OWN_AT_ONCE", 1)
    run = Stage(tmp_path).play([miniature("dies_at_some_forks", str(tmp_path), ",".join(map(str, deaths)))], OWN)
    assert verdicts(run, "dies_at_some_forks") == dict.fromkeys(OWN, "pass")
    record = run.header.targets[0]
    assert (record.lost_forks, record.fork_trouble) == (lost, "ended before its hello: exit status 7")
    assert not any(result.flaky for result in run.results.values())


def test_forks_that_are_lost_at_the_same_time_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[asyncio.Future[None]] = []

    async def opened(host: ForkHost, *, single: bool) -> object:
        tried.append(asyncio.get_running_loop().create_future())
        await tried[-1]
        return object()

    async def lose(forks: Forks, count: int) -> None:
        tried.clear()
        forking = [asyncio.create_task(forks.fork(0, 0, single=True)) for _ in range(count)]
        await asyncio.sleep(0)
        for number, each in enumerate(tried):
            each.set_exception(AgentDied(f"the {number}th of {count}"))
        assert set(await asyncio.gather(*forking)) == {None}

    async def live() -> None:
        forks = Forks(LocalGround([current()], ""))
        await lose(forks, OWN_AT_ONCE)
        assert len(tried) == OWN_AT_ONCE
        await lose(forks, OWN_AT_ONCE)
        assert len(tried) == OWN_AT_ONCE
        await lose(forks, 1)
        assert not tried  # nobody tries any more
        assert forks.trouble == f"the 0th of {OWN_AT_ONCE}"

    monkeypatch.setattr(Connection, "open", opened)
    asyncio.run(live())


class HostThatForks:
    """Forks its agents unless it is told to start them."""

    pipe = False
    agent = "python"
    interpreter = ""
    starts = 1
    lost_starts = 0
    slow = 1.0

    def __init__(self, trouble: str) -> None:
        self.fresh = False
        self.fork_trouble = ""
        self.trouble = trouble


@pytest.mark.parametrize("started", [False, True])
def test_a_crew_for_second_plays_has_its_processes_started(monkeypatch: pytest.MonkeyPatch, started: bool) -> None:
    hosts = [HostThatForks("Cannot allocate memory"), HostThatForks("")]
    ground: Any = SimpleNamespace(host=lambda place: hosts[place], key=lambda place: place, home=lambda place: place)

    async def opened(host: HostThatForks, *, single: bool) -> object:
        host.fork_trouble = "" if host.fresh else host.trouble
        return SimpleNamespace(is_fit=lambda: True)

    monkeypatch.setattr(Connection, "open", opened)

    async def live() -> Crew:
        crew = Crew(ground, started=started)
        for place in range(len(hosts)):
            await crew.at(place)
        return crew

    crew = asyncio.run(live())
    assert [host.fresh for host in hosts] == [started, started]
    assert crew.forks.trouble == ("" if started else "Cannot allocate memory")
    assert crew.forks.taken() == (0 if started else 1)  # what could not be forked is told, as it was started instead


def test_the_summary_says_how_many_processes_did_for_forks() -> None:
    assert lost_forks_words(0, "") == []
    assert lost_forks_words(1, "no memory") == ["1 process was started because an agent could not fork: no memory"]
    assert lost_forks_words(12, "no memory") == ["12 processes were started because an agent could not fork: no memory"]


def test_an_agent_that_does_not_say_that_it_forks_is_not_asked(tmp_path: Path, started: list[str]) -> None:
    run = Stage(tmp_path).play([miniature("does_not_fork")], OWN)
    assert verdicts(run, "does_not_fork") == dict.fromkeys(OWN, "pass")
    assert len(started) == 1 + len(OWN)
