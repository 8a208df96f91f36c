"""One run from order to folder: start all targets, play every cell, leave the evidence on disk. The main flow of Sockmatrix."""

import asyncio
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from harness import __version__
from harness.agents.program import PROTOCOL_VERSION
from harness.engine.batches import cut
from harness.engine.order import Observer, Order
from harness.engine.player import Player
from harness.records.run import RUN_VERSION, Header, Result, TargetRecord
from harness.runs.folder import RunWriter, claim

Cells = frozenset[tuple[str, str]]


class Ledger:
    """Passes results on to the folder; those that come before the folder can be opened are kept until then."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._writer: RunWriter | None = None
        self._early: list[Result] = []

    @property
    def done(self) -> Cells:
        """Cells that an earlier part of the run has played."""
        return self._writer.done if self._writer is not None else frozenset()

    def open(self, writer: RunWriter) -> None:
        """From now on results go to disk as they come."""
        self._writer = writer
        for result in self._early:
            writer.append(result)
        self._early.clear()

    def take(self, result: Result) -> None:
        """One cell is done."""
        if self._writer is None:
            self._early.append(result)
        else:
            self._writer.append(result)
        self._observer.result(result)

    def close(self) -> None:
        """All cells are done."""
        assert self._writer is not None
        self._writer.close()
        self._writer = None

    def abandon(self) -> None:
        """The run ends here, done or not."""
        if self._writer is not None:
            self._writer.abandon()


async def perform(order: Order, observer: Observer) -> None:
    """Play every plan on every cast. On interruption the agents are ended and the folder keeps what there was.

    Raises `RunError` where the folder cannot be used (found out before anything is played) or the disk fails.
    """
    batches = {plan.id: cut(plan) for plan in order.plans}
    ledger = Ledger(observer)
    if order.resume:
        ledger.open(RunWriter.resume(order.folder, _digests(order), [cast.id for cast in order.casts], PROTOCOL_VERSION))
    else:
        claim(order.folder)
    players = [Player(cast, order, batches, ledger.take) for cast in order.casts]
    observer.planned(len(players) * len(order.plans) - len(ledger.done))
    try:
        await _play_all(order, players, ledger, observer)
        ledger.close()
    finally:
        ledger.abandon()
        await asyncio.gather(*(player.close() for player in players), return_exceptions=True)


async def _play_all(order: Order, players: Sequence[Player], ledger: Ledger, observer: Observer) -> None:
    """Each target plays as soon as it has started; the folder is opened when all have, since its header has their facts."""
    started = {player.cast.id: asyncio.create_task(_prepare(player, observer)) for player in players}

    async def play(player: Player) -> None:
        await started[player.cast.id]
        await player.play([plan for plan in order.plans if (plan.id, player.cast.id) not in ledger.done])

    async def open_folder() -> None:
        records = await asyncio.gather(*started.values())
        if not order.resume:
            ledger.open(RunWriter.create(order.folder, _header(order, records), order.plans))

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(open_folder())
            for player in players:
                group.create_task(play(player))
    except ExceptionGroup as several:
        raise several.exceptions[0] from None


async def _prepare(player: Player, observer: Observer) -> TargetRecord:
    record = await player.prepare()
    player.last_failure = record.trouble
    observer.target(record)
    return record


def _header(order: Order, records: Sequence[TargetRecord]) -> Header:
    return Header(
        run=RUN_VERSION,
        sockmatrix=__version__,
        protocol=PROTOCOL_VERSION,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        controller={"python": platform.python_version(), "system": sys.platform, "cores": os.cpu_count() or 0},
        options=order.options,
        targets=tuple(records),
        scenarios=_digests(order),
        cells=len(records) * len(order.plans),
        skipped=order.skipped,
    )


def _digests(order: Order) -> dict[str, str]:
    return {plan.id: plan.digest for plan in order.plans}
