"""Print what a history knows: its runs, and what changed when, and what may explain it. Reads no database."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from harness.records.comparison import CellChange
from harness.records.history import Differing, History, HistoryRun, Line, Turn, TurnCause
from harness.reports.counting import named, several
from harness.reports.diff_text import arrowed, is_quiet, print_changes
from harness.reports.symbols import KIND_STYLES, VERDICT_SYMBOLS
from harness.reports.terminal import Page, Part

MOST_RUNS = 20
MOST_FLAKY = 20
MOST_SCENARIOS = 20
MOST_FACTS = 3
MOST_STEPS = 3


def print_runs(page: Page, history: History, *, everything: bool = False) -> None:
    """The runs of a history, the last one first."""
    page.line(("history  ", "dim"), history.file, hang=9)
    page.line((f"{several(len(history.runs), 'run')}{_span(history.runs)}", "bold"))
    rows: list[list[Part]] = [[(word, "dim") for word in ("run", "started", "scenarios", "targets", "cells", "say nothing", "folder")]]
    shown = list(reversed(history.runs))[: None if everything else MOST_RUNS]
    rows += [_run(run) for run in shown]
    if history.runs:
        page.blank()
        page.table(rows, indent=1, right=(0, 2, 3, 4, 5))
    _left_out(page, len(history.runs) - len(shown))


def _run(run: HistoryRun) -> list[Part]:
    silent: Part = (str(run.silent), "bold yellow") if run.silent else ""
    state = "" if run.complete else "  (interrupted)"
    return [
        str(run.number), moment(run.started), str(run.scenarios), str(len(run.targets)), str(run.cells), silent, f"{run.folder}{state}",
    ]  # fmt: skip


def _span(runs: Sequence[HistoryRun]) -> str:
    return f", {moment(runs[0].started)} to {moment(runs[-1].started)}" if len(runs) > 1 else ""


def moment(started: str) -> str:
    """`2026-01-31 12:00:00`: in UTC, as all of them."""
    return started.replace("T", " ").replace("+00:00", "")


# ----------------------------------------------------------------------------------------------------- what changed


class _Event(Struct, frozen=True):
    """Cells that came to something else in one run, for the same possible reasons."""

    turn: Turn
    """One of them."""
    causes: tuple[TurnCause, ...]
    changes: tuple[CellChange, ...]


def print_history(page: Page, history: History, *, narrow: bool = False, all_kinds: bool = False, everything: bool = False) -> None:
    """What ever came to something else, the last first, and what is flaky. `narrow`: each line is looked at, with where it stands."""
    page.line(("history  ", "dim"), history.file, hang=9)
    page.line((f"{several(len(history.runs), 'run')}{_span(history.runs)}", "bold"))
    if narrow:
        _lines(page, history, everything)
    events = _events(history.lines, all_kinds=all_kinds)
    shown = events[: None if everything else MOST_RUNS]
    before = None
    for event in shown:
        if event.turn.run != before:
            _run_heading(page, history, event.turn)
            before = event.turn.run
        _event(page, event, all_kinds=all_kinds, everything=everything)
    _left_out(page, len(events) - len(shown))
    _flaky(page, history, everything)
    _foot(page, history, all_kinds=all_kinds)


def _lines(page: Page, history: History, everything: bool) -> None:
    """Where each scenario stands, and since when; targets of which the same can be said together."""
    by_scenario: dict[str, list[Line]] = {}
    for line in history.lines:
        by_scenario.setdefault(line.scenario, []).append(line)
    shown = list(by_scenario)[: None if everything else MOST_SCENARIOS]
    differing = {each.scenario: each for each in history.differing}
    many = len({line.platform for line in history.lines}) > 1
    for scenario in shown:
        page.heading(scenario)
        page.table(_standing(page, by_scenario[scenario], many), indent=1)
        if scenario in differing:
            _differing(page, differing[scenario])
    _left_out(page, len(by_scenario) - len(shown))


def _standing(page: Page, lines: Sequence[Line], many: bool) -> list[list[Part]]:
    together: dict[tuple[str, ...], tuple[Line, list[str]]] = {}
    for line in lines:
        key = (line.verdict, line.since_started, str(line.since), str(line.runs), _rate(line))
        name = f"{line.target} ({line.platform})" if many else line.target
        together.setdefault(key, (line, []))[1].append(name)
    flaky = any(line.flaky for line in lines)
    return [_row(page, line, names, flaky) for line, names in together.values()]


def _row(page: Page, line: Line, names: Sequence[str], flaky: bool) -> list[Part]:
    symbol = VERDICT_SYMBOLS[line.verdict]
    since = f"since run {line.since} of {moment(line.since_started)}"
    rate: list[Part] = [(f"flaky: {_rate(line)}" if line.flaky else "", "bold yellow")] if flaky else []
    verdict = (f"{page.sign(symbol)[0]} {line.verdict}", symbol.style)
    return [verdict, since, (several(line.runs, "run"), "dim"), *rate, named(names, 0, most=6)]


def _differing(page: Page, found: Differing) -> None:
    """Since when targets part over a scenario."""
    lately = f"run {found.since} of {moment(found.since_started)}"
    if not found.now:
        told = f"do no more since {lately}"
    elif found.since == found.first:
        told = "do so still"
    else:
        told = f"do so again since {lately}"
    first = f"run {found.first} of {moment(found.first_started)}"
    page.line(("targets part: ", "dim"), (found.kind, KIND_STYLES[found.kind]), f", first seen in {first}, and {told}", indent=1, hang=2)


def _rate(line: Line) -> str:
    return f"{line.flaky} of {several(line.plays, 'play')}, {100 * line.flaky / line.plays:.2g} %" if line.flaky else ""


def _events(lines: Iterable[Line], *, all_kinds: bool) -> list[_Event]:
    """The last first; of one run, those with the same reasons together."""
    together: dict[tuple[str, int, tuple[TurnCause, ...]], list[tuple[Turn, CellChange]]] = {}
    for line in lines:
        for turn in line.turns:
            change = CellChange(line.scenario, turn.target, turn.before, turn.after, turn.steps)
            if all_kinds or not is_quiet(change):
                together.setdefault((turn.started, turn.run, _telling(turn.causes)), []).append((turn, change))
    order = sorted(together, key=lambda key: (key[0], key[1]), reverse=True)
    return [_Event(together[key][0][0], key[2], tuple(change for _, change in together[key])) for key in order]


def _telling(causes: tuple[TurnCause, ...]) -> tuple[TurnCause, ...]:
    """Where the scenario was edited nothing else matters: nothing is compared."""
    return tuple(cause for cause in causes if cause.kind == "edited") or causes


def _run_heading(page: Page, history: History, turn: Turn) -> None:
    run = next(each for each in history.runs if each.number == turn.run)
    page.heading(f"run {turn.run}  {moment(turn.started)}", run.folder)


def _event(page: Page, event: _Event, *, all_kinds: bool, everything: bool) -> None:
    turn = event.turn
    seen = f"first seen differing here; run {turn.previous} of {moment(turn.previous_started)} was the last to see what was before"
    page.line((_reasons(page, event.causes, everything), "yellow" if event.causes else "bold yellow"), indent=1, hang=2)
    page.line((seen, "dim"), indent=1, hang=2)
    if any(cause.kind == "edited" for cause in event.causes):
        names = list(dict.fromkeys(change.scenario for change in event.changes))
        page.line(
            f"not compared with what was before: {several(len(event.changes), 'cell')} of {named(names, 0, most=3)}", indent=3, hang=2
        )
        return
    _left_out(page, print_changes(page, "", event.changes, all_kinds=all_kinds, everything=everything, most_steps=MOST_STEPS))


def _reasons(page: Page, causes: Sequence[TurnCause], everything: bool) -> str:
    return "; ".join(_reason(page, cause, everything) for cause in causes) or "not explained by anything that is known of the two runs"


def _reason(page: Page, cause: TurnCause, everything: bool) -> str:
    if cause.kind == "upgrade":
        facts = [f"{each.fact} {arrowed(page, each.before or 'not known', each.after or 'not known')}" for each in cause.facts]
        shown = facts if everything else facts[:MOST_FACTS]
        more = [f"{len(facts) - len(shown)} more"] if len(facts) > len(shown) else []
        name = f"upgraded: {arrowed(page, cause.before, cause.after)}" if cause.before != cause.after else f"other facts: {cause.after}"
        return f"{name} ({', '.join([*shown, *more])})" if facts else name
    if cause.kind == "sockmatrix":
        return f"sockmatrix {arrowed(page, cause.before, cause.after)}"
    return {"edited": "the scenario was edited", "flaky": "flaky in one of the two runs"}[cause.kind]


def _flaky(page: Page, history: History, everything: bool) -> None:
    found = sorted((line for line in history.lines if line.flaky), key=lambda line: (-line.flaky / line.plays, line.scenario, line.target))
    shown = found[: None if everything else MOST_FLAKY]
    if found:
        page.heading("Flaky")
        rate = [f"{line.flaky} of {several(line.plays, 'play')}" for line in shown]
        rows: list[list[Part]] = [
            [(count, "bold yellow"), f"{100 * line.flaky / line.plays:.2g} %", f"in {several(line.flaky_runs, 'run')}",
             f"{line.scenario} on {line.target}"]
            for count, line in zip(rate, shown, strict=True)
        ]  # fmt: skip
        page.table(rows, indent=1, right=(0, 1, 2))
    _left_out(page, len(found) - len(shown))


def _foot(page: Page, history: History, *, all_kinds: bool) -> None:
    turns = [(line, turn) for line in history.lines for turn in line.turns]
    quiet = sum(is_quiet(CellChange(line.scenario, turn.target, turn.before, turn.after, turn.steps)) for line, turn in turns)
    turned = sum(bool(line.turns) for line in history.lines)
    earlier = sum(not line.turns and line.since != line.first for line in history.lines) if history.since else 0
    steady = history.steady + len(history.lines) - turned - earlier
    parts = [f"{several(len(turns), 'turn')} in {several(turned, 'cell')}", f"{several(steady, 'cell')} never came to anything else"]
    if history.since:
        parts.insert(1, f"{several(history.unchanged + earlier, 'cell')} unchanged since {history.since}")
    if quiet and not all_kinds:
        parts[0] += f", {quiet} of them in message or type only (--all-kinds shows them)"
    page.blank()
    page.line(("; ".join(parts), "bold"), hang=2)


def _left_out(page: Page, count: int) -> None:
    if count > 0:
        page.line((f"and {count} more (--all shows them)", "dim"), indent=1)
