"""Print what became of known failures, and of what was played again because it was red. Decides nothing."""

from collections.abc import Sequence

from harness.records.gate import RED_STATES, Gate, KnownState, KnownUse
from harness.records.known import Known
from harness.reports.counting import several
from harness.reports.summary import Summary, UnsteadyCell
from harness.reports.symbols import Symbol
from harness.reports.terminal import Page

MOST_KNOWN = 12
MOST_RETRIED = 10

STATE_SYMBOLS: dict[KnownState, Symbol] = {
    "stale": Symbol("○", "o", "bold yellow"),
    "unused": Symbol("○", "o", "bold yellow"),
    "used": Symbol("·", ".", "dim"),
    "quiet": Symbol("?", "?", "yellow"),
    "unplayed": Symbol("-", "-", "dim"),
    "elsewhere": Symbol("-", "-", "dim"),
}

STATE_ORDER: tuple[KnownState, ...] = ("stale", "unused", "quiet", "used", "unplayed")
"""Those that somebody has to do something about come first; what was not part of the run is only counted."""


def print_known(page: Page, gate: Gate, *, everything: bool = False) -> None:
    """A section for the known failures of a run; nothing where none are known."""
    if not gate.known:
        return
    page.heading("Known", _counts(gate))
    told = told_uses(gate)
    shown = told[: None if everything else MOST_KNOWN]
    for use in shown:
        _use(page, use)
    if len(told) > len(shown):
        page.line((f"and {len(told) - len(shown)} more: sockmatrix summary --all", "dim"), indent=2)
    elsewhere = elsewhere_words(gate)
    if elsewhere:
        page.line((elsewhere, "dim"), indent=1)


def told_uses(gate: Gate) -> list[KnownUse]:
    """The entries that are told one by one, those that make the run red first."""
    told = [use for use in gate.known if use.state in STATE_ORDER]
    return sorted(told, key=lambda use: STATE_ORDER.index(use.state))


def bad_uses(gate: Gate) -> list[KnownUse]:
    """The entries that make a run red."""
    return [use for use in told_uses(gate) if {"stale": "stale", "unused": "known-unused"}.get(use.state) in gate.fail_on]


def place_of(use: KnownUse) -> tuple[str, int]:
    """File and line of an entry; 0 where the line is not known."""
    file, _, line = use.known.place.rpartition(":")
    return (file, int(line)) if file and line.isdigit() else (use.known.place.partition(":")[0], 0)


def elsewhere_words(gate: Gate) -> str:
    """How many entries nothing can be said of."""
    count = sum(use.state == "elsewhere" for use in gate.known)
    return f"{several(count, 'known entry', 'known entries')} {'was' if count == 1 else 'were'} not part of this run" if count else ""


def use_words(use: KnownUse) -> str:
    """What came of an entry: `3 of 4 cells depart`."""
    if use.state == "unused":
        return use.note
    if use.known.kind == "skip":
        return f"{several(use.cells, 'cell')} not played" + _note(use)
    return f"{use.departed} of {several(use.cells, 'cell')} {'departs' if use.departed == 1 else 'depart'}" + _note(use)


def step_words(known: Known) -> str:
    """What stands behind the scenario of an entry that names a step."""
    return f" step {known.step}" if known.step else ""


def _note(use: KnownUse) -> str:
    return f"; {use.note}" if use.note else ""


def _counts(gate: Gate) -> str:
    words = []
    if gate.expected:
        words.append(f"{several(gate.expected, 'cell')} {'departs' if gate.expected == 1 else 'depart'} as known")
    skipped = sum(use.cells for use in gate.known if use.known.kind == "skip")
    if skipped:
        words.append(f"{several(skipped, 'cell')} not played")
    red = sum(use.state in RED_STATES for use in gate.known)
    if red:
        words.append(f"{several(red, 'entry', 'entries')} to be looked at")
    return ", ".join(words)


def _use(page: Page, use: KnownUse) -> None:
    symbol = STATE_SYMBOLS[use.state]
    known = use.known
    name = use.state if use.state in RED_STATES else known.kind
    page.line(
        page.sign(symbol), " ", (name, symbol.style), "  ", (known.scenario, "bold"), step_words(known), f"  {known.when}",
        (f"  {known.place}", "dim"),
        indent=1, hang=4,
    )  # fmt: skip
    page.line((use_words(use), symbol.style if use.state in RED_STATES else ""), indent=5, hang=2)
    page.line(("because ", "dim"), known.reason, (f"  ({known.see})", "dim"), indent=5, hang=2)


def columns(summary: Summary) -> dict[str, tuple[str, ...]]:
    """What tables of targets have beside verdicts, by title: how many of the red cells are known, and how many were not played for it."""
    found = {
        "known": [target.known for target in summary.targets],
        "skipped": [target.excused for target in summary.targets],
    }
    return {title: tuple(str(number or "") for number in numbers) for title, numbers in found.items() if any(numbers)}


def print_retried(page: Page, cells: Sequence[UnsteadyCell], *, everything: bool = False) -> None:
    """A section for what `--retry-unexpected` played again; nothing where that was nothing."""
    retried = [cell for cell in cells if cell.retried]
    if not retried:
        return
    steady = sum(not cell.flaky for cell in retried)
    page.heading("Retried", f"{several(len(retried), 'cell')}: {len(retried) - steady} flaky, {steady} red every time")
    shown = retried[: None if everything else MOST_RETRIED]
    for cell in shown:
        page.line((cell.scenario, "bold"), f"  {cell.target}  {', '.join(cell.plays)}", indent=2, hang=4)
    if len(retried) > len(shown):
        page.line((f"and {len(retried) - len(shown)} more: sockmatrix summary --all", "dim"), indent=2)
