"""What the first process of a container says, by lines, however they come."""

import asyncio

import pytest

from harness.hosts.keeper import Keeper
from harness.hosts.process import CannotStart, Loss


async def _killed() -> Loss | None:
    return Loss("it", "killed by SIGKILL")


async def _running() -> Loss | None:
    return None


def test_lines_are_told_whole_however_they_come() -> None:
    async def story() -> list[str]:
        keeper = Keeper(_running)
        for piece in (b"one\ntw", b"o", b"\n\nth", b"ree\nrest"):
            keeper.output(piece)
        keeper.errors(b"of no interest\n")
        return [await keeper.line() for _ in range(4)]

    assert asyncio.run(story()) == ["one", "two", "", "three"]


def test_one_that_has_ended_says_how_each_time_that_it_is_asked() -> None:
    async def story() -> None:
        keeper = Keeper(_killed)
        keeper.output(b"last words\n")
        keeper.ended()
        assert await keeper.line() == "last words"
        for _ in range(2):
            with pytest.raises(CannotStart, match=r"^the first process of a container has ended: killed by SIGKILL$"):
                await keeper.line()

    asyncio.run(story())


def test_one_whose_output_ends_while_it_runs() -> None:
    async def story() -> None:
        keeper = Keeper(_running)
        keeper.ended()
        with pytest.raises(CannotStart, match=r"has ended: its output ended$"):
            await keeper.line()

    asyncio.run(story())


def test_one_that_says_nothing_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.hosts.keeper.PATIENCE_SECONDS", 0.05)

    async def story() -> None:
        with pytest.raises(CannotStart, match=r"^the first process of a container said nothing for 0\.1 s$"):
            await Keeper(_running, slow=2.0).line()

    asyncio.run(story())
