"""Print what judging a run again came to. Judges nothing."""

from collections.abc import Iterable, Sequence

from harness.gates import codes
from harness.records.gate import Gate
from harness.records.observation import Verdict
from harness.reports.counting import named, several
from harness.reports.known_text import print_known
from harness.reports.rejudging import Rejudgement, Revision
from harness.reports.summary import count, overlooked_words, verdict_words
from harness.reports.symbols import VERDICT_SYMBOLS
from harness.reports.terminal import Page, Part

MOST_UNDECIDED = 10


def print_rejudgement(page: Page, judged: Rejudgement, gate: Gate) -> None:
    """What differs from the recorded verdicts, what could not be decided, and the new counts."""
    changed = [revision for revision in judged.revisions if revision.before.verdict != revision.after.verdict]
    reworded = len(judged.revisions) - len(changed)
    if changed:
        page.line(("Judged otherwise", "bold"))
    for alike in _alike(changed):
        _revision(page, judged, alike)
    if reworded:
        page.line((f"{several(reworded, 'cell')} with the same verdict for another reason", "dim"))
    _undecided(page, judged)
    if changed or reworded or judged.undecided:
        page.blank()
    print_known(page, gate)
    if gate.known:
        page.blank()
    _foot(page, judged, len(changed), gate)


def _alike(revisions: Iterable[Revision]) -> list[list[Revision]]:
    """Revisions of one scenario that say the same of several targets, together."""
    together: dict[tuple[object, ...], list[Revision]] = {}
    for revision in revisions:
        before, after = revision.before, revision.after
        together.setdefault((after.scenario, before.verdict, after.verdict, after.step, after.reason), []).append(revision)
    return list(together.values())


def _revision(page: Page, judged: Rejudgement, alike: Sequence[Revision]) -> None:
    before, after = alike[0].before, alike[0].after
    targets = named([revision.after.target for revision in alike], len(judged.run.header.targets))
    arrow = " → " if page.signs else " -> "
    verdicts: list[Part] = [*_verdict(page, before.verdict), arrow, *_verdict(page, after.verdict)]
    page.line(*verdicts, "  ", (after.scenario, "bold"), (f"  on {targets}", "dim"), indent=1, hang=4)
    reason = after.reason or before.reason
    if reason:
        page.line((f"{'now' if after.reason else 'before'}: ", "dim"), reason, indent=5, hang=2)


def _verdict(page: Page, verdict: Verdict) -> list[Part]:
    symbol = VERDICT_SYMBOLS[verdict]
    return [page.sign(symbol), " ", (verdict, symbol.style)]


def _undecided(page: Page, judged: Rejudgement) -> None:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for cell in judged.undecided:
        by_reason.setdefault((cell.scenario, cell.reason), []).append(cell.target)
    if not by_reason:
        return
    page.heading("Cannot be judged without playing it again")
    everyone = len(judged.run.header.targets)
    rows: list[list[Part]] = [[scenario, (f"{reason} ({named(who, everyone)})", "yellow")] for (scenario, reason), who in by_reason.items()]
    page.table(rows[:MOST_UNDECIDED], indent=2)
    if len(rows) > MOST_UNDECIDED:
        page.line((f"and {len(rows) - MOST_UNDECIDED} more scenarios", "dim"), indent=2)


def _foot(page: Page, judged: Rejudgement, changed: int, gate: Gate) -> None:
    symbol = VERDICT_SYMBOLS["pass" if gate.exit_code == codes.AS_EXPECTED else "fail"]
    told = f"{several(changed, 'cell')} of {judged.run.header.cells} judged otherwise" if changed else "every verdict is as recorded"
    if judged.undecided and not changed:
        told = f"every verdict is as recorded but for {several(len(judged.undecided), 'cell')} that cannot be judged"
    page.line(page.sign(symbol), " ", (told, symbol.style), (f"  {verdict_words(count(judged.run.results.values()))}", "dim"), hang=2)
    page.line((f"exit {gate.exit_code}: {gate.meaning}{overlooked_words(gate)}", "dim"))
