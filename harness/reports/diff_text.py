"""Print what changed between two runs, or between two targets of one. Compares nothing."""

from collections.abc import Iterable, Sequence

from harness.records.comparison import QUIET, CellChange, RunDiff, StepChange
from harness.reports.counting import named, several
from harness.reports.symbols import KIND_STYLES, VERDICT_SYMBOLS
from harness.reports.terminal import Page, Part

MOST_CHANGES = 30


def print_diff(page: Page, diff: RunDiff, *, all_kinds: bool = False, everything: bool = False) -> None:
    """The whole page. Cells that changed only in quiet kinds are counted; `all_kinds` shows them."""
    page.line(("before  ", "dim"), diff.before, hang=8)
    page.line(("after   ", "dim"), diff.after, hang=8)
    _came_and_went(page, diff)
    loud = [change for change in diff.changed if all_kinds or not is_quiet(change)]
    shown = _alike(loud)
    if loud:
        page.heading("Changed")
    for alike in shown[: None if everything else MOST_CHANGES]:
        _change(page, alike, all_kinds)
    _foot(page, diff, loud, 0 if everything else len(shown) - MOST_CHANGES)


def is_quiet(change: CellChange) -> bool:
    """The verdict is the same, and all that changed is of a quiet kind."""
    return change.before == change.after and bool(change.steps) and all(step.kind in QUIET for step in change.steps)


def has_changed(diff: RunDiff) -> bool:
    """Whether anything is not what it was."""
    return bool(
        diff.changed or diff.edited or diff.added_scenarios or diff.gone_scenarios or diff.added_targets or diff.gone_targets
    )  # fmt: skip


def _came_and_went(page: Page, diff: RunDiff) -> None:
    lists: list[tuple[str, Sequence[str]]] = [
        ("targets gone", diff.gone_targets),
        ("targets added", diff.added_targets),
        ("scenarios gone", diff.gone_scenarios),
        ("scenarios added", diff.added_scenarios),
        ("scenarios edited", diff.edited),
    ]
    rows: list[list[Part]] = [[(word, "yellow"), str(len(names)), named(names, 0, most=6)] for word, names in lists if names]
    if rows:
        page.blank()
        page.table(rows, right=(1,))
    if diff.edited:
        page.line(("cells of edited scenarios are not compared", "dim"))


def _alike(changes: Iterable[CellChange]) -> list[list[CellChange]]:
    """Cells that changed in the same way, together."""
    together: dict[tuple[object, ...], list[CellChange]] = {}
    for change in changes:
        steps = tuple((step.kind, step.before, step.after) for step in change.steps)
        together.setdefault((change.before, change.after, steps), []).append(change)
    return list(together.values())


def _change(page: Page, changes: Sequence[CellChange], all_kinds: bool) -> None:
    first = changes[0]
    scenarios = list(dict.fromkeys(change.scenario for change in changes))
    targets = list(dict.fromkeys(change.target for change in changes))
    cells = f"  {several(len(changes), 'cell')}" if len(changes) > 1 else ""
    where: list[Part] = ["  ", (named(scenarios, 0, most=3), "bold"), (f"  on {named(targets, 0)}{cells}", "dim")]
    page.line(*_verdicts(page, first), *where, indent=1, hang=4)
    for step in first.steps:
        if all_kinds or step.kind not in QUIET:
            _step(page, step)


def _verdicts(page: Page, change: CellChange) -> list[Part]:
    before, after = VERDICT_SYMBOLS[change.before], VERDICT_SYMBOLS[change.after]
    if change.before == change.after:
        return [page.sign(after), " ", (change.after, after.style)]
    arrow = " → " if page.signs else " -> "
    return [page.sign(before), " ", (change.before, before.style), arrow, page.sign(after), " ", (change.after, after.style)]


def _step(page: Page, step: StepChange) -> None:
    page.line((f"step {step.step + 1}  ", "dim"), step.text, (f"  {step.kind}", KIND_STYLES[step.kind]), indent=5, hang=4)
    page.line(("- ", "red"), (step.before or "nothing", "red"), indent=7, hang=2)
    page.line(("+ ", "green"), (step.after or "nothing", "green"), indent=7, hang=2)


def _foot(page: Page, diff: RunDiff, loud: Sequence[CellChange], left_out: int) -> None:
    if left_out > 0:
        page.line((f"and {left_out} more (--all shows them)", "dim"), indent=1)
    quiet = len(diff.changed) - len(loud)
    page.blank()
    parts = [f"{several(len(diff.changed), 'cell')} changed", f"{diff.unchanged} unchanged"]
    if quiet:
        parts[0] += f", {quiet} of them in message or type only (--all-kinds shows them)"
    for count, word in ((diff.missing_before, "before"), (diff.missing_after, "after")):
        if count:
            parts.append(f"{count} without a result {word}")
    symbol = VERDICT_SYMBOLS["variation" if has_changed(diff) else "pass"]
    page.line(page.sign(symbol), " ", ("; ".join(parts), "bold"), hang=2)
