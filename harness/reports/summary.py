"""Sum up a run as data: counts, what is red, what could not be compared, the exit code. Prints nothing (`summary_text` does)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote

from msgspec import Struct, structs

from harness.gates import codes
from harness.gates.gate import Outcome, gate
from harness.merging.planned import remarks
from harness.records.baseline import BaselineReport
from harness.records.comparison import Comparison
from harness.records.gate import Gate, HeldBaseline
from harness.records.known import Known
from harness.records.observation import GOOD, VERDICTS, Verdict
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run

SUMMARY_VERSION = 1

GRAVITY: tuple[Verdict, ...] = ("crash", "hang", "fail", "stale", "error", "inconclusive", "bug")
"""Red verdicts in the order in which they are listed."""


class TargetSummary(Struct, frozen=True, omit_defaults=True):
    """One row of the table."""

    id: str
    name: str
    python: str = ""
    """Version of the language; empty where the target could not be started."""
    trouble: str = ""
    """Why it could not be started."""
    verdicts: dict[Verdict, int] = {}
    """Counts of the verdicts that occur."""
    missing: int = 0
    """Planned cells without a result."""
    unplanned: int = 0
    """Scenarios that were never to be played on it."""
    undelivered: str = ""
    """The job of the matrix that was to play on it, and of which no run came."""
    known: int = 0
    """Red cells that are known."""
    excused: int = 0
    """Scenarios that were not played because a known entry says so."""
    lost_starts: int = 0
    """How many of its processes ended by themselves, at their start or in a play that was made again."""
    lost_hosts: int = 0
    """How many of its hosts (containers or machines) went away in the middle of the run, and had others in their place."""
    lost_forks: int = 0
    """How many processes were started because an agent could not fork."""
    fork_trouble: str = ""
    """What was said where it first could not."""


class MergedRuns(Struct, frozen=True, omit_defaults=True):
    """What a merged run was made of."""

    runs: int
    again: int = 0
    """How many results there were beyond one for each cell."""
    interrupted: int = 0
    """How many of the runs had no end."""
    versions: tuple[str, ...] = ()
    """Versions of Sockmatrix that made them, where there are several."""
    remarks: tuple[str, ...] = ()
    """What else is to be known: shards and jobs of which no run came, what the plan of the matrix does not have."""


class PairTable(Struct, frozen=True, omit_defaults=True):
    """Who played with whom: one square for each server and client, on one network."""

    network: str
    """The condition that was asked for, or empty."""
    servers: tuple[str, ...]
    clients: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    """By server and client: the id of the target, or empty where these two did not play."""


class RedEntry(Struct, frozen=True, omit_defaults=True):
    """A verdict that makes the run red, with its grounds; targets on which all of this is the same share an entry."""

    scenario: str
    verdict: Verdict
    targets: tuple[str, ...]
    file: str
    line: int
    """0 where no step is to blame."""
    reason: str
    step: int | None = None
    text: str = ""
    """The step as written."""
    expected: str = ""
    observed: str = ""
    see: tuple[str, ...] = ()
    column: int = 0
    """0 where no step is to blame."""
    known: Known | None = None
    """The entry that says that it is known; then it does not make the run red."""


class UnmetNeed(Struct, frozen=True, omit_defaults=True):
    """Something that targets lack, so that scenarios were not played on them."""

    reason: str
    """`needs unix, which is not usable here`."""
    cells: int
    targets: tuple[str, ...]


class UnsteadyCell(Struct, frozen=True, omit_defaults=True):
    """A cell that had to be played more than once to be believed."""

    scenario: str
    target: str
    verdict: Verdict
    flaky: tuple[str, ...] = ()
    """Verdicts of other plays."""
    late: int = 0
    """Plays that only missed a time bound."""
    plays: tuple[Verdict, ...] = ()
    """What each play came to, in their order, where that is known."""
    retried: int = 0
    """How many of them `--retry-unexpected` asked for."""
    known: bool = False
    """That it departs is known."""


class Summary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run at first sight. `sockmatrix summary --json` prints it."""

    summary: int
    """Version of this format."""
    folder: str
    started: str
    """UTC, ISO 8601."""
    seconds: float = 0.0
    """How long the run took; 0 where it was interrupted."""
    complete: bool
    """False: the run was interrupted, or is still going on."""
    note: str = ""
    """What is odd about the run as a whole."""
    exit_code: int
    meaning: str
    """What the exit code says."""
    gate: Gate = Gate()
    """Why the exit code is what it is, and what became of the known entries."""
    scenarios: int
    cells: int
    verdicts: dict[Verdict, int]
    targets: tuple[TargetSummary, ...]
    pairs: tuple[PairTable, ...] = ()
    skipped: dict[str, str] = {}
    """Interpreters that were left out, with the reason."""
    where: str = ""
    """The query that picked this part of the run; empty: it is the whole."""
    job: str = ""
    """The job of the matrix that the run is."""
    shard: str = ""
    """Which part of the scenarios it played: `2/8`; empty: all."""
    merged: MergedRuns | None = None
    """Of a run that was merged of others: what they were."""
    red: tuple[RedEntry, ...] = ()
    """Verdicts that are not as expected; those that are known say so, and stand last."""
    missing: tuple[tuple[str, str], ...] = ()
    """Planned cells (scenario, target) without a result."""
    excused: int = 0
    """Cells that were not played because a known entry says so. They are not among `cells`."""
    unsteady: tuple[UnsteadyCell, ...] = ()
    unmet: tuple[UnmetNeed, ...] = ()
    """Why cells are `unsupported`, the commonest reason first."""
    comparison: Comparison
    baseline: BaselineReport | None = None
    """What a baseline says to the run, where it was held against one."""


def summarise(run: Run, comparison: Comparison, where: str = "", found: Outcome | None = None) -> Summary:
    """The summary of a run and of the comparison of its targets; `where` is the query that they were narrowed by, `found` what the run
    comes to where that was asked for otherwise."""
    verdicts = count(run.results.values())
    found = found or gate(run, is_part=bool(where))
    return Summary(
        summary=SUMMARY_VERSION,
        folder=run.folder.as_posix(),
        started=run.header.started,
        seconds=run.footer.seconds if run.footer else 0.0,
        complete=run.complete,
        note="" if run.complete else interrupted_words(run),
        exit_code=found.gate.exit_code,
        meaning=found.gate.meaning,
        gate=found.gate,
        scenarios=len(run.header.scenarios),
        cells=run.header.cells,
        verdicts=verdicts,
        targets=_targets(run, found),
        pairs=tuple(_pairs(run.header.targets)),
        skipped=run.header.skipped,
        where=where,
        job=run.header.job,
        shard=run.header.shard,
        merged=merged_of(run) if run.header.parts and not where else None,
        red=red_entries(run, found),
        missing=run.missing,
        excused=len(run.excused),
        unsteady=tuple(_unsteady(run, found)),
        unmet=_unmet(run),
        comparison=comparison,
    )


def merged_of(run: Run) -> MergedRuns:
    """What a merged run was made of."""
    header = run.header
    versions = sorted({part.sockmatrix for part in header.parts})
    return MergedRuns(
        runs=len(header.parts),
        again=sum(part.results for part in header.parts) - len(run.results),
        interrupted=sum(not part.finished for part in header.parts),
        versions=tuple(versions) if len(versions) > 1 else (),
        remarks=tuple(remarks(header.parts, header.sets, header.matrix)),
    )


def interrupted_words(run: Run) -> str:
    """What is said of a run without its end, by every command that reads it."""
    done = run.header.cells - len(run.missing)
    if run.broken:
        state = f"the run in {run.folder} is without {', '.join(run.broken)}: mistakes in scenario files"
        return f"{state}; {done} of {run.header.cells} cells have a result; mend the files and play all in a new run"
    state = f"the run in {run.folder} was interrupted, or is still going on: {done} of {run.header.cells} cells have a result"
    return f"{state}; go on with: sockmatrix run --resume --out {quote(run.folder.as_posix())}"


def count(results: Iterable[Result]) -> dict[Verdict, int]:
    """How often each verdict occurs, in the order of `VERDICTS`; those that do not are left out."""
    counts = Counter(result.verdict for result in results)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


def _targets(run: Run, found: Outcome) -> tuple[TargetSummary, ...]:
    by_target: dict[str, list[Result]] = {target.id: [] for target in run.header.targets}
    for result in run.results.values():
        by_target[result.target].append(result)
    missing = Counter(target for _, target in run.missing)
    planned = Counter(target for _, target in run.planned)
    rest = {target.id: len(run.header.scenarios) - planned[target.id] for target in run.header.targets}
    known = Counter(target for _, target in found.expected)
    excused = Counter(target for _, target in run.excused)
    return tuple(
        structs.replace(
            _target(target, by_target[target.id], missing[target.id], rest[target.id] - excused[target.id]),
            known=known[target.id],
            excused=excused[target.id],
        )
        for target in run.header.targets
    )


def _pairs(targets: Sequence[TargetRecord]) -> Iterator[PairTable]:
    """A table for each network, where anything played in pairs at all."""
    for network in dict.fromkeys(target.network for target in targets if target.server):
        here = {(target.server, target.client): target.id for target in targets if target.server and target.network == network}
        servers = tuple(dict.fromkeys(server for server, _ in here))
        clients = tuple(dict.fromkeys(client for _, client in here))
        yield PairTable(network, servers, clients, tuple(tuple(here.get((server, client), "") for client in clients) for server in servers))


def _target(target: TargetRecord, results: list[Result], missing: int, unplanned: int) -> TargetSummary:
    python = ">".join(facts.python for facts in (target.facts, *target.partners) if facts is not None)
    return TargetSummary(
        target.id, target.name, python, target.trouble, count(results), missing, unplanned, target.undelivered,
        lost_starts=target.lost_starts, lost_hosts=target.lost_hosts,
        lost_forks=target.lost_forks, fork_trouble=target.fork_trouble,
    )  # fmt: skip


def red_entries(run: Run, found: Outcome) -> tuple[RedEntry, ...]:
    """What is not as expected: the gravest first, in the order of the plan, and what is known last; cells of targets that never started
    are told by the target."""
    silent = {target.id for target in run.header.targets if target.trouble}
    entries: dict[tuple[object, ...], RedEntry] = {}
    for scenario in run.header.scenarios:
        for target in run.header.targets:
            result = run.results.get((scenario, target.id))
            if result is not None and result.verdict not in GOOD and not (result.verdict == "error" and target.id in silent):
                _enter(entries, run.plans[scenario], result, found.expected.get((scenario, target.id)))
    return tuple(sorted(entries.values(), key=lambda entry: (entry.known is not None, GRAVITY.index(entry.verdict))))


def _enter(entries: dict[tuple[object, ...], RedEntry], plan: Plan, result: Result, known: Known | None) -> None:
    key = (result.scenario, result.verdict, result.step, result.reason, result.expected, result.observed, known)
    before = entries[key].targets if key in entries else ()
    entries[key] = structs.replace(_entry(plan, result, (*before, result.target)), known=known)


def _entry(plan: Plan, result: Result, targets: tuple[str, ...]) -> RedEntry:
    step = plan.steps[result.step] if result.step is not None and result.step < len(plan.steps) else None
    return RedEntry(
        scenario=result.scenario,
        verdict=result.verdict,
        targets=targets,
        file=plan.file,
        line=step.place.line if step else 0,
        reason=result.reason,
        step=result.step,
        text=f"{step.role}: {step.text}" if step else "",
        expected=result.expected,
        observed=result.observed,
        see=result.see,
        column=step.place.column if step else 0,
    )


def _unsteady(run: Run, found: Outcome) -> Iterable[UnsteadyCell]:
    for cell, result in run.results.items():
        if result.flaky or result.volatile.late or result.retried:
            late, known = result.volatile.late, cell in found.expected
            yield UnsteadyCell(*cell, result.verdict, result.flaky, late, result.plays, result.retried, known)


def _unmet(run: Run) -> tuple[UnmetNeed, ...]:
    """By reason; equally common ones in the order of the run."""
    cells: Counter[str] = Counter()
    targets: dict[str, dict[str, None]] = {}
    for result in run.results.values():
        if result.verdict == "unsupported":
            cells[result.reason] += 1
            targets.setdefault(result.reason, {})[result.target] = None
    order = {target.id: at for at, target in enumerate(run.header.targets)}
    named = {reason: tuple(sorted(who, key=order.__getitem__)) for reason, who in targets.items()}
    return tuple(UnmetNeed(reason, number, named[reason]) for reason, number in cells.most_common())


def headline(summary: Summary) -> str:
    """The run in half a line: `as expected in 57120 cells`, `3 fail, 2 without a result in 40 cells`; and what it does not fail on."""
    size = f"{summary.cells} cell{'' if summary.cells == 1 else 's'}"
    known = summary.gate.expected
    aside = f", {known} of them known to depart" if known else ""
    return f"{_findings(summary, size)}{aside}{overlooked_words(summary.gate)}"


def _findings(summary: Summary, size: str) -> str:
    if summary.exit_code == codes.AS_EXPECTED and not set(summary.gate.overlooked) - {"flaky"}:
        return f"as expected in {size}"
    if nothing_was_played(summary):
        return f"nothing was played: all {size} are unsupported" if summary.cells else "nothing was played: the run has no cells"
    held = summary.gate.baseline
    good = "nothing to compare with the baseline" if held is not None and held.exit_code == codes.HARNESS else "as expected"
    return f"{', '.join(_bad_words(summary)) or good} in {size}"


def _bad_words(summary: Summary) -> Iterator[str]:
    """What is not as expected, without what is known."""
    bad = Counter(summary.gate.failing) + Counter(summary.gate.overlooked)
    stale = [use for use in summary.gate.known if use.state == "stale"]
    bad["stale"] -= sum(len(use.stale) or 1 for use in stale)
    yield from (f"{bad[each]} {each}" for each in VERDICTS if bad[each] > 0)
    yield from [f"{len(summary.missing)} without a result"] if summary.missing else []
    yield from [f"{bad['flaky']} flaky"] if bad["flaky"] else []
    changes = bad["new-difference"]
    yield from [f"{changes} not as the baseline has {'it' if changes == 1 else 'them'}"] if changes else []
    entries = ((len(stale), "stale"), (bad["known-unused"], "unused"))
    yield from (f"{number} {word} known failure{'' if number == 1 else 's'}" for number, word in entries if number)


def baseline_words(held: HeldBaseline) -> str:
    """What a baseline said to the run: `2 changes that nobody has accepted`."""
    if held.changes:
        return f"{held.changes} change{'' if held.changes == 1 else 's'} that nobody has accepted"
    if held.exit_code == codes.AS_EXPECTED:
        return "as accepted"
    return "bad scenarios could not be compared" if held.exit_code == codes.USAGE else "not all could be compared"


def failing_baseline(gate: Gate) -> HeldBaseline | None:
    """The baseline that the run was held against, if what it said makes it fail."""
    held = gate.baseline
    return held if held is not None and ("new-difference" in gate.failing or held.exit_code) else None


def overlooked_words(gate: Gate) -> str:
    """A gate that was told to overlook something says so wherever its verdict is told."""
    words = [f"{each} ({number} {unit_of(each)}{'' if number == 1 else 's'})" for each, number in gate.overlooked.items()]
    return f", not failing on: {', '.join(words)}" if words else ""


def unit_of(name: str) -> str:
    """What a class of the gate counts."""
    return {"known-unused": "known failure", "new-difference": "change"}.get(name, "cell")


def nothing_was_played(summary: Summary) -> bool:
    """No target could play any of the scenarios, or there were none, so that the run says nothing."""
    return not codes.is_telling(summary.verdicts) and not summary.missing


def verdict_words(verdicts: Mapping[Verdict, int]) -> str:
    """`380 pass, 2 fail`."""
    return ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
