"""Cut scenarios into shards: balanced by weight, the same wherever it is done, and hardly another when a scenario comes or goes.

Each scenario has an order of shards that it would like to be in, made of its id alone (rendezvous hashing), and gets the first that has
room; heavy ones choose first. A scenario more or less therefore moves only those that meet a full shard.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from msgspec import Struct

SLACK = 1.02
"""How far beyond its fair share a shard may be filled. Less moves more scenarios when one is added, more leaves the shards less alike."""

MOST_SHARDS = 1000

_SHARD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")


class ShardError(Exception):
    """A text is not the name of a shard."""


class Shard(Struct, frozen=True):
    """The `number`-th of `of` parts, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse_shard(text: str) -> Shard:
    """`2/8`. Raises `ShardError`."""
    found = _SHARD.fullmatch(text.strip())
    if not found:
        raise ShardError(f"'{text}' is no shard; write which of how many: 2/8")
    shard = Shard(int(found[1]), int(found[2]))
    if not 1 <= shard.of <= MOST_SHARDS:
        raise ShardError(f"a run cannot be cut into {shard.of} shards; 1 to {MOST_SHARDS} is possible")
    if not 1 <= shard.number <= shard.of:
        raise ShardError(f"there is no shard {shard.number} of {shard.of}; they are 1/{shard.of} to {shard.of}/{shard.of}")
    return shard


def cut(weights: Mapping[str, float], shards: int) -> dict[str, int]:
    """The shard, from 1, of each scenario."""
    room = SLACK * max(sum(sorted(weights.values())) / shards, max(weights.values(), default=0.0))
    loads = [0.0] * shards
    found = {}
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        wished = _wishes(name, shards)
        chosen = next((shard for shard in wished if loads[shard] + weights[name] <= room), None)
        if chosen is None:
            chosen = min(wished, key=loads.__getitem__)
        loads[chosen] += weights[name]
        found[name] = chosen + 1
    _fill_empty(found, shards)
    return found


def _fill_empty(found: dict[str, int], shards: int) -> None:
    """A shard without scenarios takes one from the shard with the most, as long as one has two."""
    for empty in sorted(set(range(1, shards + 1)) - set(found.values())):
        counts = Counter(found.values())
        fullest = min(counts, key=lambda number: (-counts[number], number), default=0)
        if counts[fullest] < 2:
            return
        moved = min((name for name, number in found.items() if number == fullest), key=lambda name: _hash(name, empty - 1))
        found[moved] = empty


def left_out(weights: Mapping[str, float], shard: Shard) -> frozenset[str]:
    """The scenarios that are for other shards."""
    return frozenset(name for name, number in cut(weights, shard.of).items() if number != shard.number)


def _wishes(name: str, shards: int) -> Sequence[int]:
    return sorted(range(shards), key=lambda shard: _hash(name, shard))


def _hash(name: str, shard: int) -> bytes:
    return blake2b(f"{shard} {name}".encode(), digest_size=8).digest()


def loads(weights: Mapping[str, float], shards: int) -> tuple[float, ...]:
    """How much each shard has to do."""
    sums = [0.0] * shards
    for name, number in cut(weights, shards).items():
        sums[number - 1] += weights[name]
    return tuple(sums)
