"""Sum up a run as data: counts, what is red, what could not be compared, the exit code. Prints nothing (`summary_text` does)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote

from msgspec import Struct

from harness.gates import codes
from harness.records.baseline import BaselineReport
from harness.records.comparison import Comparison
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
    scenarios: int
    cells: int
    verdicts: dict[Verdict, int]
    targets: tuple[TargetSummary, ...]
    pairs: tuple[PairTable, ...] = ()
    skipped: dict[str, str] = {}
    """Interpreters that were left out, with the reason."""
    where: str = ""
    """The query that picked this part of the run; empty: it is the whole."""
    red: tuple[RedEntry, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    """Planned cells (scenario, target) without a result."""
    unsteady: tuple[UnsteadyCell, ...] = ()
    unmet: tuple[UnmetNeed, ...] = ()
    """Why cells are `unsupported`, the commonest reason first."""
    comparison: Comparison
    baseline: BaselineReport | None = None
    """What a baseline says to the run, where it was held against one."""


def summarise(run: Run, comparison: Comparison, where: str = "") -> Summary:
    """The summary of a run and of the comparison of its targets; `where` is the query that they were narrowed by."""
    verdicts = count(run.results.values())
    code, meaning = ending(run)
    return Summary(
        summary=SUMMARY_VERSION,
        folder=run.folder.as_posix(),
        started=run.header.started,
        seconds=run.footer.seconds if run.footer else 0.0,
        complete=run.complete,
        note="" if run.complete else interrupted_words(run),
        exit_code=code,
        meaning=meaning,
        scenarios=len(run.header.scenarios),
        cells=run.header.cells,
        verdicts=verdicts,
        targets=_targets(run),
        pairs=tuple(_pairs(run.header.targets)),
        skipped=run.header.skipped,
        where=where,
        red=red_entries(run),
        missing=run.missing,
        unsteady=tuple(_unsteady(run)),
        unmet=_unmet(run),
        comparison=comparison,
    )


def ending(run: Run) -> tuple[int, str]:
    """The exit code of a run and what it says, the same wherever the run is shown."""
    verdicts = count(run.results.values())
    code = codes.exit_code(verdicts, len(run.missing))
    if not codes.is_telling(verdicts) and not run.missing:
        nothing = "no scenario could be played" if verdicts else "there was no cell to play"
        return code, f"{nothing}, so that nothing is known of the targets"
    if code == codes.AS_EXPECTED and run.header.options.get("repeat", 1) > 1 and any(result.flaky for result in run.results.values()):
        code = codes.NOT_AS_EXPECTED  # whoever asks whether it is stable wants to be told in the exit code too
    return code, codes.MEANINGS[code]


def interrupted_words(run: Run) -> str:
    """What is said of a run without its end, by every command that reads it."""
    done = run.header.cells - len(run.missing)
    state = f"the run in {run.folder} was interrupted, or is still going on: {done} of {run.header.cells} cells have a result"
    return f"{state}; go on with: sockmatrix run --resume --out {quote(run.folder.as_posix())}"


def count(results: Iterable[Result]) -> dict[Verdict, int]:
    """How often each verdict occurs, in the order of `VERDICTS`; those that do not are left out."""
    counts = Counter(result.verdict for result in results)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


def _targets(run: Run) -> tuple[TargetSummary, ...]:
    by_target: dict[str, list[Result]] = {target.id: [] for target in run.header.targets}
    for result in run.results.values():
        by_target[result.target].append(result)
    missing = Counter(target for _, target in run.missing)
    return tuple(_target(target, by_target[target.id], missing[target.id]) for target in run.header.targets)


def _pairs(targets: Sequence[TargetRecord]) -> Iterator[PairTable]:
    """A table for each network, where anything played in pairs at all."""
    for network in dict.fromkeys(target.network for target in targets if target.server):
        here = {(target.server, target.client): target.id for target in targets if target.server and target.network == network}
        servers = tuple(dict.fromkeys(server for server, _ in here))
        clients = tuple(dict.fromkeys(client for _, client in here))
        yield PairTable(network, servers, clients, tuple(tuple(here.get((server, client), "") for client in clients) for server in servers))


def _target(target: TargetRecord, results: list[Result], missing: int) -> TargetSummary:
    python = ">".join(facts.python for facts in (target.facts, *target.partners) if facts is not None)
    return TargetSummary(target.id, target.name, python, target.trouble, count(results), missing)


def red_entries(run: Run) -> tuple[RedEntry, ...]:
    """What makes a run red: the gravest first, in the order of the plan; cells of targets that never started are told by the target."""
    silent = {target.id for target in run.header.targets if target.trouble}
    entries: dict[tuple[object, ...], RedEntry] = {}
    for scenario in run.header.scenarios:
        for target in run.header.targets:
            result = run.results.get((scenario, target.id))
            if result is not None and result.verdict not in GOOD and not (result.verdict == "error" and target.id in silent):
                _enter(entries, run.plans[scenario], result)
    return tuple(sorted(entries.values(), key=lambda entry: GRAVITY.index(entry.verdict)))


def _enter(entries: dict[tuple[object, ...], RedEntry], plan: Plan, result: Result) -> None:
    key = (result.scenario, result.verdict, result.step, result.reason, result.expected, result.observed)
    before = entries[key].targets if key in entries else ()
    entries[key] = _entry(plan, result, (*before, result.target))


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


def _unsteady(run: Run) -> Iterable[UnsteadyCell]:
    for result in run.results.values():
        if result.flaky or result.volatile.late:
            yield UnsteadyCell(result.scenario, result.target, result.verdict, result.flaky, result.volatile.late)


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
    """The run in half a line: `as expected in 57120 cells`, `3 fail, 2 without a result in 40 cells`."""
    size = f"{summary.cells} cell{'' if summary.cells == 1 else 's'}"
    if summary.exit_code == codes.AS_EXPECTED:
        return f"as expected in {size}"
    if nothing_was_played(summary):
        return f"nothing was played: all {size} are unsupported" if summary.cells else "nothing was played: the run has no cells"
    bad = {verdict: number for verdict, number in summary.verdicts.items() if verdict not in GOOD}
    words = [verdict_words(bad)] if bad else []
    words += [f"{len(summary.missing)} without a result"] if summary.missing else []
    flaky = sum(1 for cell in summary.unsteady if cell.flaky)
    return f"{', '.join(words) or f'{flaky} flaky'} in {size}"


def nothing_was_played(summary: Summary) -> bool:
    """No target could play any of the scenarios, or there were none, so that the run says nothing."""
    return not codes.is_telling(summary.verdicts) and not summary.missing


def verdict_words(verdicts: Mapping[Verdict, int]) -> str:
    """`380 pass, 2 fail`."""
    return ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
