"""Reads from a history what was asked for: lines with their turns, and what may explain each. Changes nothing."""

import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache
from itertools import pairwise
from typing import cast

import msgspec
from msgspec import Struct

from harness.comparing.targets import fact_changes
from harness.history.database import Database
from harness.history.parting import gravest, since_when
from harness.history.sights import changes
from harness.query.parse import Query
from harness.query.pick import pick
from harness.query.subject import Cell, Subject, Trait, calls
from harness.records.baseline import Sight
from harness.records.comparison import DifferenceKind, StepChange
from harness.records.history import HISTORY_VERSION, Differing, History, HistoryRun, Line, Turn, TurnCause
from harness.records.observation import Verdict
from harness.records.plan import Plan

Place = tuple[int, int]
"""Topic and track."""


class Wanted(Struct, frozen=True):
    """What is looked for. With nothing said, everything that ever came to something else, or was flaky."""

    scenario: Callable[[str], bool] = lambda name: True
    target: Callable[[str, str], bool] = lambda target, name: True
    """Of the id and the name of any target that the line had."""
    steady: bool = False
    """Lines that never came to anything else, too."""
    differing: bool = False
    """Since when targets part over the scenarios, too: takes some milliseconds for each."""
    where: Query | None = None
    """Of lines as they are now, and of their turns: a turn is a difference, and what may explain it is its cause."""
    since: str = ""
    """A day: only turns and flaky plays of it or later, and only lines that have some."""


EVERYTHING = Wanted(steady=True)
CHANGED = Wanted()


class _Stand(Struct, frozen=True):
    """A target in one run."""

    target: str
    name: str
    facts: int


class _Outcome(Struct, frozen=True):
    scenario: int
    verdict: Verdict


def runs(database: Database) -> tuple[HistoryRun, ...]:
    """All runs, in the order of time. Raises `KeptError`."""
    targets: dict[int, list[str]] = {}
    for run, target in database.rows("SELECT run, target FROM stands ORDER BY run, track"):
        targets.setdefault(run, []).append(target)
    query = """
        SELECT id, started, folder, sockmatrix, (SELECT count(*) FROM layout_scenarios WHERE layout_scenarios.layout = runs.layout),
            cells, silent, complete, plays
        FROM runs ORDER BY started, id
    """
    return tuple(
        HistoryRun(number, started, folder, version, scenarios, cells, silent, tuple(targets.get(number, ())), bool(complete), plays)
        for number, started, folder, version, scenarios, cells, silent, complete, plays in database.rows(query)
    )


def look(database: Database, wanted: Wanted = CHANGED) -> History:
    """The lines that are wanted, as they are at one moment. Raises `KeptError`."""
    with database.reading():
        return _Look(database).history(wanted)


class _Seen(Struct, frozen=True):
    """Runs that have a cell, in order of time."""

    runs: list[int]
    ranks: list[int]
    plays: int
    """In all of them, if none was flaky."""


class _Look:
    """What is needed of a history to tell its lines."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.runs = runs(database)
        self.by_number = {run.number: run for run in self.runs}
        self.rank = {run.number: at for at, run in enumerate(self.runs)}
        self.topics: dict[int, str] = dict(database.rows("SELECT id, name FROM topics"))
        self.layouts: dict[int, int] = dict(database.rows("SELECT id, layout FROM runs"))
        self.tracks = self._tracks()
        self.silent = self._silent()
        self.outcome = cache(self._outcome)
        self.layout_topics = cache(self._layout_topics)
        self.facts = cache(self._facts)
        self.platform = cache(self._platform)
        self.steps = cache(self._steps)
        self.plan_of = cache(self._plan_of)
        self.latest = cache(self._latest)
        self.ranks = cache(self._ranks)
        self.having = cache(self._having)
        self.presence = cache(self._presence)

    def _tracks(self) -> dict[int, list[tuple[int, _Stand]]]:
        """By track, its runs in order of time with the target that was there."""
        found: dict[int, list[tuple[int, _Stand]]] = {}
        for run, track, target, name, facts in self.database.rows("SELECT run, track, target, name, facts FROM stands"):
            found.setdefault(track, []).append((run, _Stand(target, name, facts)))
        return {track: sorted(stands, key=lambda each: self.rank[each[0]]) for track, stands in found.items()}

    def _ranks(self, track: int) -> list[int]:
        return [self.rank[run] for run, _ in self.tracks[track]]

    def _silent(self) -> dict[Place, set[int]]:
        found: dict[Place, set[int]] = {}
        for run, track, topic in self.database.rows("SELECT run, track, topic FROM silent"):
            found.setdefault((topic, track), set()).add(run)
        return found

    def history(self, wanted: Wanted) -> History:
        flaky = self._flaky()
        cells = self._turns(wanted)
        lines = []
        steady = unchanged = 0
        for cell, turns in cells.items():
            if wanted.steady or len(turns) > 1 or cell in flaky:
                lines.append(self._line(cell, turns, flaky.get(cell, {}), wanted.since))
            else:
                steady += 1
        if wanted.where is not None:
            lines = [line for line in lines if pick(wanted.where, self.subject(line)) is not None]
        if wanted.since:
            # A line begins with the first run that had it: one that is not since then has turned, if earlier.
            quiet = [line for line in lines if not (line.turns or line.flaky)]
            unchanged = sum(line.since != line.first for line in quiet)
            steady += len(quiet) - unchanged
            lines = [line for line in lines if line.turns or line.flaky]
        lines.sort(key=lambda line: (line.scenario, line.target, line.platform))
        differing = tuple(self._differing(cells)) if wanted.differing else ()
        return History(HISTORY_VERSION, self.database.file.as_posix(), self.runs, tuple(lines), differing, steady, wanted.since, unchanged)

    def _turns(self, wanted: Wanted) -> dict[Place, list[tuple[int, int]]]:
        """By cell, runs and outcomes in order of time."""
        topics = {topic for topic, name in self.topics.items() if wanted.scenario(name)}
        tracks = {
            track
            for track, stands in self.tracks.items()
            if any(wanted.target(*each) for each in {(one.target, one.name) for _, one in stands})
        }
        found: dict[Place, list[tuple[int, int]]] = {}
        for topic, track, run, outcome in self._turn_rows(topics):
            if topic in topics and track in tracks:
                found.setdefault((topic, track), []).append((run, outcome))
        for turns in found.values():
            turns.sort(key=lambda turn: self.rank[turn[0]])
        return found

    def _turn_rows(self, topics: set[int]) -> Iterable[tuple[int, int, int, int]]:
        query = "SELECT topic, track, run, outcome FROM turns"
        if len(topics) > _FEW:
            return self.database.rows(query)
        return [row for topic in sorted(topics) for row in self.database.rows(f"{query} WHERE topic = ?", (topic,))]

    def _flaky(self) -> dict[Place, dict[int, tuple[int, int]]]:
        """By cell and run, plays and how many of them came to something else."""
        found: dict[Place, dict[int, tuple[int, int]]] = {}
        for run, track, topic, plays, otherwise in self.database.rows("SELECT run, track, topic, plays, otherwise FROM flaky"):
            found.setdefault((topic, track), {})[run] = (plays, otherwise)
        return found

    # -- one scenario

    def _differing(self, cells: Mapping[Place, list[tuple[int, int]]]) -> Iterator[Differing]:
        by_topic: dict[int, list[Place]] = {}
        for cell in cells:
            by_topic.setdefault(cell[0], []).append(cell)
        for topic, places in sorted(by_topic.items(), key=lambda each: self.topics[each[0]]):
            found = since_when(self._states(places, cells), cache(self._kind))
            if found is not None:
                started = (self.by_number[found.first].started, self.by_number[found.since].started)
                yield Differing(self.topics[topic], found.kind, found.first, started[0], found.since, started[1], found.now)

    def _states(self, places: list[Place], cells: Mapping[Place, list[tuple[int, int]]]) -> Iterator[tuple[int, frozenset[int]]]:
        """Runs that say something of several targets, with what these came to then. That they agree is told only if all are there that were
        compared before and are played still: the others may part from them.
        """
        came: dict[int, dict[Place, int]] = {}
        for place in places:
            for run, outcome in self._all_of(place, cells[place]):
                came.setdefault(run, {})[place] = outcome
        compared: set[Place] = set()
        for run in sorted(came, key=self.rank.__getitem__):
            there, outcomes = came[run].keys(), frozenset(came[run].values())
            awaited = {place for place in compared - there if self._seen(place).ranks[-1] > self.rank[run]}
            if len(there) > 1 and (len(outcomes) > 1 or not awaited):
                compared = set(there)
                yield run, outcomes

    def _all_of(self, cell: Place, turns: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """What a line came to in every run that says something of it."""
        turned = dict(turns)
        outcome = turns[0][1]
        for run in self._seen(cell).runs:
            outcome = turned.get(run, outcome)
            yield run, outcome

    def _kind(self, outcomes: frozenset[int]) -> DifferenceKind | None:
        """In which outcomes of one run differ; a run has one meaning of a scenario."""
        return gravest(self._plan(min(outcomes)), [self._sight(outcome) for outcome in sorted(outcomes)])

    # -- one line

    def _line(self, cell: Place, turns: list[tuple[int, int]], flaky: Mapping[int, tuple[int, int]], day: str) -> Line:
        seen = self._seen(cell)
        since, last = turns[-1][0], self._stand(cell, seen.runs[-1])
        lately = {run: plays for run, plays in flaky.items() if self.by_number[run].started >= day}
        return Line(
            scenario=self.topics[cell[0]],
            target=last.target,
            platform=self.platform(last.facts),
            first=seen.runs[0],
            last=seen.runs[-1],
            since=since,
            since_started=self.by_number[since].started,
            runs=len(seen.runs),
            plays=self._plays(seen, day) + sum(plays - self.by_number[run].repeat for run, (plays, _) in lately.items()),
            verdict=self.outcome(turns[-1][1]).verdict,
            flaky=sum(otherwise for _, otherwise in lately.values()),
            flaky_runs=len(lately),
            turns=tuple(turn for turn in self._told(cell, seen, turns, flaky) if turn.started >= day),
        )

    def _plays(self, seen: _Seen, day: str) -> int:
        """If none was flaky, since a day."""
        return sum(self.by_number[run].repeat for run in seen.runs if self.by_number[run].started >= day) if day else seen.plays

    def _seen(self, cell: Place) -> _Seen:
        """The runs that say something of a cell."""
        topic, track = cell
        silent = self.silent.get(cell)
        return self._those(track, self.having(topic), silent) if silent else self.presence(track, self.having(topic))

    def _having(self, topic: int) -> frozenset[int]:
        """The layouts that have a scenario."""
        return frozenset(layout for layout in set(self.layouts.values()) if topic in self.layout_topics(layout))

    def _presence(self, track: int, layouts: frozenset[int]) -> _Seen:
        """Of all cells of a track whose scenarios are in the same layouts, and that always said something."""
        return self._those(track, layouts, frozenset())

    def _those(self, track: int, layouts: frozenset[int], silent: Set[int]) -> _Seen:
        runs = [run for run, _ in self.tracks[track] if self.layouts[run] in layouts and run not in silent]
        return _Seen(runs, [self.rank[run] for run in runs], sum(self.by_number[run].repeat for run in runs))

    def _told(self, cell: Place, seen: _Seen, turns: list[tuple[int, int]], flaky: Mapping[int, tuple[int, int]]) -> Iterator[Turn]:
        for (_, before), (run, after) in pairwise(turns):
            previous = seen.runs[bisect_left(seen.ranks, self.rank[run]) - 1]
            one, other = self.outcome(before), self.outcome(after)
            yield Turn(
                run=run,
                started=self.by_number[run].started,
                previous=previous,
                previous_started=self.by_number[previous].started,
                target=self._stand(cell, run).target,
                before=one.verdict,
                after=other.verdict,
                steps=self.steps(before, after) if one.scenario == other.scenario else (),
                causes=tuple(self._causes(cell, previous, run, one.scenario != other.scenario, flaky)),
            )

    def _stand(self, cell: Place, run: int) -> _Stand:
        track = cell[1]
        return self.tracks[track][bisect_left(self.ranks(track), self.rank[run])][1]

    def _causes(self, cell: Place, previous: int, run: int, edited: bool, flaky: Mapping[int, tuple[int, int]]) -> Iterator[TurnCause]:
        if edited:
            yield TurnCause("edited")
        one, other = self._stand(cell, previous), self._stand(cell, run)
        if one.facts != other.facts or one.target != other.target:
            yield TurnCause("upgrade", one.target, other.target, fact_changes(self.facts(one.facts), self.facts(other.facts)))
        versions = self.by_number[previous].sockmatrix, self.by_number[run].sockmatrix
        if versions[0] != versions[1]:
            yield TurnCause("sockmatrix", *versions)
        if previous in flaky or run in flaky:
            yield TurnCause("flaky")

    def subject(self, line: Line) -> Subject:
        """A line as queries look at it: with its scenario as it was lastly, one cell, and its turns."""
        plan = self.plan_of(line.scenario)
        cells = (Cell(line.target, line.verdict, bool(line.flaky)),)
        return Subject(plan.id, plan.title, plan.tags, plan.see, calls(plan), cells, tuple(_traits(line)))

    # -- rows, each read once

    def _outcome(self, outcome: int) -> _Outcome:
        row = self.database.one("SELECT scenario, verdict FROM outcomes WHERE id = ?", (outcome,))
        assert row is not None
        return _Outcome(*row)

    def _layout_topics(self, layout: int) -> frozenset[int]:
        query = "SELECT topic FROM layout_scenarios JOIN scenarios ON scenarios.id = scenario WHERE layout = ?"
        return frozenset(topic for (topic,) in self.database.rows(query, (layout,)))

    def _facts(self, facts: int) -> dict[str, str]:
        row = self.database.one("SELECT told FROM facts WHERE id = ?", (facts,))
        return msgspec.json.decode(row[0], type=dict[str, str]) if row else {}

    def _platform(self, facts: int) -> str:
        known = self.facts(facts)
        return " ".join(known[fact] for fact in ("os", "machine", "network") if known.get(fact))

    def _steps(self, before: int, after: int) -> tuple[StepChange, ...]:
        """As they were found when a run was added; of a run that was added between others they are found now."""
        row = self.database.one("SELECT steps FROM changes WHERE before = ? AND after = ?", (before, after))
        if row is not None:
            return msgspec.json.decode(row[0], type=tuple[StepChange, ...])
        return changes(self._plan(before), self._sight(before), self._sight(after))

    def _sight(self, outcome: int) -> Sight:
        row = self.database.one("SELECT sight FROM outcomes WHERE id = ?", (outcome,))
        assert row is not None
        return msgspec.json.decode(zlib.decompress(row[0]), type=Sight)

    def _plan_of(self, name: str) -> Plan:
        """The plan of a scenario as the last run had it, whenever that was added."""
        query = "SELECT scenarios.id, plan FROM scenarios JOIN topics ON topics.id = topic WHERE name = ?"
        _, plan = max(self.database.rows(query, (name,)), key=lambda row: self.latest().get(row[0], -1))
        return msgspec.json.decode(zlib.decompress(plan), type=Plan)

    def _latest(self) -> dict[int, int]:
        """By scenario, the rank of the last run that had it with this meaning."""
        last: dict[int, int] = {}
        for run in self.runs:
            last[self.layouts[run.number]] = self.rank[run.number]
        found: dict[int, int] = {}
        for layout, scenario in self.database.rows("SELECT layout, scenario FROM layout_scenarios"):
            found[scenario] = max(found.get(scenario, -1), last.get(layout, -1))
        return found

    def _plan(self, outcome: int) -> Plan:
        row = self.database.one("SELECT plan FROM outcomes JOIN scenarios ON scenarios.id = scenario WHERE outcomes.id = ?", (outcome,))
        assert row is not None
        return msgspec.json.decode(zlib.decompress(row[0]), type=Plan)


def _traits(line: Line) -> Iterator[Trait]:
    for turn in line.turns:
        causes = tuple(cause_words(cause) for cause in turn.causes) or ("",)
        for kind in dict.fromkeys(step.kind for step in turn.steps) or (_OF_NO_KIND,):
            yield Trait(kind, causes, (turn.target,))


def cause_words(cause: TurnCause) -> str:
    """What may explain a turn, as text to be searched: `upgrade cpython-3.8.18 cpython-3.8.20 kernel 6.1 6.5`."""
    facts = (word for each in cause.facts for word in (each.fact, each.before, each.after))
    return " ".join(word for word in (cause.kind, cause.before, cause.after, *facts) if word)


_OF_NO_KIND = cast(DifferenceKind, "")
"""Of a turn of the verdict alone, or to an edited scenario: no word `kind:` is about it."""

_FEW = 50
"""Scenarios that are looked up one by one."""
