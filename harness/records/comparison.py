"""What comparing targets, and runs, comes to."""

from typing import Literal

from msgspec import Struct

from harness.records.observation import Verdict

DifferenceKind = Literal["availability", "hang", "crash", "exception", "errno", "value", "type", "message", "timing"]

QUIET: frozenset[DifferenceKind] = frozenset({"message", "type"})
"""Kinds that reports leave out unless they are asked for."""


class Behaviour(Struct, frozen=True, omit_defaults=True):
    """Targets whose observations of a step agree."""

    targets: tuple[str, ...]
    """Ids, in the order of the run."""
    shown: str
    """What they did, on one line: `TimeoutError: timed out`, `b""`."""
    cause: str = ""
    """Predicate on facts that holds for exactly these targets of the comparison; empty: not explained."""


class Difference(Struct, frozen=True, omit_defaults=True):
    """A step with two or more behaviours."""

    scenario: str
    step: int
    instance: int
    text: str
    """The step as written."""
    file: str
    line: int
    kind: DifferenceKind
    behaviours: tuple[Behaviour, ...]
    """The largest first; of equal ones that of the first target."""
    alternatives: tuple[str, ...] = ()
    """Predicates as simple as the first behaviour's cause that separate as well."""
    because: str = ""
    """The documented reason, where a variation of the scenario has one."""
    see: tuple[str, ...] = ()


class DifferenceGroup(Struct, frozen=True, omit_defaults=True):
    """Differences of one kind that part the targets in the same way."""

    kind: DifferenceKind
    parts: tuple[tuple[str, ...], ...]
    """The targets of each behaviour."""
    causes: tuple[str, ...]
    """One for each part; empty: not explained."""
    differences: tuple[Difference, ...]
    scenarios: int
    """How many scenarios they are in."""


class Comparison(Struct, frozen=True, omit_defaults=True):
    """All targets of a run against each other."""

    groups: tuple[DifferenceGroup, ...]
    """Explained ones with many differences first; quiet kinds last."""
    left_out: dict[str, int] = {}
    """By target, cells that could not be compared (error, bug, inconclusive, no result)."""


class StepChange(Struct, frozen=True, omit_defaults=True):
    """One step that came to something else."""

    step: int
    text: str
    kind: DifferenceKind
    before: str
    after: str


class CellChange(Struct, frozen=True, omit_defaults=True):
    """One cell that is not what it was."""

    scenario: str
    target: str
    before: Verdict
    after: Verdict
    steps: tuple[StepChange, ...] = ()


class FactChange(Struct, frozen=True, omit_defaults=True):
    """One fact of a target that is another now."""

    fact: str
    """A word of the predicate language (`libc_version`), `setting NAME` for a kernel setting; `client: ` and so on before the facts of
    an interpreter that is not the first role's."""
    before: str = ""
    """Empty: it was not known. Of `names`, `constants` and `classes`: what has gone or is another, shortened."""
    after: str = ""
    """Of `names`, `constants` and `classes`: what has come or is another, shortened."""


class Upgrade(Struct, frozen=True, omit_defaults=True):
    """A target of the later run that stands for one of the earlier run and has other facts: a new patch release, kernel, image, ...."""

    before: str
    """Id in the earlier run."""
    after: str
    """Id in the later run; may be the same."""
    facts: tuple[FactChange, ...]
    changed: tuple[CellChange, ...] = ()
    unchanged: int = 0
    """Cells."""


class RunDiff(Struct, frozen=True, omit_defaults=True):
    """Two runs, or two targets of one run, side by side."""

    before: str
    after: str
    changed: tuple[CellChange, ...]
    """Cells of targets that are what they were; those of upgraded targets are in `upgraded`."""
    edited: tuple[str, ...] = ()
    """Scenarios whose meaning changed between the runs; their cells are not compared."""
    added_scenarios: tuple[str, ...] = ()
    gone_scenarios: tuple[str, ...] = ()
    added_targets: tuple[str, ...] = ()
    gone_targets: tuple[str, ...] = ()
    missing_before: int = 0
    """Cells that say nothing of their target in the first (no result, `error`, `bug`, `inconclusive`), though planned in both."""
    missing_after: int = 0
    unchanged: int = 0
    """Cells of targets that are what they were."""
    upgraded: tuple[Upgrade, ...] = ()
    """Targets with other facts than before, with what their cells came to."""
    changed_scenarios: tuple[str, ...] = ()
    """Scenarios with a cell that changed, whatever the reason."""
    unchanged_scenarios: tuple[str, ...] = ()
    """Scenarios of which some cell was compared, and none had changed."""
