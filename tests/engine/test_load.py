"""What a machine that has too much to do keeps back is given back to those who wait, and is never held against a target."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.engine.load import EVERY_SECONDS, Load, patiently, share_of_a_processor
from harness.records.run import Result
from tests.engine.playing import Stage, current, miniature

WAITS = """
limit: 0.2
needs: [ipv4]
steps:
  - server: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - server: s.bind((HOST, 0))
  - server: s.settimeout({0})
  - server: s.recv(1)
    raises: socket.timeout
"""


class Clock:
    """A machine whose time the test tells."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.share = 1.0
        self.load = Load(lambda: self.now, lambda: self.share)
        self.load.sample()

    def passes(self, seconds: float, share: float = 1.0, every: float = EVERY_SECONDS) -> None:
        """Let time pass, with a sample each `every` seconds."""
        self.share = share
        for _ in range(round(seconds / every)):
            self.now += every
            self.load.sample()


def test_a_machine_with_room_serves_all_the_time() -> None:
    clock = Clock()
    clock.passes(10)
    assert clock.load.served(10) == 10
    assert clock.load.more(10, 10) == 0
    assert clock.load.excuse(10, 10) == ""


def test_programs_that_share_a_processor_have_a_part_of_the_time() -> None:
    clock = Clock()
    clock.passes(10, share=0.5)
    assert clock.load.served(10) == 5
    assert clock.load.more(10, 10) == 5


def test_only_the_time_of_the_wait_counts() -> None:
    clock = Clock()
    clock.passes(60, share=0.1)
    clock.passes(10)
    assert clock.load.served(10) == 10


def test_a_wait_is_lengthened_until_it_was_served() -> None:
    clock = Clock()
    clock.passes(10, share=0.5)
    waited = 10.0
    while more := clock.load.more(10, waited):
        clock.passes(more, share=0.5)
        waited += more
    assert 19 <= waited <= 21
    assert clock.load.excuse(10, 30) == ""


def test_a_wait_is_lengthened_to_three_limits_and_no_more() -> None:
    clock = Clock()
    clock.passes(30, share=0.2)
    assert clock.load.more(10, 25) == 5
    assert clock.load.more(10, 30) == 0
    assert clock.load.excuse(10, 30) == "the machine was overloaded: in 30.0 s it let a program run for about 6.0 s"


def test_a_controller_that_was_kept_waiting_has_not_waited() -> None:
    clock = Clock()
    clock.passes(5)
    clock.passes(5, every=5)
    assert clock.load.served(10) == 10 - (5 - EVERY_SECONDS)


def test_a_controller_that_is_kept_waiting_now_has_not_waited_either() -> None:
    clock = Clock()
    clock.passes(4)
    clock.now += 6
    assert clock.load.served(10) == 10 - (6 - EVERY_SECONDS)


def test_before_the_first_sample_nobody_is_late() -> None:
    assert Load(lambda: 5.0).served(10) == 10


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("0.10 0.20 0.30 1/321 12345\n", 1.0),
        ("0.10 0.20 0.30 3/321 12345\n", 1.0),
        ("9.10 8.20 3.30 9/321 12345\n", 0.25),
        ("rubbish", 1.0),
    ],
)
def test_what_linux_tells(tmp_path: Path, text: str, share: float) -> None:
    (tmp_path / "loadavg").write_text(text)
    assert share_of_a_processor(tmp_path / "loadavg", 2) == share


def test_what_other_systems_do_not_tell(tmp_path: Path) -> None:
    assert share_of_a_processor(tmp_path / "none", 2) == 1.0


# ------------------------------------------------------------------------------------------------------ in a run


@pytest.fixture
def overloaded(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`overloaded(n)`: the machine keeps back all of the first `n` waits that pass three times their limit."""

    def begin(waits: int) -> None:
        excused: list[float] = []

        class Overloaded(Load):
            def more(self, limit: float, waited: float) -> float:
                return max(0.0, 3 * limit - waited) if len(excused) < waits else 0.0

            def excuse(self, limit: float, waited: float) -> str:
                if len(excused) >= waits:
                    return ""
                excused.append(waited)
                return "the machine was overloaded: a test says so"

        monkeypatch.setattr("harness.engine.run.Load", Overloaded)

    return begin


def play(folder: Path, scenario: str) -> Result:
    """The cell of a scenario that may hang."""
    run = Stage(folder).play([miniature("never_returns")], {"bad/misdeed": scenario})
    assert run.complete
    (result,) = run.results.values()
    return result


MISDEED = "limit: 0.2\nsteps:\n  - server: fill(666)\n    returns: fill(666)\n"


def test_a_wait_that_an_overloaded_machine_makes_longer_is_no_hang(tmp_path: Path, overloaded: Callable[[int], None]) -> None:
    overloaded(99)
    run = Stage(tmp_path).play([current()], {"good/waits": WAITS.format(0.4)})
    (result,) = run.results.values()
    assert (result.verdict, result.flaky, result.plays) == ("pass", (), ())


@pytest.mark.parametrize("waits", [1, 2])
def test_a_hang_on_an_overloaded_machine_is_played_again_until_somebody_knows(
    tmp_path: Path, overloaded: Callable[[int], None], waits: int
) -> None:
    overloaded(waits)
    result = play(tmp_path, MISDEED)
    assert (result.verdict, result.reason) == ("hang", "still under way after 0.2 s")
    assert result.flaky == ()
    assert result.volatile.late == waits


def test_a_machine_that_stays_overloaded_leaves_it_open(tmp_path: Path, overloaded: Callable[[int], None]) -> None:
    overloaded(99)
    result = play(tmp_path, MISDEED)
    assert result.verdict == "inconclusive"
    assert result.reason == "still under way after 0.2 s; the machine was overloaded: a test says so"
    assert result.trouble is not None
    assert result.trouble.kind == "inconclusive"
    assert result.volatile.late == 2


# ------------------------------------------------------------------------------------------------------- starts


def waited(monkeypatch: pytest.MonkeyPatch, share: float, seconds: float, limit: float) -> str:
    """Wait for something that comes after so many seconds, on a machine that gives everybody such a share."""

    async def wait() -> str:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str] = loop.create_future()
        loop.call_later(seconds, future.set_result, "here")
        return await patiently(future, limit)

    monkeypatch.setattr("harness.engine.load.share_of_a_processor", lambda: share)
    return asyncio.run(wait())


def test_what_comes_in_time_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, 1.0, 0.01, 60) == "here"


def test_what_an_overloaded_machine_delays_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, 0.001, 0.6, 0.3) == "here"


@pytest.mark.parametrize("share", [1.0, 0.001])
def test_but_not_for_ever(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    with pytest.raises(TimeoutError):
        waited(monkeypatch, share, 60, 0.2)
