"""What commands print with `--json` that is neither a run nor made of one, as records, so that there is a schema of it. Prints nothing."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from harness.gates.gate import gate
from harness.images.build import Built
from harness.images.inventory import Status
from harness.images.naming import Row
from harness.language.mistakes import Mistake
from harness.records.comparison import Comparison, Difference
from harness.records.condition import Condition
from harness.records.facts import Facts
from harness.records.gate import Gate
from harness.records.known import Known
from harness.records.observation import Verdict
from harness.records.plan import Plan
from harness.records.run import Result
from harness.reports.rejudging import Rejudgement, Undecided
from harness.reports.summary import count
from harness.reproducing.marking import only
from harness.runs.folder import Run
from harness.systems.parts import Prepared

LISTING_VERSION = 1


class ListedScenario(Struct, frozen=True):
    """One scenario of `sockmatrix list --json`, which prints an array of them."""

    id: str
    title: str
    needs: tuple[str, ...]
    tags: tuple[str, ...]
    see: tuple[str, ...]
    roles: dict[str, int]
    """Roles in order of appearance, with how many of each act at once."""
    steps: int
    """Repetitions counted."""
    file: str
    digest: str


class CheckedScenarios(Struct, frozen=True):
    """What `sockmatrix check --json` prints."""

    scenarios: int
    """How many have no mistake."""
    mistakes: tuple[Mistake, ...]


class ListedTarget(Struct, frozen=True, omit_defaults=True):
    """One target of `sockmatrix targets --json`."""

    id: str
    implementation: str
    """Empty where it is not known before it is started."""
    version: str
    found: str = ""
    """Where it was found, without NAMEs: `on PATH`, `in pyenv`."""
    path: str = ""
    """Of the interpreter, without NAMEs."""
    name: str = ""
    """As it was asked for, with NAMEs."""
    command: str = ""
    """What starts it, with NAMEs."""


class ListedTargets(Struct, frozen=True):
    """What `sockmatrix targets --json` prints."""

    targets: tuple[ListedTarget, ...]
    skipped: dict[str, str]
    """What was found and left out, by path, with the reason."""


class ImageTargets(Struct, frozen=True):
    """What `sockmatrix targets --docker --json` prints; fit for a matrix of CI jobs."""

    targets: tuple[Row, ...]


class PreparedTargets(Struct, frozen=True):
    """What `sockmatrix targets prepare --json` prints."""

    targets: tuple[Prepared, ...]


class ListedImages(Struct, frozen=True):
    """What `sockmatrix images list --json` prints."""

    images: tuple[Status, ...]


class BuiltImages(Struct, frozen=True):
    """What `sockmatrix images build --json` prints."""

    images: tuple[Built, ...]


class Removed(Struct, frozen=True):
    """What `sockmatrix images remove --json`, `sockmatrix targets remove --json` and `sockmatrix clean --json` print."""

    removed: tuple[str, ...]
    kept: dict[str, str] = {}
    """What could not be removed, with the reason."""
    room: int | None = None
    """Bytes that `targets remove` gave back; null of the others, which do not know."""


class ListedNetworks(Struct, frozen=True):
    """What `sockmatrix networks --json` prints."""

    networks: dict[str, Condition]
    """By name."""


class FactsOfTargets(Struct, frozen=True):
    """What `sockmatrix facts --json` prints."""

    facts: dict[str, Facts]
    """By id of the target."""
    troubles: dict[str, str]
    """Why others could not be asked."""


class JudgedCell(Struct, frozen=True):
    """One cell that is judged otherwise now."""

    scenario: str
    target: str
    before: Verdict
    after: Verdict
    reason: str


class JudgedRun(Struct, frozen=True):
    """What `sockmatrix judge --json` prints."""

    folder: str
    exit_code: int
    verdicts: dict[Verdict, int]
    """Counts of the verdicts that occur now."""
    changed: tuple[JudgedCell, ...]
    """Cells with another verdict, or with the same for another reason."""
    undecided: tuple[Undecided, ...]
    gate: Gate = Gate()
    """Why the exit code is what it is, and what became of the known entries."""


class ShownScenario(Struct, frozen=True, omit_defaults=True):
    """What `sockmatrix show --json` prints: one scenario, and what it came to in a run, if there is one."""

    plan: Plan
    run: str = ""
    """Folder of the run; empty where only the plan is shown."""
    results: tuple[Result, ...] = ()
    """One for each target that was asked for and has a result, in the order of the run."""
    missing: tuple[str, ...] = ()
    """Targets without a result, where one was planned."""
    differences: tuple[Difference, ...] = ()
    """Between all targets of the run, of every kind."""
    known: dict[str, Known] = {}
    """By target, the entry that says that it is known to depart, where it does."""
    excused: dict[str, str] = {}
    """By target, why it is known that it is not to be played there."""


def listed(plan: Plan) -> ListedScenario:
    """A scenario in one entry."""
    return ListedScenario(
        id=plan.id,
        title=plan.title,
        needs=tuple(need.text for need in plan.needs),
        tags=plan.tags,
        see=plan.see,
        roles=plan.roles,
        steps=len(plan.steps),
        file=plan.file,
        digest=plan.digest,
    )


def judged_run(judged: Rejudgement, found: Gate) -> JudgedRun:
    """A run judged again, as data."""
    changed = tuple(
        JudgedCell(each.after.scenario, each.after.target, each.before.verdict, each.after.verdict, each.after.reason)
        for each in judged.revisions
    )
    verdicts = count(judged.run.results.values())
    return JudgedRun(judged.run.folder.as_posix(), found.exit_code, verdicts, changed, judged.undecided, found)


def shown_scenario(plan: Plan, run: Run, comparison: Comparison, targets: Sequence[str]) -> ShownScenario:
    """One scenario of a run, on some of its targets."""
    results = tuple(result for target in targets if (result := run.results.get((plan.id, target))) is not None)
    there = {result.target for result in results}
    found = gate(only(run, plan), is_part=True)
    return ShownScenario(
        plan=plan,
        run=run.folder.as_posix(),
        results=results,
        missing=tuple(target for target in targets if target not in there and run.is_planned(plan.id, target)),
        differences=tuple(each for group in comparison.groups for each in group.differences if each.scenario == plan.id),
        known={target: known for target in targets if (known := found.expected.get((plan.id, target))) is not None},
        excused={target: run.excused[plan.id, target] for target in targets if (plan.id, target) in run.excused},
    )


def removed_of(reasons: Mapping[str, str]) -> Removed:
    """What was removed, and what kept the rest."""
    return Removed(tuple(name for name, reason in reasons.items() if not reason), {name: each for name, each in reasons.items() if each})
