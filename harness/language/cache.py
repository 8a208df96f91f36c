"""Compiled plans from one run to the next, in one file of the user's cache folder. A broken or unwritable cache is ignored."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from harness.records.plan import Plan

MOST_BYTES = 32_000_000
"""Size of the cache file; beyond it the entries that were not used last are dropped."""

_DIGEST_LENGTH = 32
_decode_entries = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])
_decode_plans = msgspec.msgpack.Decoder(tuple[Plan, ...])


def folder() -> Path:
    """Where the cache lives."""
    from platformdirs import user_cache_path

    return user_cache_path("sockmatrix", appauthor=False)


@cache
def fingerprint() -> bytes:
    """Digest of everything that decides what a file compiles to: this package, its data, and the shape of plans."""
    from hashlib import sha256

    room = Path(__file__).resolve().parent
    files = sorted([*room.glob("*.py"), room / "names.json", room.parent / "records" / "plan.py"])
    whole = sha256()
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.digest()


def key_of(data: bytes, file: str, scenario: str) -> str:
    """Key of a file's plans: they depend on its bytes, and carry its name and id."""
    from hashlib import sha256

    return sha256(b"\0".join((fingerprint(), file.encode("utf-8", "surrogateescape"), scenario.encode(), data))).hexdigest()


class PlanCache:
    """The cache as it was at the start of a load, and what the load adds."""

    def __init__(self) -> None:
        self.path = folder() / "plans.msgpack"
        self.entries: Mapping[str, msgspec.Raw] = self._read()
        self.used: dict[str, msgspec.Raw] = {}
        self.added = False

    def get(self, key: str) -> tuple[Plan, ...] | None:
        """The plans under a key, or None."""
        found = self.entries.get(key)
        if found is None:
            return None
        try:
            plans = _decode_plans.decode(found)
        except (msgspec.DecodeError, ValueError):
            return None
        self.used[key] = found
        return plans

    def put(self, key: str, plans: tuple[Plan, ...]) -> None:
        """Add the plans of a file."""
        self.used[key] = msgspec.Raw(msgspec.msgpack.encode(plans))
        self.added = True

    def save(self) -> None:
        """Write what was added, if anything; another process that saves at the same time wins or loses as a whole."""
        if not self.added:
            return
        content = msgspec.msgpack.encode(self._kept())
        try:
            self._replace(content)
        except OSError:
            return

    def _kept(self) -> dict[str, msgspec.Raw]:
        """What was used now, then older entries as far as there is room."""
        kept, size = dict(self.used), sum(len(bytes(entry)) for entry in self.used.values())
        for key, entry in self.entries.items():
            size += len(bytes(entry))
            if key not in kept and size < MOST_BYTES:
                kept[key] = entry
        return kept

    def _replace(self, content: bytes) -> None:
        from hashlib import sha256
        from os import getpid, replace

        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.{getpid()}")
        try:
            fresh.write_bytes(sha256(content).digest() + content)
            replace(fresh, self.path)
        finally:
            fresh.unlink(missing_ok=True)

    def _read(self) -> Mapping[str, msgspec.Raw]:
        from hashlib import sha256

        try:
            data = self.path.read_bytes()
            content = data[_DIGEST_LENGTH:]
            return _decode_entries.decode(content) if sha256(content).digest() == data[:_DIGEST_LENGTH] else {}
        except (OSError, msgspec.DecodeError, ValueError):
            return {}
