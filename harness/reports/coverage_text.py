"""Coverage for the terminal: the figures, what is missing, and the departures that nobody has seen. Measures nothing."""

from collections.abc import Sequence

from harness.coverage.measure import Coverage, Covered
from harness.coverage.unobserved import Unobserved
from harness.reports.counting import named, several
from harness.reports.coverage_page import KINDS
from harness.reports.terminal import Page, Part
from harness.reports.wording import expectation_words


def print_coverage(page: Page, coverage: Coverage, *, everything: bool) -> None:
    """The figures, then what is missing; every entry with `everything`."""
    page.line((f"{several(coverage.scenarios, 'scenario')}, cases counted one each", "bold"))
    page.blank()
    heads = ("", "to cover", "exercised", "asserted", "", "goal", "left out")
    rows: list[list[Part]] = [[(head, "dim") for head in heads]]
    for total in coverage.totals:
        style = "green" if total.reached else "bold red"
        percent = f"{total.percent:.0f} %" if total.percent in (0.0, 100.0) else f"{total.percent:.1f} %"
        goal = f"{total.goal:g} %" if total.goal else ""
        figures = (str(total.count), str(total.exercised), str(total.asserted))
        rows.append([KINDS[total.kind], *figures, (percent, style), (goal, "dim"), str(total.left_out or "")])
    page.table(rows, right=(1, 2, 3, 4, 5, 6))
    if any(total.left_out for total in coverage.totals):
        page.line(("left out: not provoked on this kind of machine, each with its reason (--all)", "dim"))
    for kind, title in KINDS.items():
        _print_kind(page, title, [entry for entry in coverage.entries if entry.kind == kind], everything)
    _print_list(page, "Not in the catalogue", coverage.unknown_names, "public names of targets; add them to harness/coverage/api.toml")
    _print_list(page, "Cited, but no note", coverage.unknown_notes, "see harness/coverage/notes.toml")
    _print_list(page, "Cannot fail", coverage.without_expectation, "scenarios without an expectation")


def _print_kind(page: Page, title: str, entries: Sequence[Covered], everything: bool) -> None:
    shown = [entry for entry in entries if everything or not (entry.asserted or entry.reason)]
    if not shown:
        return
    page.heading(title if everything else f"{title} that no scenario asserts")
    page.table([[entry.name, _words(entry)] for entry in shown], indent=1)


def _words(entry: Covered) -> Part:
    if entry.asserted:
        return (f"{len(entry.asserted)}  {named(entry.asserted, 0, most=3)}", "green")
    if entry.reason:
        return (f"not provoked: {entry.reason}", "dim")
    if entry.missing and entry.exercised:
        return (f"{named(entry.exercised, 0, most=3)} say nothing of {', '.join(entry.missing)}", "red")
    if entry.exercised:
        return (f"only exercised, or never observed: {named(entry.exercised, 0, most=3)}", "red")
    return ("none yet", "bold red")


def _print_list(page: Page, title: str, names: Sequence[str], note: str) -> None:
    if names:
        page.heading(f"{title}: {len(names)}", note)
        page.line((", ".join(names), "red"), indent=1)


def print_unobserved(page: Page, departures: Sequence[Unobserved]) -> None:
    """Each departure with its condition, outcome, reason and source."""
    for each in departures:
        page.line((each.scenario, "bold"), f"  {each.file}:{each.line}  ", (each.call, "dim"))
        page.line((each.when, "cyan"), "  ", "; ".join(expectation_words(each.expect)), indent=2)
        page.line(("because ", "dim"), each.because, ("  " + " ".join(each.see), "dim"), indent=2)
        if each.seen_on:
            page.line(("seen on ", "bold green"), ", ".join(each.seen_on), (": take out 'observed: false'", "dim"), indent=2)
    seen = [each for each in departures if each.seen_on]
    page.blank()
    page.line((f"{several(len(departures), 'departure')} documented and never observed", "bold"))
    if seen:
        page.line((f"{len(seen)} of them seen in this run", "bold green"))
