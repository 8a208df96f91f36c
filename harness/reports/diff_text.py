"""Print what changed between two runs, or between two targets of one. Compares nothing."""

from collections.abc import Iterable, Sequence

from harness.records.comparison import QUIET, CellChange, FactChange, RunDiff, StepChange, Upgrade
from harness.records.observation import Verdict
from harness.reports.counting import named, several
from harness.reports.symbols import KIND_STYLES, VERDICT_SYMBOLS
from harness.reports.terminal import Page, Part

MOST_CHANGES = 30
MOST_FACTS = 8


def print_diff(page: Page, diff: RunDiff, *, all_kinds: bool = False, everything: bool = False) -> None:
    """The whole page. Cells that changed only in quiet kinds are counted; `all_kinds` shows them, and so does it if there are no others."""
    all_kinds = all_kinds or all(map(is_quiet, all_changes(diff)))
    page.line(("before  ", "dim"), diff.before, hang=8)
    page.line(("after   ", "dim"), diff.after, hang=8)
    _came_and_went(page, diff)
    left_out = [print_changes(page, "Changed", diff.changed, all_kinds=all_kinds, everything=everything)]
    for upgrade in diff.upgraded:
        print_upgrade(page, upgrade.before, upgrade.after, upgrade.facts, everything=everything)
        left_out.append(_upgraded_cells(page, upgrade, all_kinds=all_kinds, everything=everything))
    _foot(page, diff, sum(left_out), all_kinds=all_kinds)


def print_changes(
    page: Page, title: str, changes: Sequence[CellChange], *, all_kinds: bool, everything: bool, most_steps: int | None = None
) -> int:
    """Cells that changed, those that changed alike together; how many kinds of change were left out. `most_steps` are shown of each."""
    loud = [change for change in changes if all_kinds or not is_quiet(change)]
    alike = _alike(loud)
    if loud and title:
        page.heading(title)
    for each in alike[: None if everything else MOST_CHANGES]:
        _change(page, each, all_kinds, None if everything else most_steps)
    return 0 if everything else max(len(alike) - MOST_CHANGES, 0)


def print_upgrade(page: Page, before: str, after: str, facts: Sequence[FactChange], *, everything: bool = False) -> None:
    """A target that is not what it was, and which of its facts are others."""
    page.heading(f"upgraded: {arrowed(page, before, after)}" if before != after else f"other facts: {after}")
    rows = [_fact(page, change) for change in facts[: None if everything else MOST_FACTS]]
    if rows:
        page.table(rows, indent=1)
    if not everything and len(facts) > MOST_FACTS:
        page.line((f"and {len(facts) - MOST_FACTS} more facts (--all shows them)", "dim"), indent=1)


def _fact(page: Page, change: FactChange) -> list[Part]:
    if change.fact.rpartition(": ")[2] in ("names", "constants", "classes"):
        words = [f"{word}: {names}" for word, names in (("gone", change.before), ("come", change.after)) if names]
        return [(change.fact, "dim"), "; ".join(words)]
    return [(change.fact, "dim"), arrowed(page, change.before or "not known", change.after or "not known")]


def arrowed(page: Page, before: str, after: str) -> str:
    """`3.8.18 → 3.8.20`."""
    return f"{before} {'→' if page.signs else '->'} {after}"


def _upgraded_cells(page: Page, upgrade: Upgrade, *, all_kinds: bool, everything: bool) -> int:
    cells = f"{several(len(upgrade.changed), 'cell')} changed with it" if upgrade.changed else "no cell changed with it"
    page.line((f"{cells}, {upgrade.unchanged} did not", "bold" if upgrade.changed else "dim"), indent=1)
    return print_changes(page, "", upgrade.changed, all_kinds=all_kinds, everything=everything)


def is_quiet(change: CellChange) -> bool:
    """The verdict is the same, and all that changed is of a quiet kind."""
    return change.before == change.after and bool(change.steps) and all(step.kind in QUIET for step in change.steps)


def has_changed(diff: RunDiff) -> bool:
    """Whether any cell is not what it was, or something that was seen before was not looked at again.

    What is new is no change: nobody knows what it was before. Nor is a scenario that was edited, or an upgrade with which nothing changed.
    """
    return bool(all_changes(diff) or diff.gone_scenarios or diff.gone_targets)


def has_compared(diff: RunDiff) -> bool:
    """Whether there was any cell to compare."""
    return bool(diff.changed_scenarios or diff.unchanged_scenarios)


def all_changes(diff: RunDiff) -> list[CellChange]:
    """Of all targets, upgraded ones too."""
    return [*diff.changed, *(change for upgrade in diff.upgraded for change in upgrade.changed)]


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


def _change(page: Page, changes: Sequence[CellChange], all_kinds: bool, most_steps: int | None) -> None:
    first = changes[0]
    scenarios = list(dict.fromkeys(change.scenario for change in changes))
    targets = list(dict.fromkeys(change.target for change in changes))
    cells = f"  {several(len(changes), 'cell')}" if len(changes) > 1 else ""
    where: list[Part] = ["  ", (named(scenarios, 0, most=3), "bold"), (f"  on {named(targets, 0)}{cells}", "dim")]
    page.line(*verdicts(page, first.before, first.after), *where, indent=1, hang=4)
    print_steps(page, first.steps, all_kinds, most_steps)


def verdicts(page: Page, before: Verdict | None, after: Verdict) -> list[Part]:
    """`✓ pass → ✗ fail`, or the one there is."""
    new = VERDICT_SYMBOLS[after]
    if before is None or before == after:
        return [page.sign(new), " ", (after, new.style)]
    old = VERDICT_SYMBOLS[before]
    arrow = " → " if page.signs else " -> "
    return [page.sign(old), " ", (before, old.style), arrow, page.sign(new), " ", (after, new.style)]


def print_steps(page: Page, steps: Iterable[StepChange], all_kinds: bool, most: int | None = None) -> None:
    """What steps came to before and after; those of quiet kinds only if all are asked for."""
    told = [step for step in steps if all_kinds or step.kind not in QUIET]
    for step in told[:most]:
        _step(page, step)
    if most is not None and len(told) > most:
        page.line((f"and {several(len(told) - most, 'more step', 'more steps')} (--all shows them)", "dim"), indent=5)


def _step(page: Page, step: StepChange) -> None:
    page.line((f"step {step.step + 1}  ", "dim"), step.text, (f"  {step.kind}", KIND_STYLES[step.kind]), indent=5, hang=4)
    page.line(("- ", "red"), (step.before or "nothing", "red"), indent=7, hang=2)
    page.line(("+ ", "green"), (step.after or "nothing", "green"), indent=7, hang=2)


def _foot(page: Page, diff: RunDiff, left_out: int, *, all_kinds: bool) -> None:
    if left_out:
        page.line((f"and {left_out} more (--all shows them)", "dim"), indent=1)
    changes = all_changes(diff)
    quiet = 0 if all_kinds else sum(map(is_quiet, changes))
    page.blank()
    unchanged = diff.unchanged + sum(upgrade.unchanged for upgrade in diff.upgraded)
    parts = [f"{several(len(changes), 'cell')} changed", f"{unchanged} unchanged"]
    if quiet:
        parts[0] += f", {quiet} of them in message or type only (--all-kinds shows them)"
    for count, word in ((diff.missing_before, "before"), (diff.missing_after, "after")):
        if count:
            parts.append(f"{count} said nothing {word}")
    if not has_compared(diff):
        parts.append("nothing could be compared")
    is_whole = has_compared(diff) and not (diff.missing_before or diff.missing_after)
    changed = has_changed(diff) and has_compared(diff)
    symbol = VERDICT_SYMBOLS["variation" if changed else "pass" if is_whole else "inconclusive"]
    page.line(page.sign(symbol), " ", ("; ".join(parts), "bold"), hang=2)
