"""Accepted observations that later runs are compared with, and what such a comparison comes to. Reading and comparing is for `history`."""

from typing import Literal

from msgspec import Struct

from harness.records.comparison import FactChange, StepChange
from harness.records.observation import Observation, Trouble, Verdict

BASELINE_VERSION = 1

ChangeState = Literal["changed", "rejected", "edited", "new"]
"""`changed`: not what was accepted. `rejected`: somebody said that it is wrong. `edited`: the scenario has another meaning since. `new`:
nothing was accepted for it."""


class Sight(Struct, frozen=True, omit_defaults=True):
    """What one cell came to, without anything that differs between identical runs."""

    verdict: Verdict
    steps: tuple[Observation, ...] = ()
    """Normalised, as in a run."""
    trouble: Trouble | None = None
    timing: dict[int, str] = {}
    """`too early` or `too late` by position in `steps`, where a time was out of the step's bounds."""


class Accepted(Struct, frozen=True, omit_defaults=True):
    """An observation that is right for some targets."""

    targets: tuple[str, ...]
    """Their ids in the baseline, sorted."""
    sight: Sight


class Rejected(Struct, frozen=True, omit_defaults=True):
    """An observation that is wrong on some targets: it stays red."""

    targets: tuple[str, ...]
    reason: str
    sight: Sight


class BaselineScenario(Struct, frozen=True, omit_defaults=True):
    """One scenario of a baseline."""

    digest: str
    """Of the meaning that the scenario had; with another one, nothing here is compared."""
    accepted: tuple[Accepted, ...] = ()
    """A target may have several: any of them is right."""
    rejected: tuple[Rejected, ...] = ()


class BaselineTarget(Struct, frozen=True, omit_defaults=True):
    """One target of a baseline."""

    name: str
    """As it was asked for."""
    facts: dict[str, str] = {}
    """As text, without names, constants and classes."""


class Baseline(Struct, frozen=True, omit_defaults=True):
    """Accepted observations of scenarios on targets. Everything in it is sorted, so that a change of it reads well."""

    baseline: int
    """Version of this format."""
    targets: dict[str, BaselineTarget] = {}
    """By id."""
    scenarios: dict[str, BaselineScenario] = {}
    """By id."""


class PendingChange(Struct, frozen=True, omit_defaults=True):
    """Cells of one scenario that nobody has reviewed, and that differ from what was accepted in the same way."""

    id: str
    """By which it is accepted or rejected; the same observation has the same id in every run."""
    state: ChangeState
    scenario: str
    targets: tuple[str, ...]
    """Ids in the run."""
    after: Verdict
    before: Verdict | None = None
    """None: nothing comparable was accepted."""
    steps: tuple[StepChange, ...] = ()
    reason: str = ""
    """Why it was rejected."""
    grounds: str = ""
    """What the run says of its verdict: the unmet need, what was expected."""
    flaky: bool = False
    """The run saw it come to something else as well."""


class BaselineUpgrade(Struct, frozen=True, omit_defaults=True):
    """A target of the run that stands for one of the baseline and has other facts."""

    before: str
    after: str
    facts: tuple[FactChange, ...]


class BaselineReport(Struct, frozen=True, omit_defaults=True):
    """A run held against a baseline."""

    report: int
    """Version of this format."""
    baseline: str
    """The file."""
    run: str
    """The run's folder."""
    pending: tuple[PendingChange, ...] = ()
    """The ones that are red first."""
    same: int = 0
    """Cells as accepted."""
    flaky: tuple[tuple[str, str], ...] = ()
    """Cells (scenario, target) as accepted, of which the run saw something else as well."""
    silent: int = 0
    """Cells that say nothing of their target: error, bug, inconclusive."""
    bugs: int = 0
    """How many of them are bugs of their scenarios."""
    missing: int = 0
    """Planned cells without a result."""
    upgraded: tuple[BaselineUpgrade, ...] = ()
    new_targets: tuple[str, ...] = ()
    """Targets of the run that the baseline does not know; their cells are `new`."""
    absent_targets: tuple[str, ...] = ()
    """Targets of the baseline that the run did not play on."""
    absent_scenarios: tuple[str, ...] = ()
    """Scenarios of the baseline that the run did not play."""


class Proposal(Struct, frozen=True, omit_defaults=True):
    """A pending change with the observation itself."""

    change: PendingChange
    digest: str
    sight: Sight


class Proposals(Struct, frozen=True, omit_defaults=True):
    """What stands beside a baseline until it is reviewed (`FILE.new`)."""

    proposals: int
    """Version of this format."""
    report: BaselineReport
    targets: dict[str, BaselineTarget]
    """Of the run, by id."""
    stands_for: dict[str, str]
    """By id of a target of the run, the target of the baseline that it stands for."""
    changes: tuple[Proposal, ...]
