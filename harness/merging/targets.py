"""Which targets of several runs are the same one, and what each is called in the merged run. Looks at no results.

The same id on two machines is the same target only where its facts agree, but for the few that follow from the size of the machine, and
where no two jobs of a matrix were to play on it: what one job delivers does not stand for what another owes. Else each is named after what
tells them apart: its job, else a fact.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct, structs

from harness.language.vocabulary import SETTINGS_OF_MEMORY
from harness.records.facts import Facts
from harness.records.run import Losses, Part, PartTarget, TargetRecord

TELLING = ("os", "machine", "libc", "libc_version", "kernel", "image")
"""Facts that can name a target."""

_sorted = msgspec.json.Encoder(order="sorted")


class Row(Struct, frozen=True):
    """One target of the merged run."""

    record: TargetRecord
    members: frozenset[tuple[str, str]]
    """Digest of each part that has it, and its id there."""


def kind_of(target: TargetRecord) -> str:
    """Digest of all that makes a target the same one; empty where nothing is known of it."""
    if target.facts is None:
        return ""
    facts = [_stable(each) for each in (target.facts, *target.partners)]
    told = (target.server, target.client, target.helper, target.network, target.one_process, facts)
    return sha256(_sorted.encode(told)).hexdigest()[:16]


def _stable(facts: Facts) -> Facts:
    return structs.replace(facts, settings={name: value for name, value in facts.settings.items() if name not in SETTINGS_OF_MEMORY})


class Lore:
    """What is known of each target, from all the runs that have it; the same whatever their order."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], TargetRecord] = {}

    def add(self, target: TargetRecord) -> None:
        """One more run says this."""
        key = (target.id, kind_of(target))
        told = _lasting(structs.replace(target, name="", trouble=""))
        before = self._records.get(key)
        chosen = told if before is None else min(before, told, key=lambda each: _sorted.encode(_lasting(each)))
        self._records[key] = structs.replace(chosen, grounds=_together(before.grounds if before else {}, target.grounds))

    def of(self, target: str, kind: str) -> TargetRecord:
        """Without a name: that is another in every run."""
        return self._records[target, kind]


def _lasting(target: TargetRecord) -> TargetRecord:
    """What does not change from one run to the next. What was lost in one is told of each part, as a target that could not be started there
    may have lost something too."""
    return structs.replace(target, grounds={}, **structs.asdict(Losses()))


def losses_of(target: TargetRecord) -> Losses:
    """What a record says of them."""
    return Losses(target.lost_starts, target.lost_hosts, target.lost_forks, target.fork_trouble)


def _most(all_of_them: Sequence[Losses]) -> Losses:
    """Of each the most; of the words the first in the order of the alphabet."""
    return Losses(
        max(each.lost_starts for each in all_of_them),
        max(each.lost_hosts for each in all_of_them),
        max(each.lost_forks for each in all_of_them),
        min((each.fork_trouble for each in all_of_them if each.fork_trouble), default=""),
    )


def _together(one: Mapping[str, tuple[Facts, ...]], other: Mapping[str, tuple[Facts, ...]]) -> dict[str, tuple[Facts, ...]]:
    both: dict[str, tuple[Facts, ...]] = {}
    for name in sorted({*one, *other}):
        both[name] = min((each[name] for each in (one, other) if name in each), key=_sorted.encode)
    return both


# ------------------------------------------------------------------------------------------------------- who is who


Member = tuple[Part, PartTarget]


class _Group(Struct):
    """Targets of the parts that are one target."""

    kind: str
    job: str
    """Empty: none of them is of a job."""
    members: list[Member]


def rows_of(parts: Sequence[Part], lore: Lore) -> tuple[Row, ...]:
    """The targets of the merged run, in the natural order of their ids."""
    by_id: dict[str, list[Member]] = {}
    for part in parts:
        for target in part.targets:
            by_id.setdefault(target.id, []).append((part, target))
    rows = [row for target, members in by_id.items() for row in _named(target, _groups(members), lore)]
    return tuple(sorted(rows, key=lambda row: natural(row.record.id)))


def _groups(members: Sequence[Member]) -> list[_Group]:
    """By kind and job; those of which nothing is known go with the ones that they are clearly another run of, if there are such."""
    groups: dict[tuple[str, str], _Group] = {}
    for part, target in members:
        if target.kind:
            _put(groups, target.kind, part.job, (part, target))
    _give_to_jobs(groups)
    started = [groups[key] for key in sorted(groups)]
    for member in members:
        if not member[1].kind:
            own = _played_again(member, started)
            if own is None:
                _put(groups, "", member[0].job, member)
            else:
                own.members.append(member)
    return [groups[key] for key in sorted(groups)]


def _put(groups: dict[tuple[str, str], _Group], kind: str, job: str, member: Member) -> None:
    groups.setdefault((kind, job), _Group(kind, job, [])).members.append(member)


def _give_to_jobs(groups: dict[tuple[str, str], _Group]) -> None:
    """What was played without a job is a rerun for the job whose targets have these facts, if there is one and no more."""
    for kind in {kind for kind, job in groups if not job}:
        owners = [group for (each, job), group in groups.items() if job and each == kind]
        if len(owners) == 1:
            owners[0].members += groups.pop((kind, "")).members


def _played_again(member: Member, started: Sequence[_Group]) -> _Group | None:
    """The target that a member, of which nothing is known, would have been; rather one that was to play the same scenarios."""
    own = [group for group in started if any(_is_rerun(member, other) for other in group.members)]
    return min(own, key=lambda group: not any(target.planned == member[1].planned for _, target in group.members), default=None)


def _is_rerun(member: Member, other: Member) -> bool:
    """Whether one that was started is of the same job, or where there are no jobs, of a run that was asked for in the same way."""
    (part, target), (rerun, again) = member, other
    if not again.kind or target.name != again.name or part.job != rerun.job:
        return False
    return bool(part.job) or _order(part) == _order(rerun)


def _order(part: Part) -> tuple[object, ...]:
    return part.controller, part.options, part.scenarios, part.shard


def _named(target: str, groups: Sequence[_Group], lore: Lore) -> Iterable[Row]:
    records = [lore.of(target, group.kind) for group in groups]
    labels = _labels(groups, records) if len(groups) > 1 else [""]
    for group, record, label in zip(groups, records, labels, strict=True):
        yield Row(
            structs.replace(
                record,
                id=f"{target}@{label}" if label else target,
                name=_name_of(member.name for _, member in group.members),
                trouble="" if group.kind else min(member.trouble for _, member in group.members),
                origin=target if label else "",
                **structs.asdict(_most([member.losses for _, member in group.members])),
            ),
            frozenset((part.digest, member.id) for part, member in group.members),
        )


def _name_of(names: Iterable[str]) -> str:
    """One of those that it was asked for by; the one that says the most."""
    from harness.targets.names import stands_for_many

    return min(names, key=lambda name: (stands_for_many(name), name))


def _labels(groups: Sequence[_Group], records: Sequence[TargetRecord]) -> list[str]:
    """By job, if no job has two of them; else by a fact; else by their digest; each with its job, if that does not suffice."""
    jobs = [group.job or ("no-job" if any(each.job for each in groups) else "") for group in groups]
    facts = [[f"{fact}-{_word(value)}" if value else "" for value in _values(fact, records)] for fact in TELLING]
    digests = [group.kind[:8] or "not-started" for group in groups]
    candidates = [jobs, *facts, digests]
    with_jobs = [[f"{job}-{label}" if job else label for job, label in zip(jobs, labels, strict=True)] for labels in (*facts, digests)]
    return next((labels for labels in (*candidates, *with_jobs) if all(labels) and len(set(labels)) == len(labels)), with_jobs[-1])


def _values(fact: str, records: Sequence[TargetRecord]) -> list[str]:
    return [str(getattr(record.facts, fact, "")) for record in records]


def _word(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", value)[:20].strip("-")


def natural(text: str) -> tuple[Any, ...]:
    """A key by which `cpython-3.9` comes before `cpython-3.10`."""
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", text))
