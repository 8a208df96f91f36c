"""Takes runs into a history, each once, in any order; and takes them out again. Tells nothing of what it finds."""

import re
import zlib
from collections.abc import Collection, Hashable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from harness.comparing.behaviours import SILENT
from harness.comparing.outcomes import timings, yardsticks
from harness.comparing.targets import Stand, counterparts, platform, stands
from harness.history.database import Database
from harness.history.line import Edit, Line, Moment, edited, in_force, put_in, take_out
from harness.history.sights import agree, changes, encoded
from harness.records.baseline import Sight
from harness.records.history import Taken
from harness.records.plan import Plan
from harness.records.run import Result
from harness.runs.folder import Run

Cell = tuple[int, int]
"""Topic and track."""

_PACKING = 1
"""The texts are short: more effort makes them hardly smaller."""
_json = msgspec.json.Encoder(order="sorted")


class Identity(Struct, frozen=True):
    """By which a run is known again, wherever its folder is."""

    digest: bytes
    """Of when, where and of what it was begun: stays while the run goes on."""
    content: bytes
    """Of what it came to."""


def identity(run: Run) -> Identity:
    """The same for every copy of a run."""
    header = run.header
    part = (header.job, header.shard) if header.job or header.shard else ()
    begun = (header.started, header.controller, header.options, header.scenarios, [target.id for target in header.targets], *part)
    content = sha256()
    for key in sorted(run.results):
        content.update(_json.encode(run.results[key]))
    return Identity(_digest(_json.encode(begun)), content.digest()[:16])


def _digest(data: bytes) -> bytes:
    return sha256(data).digest()[:16]


def take(database: Database, run: Run) -> Taken:
    """Add a run: all of it or nothing. One that is there already is left as it is. Raises `KeptError`."""
    known = identity(run)
    folder = run.folder.as_posix()
    with database.writing():
        same, unfinished = _known(database, known, run)
        if same is not None:
            return Taken(folder, "known", same)
        if unfinished is not None:
            _remove(database, unfinished)
        number, turns = _Taking(database, run, known).perform()
    return Taken(folder, "added" if unfinished is None else "renewed", number, turns)


def remove(database: Database, numbers: Collection[int]) -> list[int]:
    """Take runs out, as if they had never been added: all or none. The numbers of which there is no run. Raises `KeptError`."""
    with database.writing():
        there = {number for (number,) in database.rows("SELECT id FROM runs")}
        absent = [number for number in numbers if number not in there]
        for number in () if absent else dict.fromkeys(numbers):
            _remove(database, number)
    return absent


def _known(database: Database, known: Identity, run: Run) -> tuple[int | None, int | None]:
    """The number of this run, if it is there as it is or fuller; else of what it was when it said less."""
    rows = database.rows("SELECT id, content, complete, cells - silent FROM runs WHERE digest = ? ORDER BY id", (known.digest,))
    fullness = (run.complete, run.header.cells - _silent_of(run))
    is_whole = run.complete and not _silent_of(run)
    for number, content, complete, telling in rows:
        # Two whole runs that are not the same only began alike.
        if content == known.content or (not is_whole and fullness <= (bool(complete), telling)):
            return number, None
    return None, next((number for number, _, complete, telling in rows if (bool(complete), telling) < fullness), None)


def _silent_of(run: Run) -> int:
    """How many of its cells say nothing of their target."""
    return len(run.missing) + sum(result.verdict in SILENT for result in run.results.values())


class _Presence:
    """Which runs have which cells."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._topics: dict[int, frozenset[int]] = {}
        self._moments: dict[int, list[tuple[Moment, int]]] = {}

    def following(self, cell: Cell, moment: Moment) -> Moment | None:
        """The next run that says something of a cell."""
        topic, track = cell
        for at, layout in self._of_track(track):
            if at > moment and topic in self._of_layout(layout) and not self._is_silent(at[1], cell):
                return at
        return None

    def _of_track(self, track: int) -> list[tuple[Moment, int]]:
        if track not in self._moments:
            query = "SELECT started, id, layout FROM stands JOIN runs ON runs.id = run WHERE track = ? ORDER BY started, id"
            self._moments[track] = [((started, number), layout) for started, number, layout in self.database.rows(query, (track,))]
        return self._moments[track]

    def _of_layout(self, layout: int) -> frozenset[int]:
        if layout not in self._topics:
            query = "SELECT topic FROM layout_scenarios JOIN scenarios ON scenarios.id = scenario WHERE layout = ?"
            self._topics[layout] = frozenset(topic for (topic,) in self.database.rows(query, (layout,)))
        return self._topics[layout]

    def _is_silent(self, number: int, cell: Cell) -> bool:
        topic, track = cell
        return self.database.one("SELECT 1 FROM silent WHERE track = ? AND topic = ? AND run = ?", (track, topic, number)) is not None


def _lines(database: Database) -> dict[Cell, Line]:
    """The lines of all cells."""
    found: dict[Cell, Line] = {}
    query = "SELECT topic, track, started, id, outcome FROM turns JOIN runs ON runs.id = run ORDER BY started, id"
    for topic, track, started, number, outcome in database.rows(query):
        found.setdefault((topic, track), []).append(((started, number), outcome))
    return found


def _store(database: Database, cell: Cell, line: Line, edit: Edit) -> None:
    """Write an edit of a cell's line."""
    after = edited(line, edit)
    database.many("DELETE FROM turns WHERE topic = ? AND track = ? AND run = ?", [(*cell, number) for _, number in edit.removed])
    database.many("INSERT INTO turns VALUES (?, ?, ?, ?)", [(*cell, number, outcome) for (_, number), outcome in edit.added])
    if not after:
        database.insert("DELETE FROM latest WHERE topic = ? AND track = ?", cell)
    elif not line or after[-1][1] != line[-1][1]:
        database.insert("INSERT OR REPLACE INTO latest VALUES (?, ?, ?)", (*cell, after[-1][1]))


def _remove(database: Database, number: int) -> None:
    (started,) = database.one("SELECT started FROM runs WHERE id = ?", (number,)) or ("",)
    moment = (started, number)
    presence = _Presence(database)
    lines = _lines(database)
    for topic, track in database.rows("SELECT topic, track FROM turns WHERE run = ?", (number,)):
        cell, line = (topic, track), lines[topic, track]
        _store(database, cell, line, take_out(line, moment, presence.following(cell, moment)))
    for table, key in (("silent", "run"), ("flaky", "run"), ("stands", "run"), ("runs", "id")):
        database.insert(f"DELETE FROM {table} WHERE {key} = ?", (number,))


class _Taking:
    """One run on its way in."""

    def __init__(self, database: Database, run: Run, known: Identity) -> None:
        self.database = database
        self.run = run
        self.known = known
        self.turns = 0
        self.scenarios: dict[str, tuple[int, int]] = {}
        """Topic and id of each scenario of the run."""
        self.tracks: dict[str, int] = {}
        """By id of a target, those that could be started."""
        self.number = 0
        self.outcomes: dict[tuple[int, bytes], int] = {}
        """By scenario and digest, those that this run has met."""

    def perform(self) -> tuple[int, int]:
        """Number of the run, and how many cells came to something else than before."""
        self.scenarios = dict(self._scenarios())
        self.number = self._run()
        self.tracks = dict(self._tracks())
        if self.database.one("SELECT 1 FROM runs WHERE (started, id) > (?, ?)", self.moment) is None:
            self._append()
        else:
            self._insert()
        self._silent_cells()
        self._flaky_cells()
        return self.number, self.turns

    @property
    def moment(self) -> Moment:
        return in_utc(self.run.header.started), self.number

    # -- the run

    def _run(self) -> int:
        header = self.run.header
        values = (
            self.known.digest, self.known.content, in_utc(header.started), self.run.folder.as_posix(), header.sockmatrix, self.run.complete,
            header.cells, _silent_of(self.run), plays_of(header.options), self._layout(),
        )  # fmt: skip
        columns = "digest, content, started, folder, sockmatrix, complete, cells, silent, plays, layout"
        return self.database.insert(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def _scenarios(self) -> Iterator[tuple[str, tuple[int, int]]]:
        topics = dict(self.database.rows("SELECT name, id FROM topics"))
        known = {(topic, digest): each for each, topic, digest in self.database.rows("SELECT id, topic, digest FROM scenarios")}
        for name, digest in self.run.header.scenarios.items():
            if name not in topics:
                topics[name] = self.database.insert("INSERT INTO topics (name) VALUES (?)", (name,))
            key = (topics[name], digest)
            if key not in known:
                plan = zlib.compress(_json.encode(self.run.plans[name]), _PACKING)
                known[key] = self.database.insert("INSERT INTO scenarios (topic, digest, plan) VALUES (?, ?, ?)", (*key, plan))
            yield name, (topics[name], known[key])

    def _layout(self) -> int:
        digest = _digest(_json.encode(self.run.header.scenarios))
        found = self.database.one("SELECT id FROM layouts WHERE digest = ?", (digest,))
        if found is not None:
            return int(found[0])
        layout = self.database.insert("INSERT INTO layouts (digest) VALUES (?)", (digest,))
        self.database.many("INSERT INTO layout_scenarios VALUES (?, ?)", [(layout, scenario) for _, scenario in self.scenarios.values()])
        return layout

    # -- targets

    def _tracks(self) -> Iterator[tuple[str, int]]:
        """The track of each target that could be started: that of the target it stands for, else one of its own."""
        started = [each for each in stands(self.run.header.targets) if each.facts]
        known = self._occupants()
        for place in dict.fromkeys(map(platform, started)):
            here = [each for each in started if platform(each) == place]
            before = {each.id: track for track, each in known.items() if platform(each) == place}
            stands_for = counterparts([each for each in known.values() if platform(each) == place], here)
            for each in here:
                track = before[stands_for[each.id]] if each.id in stands_for else self.database.insert("INSERT INTO tracks DEFAULT VALUES")
                values = (self.number, track, each.id, each.name, self._facts(each.facts))
                self.database.insert("INSERT INTO stands VALUES (?, ?, ?, ?, ?)", values)
                yield each.id, track

    def _occupants(self) -> dict[int, Stand]:
        """Who was last on each track before this run; where nobody was, who came first after it."""
        found: dict[int, Stand] = {}
        taken: set[Hashable] = set()
        for when, order, best in (("<", "DESC", "max"), (">", "ASC", "min")):
            query = f"""
                SELECT track, target, name, told, {best}(started || ' ' || printf('%012d', runs.id))
                FROM stands JOIN runs ON runs.id = run JOIN facts ON facts.id = facts
                WHERE (started, runs.id) {when} (?, ?) GROUP BY track ORDER BY 5 {order}
            """
            for track, target, name, told, _ in self.database.rows(query, self.moment):
                each = Stand(target, name, msgspec.json.decode(told))
                # Two tracks can have had the same target at different times; whoever was there last has it.
                if track not in found and (target, platform(each)) not in taken:
                    taken.add((target, platform(each)))
                    found[track] = each
        return found

    def _facts(self, facts: Mapping[str, str]) -> int:
        told = msgspec.json.encode(facts)
        found = self.database.one("SELECT id FROM facts WHERE digest = ?", (_digest(told),))
        if found is not None:
            return int(found[0])
        return self.database.insert("INSERT INTO facts (digest, told) VALUES (?, ?)", (_digest(told), told.decode()))

    # -- cells

    def _cells(self) -> Iterator[tuple[Plan, Cell, int, Result]]:
        """Everything that says something of a target."""
        for (name, target), result in self.run.results.items():
            if result.verdict not in SILENT and target in self.tracks:
                topic, scenario = self.scenarios[name]
                yield self.run.plans[name], (topic, self.tracks[target]), scenario, result

    def _append(self) -> None:
        """The run is the last one: only what is not as it was lastly has to be looked at."""
        query = "SELECT latest.topic, track, outcome, scenario, digest FROM latest JOIN outcomes ON outcomes.id = outcome"
        latest = {(topic, track): (outcome, scenario, digest) for topic, track, outcome, scenario, digest in self.database.rows(query)}
        bounds = {name: yardsticks(plan) for name, plan in self.run.plans.items()}
        for plan, cell, scenario, result in self._cells():
            sight = Sight(result.verdict, result.steps, result.trouble, timings(result, bounds[plan.id]))
            data = encoded(sight)
            before = latest.get(cell)
            if before is None or before[1:] != (scenario, _digest(data)):
                self._append_other(plan, cell, scenario, sight, data, before[0] if before else None)

    def _append_other(self, plan: Plan, cell: Cell, scenario: int, sight: Sight, data: bytes, before: int | None) -> None:
        last = _Known(self.database, before) if before is not None else None
        if last is not None and last.scenario == scenario and agree(plan, last.sight, sight):
            return
        outcome = self._outcome(scenario, sight, data)
        self.database.insert("INSERT INTO turns VALUES (?, ?, ?, ?)", (*cell, self.number, outcome))
        self.database.insert("INSERT OR REPLACE INTO latest VALUES (?, ?, ?)", (*cell, outcome))
        if last is not None:
            self.turns += 1
        if last is not None and last.scenario == scenario:
            steps = msgspec.json.encode(changes(plan, last.sight, sight)).decode()
            self.database.insert("INSERT OR IGNORE INTO changes VALUES (?, ?, ?)", (last.outcome, outcome, steps))

    def _insert(self) -> None:
        """There are later runs, so that lines have to be taken apart."""
        presence = _Presence(self.database)
        lines, digests = _lines(self.database), self._digests()
        bounds = {name: yardsticks(plan) for name, plan in self.run.plans.items()}
        for plan, cell, scenario, result in self._cells():
            sight = Sight(result.verdict, result.steps, result.trouble, timings(result, bounds[plan.id]))
            data = encoded(sight)
            line = lines.get(cell, [])
            before = in_force(line, self.moment)
            if before is None or digests[before] != (scenario, _digest(data)):
                self._insert_other(plan, cell, scenario, sight, data, before, line, presence)

    def _digests(self) -> dict[int, tuple[int, bytes]]:
        rows = self.database.rows("SELECT id, scenario, digest FROM outcomes")
        return {outcome: (scenario, digest) for outcome, scenario, digest in rows}

    def _insert_other(
        self, plan: Plan, cell: Cell, scenario: int, sight: Sight, data: bytes, before: int | None, line: Line, presence: _Presence
    ) -> None:
        last = _Known(self.database, before) if before is not None else None
        if last is not None and last.scenario == scenario and agree(plan, last.sight, sight):
            return
        self.turns += last is not None
        outcome = self._outcome(scenario, sight, data)
        _store(self.database, cell, line, put_in(line, self.moment, outcome, presence.following(cell, self.moment)))

    def _outcome(self, scenario: int, sight: Sight, data: bytes) -> int:
        key = (scenario, _digest(data))
        if key not in self.outcomes:
            found = self.database.one("SELECT id FROM outcomes WHERE scenario = ? AND digest = ?", key)
            self.outcomes[key] = int(found[0]) if found is not None else self._new_outcome(*key, sight, data)
        return self.outcomes[key]

    def _new_outcome(self, scenario: int, digest: bytes, sight: Sight, data: bytes) -> int:
        values = (scenario, digest, sight.verdict, zlib.compress(data, _PACKING))
        return self.database.insert("INSERT INTO outcomes (scenario, digest, verdict, sight) VALUES (?, ?, ?, ?)", values)

    def _silent_cells(self) -> None:
        rows = []
        for name, (topic, _) in self.scenarios.items():
            for target, track in self.tracks.items():
                result = self.run.results.get((name, target))
                if result is None or result.verdict in SILENT:
                    rows.append((self.number, track, topic))
        self.database.many("INSERT INTO silent VALUES (?, ?, ?)", rows)

    def _flaky_cells(self) -> None:
        repeat = plays_of(self.run.header.options)
        rows = [(self.number, cell[1], cell[0], *flaky_plays(result.flaky, repeat)) for _, cell, _, result in self._cells() if result.flaky]
        self.database.many("INSERT INTO flaky VALUES (?, ?, ?, ?, ?)", rows)


class _Known:
    """An outcome that is there."""

    def __init__(self, database: Database, outcome: int) -> None:
        row = database.one("SELECT scenario, sight FROM outcomes WHERE id = ?", (outcome,))
        assert row is not None
        self.outcome = outcome
        self.scenario = int(row[0])
        self.sight = msgspec.json.decode(zlib.decompress(row[1]), type=Sight)


def in_utc(started: str) -> str:
    """The start of a run so that texts of it are in the order of time, wherever it was made."""
    try:
        return datetime.fromisoformat(started).astimezone(UTC).isoformat(timespec="seconds")
    except ValueError:
        return started


def plays_of(options: Mapping[str, Any]) -> int:
    """How often each cell was to be played."""
    repeat = options.get("repeat", 1)
    return repeat if isinstance(repeat, int) and repeat > 0 else 1


_COUNTED = re.compile(r"([0-9]+) of ([0-9]+) plays: ")


def flaky_plays(told: tuple[str, ...], repeat: int) -> tuple[int, int]:
    """How often a flaky cell was played, and how many of the plays came to something else. One that was played again only because it
    did not come out well was played twice."""
    counted = [found for each in told if (found := _COUNTED.match(each))]
    if counted:
        return int(counted[0][2]), sum(int(found[1]) for found in counted)
    return max(repeat, len(told) + 1), len(told)
