"""Which cells a merged run was to have: what its parts planned, what shards that nobody brought were to play, and what the plan of the
matrix says. Knows no results.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from harness.merging.targets import Row
from harness.records.matrix import Job
from harness.records.run import HeldMatrix, Part, PartTarget, TargetRecord
from harness.targets.names import is_meant, stands_for_many

UNDELIVERED = "planned, no run delivered it"

Share = tuple[str, ...]
"""What parts of one whole have in common: job, set of scenarios, number of shards, and target."""


class Planned(Struct, frozen=True):
    """Every target of the merged run, and what it was to play."""

    targets: tuple[TargetRecord, ...]
    scenarios: dict[str, frozenset[str]]
    """By id of a target."""
    excused: dict[str, dict[str, str]]
    """By id of a target, and scenario: what no part was to play on it because it is known to fail."""


def planned_of(rows: Sequence[Row], parts: Sequence[Part], sets: Mapping[str, tuple[str, ...]], matrix: HeldMatrix | None) -> Planned:
    """The rows, with one more for each target of the matrix that no run played on."""
    wanted = _Wanted(rows, sets, matrix)
    for part in parts:
        for target in part.targets:
            wanted.add(part, target)
    absent = tuple(_absent(parts, matrix)) if matrix is not None else ()
    scenarios = wanted.planned()
    if matrix is not None:
        scenarios |= {record.id: frozenset(sets[matrix.scenarios]) for record in absent}
    return Planned((*(row.record for row in rows), *absent), scenarios, wanted.excused(scenarios))


class _Wanted:
    """Gathers what each row was to play."""

    def __init__(self, rows: Sequence[Row], sets: Mapping[str, tuple[str, ...]], matrix: HeldMatrix | None) -> None:
        self.sets = sets
        self.matrix = matrix
        self.jobs = {job.name for job in matrix.jobs} if matrix is not None else set()
        self.row_of = {member: row.record.id for row in rows for member in row.members}
        self.own: dict[str, set[str]] = {row.record.id: set() for row in rows}
        self.shares: dict[Share, tuple[set[str], set[str], set[str]]] = {}
        """What the whole is, what of it was some part's, and the rows that it was on."""
        self.reasons: dict[str, dict[str, str]] = {}

    def add(self, part: Part, target: PartTarget) -> None:
        row = self.row_of[part.digest, target.id]
        planned = self.sets[target.planned]
        self.own[row].update(planned)
        reasons = self.reasons.setdefault(row, {})
        for scenario, reason in target.excused.items():
            reasons[scenario] = min(reason, reasons.get(scenario, reason))
        whole = [self.sets[part.scenarios]] if part.shard else []
        if self.matrix is not None and part.job in self.jobs:
            whole.append(self.sets[self.matrix.scenarios])
        if whole:
            wanted, had, rows = self.shares.setdefault(self._share(part, target, row), (set(), set(), set()))
            wanted.update(*whole)
            had.update(planned, target.excused)
            rows.add(row)

    def _share(self, part: Part, target: PartTarget, row: str) -> Share:
        """A job is of one kind of machine, so that its shards need not agree in every fact; where nothing is known of that, they must."""
        if not part.job:
            return "", part.scenarios, part.shard.partition("/")[2], row
        name = _asked(target)
        return part.job, "", "", target.id if stands_for_many(name) else name

    def planned(self) -> dict[str, frozenset[str]]:
        """What no part of a whole was to play, the first of its rows has to answer for."""
        for wanted, had, rows in self.shares.values():
            self.own[min(rows)].update(wanted - had)
        return {row: frozenset(scenarios) for row, scenarios in self.own.items()}

    def excused(self, planned: Mapping[str, frozenset[str]]) -> dict[str, dict[str, str]]:
        """Without what another part was to play."""
        found = {
            row: {scenario: reason for scenario, reason in sorted(reasons.items()) if scenario not in planned[row]}
            for row, reasons in sorted(self.reasons.items())
        }
        return {row: reasons for row, reasons in found.items() if reasons}


def _asked(target: PartTarget) -> str:
    """The name that was asked for, without the network that a run may add: only containers have one, and no image has a '+' in its name."""
    return target.name.partition("+")[0] if target.name.startswith("docker:") else target.name


def _absent(parts: Iterable[Part], matrix: HeldMatrix) -> Iterator[TargetRecord]:
    """A target for each name of the matrix that its job brought no target for."""
    there: dict[str, set[str]] = {}
    for part in parts:
        there.setdefault(part.job, set()).update(map(_asked, part.targets))
    for job in matrix.jobs:
        for name in job.targets:
            if not any(is_meant(each, name) for each in there.get(job.name, ())):
                yield TargetRecord(f"{name}@{job.name}", name, trouble=UNDELIVERED, undelivered=job.name)


def remarks(parts: Sequence[Part], sets: Mapping[str, tuple[str, ...]], matrix: HeldMatrix | None) -> Iterator[str]:
    """What is odd about the parts, a line each: shards that nobody brought, other known failures, and what the plan of the matrix does not
    have."""
    yield from _absent_shards(parts, matrix)
    if len({part.known for part in parts}) > 1:
        yield "the runs do not know the same failures; each target is judged by what its newest run knew"
    if matrix is not None:
        yield from _foreign(parts, sets, matrix)


def _absent_shards(parts: Sequence[Part], matrix: HeldMatrix | None) -> Iterator[str]:
    brought: dict[tuple[str, str, int], set[int]] = {}
    for part in parts:
        if part.shard:
            number, _, of = part.shard.partition("/")
            brought.setdefault((part.job, "" if part.job else part.scenarios, int(of)), set()).add(int(number))
    for (name, _, shards), numbers in sorted(brought.items()):
        absent = [f"{each}/{shards}" for each in range(1, shards + 1) if each not in numbers]
        if absent:
            yield f"no run of {'shards' if len(absent) > 1 else 'shard'} {', '.join(absent)}" + (f" of the job '{name}'" if name else "")
    jobs = {part.job for part in parts}
    for job in matrix.jobs if matrix is not None else ():
        if job.name not in jobs:
            yield f"no run of the job '{job.name}'"


def _foreign(parts: Sequence[Part], sets: Mapping[str, tuple[str, ...]], matrix: HeldMatrix) -> Iterator[str]:
    jobs = {job.name: job for job in matrix.jobs}
    planned = set(sets[matrix.scenarios])
    for part in sorted(parts, key=lambda part: (part.started, part.digest)):
        run = f"the run of {part.started[:19]}" + (f" (shard {part.shard})" if part.shard else "")
        job = jobs.get(part.job)
        if job is None:
            yield f"{run} is of " + (f"the job '{part.job}', which the plan does not have" if part.job else "no job of the plan")
        else:
            yield from (f"{run} of the job '{job.name}' {words}" for words in _beyond(part, job))
        more = len(set(sets[part.scenarios]) - planned)
        if more:
            yield f"{run} has {more} scenario{'s' if more > 1 else ''} that the plan does not have"


def _beyond(part: Part, job: Job) -> Iterator[str]:
    brought = sorted({_asked(target) for target in part.targets})
    names = [each for each in brought if not any(is_meant(each, name) for name in job.targets)]
    if names:
        yield f"has targets that the plan does not have: {', '.join(names)}"
    of = int(part.shard.partition("/")[2]) if part.shard else 1
    if of != job.shards:
        yield f"is cut into {of} shards, the plan into {job.shards}" if of > 1 else f"is not cut into shards, the plan into {job.shards}"
