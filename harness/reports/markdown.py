"""A run in Markdown, for the summary of a CI step and for a comment: the most important first, cut where the limit is, and said to be cut.

Holds no times, folders or ids of the run, so that the page changes only when the findings do. Compares nothing.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from harness.gates import codes
from harness.records.comparison import QUIET, Behaviour, Difference, DifferenceGroup
from harness.records.gate import RED_STATES, HeldBaseline, KnownUse
from harness.records.observation import VERDICTS, Verdict
from harness.reports.areas import AreaSquare, Grid, grids, red_cells, word_of
from harness.reports.counting import named, several
from harness.reports.differences import alike, is_of_scenario
from harness.reports.known_text import bad_uses, columns, elsewhere_words, step_words, told_uses, use_words
from harness.reports.material import (
    Material,
    address_of,
    interrupted_short,
    is_explained,
    loud_groups,
    missing_by_target,
    place_words,
)
from harness.reports.parts import has_unplanned, merged_words, part_words, remarks_shown
from harness.reports.summary import RedEntry, Summary, TargetSummary, baseline_words, failing_baseline, headline
from harness.reports.symbols import VERDICT_SYMBOLS
from harness.runs.markdown_text import code, comment, link, prose

SUMMARY_LIMIT = 1024 * 1024 - 4096
"""Bytes: GitHub takes 1 MiB for all that a step says, and drops what is longer whole; a little is left to what else the step says."""

COMMENT_LIMIT = 65_536
"""Characters (code points): what GitHub says it takes for a comment or the description of a pull request."""

RESERVE = 1500
"""What is kept for the lines that say what was left out."""

LONGEST_NAME = 200
"""Characters of a file's name at the top, which is never cut."""

EXAMPLES = 2
MOST_TARGETS = 6
MISSING_SIGN = "…"


class Section(Struct, frozen=True):
    """A part of the page that may be cut between its blocks."""

    title: str
    blocks: tuple[str, ...]
    what: str
    """What the blocks are, in the plural, for the line that says how many were left out."""
    folded: bool = False
    """Behind a line that is to be clicked."""
    whole: bool = False
    """A table: all of it or nothing."""


def summary_page(material: Material) -> bytes:
    """For `$GITHUB_STEP_SUMMARY`."""
    return page(material, SUMMARY_LIMIT, lambda text: len(text.encode()))


def comment_page(material: Material) -> bytes:
    """For a comment on a pull request."""
    return page(material, COMMENT_LIMIT, len)


def page(material: Material, limit: int, size: Callable[[str], int]) -> bytes:
    """The page, at most as long as the limit by the measure that is given."""
    head = _head(material)
    body = fitted(_sections(material), limit - RESERVE - size(head), size)
    return (head + body).encode()


def fitted(sections: Sequence[Section], room: int, size: Callable[[str], int]) -> str:
    """As many blocks as there is room for, in order; then a line for what did not fit."""
    parts: list[str] = []
    left_out: list[str] = []
    for section in sections:
        text, left = _section(section, room, size)
        parts.append(text)
        room -= size(text)
        if left:
            left_out.append(f"{left} of {len(section.blocks)} {section.what}" if not section.whole else section.what)
    if left_out:
        words = f"Left out, to keep within what may be posted: {'; '.join(left_out)}."
        parts.append(f"\n> {words} `sockmatrix summary --all` shows everything.\n")
    return "".join(parts)


def _section(section: Section, room: int, size: Callable[[str], int]) -> tuple[str, int]:
    """What fits of a section, and how many of its blocks do not."""
    opening, closing = f"\n### {section.title}\n\n", ""
    if section.folded:
        opening, closing = f"\n<details><summary>{section.title}</summary>\n\n", "\n</details>\n"
    room -= size(opening) + size(closing)
    taken: list[str] = []
    for block in section.blocks:
        room -= size(block)
        if room < 0:
            break
        taken.append(block)
    left = len(section.blocks) - len(taken)
    if not taken or (section.whole and left):
        return "", len(section.blocks)
    return opening + "".join(taken) + closing, left


# ---------------------------------------------------------------------------------------------------------------- parts


def _head(material: Material) -> str:
    summary = material.summary
    good = summary.exit_code == codes.AS_EXPECTED
    size = f"{several(summary.scenarios, 'scenario')} on {several(len(summary.targets), 'target')}"
    lines = [
        comment(f"sockmatrix report {material.title}".strip()),
        f"## {prose(material.title or 'Sockmatrix')}",
        "",
        f"{'✅' if good else '❌'} **{headline(summary)}** ({size}; exit {summary.exit_code}: {summary.meaning})",
    ]
    if not summary.complete:
        lines += ["", f"> ⚠️ {interrupted_short(summary)} Cells without a result count as red."]
    if summary.shard or summary.job:
        lines += ["", prose(part_words(summary)) + "."]
    if summary.merged is not None:
        lines += ["", prose(merged_words(summary.merged)) + "."]
        lines += ["", *(f"- ⚠️ {prose(remark)}" for remark in remarks_shown(summary.merged))] if summary.merged.remarks else []
    if summary.gate.baseline is not None:
        lines += ["", _baseline(summary, summary.gate.baseline)]
    return "\n".join(lines) + "\n"


def _baseline(summary: Summary, held: HeldBaseline) -> str:
    sign = "" if failing_baseline(summary.gate) is None else "⚠️ "
    return f"{sign}Held against the baseline {code(held.file[:LONGEST_NAME])}: {baseline_words(held)}."


def _sections(material: Material) -> list[Section]:
    """All that can be said, the most important first."""
    gate = material.summary.gate
    unknown = [entry for entry in material.summary.red if entry.known is None]
    known = [use for use in told_uses(gate) if use not in bad_uses(gate)]
    aside = [f"- {words}\n"] if (words := elsewhere_words(gate)) else []
    loud = loud_groups(material.summary)
    everyone = len(material.summary.targets)
    explained = [group for group in loud if is_explained(group)]
    open_questions = [group for group in loud if not is_explained(group)]
    found = [
        Section("Not as expected", tuple(_red(material, entry) for entry in unknown), "entries of what is not as expected"),
        Section("Known failures to be looked at", tuple(map(_use, bad_uses(gate))), "known failures to be looked at"),
        Section("Without a result", tuple(_missing(material.summary)), "targets with cells without a result"),
        Section("Planned, and delivered by no run", tuple(_undelivered(material.summary)), "targets that no run delivered"),
        Section("Could not be started", tuple(_not_started(material.summary)), "targets that could not be started"),
        Section("Retried", tuple(_retried(material.summary)), "cells that were played again"),
        Section("Flaky", tuple(_flaky(material.summary)), "flaky cells"),
        Section(
            f"Where targets differ, not explained ({len(open_questions)})",
            tuple(_group(material, group, everyone) for group in open_questions),
            "differences that are not explained",
        ),
        *_overview(material),
        Section(
            f"Where targets differ, explained ({len(explained)})",
            tuple(_group(material, group, everyone) for group in explained),
            "differences that are explained",
            folded=True,
        ),
        *_detail(material),
        Section(f"Known failures ({len(known)})", (*map(_use, known), *aside), "known failures", folded=True),
        Section("Not played", tuple(_unmet(material.summary)), "needs that were not met", folded=True),
        Section("Quiet differences", tuple(_quiet(material.summary)), "counts of quiet differences", folded=True),
    ]
    return [section for section in found if any(section.blocks)]


def _red(material: Material, entry: RedEntry) -> str:
    sign = VERDICT_SYMBOLS[entry.verdict].sign
    place = _place(material, entry.file, entry.scenario, entry.line)
    lines = [f"- {sign} **{entry.verdict}** {code(entry.scenario)} · {place}"]
    if entry.text:
        lines.append(f"step {(entry.step or 0) + 1}: {code(entry.text)}")
    if entry.expected or entry.observed:
        lines += [f"expected {code(entry.expected or 'nothing else')}", f"observed {code(entry.observed)}"]
    elif entry.reason:
        lines.append(code(entry.reason))
    lines.append(f"on {_who(entry.targets, len(material.summary.targets))}")
    return "<br>\n  ".join(lines) + "\n"


def _use(use: KnownUse) -> str:
    known = use.known
    name = use.state if use.state in RED_STATES else known.kind
    lines = [
        f"- **{name}** {code(known.scenario)}{step_words(known)} where {code(known.when)}"
        + (f" · {code(known.place)}" if known.place else "")
    ]
    lines += [prose(use_words(use)), f"because {prose(known.reason)} ({code(known.see)})"]
    return "<br>\n  ".join(lines) + "\n"


def _retried(summary: Summary) -> Iterator[str]:
    for cell in summary.unsteady:
        if cell.retried:
            end = "flaky" if cell.flaky else "red every time"
            yield f"- {code(cell.scenario)} on {code(cell.target)}: {end} ({', '.join(cell.plays)})\n"


def _place(material: Material, file: str, scenario: str, line: int) -> str:
    return link(place_words(file, scenario, line), address_of(material.source, file, scenario, line))


def _who(targets: Sequence[str], everyone: int) -> str:
    if len(targets) == everyone and everyone > 1:
        return f"all {everyone} targets"
    shown = ", ".join(code(target) for target in targets[:MOST_TARGETS])
    more = len(targets) - MOST_TARGETS
    return shown + (f" and {more} more" if more > 0 else "")


def _missing(summary: Summary) -> Iterator[str]:
    for target, count in missing_by_target(summary):
        yield f"- {MISSING_SIGN} {code(target)}: {several(count, 'cell')}\n"


def _not_started(summary: Summary) -> Iterator[str]:
    for target in summary.targets:
        if target.trouble and not target.undelivered:
            yield f"- {VERDICT_SYMBOLS['error'].sign} {code(target.id)}: {code(target.trouble)}\n"


def _undelivered(summary: Summary) -> Iterator[str]:
    for target in summary.targets:
        if target.undelivered:
            yield f"- {MISSING_SIGN} {code(target.name)} of the job {code(target.undelivered)}\n"


def _flaky(summary: Summary) -> Iterator[str]:
    for cell in summary.unsteady:
        if cell.flaky:
            others = ", ".join(code(each) for each in cell.flaky)
            yield f"- {code(cell.scenario)} on {code(cell.target)}: {cell.verdict}, also {others}\n"


def _group(material: Material, group: DifferenceGroup, everyone: int) -> str:
    first = group.differences[0]
    steps = f"{several(len(group.differences), 'step')} in {several(group.scenarios, 'scenario')}"
    lines = [f"- **{group.kind}** · {steps}"]
    lines += [f"  - {_behaviour(each, everyone)}" for each in first.behaviours]
    lines += [f"  - in {_example(material, each)}" for each in alike(group)[:EXAMPLES]]
    if first.because:
        see = f" ({', '.join(code(each) for each in first.see)})" if first.see else ""
        lines.append(f"  - because {prose(first.because)}{see}")
    return "\n".join(lines) + "\n"


def _behaviour(behaviour: Behaviour, everyone: int) -> str:
    if behaviour.cause:
        odd_one_out = code(behaviour.targets[0]) if len(behaviour.targets) == 1 and everyone > 2 else ""
        return f"{code(behaviour.cause)} ({odd_one_out or several(len(behaviour.targets), 'target')}): {code(behaviour.shown)}"
    return f"not explained, {_who(behaviour.targets, everyone)}: {code(behaviour.shown)}"


def _example(material: Material, difference: Difference) -> str:
    call = "" if is_of_scenario(difference) else f" · {code(difference.text)}"
    return f"{code(difference.scenario)} · {_place(material, difference.file, difference.scenario, difference.line)}{call}"


def _targets(summary: Summary) -> str:
    occurring = [verdict for verdict in VERDICTS if summary.verdicts.get(verdict)]
    missing = any(target.missing for target in summary.targets)
    unplanned = has_unplanned(summary)
    further = {**columns(summary), **({"not planned": tuple(str(each.unplanned or "") for each in summary.targets)} if unplanned else {})}
    titles = [*(f"{VERDICT_SYMBOLS[verdict].sign} {verdict}" for verdict in occurring), *["no result"] * missing, *further]
    rows = [f"| {' | '.join(['target', *titles])} |", "|---|" + "---:|" * len(titles)]
    for at, target in enumerate(summary.targets):
        counts = [*_counts(target, occurring, missing), *(texts[at] for texts in further.values())]
        rows.append(f"| {' | '.join([code(target.id), *counts])} |")
    return "\n".join(rows) + "\n"


def _counts(target: TargetSummary, occurring: Sequence[Verdict], missing: bool) -> list[str]:
    return [str(target.verdicts.get(verdict) or "") for verdict in occurring] + [str(target.missing or "")] * missing


def _overview(material: Material) -> list[Section]:
    """By target; of pairs, who served whom."""
    if not _paired(material):
        return [Section("By target", (_targets(material.summary),), "the table by target", whole=True)]
    tables = grids(material.run, material.summary)
    return [Section(each.what.capitalize(), (_grid(each, "server"),), "a table of servers and clients", whole=True) for each in tables]


def _detail(material: Material) -> list[Section]:
    """By area; of pairs there are too many for a table that can be read."""
    if _paired(material):
        return []
    tables = grids(material.run, material.summary)
    return [Section("By area", (_grid(each, "area"),), "the table by area", folded=True, whole=True) for each in tables]


def _paired(material: Material) -> bool:
    return any(len(table.servers) * len(table.clients) > 1 for table in material.summary.pairs)


def _grid(grid: Grid, corner: str) -> str:
    """A square says how many cells are red, or how many were played and went as expected."""
    rows = [f"| {' | '.join([corner, *map(code, grid.columns)])} |", "|---|" + "---:|" * len(grid.columns)]
    for name, squares in zip(grid.rows, grid.squares, strict=True):
        rows.append(f"| {' | '.join([code(name), *map(_square, squares)])} |")
    return "\n".join(rows) + "\n"


def _square(square: AreaSquare | None) -> str:
    if square is None:
        return ""
    word = word_of(square.verdicts, square.missing)
    sign = MISSING_SIGN if word == "missing" else next(symbol.sign for verdict, symbol in VERDICT_SYMBOLS.items() if verdict == word)
    red = red_cells(square.verdicts, square.missing)
    if red:
        return f"**{sign} {red}**"
    played = square.verdicts.get("pass", 0) + square.verdicts.get("variation", 0)
    return f"{sign} {played}" if played else sign


def _unmet(summary: Summary) -> Iterator[str]:
    everyone = len(summary.targets)
    for need in summary.unmet:
        yield f"- {several(need.cells, 'cell')}: {prose(need.reason)} ({prose(named(need.targets, everyone))})\n"


def _quiet(summary: Summary) -> Iterator[str]:
    for kind in sorted(QUIET):
        count = sum(len(group.differences) for group in summary.comparison.groups if group.kind == kind)
        if count:
            yield f"- {several(count, 'step')} in {kind} only (`sockmatrix summary --all-kinds`)\n"
