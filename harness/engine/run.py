"""One run from order to folder: start all targets, play every cell, leave the evidence on disk. The main flow of Sockmatrix."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

from msgspec import structs

from harness import __version__
from harness.agents.program import PROTOCOL_VERSION
from harness.engine.batches import cut
from harness.engine.crew import Agents, new_place
from harness.engine.load import Load
from harness.engine.order import Cast, Observer, Order
from harness.engine.player import Player, record_of
from harness.gates.known import excuses
from harness.hosts.grounds import Containers, Grounds, new_run
from harness.records.run import RUN_VERSION, Header, Result, TargetRecord
from harness.runs.folder import RunWriter

AT_ONCE = 6 * (os.cpu_count() or 1)
"""Targets that play at the same time: enough that processors have something to do while others wait. Too many make each other
late, and cells that are late are played again."""
WRITE_SECONDS = 0.2
"""How long a header waits for more that is new."""


async def perform(order: Order, observer: Observer) -> None:
    """Play every plan on every cast. On interruption the agents are ended and the folder keeps what there was.

    Raises `RunError` where the folder cannot be used (found out before anything is played) or the disk fails.
    """
    batches = {plan.id: cut(plan) for plan in order.plans}
    writer = _open_folder(order)
    order = structs.replace(order, known=writer.header.known)
    place = new_place()
    containers = Containers(new_run(), observer.told)
    register = _Register(writer, order)
    agents: Agents = {}
    load = Load()
    many_pairs = sum(cast.is_pair for cast in order.casts) > 1

    def take(result: Result) -> None:
        writer.append(result)
        observer.result(result)

    def player(cast: Cast) -> Player:
        grounds = Grounds(cast.specs, cast.condition, place, containers, shares=many_pairs and cast.is_pair, helped=cast.helped)
        return Player(cast, order, batches, take, register.add, grounds, agents, load)

    players = [player(cast) for cast in order.casts]
    observer.planned(writer.header.cells - len(writer.done))
    watching = asyncio.create_task(load.watch())
    try:
        await _play_all(order, players, writer, register, observer)
        register.flush()
        writer.close()
    finally:
        watching.cancel()
        register.flush()
        writer.abandon()
        await asyncio.gather(*(player.close() for player in players), return_exceptions=True)
        await asyncio.gather(containers.close(), return_exceptions=True)
        shutil.rmtree(place, ignore_errors=True)


def _open_folder(order: Order) -> RunWriter:
    """The folder takes results from the first moment; facts are added to its header when all targets have started."""
    if order.resume:
        targets_now = [cast.id for cast in order.casts]
        return RunWriter.resume(order.folder, _digests(order), targets_now, PROTOCOL_VERSION, (order.job, order.shard))
    targets = tuple(record_of(cast) for cast in order.casts)
    return RunWriter.create(order.folder, _header(order, targets), order.plans)


class _Register:
    """What targets say of themselves, into the run's header; several that come together are written together."""

    def __init__(self, writer: RunWriter, order: Order) -> None:
        self.writer = writer
        self._known = {target.id: target for target in writer.header.targets}
        """Of the run that is gone on with, or as good as nothing."""
        self.records = {cast.id: self._known.get(cast.id) or record_of(cast) for cast in order.casts}
        self._waiting: asyncio.TimerHandle | None = None

    def add(self, record: TargetRecord) -> None:
        """Keep what a target says; what an interrupted run knew of other grounds stays known, and what it had lost stays lost."""
        known = self._known[record.id]
        self.records[record.id] = structs.replace(
            record,
            grounds={**self.records[record.id].grounds, **record.grounds},
            lost_starts=known.lost_starts + record.lost_starts,
            lost_hosts=known.lost_hosts + record.lost_hosts,
            lost_forks=known.lost_forks + record.lost_forks,
            fork_trouble=known.fork_trouble or record.fork_trouble,
        )
        self._soon()

    def _soon(self) -> None:
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_later(WRITE_SECONDS, self.flush)

    def excuse(self, target: str, reasons: Mapping[str, str]) -> None:
        """Scenarios that are not played on a target, because a known entry says so."""
        self.writer.excuse(target, reasons)
        self._soon()

    def flush(self) -> None:
        """Write what is new."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            self.writer.introduce(tuple(self.records.values()))


async def _play_all(order: Order, players: Sequence[Player], writer: RunWriter, register: _Register, observer: Observer) -> None:
    """Each target plays as soon as it has started, those first that take longest."""
    places = asyncio.Semaphore(AT_ONCE)

    async def play(player: Player) -> None:
        # Pairs share their agents, and so do not add up.
        async with nullcontext() if player.cast.is_pair else places:
            await play_now(player)

    async def play_now(player: Player) -> None:
        record = await player.prepare()
        register.add(record)
        observer.target(record)
        elsewhere = frozenset(writer.header.unplanned.get(player.cast.id, ()))
        plans = [plan for plan in order.plans if plan.id not in elsewhere and (plan.id, player.cast.id) not in writer.done]
        excused = excuses(writer.header.known, [plan.id for plan in plans], record.own_facts_on(""))
        if excused:
            register.excuse(record.id, excused)
            observer.excused(len(excused))
        await player.play([plan for plan in plans if plan.id not in excused])

    try:
        async with asyncio.TaskGroup() as group:
            for player in sorted(players, key=Player.seems_long, reverse=True):
                player.quiet = []
                group.create_task(play(player))
        for player in players:
            await player.play_late()
    except ExceptionGroup as several:
        raise several.exceptions[0] from None


def _header(order: Order, records: Sequence[TargetRecord]) -> Header:
    elsewhere = tuple(plan.id for plan in order.plans if plan.id in order.left_out)
    return Header(
        run=RUN_VERSION,
        sockmatrix=__version__,
        protocol=PROTOCOL_VERSION,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        controller={"python": platform.python_version(), "system": sys.platform, "cores": os.cpu_count() or 0},
        options=order.options,
        targets=tuple(records),
        scenarios=_digests(order),
        cells=len(records) * (len(order.plans) - len(elsewhere)),
        skipped=order.skipped,
        job=order.job,
        shard=order.shard,
        known=order.known,
        unplanned={record.id: elsewhere for record in records} if elsewhere else {},
    )


def _digests(order: Order) -> dict[str, str]:
    return {plan.id: plan.digest for plan in order.plans}
