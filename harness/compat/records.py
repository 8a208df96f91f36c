"""The compatibility data set: features, families of targets, versions, observed differences. docs/compatibility.md says how to read it."""

from typing import Literal

from msgspec import Struct

from harness.records.comparison import DifferenceKind

COMPAT_VERSION = 1

FeatureKind = Literal["function", "method", "attribute", "exception", "class", "data", "constant", "option", "error"]

State = Literal["yes", "no", "removed", "mixed"]


class Version(Struct, frozen=True, omit_defaults=True):
    """One version of a family that was run."""

    version: str
    """`3.8.18`; where the implementation counts its own releases, with that: `3.9.16 (7.3.11)`."""
    python: str
    """Version of the language."""
    implementation_version: str
    targets: tuple[str, ...]
    """Ids of the targets that have it."""


class Family(Struct, frozen=True, omit_defaults=True):
    """Targets that differ in their version alone, as far as the socket API is concerned."""

    implementation: str
    os: str
    libc: str = ""
    bits: int = 64
    byteorder: str = "little"
    emulated: str = ""
    """The processor that is emulated, if one is."""
    wine: bool = False
    gvisor: bool = False
    versions: tuple[Version, ...] = ()
    """The oldest first."""


class SeenTarget(Struct, frozen=True, omit_defaults=True):
    """One target that was run, with what else was particular about it."""

    family: str
    version: str
    kernel: str = ""
    libc_version: str = ""
    machine: str = ""
    root: bool = False
    image: str = ""
    """Digest of the container image, empty outside containers."""
    cells: dict[str, int] = {}
    """How many cells came to each verdict; those that are left out are not among them."""


class Support(Struct, frozen=True, omit_defaults=True):
    """Which versions of one family have a feature, of those that were run: the family lists them."""

    state: State
    """`yes`: from `since` up to the newest version that was run. `no`: seen on none. `removed`: the newest that was run has it no more.
    `mixed`: no one span of versions, `having` and `lacking` list what was seen."""
    since: str = ""
    """The first version seen with it."""
    without: str = ""
    """The last version before `since` that was seen without it: the feature is as old as something between the two. Empty: no older
    version was run, and it may be older than `since`."""
    removed: str = ""
    """The first version after those that have it that was seen without it."""
    last: str = ""
    """The last version seen with it, where one is named under `removed`."""
    having: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Versions that were run, and whose runs say nothing of it: neither that they have it nor that they lack it."""


class Feature(Struct, frozen=True, omit_defaults=True):
    """One part of the API: `socket.create_server`, `SOL_SOCKET/SO_REUSEADDR`, `socket.socket.connect: ECONNREFUSED`."""

    kind: FeatureKind
    """Of an option: a level and a name that `setsockopt` or `getsockopt` was given. Of an error: a call, and a symbol that it gave."""
    support: dict[str, Support]
    """By family. One of which nothing is known is not there."""
    documented: str = ""
    """The version of Python whose documentation says that it is new."""
    asserted: int = 0
    """In how many scenario files an expectation depends on it."""
    scenarios: tuple[str, ...] = ()
    """The first of them, which prove what is said."""
    notes: tuple[str, ...] = ()
    """Ids of observed differences that concern it."""


class Behaving(Struct, frozen=True, omit_defaults=True):
    """One of the behaviours of a step."""

    shown: str
    """What came of it, in the first case: `TimeoutError: timed out`, `b""`."""
    on: dict[str, tuple[str, ...]]
    """Versions by family. One that is in two behaviours was run in several surroundings, and departs in some."""
    cause: str = ""
    """Predicate on facts that holds for exactly these targets; empty: not explained."""


class CompatNote(Struct, frozen=True, omit_defaults=True):
    """A difference that was observed, with the scenario that proves it."""

    scenario: str
    """File of the scenario, as its id without the case."""
    step: int
    """Number of the step in the first case, counted from 1."""
    line: int
    """Line of the step in the scenario's file."""
    text: str
    """The step as written."""
    kind: DifferenceKind
    behaviours: tuple[Behaving, ...]
    """The one with the most targets first."""
    cases: tuple[str, ...] = ()
    """Cases that part the targets in the same way; empty where the scenario has none."""
    surroundings: bool = False
    """It is not, or not only, a matter of versions and families: a cause speaks of something else (capabilities, a kernel, a release of the
    C library), or one version was seen in two behaviours."""
    because: str = ""
    """The documented reason, where the scenario has one."""
    see: tuple[str, ...] = ()


class PlayedRun(Struct, frozen=True, omit_defaults=True):
    """One run that the data were made from."""

    started: str
    """The day, UTC."""
    sockmatrix: str
    targets: int
    scenarios: int
    cells: int
    """Cells with a verdict."""


class RunConflict(Struct, frozen=True, omit_defaults=True):
    """A target that did one thing in one run and another in another. Nothing is concluded from such cells."""

    target: str
    scenarios: tuple[str, ...]


class CompatData(Struct, frozen=True, omit_defaults=True):
    """The whole data set: `sockmatrix compat --json`."""

    compat: int
    """Version of the format."""
    runs: tuple[PlayedRun, ...]
    families: dict[str, Family]
    targets: dict[str, SeenTarget]
    features: dict[str, Feature]
    notes: dict[str, CompatNote]
    scenarios: dict[str, str]
    """Of each scenario file, what it meant when it was run: a digest of its cases."""
    conflicts: tuple[RunConflict, ...] = ()
    left_out: dict[str, str] = {}
    """Targets and runs of which nothing is told here, with the reason."""
    unsure: dict[str, tuple[str, ...]] = {}
    """By target, scenarios from which nothing is concluded: flaky, in conflict, inconclusive, or the harness's own fault."""
    unplayed: dict[str, int] = {}
    """By target, how many scenarios were planned in some run and have no result."""
