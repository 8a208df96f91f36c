"""One run from order to folder: start all targets, play every cell, leave the evidence on disk. The main flow of Sockmatrix."""

import asyncio
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from harness import __version__
from harness.agents.program import PROTOCOL_VERSION
from harness.engine.batches import cut
from harness.engine.order import Observer, Order
from harness.engine.player import Player
from harness.records.plan import Plan
from harness.records.run import RUN_VERSION, Header, Result, TargetRecord
from harness.runs.folder import RunWriter


class Ledger:
    """Passes results on to the folder; those that come before the folder can be opened are kept until then."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._writer: RunWriter | None = None
        self._early: list[Result] = []

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
        if self._writer is not None:
            self._writer.close()


class Performance(Struct, frozen=True):
    """What a run came to, beside its folder."""

    header: Header


async def perform(order: Order, observer: Observer) -> Performance:
    """Play every plan on every cast. On interruption the agents are ended and the folder keeps what there was."""
    batches = {plan.id: cut(plan) for plan in order.plans}
    ledger = Ledger(observer)
    players = [Player(cast, order, batches, ledger.take) for cast in order.casts]
    observer.planned(len(players) * len(order.plans))
    try:
        records = await asyncio.gather(*(_prepare(player, observer) for player in players))
        header = _header(order, records)
        writer, done = _open_folder(order, header)
        ledger.open(writer)
        await asyncio.gather(*(player.play(_left(order.plans, player, done)) for player in players))
        ledger.close()
    finally:
        await asyncio.gather(*(player.close() for player in players))
    return Performance(header)


async def _prepare(player: Player, observer: Observer) -> TargetRecord:
    record = await player.prepare()
    player.last_failure = record.trouble
    observer.target(record)
    return record


def _open_folder(order: Order, header: Header) -> tuple[RunWriter, frozenset[tuple[str, str]]]:
    if order.resume:
        writer = RunWriter.resume(order.folder, header)
        return writer, writer.done
    return RunWriter.create(order.folder, header, order.plans), frozenset()


def _left(plans: Sequence[Plan], player: Player, done: frozenset[tuple[str, str]]) -> list[Plan]:
    return [plan for plan in plans if (plan.id, player.cast.id) not in done]


def _header(order: Order, records: Sequence[TargetRecord]) -> Header:
    return Header(
        run=RUN_VERSION,
        sockmatrix=__version__,
        protocol=PROTOCOL_VERSION,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        controller={"python": platform.python_version(), "system": sys.platform, "cores": os.cpu_count() or 0},
        options=order.options,
        targets=tuple(records),
        scenarios={plan.id: plan.digest for plan in order.plans},
        cells=len(records) * len(order.plans),
        skipped=order.skipped,
    )
