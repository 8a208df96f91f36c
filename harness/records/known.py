"""What is known to fail, as somebody wrote it down. Reading the file and applying it is the business of `harness.gates`."""

from typing import Literal, get_args

from msgspec import Struct

from harness.records.observation import Verdict

KNOWN_VERSION = 1

KnownKind = Literal["xfail", "flaky", "skip"]
"""`xfail`: departs every time. `flaky`: departs now and then. `skip`: is not played at all."""

KNOWN_KINDS: tuple[KnownKind, ...] = get_args(KnownKind)

EXCUSABLE: tuple[Verdict, ...] = ("fail", "stale", "hang", "crash")
"""Verdicts that can be known: they speak of the target. `error`, `bug` and `inconclusive` do not, and are never excused."""


class Known(Struct, frozen=True, omit_defaults=True):
    """One entry of `[[known]]`."""

    scenario: str
    """An id, or a pattern in which `*` stands for anything."""
    when: str
    """Predicate on the facts of targets, as in scenarios."""
    kind: KnownKind
    reason: str
    see: str
    """Where it is told of: an address, or a source as scenarios name them."""
    rate: float = 0.0
    """Of `flaky` only: at most this share of plays departs."""
    verdicts: tuple[Verdict, ...] = ("fail",)
    """The red verdicts that are expected; another one is not excused."""
    place: str = ""
    """Where the entry stands: `sockmatrix.toml:7`."""
    step: int = 0
    """Of `xfail` only: the step at which it departs, counted from 1 as in reports; a departure at another one is not excused. 0: any."""
