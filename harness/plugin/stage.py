"""Play cells in a thread of their own, some of them before their turn, so that waiting overlaps. Knows nothing of pytest.

The thread has the event loop of the engine: agents are answered while the main thread reports, sits in a debugger, or runs other tests.
"""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar

from msgspec import Struct

from harness.engine.order import Cast
from harness.engine.standing import Standing
from harness.gates.known import by_scenario, known_for
from harness.records.known import Known
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord

T = TypeVar("T")

LOOK_SECONDS = 0.5
"""Between two looks whether somebody wants to interrupt: not every system lets a waiting thread be woken for that."""
CLOSE_SECONDS = 30.0


class Cell(Struct, frozen=True):
    """A scenario on a target."""

    plan: Plan
    target: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for what would be played the same."""
        return self.plan.id, self.plan.digest, self.target


class Settled(Struct, frozen=True):
    """What came of a cell."""

    result: Result | None
    """None: it is known that it must not be played."""
    record: TargetRecord
    known: Known | None = None
    """The entry of the settings that speaks of the cell."""


class Stage:
    """The targets of this process. They are started when they are first needed."""

    def __init__(self, casts: Sequence[Cast], known: Sequence[Known] = (), *, jobs: int = 8) -> None:
        self._casts = tuple(casts)
        self._known = by_scenario(tuple(known))
        self._jobs = jobs
        self._begun: dict[tuple[str, str, str], Future[Settled]] = {}
        self._thread: threading.Thread | None = None
        self._up = threading.Event()
        self._closed = False

    def look_ahead(self, cells: Iterable[Cell]) -> None:
        """Begin what will be asked for next."""
        for cell in cells:
            self._begin(cell)

    def settle(self, cell: Cell) -> Settled:
        """What comes of a cell: waits for it. Asked a second time, it is played a second time."""
        begun = self._begin(cell)
        try:
            return _wait_for(begun)
        finally:
            self._begun.pop(cell.key, None)

    def record(self, target: str) -> TargetRecord:
        """What a target says of itself; starts it."""
        self._start()
        return _wait_for(asyncio.run_coroutine_threadsafe(self._standing.record(target), self._loop))

    def known_record(self, target: str) -> TargetRecord:
        """What is known of a target by now."""
        return self._standing.known(target)

    def close(self) -> None:
        """Give up what is under way, and end all agents. Nothing can be played afterwards."""
        self._closed = True
        if self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(CLOSE_SECONDS)
        self._thread = None

    def _begin(self, cell: Cell) -> "Future[Settled]":
        if cell.key not in self._begun:
            self._start()
            self._begun[cell.key] = asyncio.run_coroutine_threadsafe(self._play(cell), self._loop)
        return self._begun[cell.key]

    def _start(self) -> None:
        if self._closed:
            raise RuntimeError("the session is over: nothing is played any more")
        if self._thread is None:
            self._thread = threading.Thread(target=lambda: asyncio.run(self._stand()), name="sockmatrix", daemon=True)
            self._thread.start()
        self._up.wait()

    # -- in the thread

    async def _stand(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._plays: set[asyncio.Task[Settled]] = set()
        self._standing = Standing(self._casts, jobs=self._jobs)
        self._up.set()
        try:
            await self._over.wait()
        finally:
            for play in self._plays:
                play.cancel()
            await asyncio.gather(*self._plays, return_exceptions=True)
            await self._standing.close()

    async def _play(self, cell: Cell) -> Settled:
        task = asyncio.current_task()
        assert task is not None
        self._plays.add(task)
        task.add_done_callback(self._plays.discard)
        record = await self._standing.record(cell.target)
        entry = self._entry(cell, record, "")
        if entry is not None and entry.kind == "skip":
            return Settled(None, record, entry)
        result = await self._standing.play(cell.target, cell.plan)
        record = self._standing.known(cell.target)
        return Settled(result, record, self._entry(cell, record, result.ground))

    def _entry(self, cell: Cell, record: TargetRecord, ground: str) -> Known | None:
        return known_for(self._known, cell.plan.id, record.own_facts_on(ground))


def _wait_for(future: "Future[T]") -> T:
    while True:
        try:
            return future.result(LOOK_SECONDS)
        except NotYet:
            if future.done():
                raise
        except CancelledError:
            raise RuntimeError("the session is over: what was under way was given up") from None
