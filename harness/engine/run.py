"""One run from order to folder: start all targets, play every cell, leave the evidence on disk. The main flow of Sockmatrix."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from harness import __version__
from harness.agents.program import PROTOCOL_VERSION
from harness.engine.batches import cut
from harness.engine.crew import new_place
from harness.engine.order import Observer, Order
from harness.engine.player import Player
from harness.records.run import RUN_VERSION, Header, Result, TargetRecord
from harness.runs.folder import RunWriter


async def perform(order: Order, observer: Observer) -> None:
    """Play every plan on every cast. On interruption the agents are ended and the folder keeps what there was.

    Raises `RunError` where the folder cannot be used (found out before anything is played) or the disk fails.
    """
    batches = {plan.id: cut(plan) for plan in order.plans}
    writer = _open_folder(order)
    place = new_place()

    def take(result: Result) -> None:
        writer.append(result)
        observer.result(result)

    players = [Player(cast, order, batches, take, place) for cast in order.casts]
    observer.planned(len(players) * len(order.plans) - len(writer.done))
    try:
        await _play_all(order, players, writer, observer)
        writer.close()
    finally:
        writer.abandon()
        await asyncio.gather(*(player.close() for player in players), return_exceptions=True)
        shutil.rmtree(place, ignore_errors=True)


def _open_folder(order: Order) -> RunWriter:
    """The folder takes results from the first moment; facts are added to its header when all targets have started."""
    if order.resume:
        return RunWriter.resume(order.folder, _digests(order), [cast.id for cast in order.casts], PROTOCOL_VERSION)
    targets = tuple(TargetRecord(cast.id, cast.name) for cast in order.casts)
    return RunWriter.create(order.folder, _header(order, targets), order.plans)


async def _play_all(order: Order, players: Sequence[Player], writer: RunWriter, observer: Observer) -> None:
    """Each target plays as soon as it has started."""
    started = {player.cast.id: asyncio.create_task(_prepare(player, observer)) for player in players}

    async def play(player: Player) -> None:
        await started[player.cast.id]
        await player.play([plan for plan in order.plans if (plan.id, player.cast.id) not in writer.done])

    async def add_facts() -> None:
        writer.introduce(tuple(await asyncio.gather(*started.values())))

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(add_facts())
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
