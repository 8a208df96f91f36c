"""Holds a run against a baseline, and takes what was decided into it. Pure functions of data; reads and writes no files.

A cell that was not accepted is never the same as one that was: what the baseline does not know is `new`, what has another meaning is
`edited`, and what says nothing of its target is counted as `silent` or `missing`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from typing import TypeVar

from msgspec import structs

from harness.comparing.behaviours import SILENT
from harness.comparing.targets import Stand, counterparts, fact_changes, stands
from harness.history.errors import KeptError
from harness.history.sights import agree, changes, encoded, fits, sight_of
from harness.records.baseline import (
    BASELINE_VERSION,
    Accepted,
    Baseline,
    BaselineReport,
    BaselineScenario,
    BaselineTarget,
    BaselineUpgrade,
    ChangeState,
    PendingChange,
    Proposal,
    Proposals,
    Rejected,
    Sight,
)
from harness.records.plan import Plan
from harness.records.run import Result
from harness.runs.folder import Run

RED: frozenset[ChangeState] = frozenset({"changed", "rejected"})
"""States that nobody may take for as expected. Others say that there is nothing to compare with."""

_ORDER: tuple[ChangeState, ...] = ("rejected", "changed", "edited", "new")

EMPTY = Baseline(BASELINE_VERSION)

E = TypeVar("E", Accepted, Rejected)


def review(baseline: Baseline, run: Run, file: str) -> Proposals:
    """What of a run nobody has accepted. The same run and baseline give the same, order included.

    Raises `KeptError` where the baseline, of that file, has steps that its scenarios do not have.
    """
    return _Review(baseline, run, file).proposals()


class _Review:
    """Goes through the cells of a run."""

    def __init__(self, baseline: Baseline, run: Run, file: str) -> None:
        self.file = file
        self.baseline = baseline
        self.run = run
        self.known = [Stand(target, each.name, each.facts) for target, each in baseline.targets.items()]
        self.seen = stands(run.header.targets)
        self.stands_for = counterparts(self.known, self.seen)
        self.groups: dict[tuple[str, ChangeState, str], Proposal] = {}
        self.same = self.silent = self.bugs = 0
        self.flaky: list[tuple[str, str]] = []

    def proposals(self) -> Proposals:
        for scenario in self.run.header.scenarios:
            for target in self.run.header.targets:
                self._cell(self.run.plans[scenario], target.id)
        found = sorted(self.groups.values(), key=lambda each: _ORDER.index(each.change.state))
        return Proposals(
            proposals=BASELINE_VERSION,
            report=self._report(tuple(each.change for each in found)),
            targets={each.id: BaselineTarget(each.name, each.facts) for each in self.seen},
            stands_for=self.stands_for,
            changes=tuple(found),
        )

    def _report(self, pending: tuple[PendingChange, ...]) -> BaselineReport:
        return BaselineReport(
            report=BASELINE_VERSION,
            baseline=self.file,
            run=self.run.folder.as_posix(),
            pending=pending,
            same=self.same,
            flaky=tuple(self.flaky),
            silent=self.silent,
            bugs=self.bugs,
            missing=len(self.run.missing),
            upgraded=tuple(self._upgrades()),
            new_targets=tuple(each.id for each in self.seen if each.id not in self.stands_for),
            absent_targets=tuple(each.id for each in self.known if each.id not in self.stands_for.values()),
            absent_scenarios=tuple(name for name in self.baseline.scenarios if name not in self.run.header.scenarios),
        )

    def _upgrades(self) -> Iterable[BaselineUpgrade]:
        for each in self.seen:
            if each.id in self.stands_for:
                before = self.stands_for[each.id]
                facts = fact_changes(self.baseline.targets[before].facts, each.facts)
                if facts or before != each.id:
                    yield BaselineUpgrade(before, each.id, facts)

    def _cell(self, plan: Plan, target: str) -> None:
        result = self.run.results.get((plan.id, target))
        if result is None or result.verdict in SILENT:
            self.silent += result is not None
            self.bugs += result is not None and result.verdict == "bug"
            return
        known = self.baseline.scenarios.get(plan.id)
        sight = sight_of(plan, result)
        accepted, rejected = _of_target(known, self.stands_for.get(target, ""))
        if known is None or not (accepted or rejected):
            self._propose("new", plan, result, sight, None)
        elif known.digest != plan.digest:
            self._propose("edited", plan, result, sight, None)
        elif not all(fits(plan, each) for each in (*accepted, *(entry.sight for entry in rejected))):
            raise KeptError(self.file, f"has steps of {plan.id} that it does not have", "the file was changed or damaged")
        else:
            self._compare(plan, result, sight, accepted, rejected)

    def _compare(self, plan: Plan, result: Result, sight: Sight, accepted: list[Sight], rejected: list[Rejected]) -> None:
        decision = _decision(plan, sight, accepted, rejected)
        before = accepted[0] if accepted else None
        if isinstance(decision, Rejected):
            self._propose("rejected", plan, result, sight, before, decision.reason)
        elif decision is None:
            self._propose("changed", plan, result, sight, before)
        else:
            self.same += 1
            if result.flaky:
                self.flaky.append((plan.id, result.target))

    def _propose(self, state: ChangeState, plan: Plan, result: Result, sight: Sight, before: Sight | None, reason: str = "") -> None:
        """Add a cell to those that differ in the same way."""
        name = _id(plan, sight, before, flaky=bool(result.flaky))
        key = (name, state, reason)
        if key in self.groups:
            found = self.groups[key]
            change = structs.replace(found.change, targets=(*found.change.targets, result.target))
            self.groups[key] = structs.replace(found, change=change)
            return
        change = PendingChange(
            id=name,
            state=state,
            scenario=plan.id,
            targets=(result.target,),
            after=sight.verdict,
            before=before.verdict if before else None,
            steps=changes(plan, before, sight) if before else (),
            reason=reason,
            grounds=result.reason,
            flaky=bool(result.flaky),
        )
        self.groups[key] = Proposal(change, plan.digest, sight)


def _id(plan: Plan, sight: Sight, before: Sight | None, *, flaky: bool) -> str:
    """Of a change: the same in every run, and whether somebody has rejected it or not."""
    parts = (plan.id.encode(), plan.digest.encode(), encoded(sight), encoded(before) if before else b"", b"flaky" if flaky else b"")
    return sha256(b"\n".join(parts)).hexdigest()[:10]


def _of_target(known: BaselineScenario | None, target: str) -> tuple[list[Sight], list[Rejected]]:
    """What is accepted, and what is rejected, of a scenario on a target of the baseline."""
    if known is None or not target:
        return [], []
    accepted = [entry.sight for entry in known.accepted if target in entry.targets]
    return accepted, [entry for entry in known.rejected if target in entry.targets]


def _decision(plan: Plan, sight: Sight, accepted: list[Sight], rejected: list[Rejected]) -> Sight | Rejected | None:
    """What was said of a sight. Of this very one first, else of one that only means the same: who takes a decision back has the last word.

    A file that was merged may hold both; then it stays red.
    """
    very = encoded(sight)
    exact = _first(accepted, rejected, lambda each: encoded(each) == very)
    return exact or _first(accepted, rejected, lambda each: agree(plan, each, sight))


def _first(accepted: list[Sight], rejected: list[Rejected], is_like: Callable[[Sight], bool]) -> Sight | Rejected | None:
    found = next((each for each in rejected if is_like(each.sight)), None)
    return found or next((each for each in accepted if is_like(each)), None)


# -------------------------------------------------------------------------------------------------------- decisions


def accept(baseline: Baseline, proposals: Proposals, chosen: Collection[str], *, besides: Collection[str] = ()) -> Baseline:
    """The baseline with the observations of some changes, by id: in the place of what was accepted, or besides it."""
    for proposal in proposals.changes:
        if proposal.change.id in chosen or proposal.change.id in besides:
            baseline = _accepted(baseline, proposals, proposal, keep=proposal.change.id in besides)
    return baseline


def reject(baseline: Baseline, proposals: Proposals, reasons: Mapping[str, str]) -> Baseline:
    """The baseline that remembers why some changes, by id, are wrong."""
    for proposal in proposals.changes:
        if proposal.change.id in reasons:
            baseline = _rejected(baseline, proposals, proposal, reasons[proposal.change.id])
    return baseline


def _accepted(baseline: Baseline, proposals: Proposals, proposal: Proposal, *, keep: bool) -> Baseline:
    targets = _targets(proposals, proposal)
    scenario = _scenario(baseline, proposal)
    accepted = scenario.accepted if keep else _without(scenario.accepted, targets)
    same = next((entry for entry in accepted if encoded(entry.sight) == encoded(proposal.sight)), None)
    others = tuple(entry for entry in accepted if entry is not same)
    entry = Accepted(tuple(sorted({*targets, *(same.targets if same else ())})), proposal.sight)
    rejected = _not_of(scenario.rejected, proposal.sight, targets)
    return _with(baseline, proposals, proposal, structs.replace(scenario, accepted=(*others, entry), rejected=rejected))


def _rejected(baseline: Baseline, proposals: Proposals, proposal: Proposal, reason: str) -> Baseline:
    targets = _targets(proposals, proposal)
    scenario = _scenario(baseline, proposal)
    others = _not_of(scenario.rejected, proposal.sight, targets)
    entry = Rejected(tuple(sorted(targets)), reason, proposal.sight)
    accepted = _not_of(scenario.accepted, proposal.sight, targets)
    return _with(baseline, proposals, proposal, structs.replace(scenario, accepted=accepted, rejected=(*others, entry)))


def _targets(proposals: Proposals, proposal: Proposal) -> set[str]:
    """Ids in the baseline."""
    return {proposals.stands_for.get(target, target) for target in proposal.change.targets}


def _scenario(baseline: Baseline, proposal: Proposal) -> BaselineScenario:
    """The entry of a scenario; a new one where it has another meaning now, as nothing of the old one can be compared any more."""
    known = baseline.scenarios.get(proposal.change.scenario)
    return known if known is not None and known.digest == proposal.digest else BaselineScenario(proposal.digest)


def _with(baseline: Baseline, proposals: Proposals, proposal: Proposal, scenario: BaselineScenario) -> Baseline:
    added = {target: proposals.targets[target] for target in proposal.change.targets if target not in proposals.stands_for}
    scenarios = {**baseline.scenarios, proposal.change.scenario: scenario}
    return structs.replace(baseline, targets={**baseline.targets, **added}, scenarios=scenarios)


def _without(entries: Iterable[E], targets: set[str]) -> tuple[E, ...]:
    """Entries of other targets; what is left of those that were shared."""
    left = (structs.replace(entry, targets=tuple(target for target in entry.targets if target not in targets)) for entry in entries)
    return tuple(entry for entry in left if entry.targets)


def _not_of(entries: Iterable[E], sight: Sight, targets: set[str]) -> tuple[E, ...]:
    """What was accepted, or rejected, without one sight of some targets."""
    wanted = encoded(sight)
    return tuple(left for entry in entries for left in (_without((entry,), targets) if encoded(entry.sight) == wanted else (entry,)))


def settle(baseline: Baseline, proposals: Proposals, left: Collection[str]) -> Baseline:
    """Put upgraded targets into the place of what they were, where all of the baseline was played and nothing red is left (by id)."""
    if proposals.report.absent_scenarios or proposals.report.missing or proposals.report.silent:
        return baseline
    open_on = {
        target for each in proposals.changes if each.change.id in left and each.change.state in RED for target in each.change.targets
    }
    for upgrade in proposals.report.upgraded:
        is_taken = upgrade.after != upgrade.before and upgrade.after in baseline.targets
        if upgrade.after not in open_on and not is_taken:
            baseline = _renamed(baseline, upgrade.before, upgrade.after, proposals.targets[upgrade.after])
    return baseline


def _renamed(baseline: Baseline, before: str, after: str, target: BaselineTarget) -> Baseline:
    def rename(entries: tuple[E, ...]) -> tuple[E, ...]:
        return tuple(
            structs.replace(entry, targets=tuple(after if each == before else each for each in entry.targets)) for entry in entries
        )

    targets = {name: each for name, each in baseline.targets.items() if name != before} | {after: target}
    scenarios = {
        name: structs.replace(scenario, accepted=rename(scenario.accepted), rejected=rename(scenario.rejected))
        for name, scenario in baseline.scenarios.items()
    }
    return structs.replace(baseline, targets=targets, scenarios=scenarios)


def prune(baseline: Baseline, proposals: Proposals) -> Baseline:
    """Without scenarios and targets that the run did not have."""
    report = proposals.report
    scenarios = {name: each for name, each in baseline.scenarios.items() if name not in report.absent_scenarios}
    gone = set(report.absent_targets)
    kept = {
        name: structs.replace(each, accepted=_without(each.accepted, gone), rejected=_without(each.rejected, gone))
        for name, each in scenarios.items()
    }
    targets = {name: each for name, each in baseline.targets.items() if name not in gone}
    return structs.replace(
        baseline, targets=targets, scenarios={name: each for name, each in kept.items() if each.accepted or each.rejected}
    )


def remaining(proposals: Proposals, accepted: Collection[str], rejected: Mapping[str, str]) -> Proposals:
    """What is still to be reviewed after some changes, by id, were; those that were rejected say why."""
    left = [_now_rejected(each, rejected) for each in proposals.changes if each.change.id not in accepted]
    return _of_changes(proposals, sorted(left, key=lambda each: _ORDER.index(each.change.state)))


def carried_over(before: Proposals, now: Proposals, run: Run) -> Proposals:
    """What waits after a run of some scenarios or targets: what it showed, and what an earlier one had shown of other cells."""
    later = _later_ids(before, now)
    others = [left for each in before.changes for left in _not_played(each, run, later)]
    if not others:
        return now
    whole = structs.replace(now, targets={**before.targets, **now.targets}, stands_for={**before.stands_for, **now.stands_for})
    changes: dict[tuple[str, ChangeState, str], Proposal] = {}
    for each in (*now.changes, *others):
        key = (each.change.id, each.change.state, each.change.reason)
        changes[key] = _of_both(changes[key], each) if key in changes else each
    return _of_changes(whole, sorted(changes.values(), key=lambda each: _ORDER.index(each.change.state)))


def _later_ids(before: Proposals, now: Proposals) -> dict[str, str]:
    """By id of a target of earlier runs, the target of the later one that stands for it, or for the same one of the baseline."""
    olds, news = ([Stand(name, each.name, each.facts) for name, each in run.targets.items()] for run in (before, now))
    standing = {known: new for new, known in now.stands_for.items()}
    of_known = {old: standing[known] for old, known in before.stands_for.items() if known in standing}
    return of_known | {old: new for new, old in counterparts(olds, news).items()}


def _not_played(proposal: Proposal, run: Run, later: Mapping[str, str]) -> Iterable[Proposal]:
    """A change with those of its targets of which a run says nothing; none if the scenario has another meaning in the run."""
    change = proposal.change
    if run.header.scenarios.get(change.scenario, proposal.digest) != proposal.digest:
        return
    results = {target: run.results.get((change.scenario, later.get(target, ""))) for target in change.targets}
    left = tuple(target for target, result in results.items() if result is None or result.verdict in SILENT)
    if left:
        yield structs.replace(proposal, change=structs.replace(change, targets=left))


def _of_both(proposal: Proposal, other: Proposal) -> Proposal:
    """The same change on the targets of both."""
    targets = tuple(dict.fromkeys((*proposal.change.targets, *other.change.targets)))
    return structs.replace(proposal, change=structs.replace(proposal.change, targets=targets))


def still_open(baseline: Baseline, proposals: Proposals) -> Proposals:
    """What was not accepted in the meantime, perhaps in another copy of the file."""
    return _of_changes(proposals, [each for each in proposals.changes if not _is_accepted(baseline, proposals, each)])


def _is_accepted(baseline: Baseline, proposals: Proposals, proposal: Proposal) -> bool:
    wanted = encoded(proposal.sight)
    accepted = {target for entry in _scenario(baseline, proposal).accepted if encoded(entry.sight) == wanted for target in entry.targets}
    return _targets(proposals, proposal) <= accepted


def _now_rejected(proposal: Proposal, reasons: Mapping[str, str]) -> Proposal:
    if proposal.change.id not in reasons:
        return proposal
    return structs.replace(proposal, change=structs.replace(proposal.change, state="rejected", reason=reasons[proposal.change.id]))


def _of_changes(proposals: Proposals, changes: Collection[Proposal]) -> Proposals:
    report = structs.replace(proposals.report, pending=tuple(each.change for each in changes))
    return structs.replace(proposals, report=report, changes=tuple(changes))
