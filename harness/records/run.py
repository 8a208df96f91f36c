"""What a run leaves on disk, as data. Reading and writing it is the business of `harness.runs`."""

from typing import Any

from msgspec import Struct

from harness.records.facts import Facts
from harness.records.gate import HeldBaseline
from harness.records.known import Known
from harness.records.matrix import Job
from harness.records.observation import Addresses, Observation, Trouble, Verdict

RUN_VERSION = 1


class TargetRecord(Struct, frozen=True, omit_defaults=True):
    """One target of a run."""

    id: str
    """`cpython-3.8.18`, unique in the run."""
    name: str
    """As it was asked for: `python3.8`, `pyenv:3.8.18`, `cmd:ssh host python3`."""
    facts: Facts | None = None
    trouble: str = ""
    """Why it could not be started; then every cell of it is an `error`."""
    origin: str = ""
    """Of a merged run: its id in the runs that it is from, where another target has that too."""
    undelivered: str = ""
    """Of a merged run: the job of the matrix that was to play on it, and of which no run came."""
    server: str = ""
    client: str = ""
    """Where the roles have interpreters of their own: whose the first role's is, and whose all others'."""
    network: str = ""
    """The network condition that was asked for; empty: each scenario got what it needed."""
    helper: str = ""
    """Of a target that can only connect: the id of the interpreter that plays the roles which wait for it."""
    partners: tuple[Facts, ...] = ()
    """Where the roles play on targets of their own: facts of the second role's, the third's, …; `facts` is the first's. Where there is a
    helper, its facts."""
    one_process: bool = False
    """Its processes do not share a network, so that all roles were played by one."""
    grounds: dict[str, tuple[Facts, ...]] = {}
    """Facts on the other networks that scenarios asked for, by the name that results have under `ground`; as many as the target has
    interpreters."""
    lost_starts: int = 0
    """How many of its processes ended by themselves, at their start or in a play that was made again; of a merged run, in the part with the
    most."""
    lost_hosts: int = 0
    """How many of its hosts (containers or machines) went away in the middle of the run, and had others in their place; of a merged run, in
    the part with the most."""
    lost_forks: int = 0
    """How many processes were started because an agent could not fork; of a merged run, in the part with the most."""
    fork_trouble: str = ""
    """What was said where it first could not."""

    def facts_on(self, ground: str) -> tuple[Facts, ...]:
        """Facts of the interpreters, in the order of the roles, on the network on which a result was seen; none if they are not known."""
        if ground:
            return self.grounds.get(ground, ())
        return () if self.facts is None else (self.facts, *self.partners)

    def own_facts_on(self, ground: str) -> tuple[Facts, ...]:
        """The same without those of a helper, of whom no verdict speaks."""
        return self.facts_on(ground)[:1] if self.helper else self.facts_on(ground)


class Losses(Struct, frozen=True, omit_defaults=True):
    """What a target has lost in a run and was given again, as its record has it."""

    lost_starts: int = 0
    lost_hosts: int = 0
    lost_forks: int = 0
    fork_trouble: str = ""


class PartTarget(Struct, frozen=True, omit_defaults=True):
    """One target of a run that is part of a merged one."""

    id: str
    """In the run itself."""
    name: str
    """As it was asked for."""
    merged: str
    """Its id in the merged run."""
    planned: str
    """Name, in `sets`, of the scenarios that were planned on it."""
    kind: str
    """Digest of the facts by which it is told from others of its id; empty: none are known."""
    trouble: str = ""
    """Why it could not be started."""
    excused: dict[str, str] = {}
    """By scenario: what a known entry of kind `skip` kept from being played on it."""
    losses: Losses = Losses()


class Part(Struct, frozen=True, omit_defaults=True):
    """One run that a merged one was made of."""

    digest: str
    """Of its files: a run that is given twice counts once."""
    started: str
    sockmatrix: str
    controller: dict[str, Any]
    options: dict[str, Any]
    scenarios: str
    """Name, in `sets`, of all that it was part of: of a shard, what the whole plays."""
    targets: tuple[PartTarget, ...]
    results: int
    """How many cells it delivered."""
    finished: str = ""
    """Empty: it was interrupted."""
    seconds: float = 0.0
    job: str = ""
    shard: str = ""
    skipped: dict[str, str] = {}
    known: str = ""
    """Name, in `lists`, of what was known to fail; empty: nothing."""


class HeldMatrix(Struct, frozen=True, omit_defaults=True):
    """The plan of the matrix that a merged run was held against."""

    digest: str
    scenarios: str
    """Name, in `sets`, of what every job plays."""
    jobs: tuple[Job, ...]


class Header(Struct, frozen=True, omit_defaults=True):
    """`run.json`: who ran what where, and the plan of cells. Written before the first cell is played."""

    run: int
    """Version of the run folder's format."""
    sockmatrix: str
    protocol: int
    started: str
    """UTC, ISO 8601."""
    controller: dict[str, Any]
    """Python, system, cores of the machine that steered."""
    options: dict[str, Any]
    targets: tuple[TargetRecord, ...]
    scenarios: dict[str, str]
    """Digest by scenario id, in the order of the plan."""
    cells: int
    """How many results there will be: every scenario on every target, without what is `unplanned`."""
    skipped: dict[str, str] = {}
    """Interpreters that were found and left out, with the reason."""
    job: str = ""
    """The job of the matrix that it is, where a plan of the matrix says so; of a merged run empty."""
    shard: str = ""
    """Which part of the whole it is: `2/8`; empty: all of it."""
    unplanned: dict[str, tuple[str, ...]] = {}
    """By target, the scenarios that were never to be played on it."""
    parts: tuple[Part, ...] = ()
    """The runs that a merged one was made of, in the order of their digests."""
    sets: dict[str, tuple[str, ...]] = {}
    """Sets of scenarios that `parts` speak of, by name."""
    lists: dict[str, tuple[Known, ...]] = {}
    """Lists of known entries that `parts` speak of, by name."""
    matrix: HeldMatrix | None = None
    """Of a merged run: the plan that it was held against, if there was one."""
    known: tuple[Known, ...] = ()
    """What was known to fail when the run was made."""
    excused: dict[str, dict[str, str]] = {}
    """By target and scenario: what is unplanned because a known entry of kind `skip` says so, with its reason."""
    baseline: HeldBaseline | None = None
    """What a baseline said when the run was held against it, so that every report of it ends as the command did."""


class Volatile(Struct, frozen=True, omit_defaults=True):
    """What differs between two identical runs: everything needed to turn placeholders and times back into raw evidence."""

    seconds: tuple[float, ...] = ()
    """One per entry of `steps`."""
    placeholders: dict[str, Any] = {}
    """`port:1` to the number it stands for."""
    anonymous: tuple[int | str, ...] = ()
    """What stands behind placeholders with `*`, which have no identity (descriptors, addresses of objects), in order of appearance."""
    addresses: dict[str, Addresses] = {}
    """By role, where the play was not on loopback; in `steps` they are `host:1`, `host:2`, ...."""
    starved: float = 0.0
    late: int = 0
    """How often the cell was played again only because a time bound was missed."""
    wall: float = 0.0


class Result(Struct, frozen=True, omit_defaults=True):
    """One line of `results.jsonl`: one cell."""

    scenario: str
    target: str
    verdict: Verdict
    steps: tuple[Observation, ...]
    """Normalised: ports, descriptors, process ids, paths and addresses are placeholders."""
    reason: str = ""
    step: int | None = None
    expected: str = ""
    observed: str = ""
    see: tuple[str, ...] = ()
    trouble: Trouble | None = None
    ground: str = ""
    """The network on which it was played where that is not the one its target was given: `filtered`."""
    leaks: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    """Verdict and reason of each other play in this run that came to something else."""
    plays: tuple[Verdict, ...] = ()
    """What each play of the cell came to, in their order, where it was played several times; the first is the one that made others
    necessary, unless `--repeat` did."""
    retried: int = 0
    """How many of these plays `--retry-unexpected` asked for: the last ones."""
    volatile: Volatile = Volatile()
    part: int | None = None
    """Of a merged run: the place, in `parts` of the header, of the run that it came from."""


class Footer(Struct, frozen=True, omit_defaults=True):
    """Last line of `results.jsonl`. A run without it was interrupted."""

    footer: int
    """Number of results above it."""
    finished: str
    seconds: float
