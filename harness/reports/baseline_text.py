"""Print a run held against a baseline: what is to be reviewed, what could not be compared. Compares nothing."""

from collections.abc import Iterable, Sequence

from harness.gates import codes
from harness.records.baseline import BaselineReport, ChangeState, PendingChange
from harness.records.comparison import QUIET
from harness.reports.counting import named, several
from harness.reports.diff_text import print_steps, print_upgrade, verdicts
from harness.reports.symbols import VERDICT_SYMBOLS
from harness.reports.terminal import Page, Part

MOST_CHANGES = 30
_TITLES: tuple[tuple[ChangeState, str], ...] = (("rejected", "Rejected, and still so"), ("changed", "Not as accepted"))


def print_report(page: Page, report: BaselineReport, *, strict: bool = False, all_kinds: bool = False, everything: bool = False) -> None:
    """The whole page. `strict`: what is new, edited or absent is red."""
    page.line(("baseline  ", "dim"), report.baseline, hang=10)
    page.line(("run       ", "dim"), report.run, hang=10)
    for upgrade in report.upgraded:
        print_upgrade(page, upgrade.before, upgrade.after, upgrade.facts, everything=everything)
    left_out = sum(_changes(page, report, state, title, all_kinds, everything) for state, title in _TITLES)
    if left_out:
        page.line((f"and {left_out} more (--all shows them)", "dim"), indent=1)
    _not_compared(page, report)
    page.blank()
    _foot(page, report, all_kinds, _strictly_red(report) if strict else [])


def print_held(
    page: Page, report: BaselineReport, code: int, *, strict: bool = False, all_kinds: bool = False, everything: bool = False
) -> None:
    """The same below the summary of the run, with the exit code that both come to."""
    page.blank()
    print_report(page, report, strict=strict, all_kinds=all_kinds, everything=everything)
    page.line((f"exit {code}: {codes.MEANINGS[code]}", "dim"))


def _changes(page: Page, report: BaselineReport, state: ChangeState, title: str, all_kinds: bool, everything: bool) -> int:
    found = [change for change in of_state(report, state) if all_kinds or not is_quiet(change)]
    if found:
        page.heading(title)
    for change in found[: None if everything else MOST_CHANGES]:
        print_pending(page, change, all_kinds=all_kinds)
    return 0 if everything else max(len(found) - MOST_CHANGES, 0)


def of_state(report: BaselineReport, *states: ChangeState) -> list[PendingChange]:
    """The pending changes that are of some states."""
    return [change for change in report.pending if change.state in states]


def is_quiet(change: PendingChange) -> bool:
    """It is of a quiet kind only, and nobody has rejected it."""
    is_changed = change.state == "changed" and change.before == change.after and bool(change.steps)
    return is_changed and all(step.kind in QUIET for step in change.steps)


def print_pending(page: Page, change: PendingChange, *, all_kinds: bool = True) -> None:
    """One change: what was accepted, and what was seen."""
    where: list[Part] = ["  ", (change.scenario, "bold"), (f"  on {named(change.targets, 0)}", "dim"), (f"  {change.id}", "cyan")]
    page.line(*verdicts(page, change.before, change.after), *where, indent=1, hang=4)
    if change.reason:
        page.line(("rejected: ", "bold red"), change.reason, indent=5, hang=2)
    if change.flaky:
        page.line(("flaky: the run saw something else as well", "bold yellow"), indent=5, hang=2)
    print_steps(page, change.steps, all_kinds)
    if change.grounds and (not change.steps or change.before != change.after):
        page.line(("now: ", "dim"), change.grounds, indent=5, hang=2)


def _not_compared(page: Page, report: BaselineReport) -> None:
    edited = _scenarios(of_state(report, "edited"))
    fresh = [change for change in of_state(report, "new") if not set(change.targets) <= set(report.new_targets)]
    lists: list[tuple[str, Sequence[str]]] = [
        ("scenarios edited since", edited),
        ("scenarios new", _scenarios(fresh)),
        ("scenarios not played", report.absent_scenarios),
        ("targets new", report.new_targets),
        ("targets not played on", report.absent_targets),
    ]
    rows: list[list[Part]] = [[(word, "yellow"), str(len(names)), named(names, 0, most=3)] for word, names in lists if names]
    for word, count in (("cells without a result", report.missing), ("cells that say nothing", report.silent)):
        if count:
            rows.append([(word, "yellow"), str(count), ""])
    if report.flaky:
        rows.append(
            [("flaky, as accepted", "yellow"), str(len(report.flaky)), named([f"{one} on {other}" for one, other in report.flaky], 0, 3)]
        )
    if rows:
        page.heading("Not compared" if len(rows) > bool(report.flaky) else "As accepted, but not steady")
        page.table(rows, indent=1, right=(1,))


def _scenarios(changes: Iterable[PendingChange]) -> list[str]:
    return list(dict.fromkeys(change.scenario for change in changes))


def _strictly_red(report: BaselineReport) -> list[str]:
    """What is red only because somebody asked for that."""
    counts = (
        (_cells(of_state(report, "edited")), "cell", "edited"),
        (_cells(of_state(report, "new")), "cell", "new"),
        (len(report.absent_scenarios), "scenario", "not played"),
        (len(report.absent_targets), "target", "not played on"),
    )
    return [f"{several(count, thing)} {what}" for count, thing, what in counts if count]


def _foot(page: Page, report: BaselineReport, all_kinds: bool, strictly_red: Sequence[str]) -> None:
    changed, rejected = of_state(report, "changed"), of_state(report, "rejected")
    parts = [f"{several(_cells(changed), 'cell')} not as accepted"]
    quiet = _cells(filter(is_quiet, changed))
    if quiet and not all_kinds:
        parts[0] += f", {quiet} of them in message or type only (--all-kinds shows them)"
    if rejected:
        parts.append(f"{_cells(rejected)} rejected")
    parts.append(f"{report.same} as accepted")
    unknown = _cells(of_state(report, "edited", "new"))
    if unknown:
        parts.append(f"{unknown} that there is nothing to compare with")
    is_whole = report.same and not (report.missing or report.silent)
    symbol = VERDICT_SYMBOLS["fail" if changed or rejected or strictly_red else "pass" if is_whole else "inconclusive"]
    page.line(page.sign(symbol), " ", ("; ".join(parts), "bold"), hang=2)
    if strictly_red:
        page.line(("strict  ", "dim"), f"red as well: {', '.join(strictly_red)}", hang=8)
    if report.pending:
        page.whole(("next  ", "dim"), next_command(report))


def _cells(changes: Iterable[PendingChange]) -> int:
    return sum(len(change.targets) for change in changes)


def next_command(report: BaselineReport) -> str:
    """What somebody types who wants to review."""
    from shlex import quote

    return f"sockmatrix baseline review {quote(report.baseline)} {quote(report.run)}"
