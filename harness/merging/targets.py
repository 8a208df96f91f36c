"""Which targets of several runs are the same one, and what each is called in the merged run. Looks at no results.

The same id on two machines is the same target only where its facts agree, but for the few that follow from the size of the machine. Else
each is named after what tells them apart: its job, else a fact.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct, structs

from harness.records.facts import Facts
from harness.records.run import Part, PartTarget, TargetRecord

VARYING = frozenset({"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"})
"""Kernel settings that follow from how much memory a machine has."""

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
    told = (target.server, target.client, target.network, target.one_process, facts)
    return sha256(_sorted.encode(told)).hexdigest()[:16]


def _stable(facts: Facts) -> Facts:
    return structs.replace(facts, settings={name: value for name, value in facts.settings.items() if name not in VARYING})


class Lore:
    """What is known of each target, from all the runs that have it; the same whatever their order."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], TargetRecord] = {}

    def add(self, target: TargetRecord) -> None:
        """One more run says this."""
        key = (target.id, kind_of(target))
        told = structs.replace(target, name="", trouble="", grounds={})
        before = self._records.get(key)
        chosen = told if before is None else min(before, told, key=lambda each: _sorted.encode(structs.replace(each, grounds={})))
        grounds = _together(before.grounds if before else {}, target.grounds)
        self._records[key] = structs.replace(chosen, grounds=grounds)

    def of(self, target: str, kind: str) -> TargetRecord:
        """Without a name: that is another in every run."""
        return self._records[target, kind]


def _together(one: Mapping[str, tuple[Facts, ...]], other: Mapping[str, tuple[Facts, ...]]) -> dict[str, tuple[Facts, ...]]:
    both: dict[str, tuple[Facts, ...]] = {}
    for name in sorted({*one, *other}):
        both[name] = min((each[name] for each in (one, other) if name in each), key=_sorted.encode)
    return both


# ------------------------------------------------------------------------------------------------------- who is who


class _Group(Struct):
    """Targets of the parts that are one target."""

    kind: str
    jobs: set[str]
    members: list[tuple[Part, PartTarget]]


def rows_of(parts: Sequence[Part], lore: Lore) -> tuple[Row, ...]:
    """The targets of the merged run, in the natural order of their ids."""
    by_id: dict[str, list[tuple[Part, PartTarget]]] = {}
    for part in parts:
        for target in part.targets:
            by_id.setdefault(target.id, []).append((part, target))
    rows = [row for target, members in by_id.items() for row in _named(target, _groups(members), lore)]
    return tuple(sorted(rows, key=lambda row: natural(row.record.id)))


def _groups(members: Sequence[tuple[Part, PartTarget]]) -> list[_Group]:
    """By kind; those of which nothing is known go with the only one there is, or with that of their job."""
    groups: dict[str, _Group] = {}
    for part, target in members:
        if target.kind:
            group = groups.setdefault(target.kind, _Group(target.kind, set(), []))
            group.jobs.add(part.job)
            group.members.append((part, target))
    started = [groups[kind] for kind in sorted(groups)]
    for part, target in members:
        if not target.kind:
            own = [group for group in started if len(started) == 1 or (part.job and part.job in group.jobs)]
            group = own[0] if own else groups.setdefault("", _Group("", set(), []))
            group.members.append((part, target))
            if not own:
                group.jobs.add(part.job)
    return [groups[kind] for kind in sorted(groups)]


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
            ),
            frozenset((part.digest, member.id) for part, member in group.members),
        )


def _name_of(names: Iterable[str]) -> str:
    """One of those that it was asked for by; the one that says the most."""
    from harness.targets.names import stands_for_many

    return min(names, key=lambda name: (stands_for_many(name), name))


def _labels(groups: Sequence[_Group], records: Sequence[TargetRecord]) -> list[str]:
    """By job, if no job has two of them; else by a fact; else by their digest."""
    jobs = [min(group.jobs) for group in groups]
    if all(jobs) and all(not one.jobs & other.jobs for at, one in enumerate(groups) for other in groups[at + 1 :]):
        return jobs
    for fact in TELLING:
        values = [str(getattr(record.facts, fact, "")) for record in records]
        labels = [f"{fact}-{_word(value)}" for value in values]
        if all(values) and len(set(labels)) == len(labels):
            return labels
    return [group.kind[:8] or "not-started" for group in groups]


def _word(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", value)[:20].strip("-")


def natural(text: str) -> tuple[Any, ...]:
    """A key by which `cpython-3.9` comes before `cpython-3.10`."""
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", text))
