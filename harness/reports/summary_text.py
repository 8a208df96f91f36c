"""Print the summary of a run so that it is understood at first sight. Computes nothing that is not in the summary."""

from collections import Counter
from collections.abc import Sequence
from shlex import quote

from harness.gates import codes
from harness.records.comparison import QUIET, Difference, DifferenceGroup
from harness.records.observation import GOOD, VERDICTS, Verdict
from harness.reports.advice import advices
from harness.reports.counting import named, several
from harness.reports.differences import alike, is_of_scenario
from harness.reports.known_text import columns, print_known, print_retried
from harness.reports.parts import has_unplanned, merged_words, part_words, remarks_shown
from harness.reports.summary import GRAVITY, RedEntry, Summary, TargetSummary, headline, nothing_was_played
from harness.reports.symbols import BEHAVIOUR_STYLES, KIND_STYLES, VERDICT_MEANINGS, VERDICT_SYMBOLS
from harness.reports.terminal import Page, Part, cells

MOST_RED = 20
MOST_GROUPS = 12
MOST_UNSTEADY = 10
MOST_LEFT_OUT = 5
MOST_UNMET = 8
MOST_AREAS = 4
EXAMPLES = 2
"""Steps shown of a group of differences."""


def print_summary(page: Page, summary: Summary, *, all_kinds: bool = False, everything: bool = False) -> None:
    """The whole page. `all_kinds` shows quiet kinds of difference too; `everything` cuts no list short."""
    _head(page, summary, everything)
    if any(len(table.servers) * len(table.clients) > 1 for table in summary.pairs):
        _pairs(page, summary)
    else:
        _table(page, summary)
    _meanings(page, summary)
    _not_started(page, summary)
    _started_again(page, summary)
    _left_out(page, summary, everything)
    _not_played(page, summary, everything)
    _red(page, summary, everything)
    print_known(page, summary.gate, everything=everything)
    _differences(page, summary, all_kinds=all_kinds, everything=everything)
    print_retried(page, summary.unsteady, everything=everything)
    _unsteady(page, summary, everything)
    _foot(page, summary, all_kinds=all_kinds)


def _head(page: Page, summary: Summary, everything: bool) -> None:
    size = f"{several(summary.scenarios, 'scenario')} on {several(len(summary.targets), 'target')}"
    took = f", {summary.seconds:.1f} s" if summary.complete else ""
    page.line(("Sockmatrix", "bold"), f"  {size}", (f"  {summary.started.replace('T', ' ').replace('+00:00', ' UTC')}{took}", "dim"))
    if summary.where:
        page.line(("only where ", "dim"), (summary.where, "bold"))
    if not summary.complete:
        page.whole((summary.note, "bold yellow"))
    if summary.shard or summary.job:
        page.line((part_words(summary), "dim"))
    if summary.merged is not None:
        page.line((merged_words(summary.merged), "dim"))
        for remark in remarks_shown(summary.merged, everything=everything):
            page.line((remark, "bold yellow"))


# ------------------------------------------------------------------------------------------------------- the table


def _table(page: Page, summary: Summary) -> None:
    occurring = [verdict for verdict in VERDICTS if summary.verdicts.get(verdict)]
    missing = any(target.missing for target in summary.targets)
    unplanned = has_unplanned(summary)
    names = not _is_too_wide(page, summary, occurring)
    further = {**columns(summary), **({"not planned": tuple(str(each.unplanned or "") for each in summary.targets)} if unplanned else {})}
    rows: list[list[Part]] = [[*_titles(page, occurring, missing, names), *((title, "dim") for title in further)]]
    for at, target in enumerate(summary.targets):
        rows.append([*_row(target, occurring, missing), *((texts[at], "dim") for texts in further.values())])
    page.blank()
    page.table(rows, indent=1, right=range(1, len(rows[0])))
    if not names:
        page.line(*_legend(page, occurring), indent=1)


def _meanings(page: Page, summary: Summary) -> None:
    """The words of the table in other words; that everything passed needs none."""
    told = [verdict for verdict in VERDICTS if summary.verdicts.get(verdict) and verdict != "pass"]
    if told:
        page.line(("; ".join(f"{verdict}: {VERDICT_MEANINGS[verdict]}" for verdict in told), "dim"), indent=1)


def _pairs(page: Page, summary: Summary) -> None:
    """Who played with whom: in each square what went wrong, or how many scenarios went as expected."""
    by_id = {target.id: target for target in summary.targets}
    for table in summary.pairs:
        page.heading("Servers down, clients across", table.network)
        rows: list[list[Part]] = [[("", "dim"), ("", "dim"), *((str(number), "dim") for number in range(1, len(table.clients) + 1))]]
        for number, (server, row) in enumerate(zip(table.servers, table.cells, strict=True), 1):
            rows.append([server, (str(number), "dim"), *(_square(page, by_id.get(target)) for target in row)])
        page.table(rows, indent=1, right=range(1, len(table.clients) + 2))
        if table.clients != table.servers:
            page.blank()
            page.table([[(str(number), "dim"), client] for number, client in enumerate(table.clients, 1)], indent=1)
    page.blank()
    page.line(*_legend(page, [verdict for verdict in VERDICTS if summary.verdicts.get(verdict)]), indent=1)
    page.line(("a number: scenarios that passed or varied as documented, or in red those that did neither", "dim"), indent=1)


def _square(page: Page, target: TargetSummary | None) -> Part:
    if target is None:
        return ("", "dim")
    red = {verdict: count for verdict, count in target.verdicts.items() if verdict not in GOOD}
    if target.missing:
        return (f"{target.missing} without", "bold yellow")
    if not target.verdicts:
        return ("", "dim")
    if red:
        worst = next(verdict for verdict in GRAVITY if verdict in red)
        sign, style = page.sign(VERDICT_SYMBOLS[worst])
        return (f"{sign} {sum(red.values())}", style)
    sign, style = page.sign(VERDICT_SYMBOLS["pass"])
    return (f"{sign} {target.verdicts.get('pass', 0) + target.verdicts.get('variation', 0)}", style)


def _is_too_wide(page: Page, summary: Summary, occurring: Sequence[Verdict]) -> bool:
    longest = max((cells(target.id) for target in summary.targets), default=6)
    return 1 + longest + sum(len(verdict) + 4 for verdict in occurring) + len("  no result") > page.width


def _titles(page: Page, occurring: Sequence[Verdict], missing: bool, names: bool) -> list[Part]:
    titles: list[Part] = [("target", "dim")]
    for verdict in occurring:
        sign, style = page.sign(VERDICT_SYMBOLS[verdict])
        titles.append((f"{sign} {verdict}" if names else sign, style))
    return [*titles, ("no result", "bold yellow")] if missing else titles


def _row(target: TargetSummary, occurring: Sequence[Verdict], missing: bool) -> list[Part]:
    row: list[Part] = [target.id]
    row += [(str(target.verdicts.get(verdict) or ""), VERDICT_SYMBOLS[verdict].style) for verdict in occurring]
    return [*row, (str(target.missing or ""), "bold yellow")] if missing else row


def _legend(page: Page, occurring: Sequence[Verdict]) -> list[Part]:
    parts: list[Part] = []
    for verdict in occurring:
        parts += [page.sign(VERDICT_SYMBOLS[verdict]), f" {verdict}   "]
    return parts


def _not_started(page: Page, summary: Summary) -> None:
    troubled = [target for target in summary.targets if target.trouble and not target.undelivered]
    absent = [target for target in summary.targets if target.undelivered]
    if absent:
        page.heading("Planned, and delivered by no run")
        page.table([[target.name, (f"of the job '{target.undelivered}'", "yellow")] for target in absent], indent=2)
    if troubled:
        page.heading("Could not be started")
        page.table([[target.id, (target.trouble, "yellow")] for target in troubled], indent=2)


def _started_again(page: Page, summary: Summary) -> None:
    """What a target loses on its way costs no verdict; it is told, since it is no habit of a healthy one."""
    rows = [(target.id, words) for target in summary.targets for words in _losses(target)]
    if rows:
        page.heading("Started again")
        page.table([[target, (words, "dim")] for target, words in rows], indent=2)


def _losses(target: TargetSummary) -> list[str]:
    told = (
        (target.lost_starts, lost_starts_words),
        (target.lost_hosts, lost_hosts_words),
    )
    return [words(count) for count, words in told if count] + lost_forks_words(target.lost_forks, target.fork_trouble)


def lost_hosts_words(count: int) -> str:
    """How many hosts went away."""
    if count == 1:
        return "1 host went away in the middle of the run; what was under way was played again on another"
    return f"{count} hosts went away in the middle of the run; what was under way was played again on others"


def lost_forks_words(count: int, trouble: str) -> list[str]:
    """How many processes had to do for forks; nothing if none had to."""
    if not count:
        return []
    return [f"{count} {'process was' if count == 1 else 'processes were'} started because an agent could not fork: {trouble}"]


def lost_starts_words(count: int) -> str:
    """How many processes were started in vain."""
    if count == 1:
        return "1 process ended by itself, as is known of this target, and was started again"
    return f"{count} processes ended by themselves, as is known of this target, and were started again"


def _left_out(page: Page, summary: Summary, everything: bool) -> None:
    if not summary.skipped:
        return
    shown = list(summary.skipped.items())[: None if everything else MOST_LEFT_OUT]
    page.heading("Left out")
    page.table([[(path, "dim"), (reason, "dim")] for path, reason in shown], indent=2)
    _more(page, len(summary.skipped) - len(shown), "sockmatrix summary --all")


def _more(page: Page, count: int, where: str) -> None:
    if count > 0:
        page.line((f"and {count} more: {where}", "dim"), indent=2)


def _not_played(page: Page, summary: Summary, everything: bool) -> None:
    """Which needs were not met: where nothing else is known of a run, or where all is asked for."""
    if not summary.unmet or not (everything or nothing_was_played(summary)):
        return
    shown = summary.unmet[: None if everything else MOST_UNMET]
    page.heading("Not played")
    everyone = len(summary.targets)
    rows: list[list[Part]] = [[several(need.cells, "cell"), f"{need.reason} ({named(need.targets, everyone)})"] for need in shown]
    page.table(rows, indent=2, right=(0,))
    _more(page, len(summary.unmet) - len(shown), f"sockmatrix summary --all {quote(summary.folder)}")
    if nothing_was_played(summary):
        for words in advices(need.reason for need in shown):
            page.line(("try  ", "dim"), words, indent=2, hang=5)


# --------------------------------------------------------------------------------------------------------- red ones


def _red(page: Page, summary: Summary, everything: bool) -> None:
    """What is known is told by its entries; here only where all is asked for."""
    red = [entry for entry in summary.red if everything or entry.known is None]
    if not red:
        return
    shown = red[: None if everything else MOST_RED]
    page.heading("Not as expected", _where(red))
    for entry in shown:
        _entry(page, entry, len(summary.targets))
    _more(page, len(red) - len(shown), f"sockmatrix summary --all {quote(summary.folder)}")


def _where(red: Sequence[RedEntry]) -> str:
    """The areas that are red, those with the most cells first."""
    areas: Counter[str] = Counter()
    for entry in red:
        areas[entry.scenario.partition("/")[0]] += len(entry.targets)
    told = [f"{several(number, 'cell')} in {area}" for area, number in areas.most_common(MOST_AREAS)]
    more = len(areas) - len(told)
    return ", ".join(told) + (f" and {several(more, 'more area', 'more areas')}" if more else "")


def _entry(page: Page, entry: RedEntry, everyone: int) -> None:
    symbol = VERDICT_SYMBOLS[entry.verdict]
    verdict: list[Part] = [page.sign(symbol), " ", (entry.verdict, symbol.style)]
    page.line(*verdict, "  ", (entry.scenario, "bold"), (f"  {_place(entry)}", "dim"), indent=1, hang=4)
    if entry.text:
        page.line((f"step {entry.step + 1}  " if entry.step is not None else "", "dim"), entry.text, indent=5, hang=4)
    if entry.expected or entry.observed:
        page.line(("expected  ", "dim"), entry.expected or "nothing else", indent=5, hang=10)
        page.line(("observed  ", "dim"), (entry.observed, symbol.style), indent=5, hang=10)
    else:
        page.line((entry.reason, symbol.style), indent=5, hang=4)
    page.line((f"on {named(entry.targets, everyone)}", "dim"), indent=5, hang=3)
    if entry.known:
        page.line(("known: ", "dim"), entry.known.reason, (f"  ({entry.known.see})", "dim"), indent=5, hang=3)


def _place(entry: RedEntry) -> str:
    return f"{entry.file}:{entry.line}" if entry.line else entry.file


# ------------------------------------------------------------------------------------------------------ differences


def _differences(page: Page, summary: Summary, *, all_kinds: bool, everything: bool) -> None:
    groups = summary.comparison.groups
    loud = [group for group in groups if all_kinds or group.kind not in QUIET]
    quiet = [group for group in groups if not all_kinds and group.kind in QUIET]
    if loud:
        page.heading("Where targets differ")
    shown = loud[: None if everything else MOST_GROUPS]
    for number, group in enumerate(shown):
        if number:
            page.blank()
        print_group(page, group, len(summary.targets))
    _more(page, len(loud) - len(shown), f"sockmatrix summary --all {quote(summary.folder)}")
    _quiet(page, quiet)
    left_out = sum(summary.comparison.left_out.values())
    if left_out:
        page.blank()
        page.line((f"{several(left_out, 'cell')} could not be compared (error, bug, inconclusive or no result)", "dim"))


def _quiet(page: Page, groups: Sequence[DifferenceGroup]) -> None:
    if not groups:
        return
    counts = [
        f"{several(sum(len(group.differences) for group in groups if group.kind == kind), 'step')} in {kind} only"
        for kind in dict.fromkeys(group.kind for group in groups)
    ]
    page.blank()
    page.line((f"Quiet differences: {', '.join(counts)} (--all-kinds shows them)", "dim"))


def print_group(page: Page, group: DifferenceGroup, everyone: int) -> None:
    """One way in which targets part: how often, the cause of each part, and what they did in a step or two."""
    steps = f"{several(len(group.differences), 'step')} in {several(group.scenarios, 'scenario')}"
    page.line((group.kind, KIND_STYLES[group.kind]), f" · {steps}" if page.signs else f" - {steps}", indent=1)
    first = group.differences[0]
    _behaviours(page, first, everyone)
    for difference in alike(group)[:EXAMPLES]:
        call = "" if is_of_scenario(difference) else difference.text
        place: Part = (f"  {difference.file}:{difference.line}  ", "dim")
        page.line(("in ", "dim"), difference.scenario, place, (call, "italic"), indent=3, hang=3)
    if first.because:
        page.line(("because ", "dim"), first.because, (f"  ({', '.join(first.see)})" if first.see else "", "dim"), indent=3, hang=3)


def _behaviours(page: Page, difference: Difference, everyone: int) -> None:
    rows: list[list[Part]] = []
    for number, behaviour in enumerate(difference.behaviours):
        style = BEHAVIOUR_STYLES[number % len(BEHAVIOUR_STYLES)]
        why = behaviour.cause or f"not explained: {named(behaviour.targets, everyone, most=2)}"
        rows.append([(why, style), (str(len(behaviour.targets)), "dim"), behaviour.shown])
    page.table(rows, indent=3, right=(1,))


# --------------------------------------------------------------------------------------------------------- the rest


def _unsteady(page: Page, summary: Summary, everything: bool) -> None:
    flaky = [cell for cell in summary.unsteady if cell.flaky]
    late = sum(1 for cell in summary.unsteady if cell.late)
    if flaky:
        page.heading("Flaky", "other plays of the same cell in this run ended otherwise")
        shown = flaky[: None if everything else MOST_UNSTEADY]
        for cell in shown:
            page.line((cell.scenario, "bold"), f"  {cell.target}  {cell.verdict}, also {', '.join(cell.flaky)}", indent=2, hang=4)
        _more(page, len(flaky) - len(shown), f"sockmatrix summary --all {quote(summary.folder)}")
    if late:
        page.blank()
        page.line((f"{several(late, 'cell')} played again only because a time bound was missed", "dim"))


def _foot(page: Page, summary: Summary, *, all_kinds: bool) -> None:
    page.blank()
    page.line(*_verdict_line(page, summary), hang=2)
    page.whole(("run   ", "dim"), summary.folder)
    for number, command in enumerate(_next(summary, all_kinds)):
        page.whole(("next  " if number == 0 else "      ", "dim"), command)


def _verdict_line(page: Page, summary: Summary) -> list[Part]:
    good = summary.exit_code == codes.AS_EXPECTED
    symbol = VERDICT_SYMBOLS["pass" if good else "fail"]
    meaning = "" if good else f": {summary.meaning}"
    return [page.sign(symbol), " ", (headline(summary), symbol.style), (f"  exit {summary.exit_code}{meaning}", "dim")]


def _next(summary: Summary, all_kinds: bool) -> list[str]:
    folder = quote(summary.folder)
    if not summary.complete:
        return [f"sockmatrix run --resume --out {folder}"]
    example = _example(summary)
    again = [f"sockmatrix run --resume --out {folder}"] if summary.verdicts.get("error") else []
    if summary.merged is not None:
        again = [f"sockmatrix merge {folder} RERUN"] if summary.verdicts.get("error") or summary.missing else []
    commands = [*again, *([f"sockmatrix show {quote(example)} --run {folder}"] if example else [])]
    if not all_kinds and any(group.kind in QUIET for group in summary.comparison.groups):
        commands.append(f"sockmatrix summary --all-kinds {folder}")
    return [*(commands or ["sockmatrix list", f"sockmatrix diff {folder} OTHER_RUN"]), f"sockmatrix report {folder}"]


def _example(summary: Summary) -> str:
    if summary.red:
        return summary.red[0].scenario
    differing = [group.differences[0].scenario for group in summary.comparison.groups if group.differences]
    return differing[0] if differing else ""
