"""The page `docs/coverage.md`: what the library covers of the socket API, in Markdown. Measures nothing."""

import re
from collections.abc import Iterator, Sequence

from harness.coverage.measure import Coverage, Covered
from harness.coverage.unobserved import Unobserved
from harness.reports.wording import expectation_words

HEAD = """# What the library covers

Every public function, method, exception and group of constants of Python's module `socket`, every note "New in version" or "Changed in
version" of its documentation, and every error that POSIX.1-2024 names for its calls, with the scenarios that assert something of it.
This page is generated: `sockmatrix coverage --write`.
"""

KINDS = {
    "function": "Functions",
    "method": "Methods",
    "attribute": "Attributes",
    "exception": "Exceptions",
    "class": "Classes",
    "data": "Data",
    "constants": "Groups of constants",
    "note": "Notes of versions",
    "error": "Errors of POSIX",
}
"""Titles by kind, in the order of the page."""

SHOWN = 3
"""Scenarios that are named for each entry; the rest are counted."""


def page(coverage: Coverage, departures: Sequence[Unobserved]) -> str:
    """The page."""
    parts = [HEAD, "\n".join(_totals(coverage))]
    for kind, title in KINDS.items():
        entries = [entry for entry in coverage.entries if entry.kind == kind]
        parts.append("\n".join((f"\n## {title}\n", *_table(kind, entries))))
    parts.append("\n".join(_departures(departures)))
    return "\n".join(parts) + "\n"


def _totals(coverage: Coverage) -> Iterator[str]:
    yield f"{coverage.scenarios} scenarios, cases counted one each.\n"
    yield "| | to cover | exercised | asserted | | goal | not provoked |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for total in coverage.totals:
        goal = f"{total.goal:g} %" if total.goal else ""
        figures = f"{total.count} | {total.exercised} | {total.asserted} | {total.percent:.1f} %"
        yield f"| {KINDS[total.kind]} | {figures} | {goal} | {total.left_out or ''} |"


def _table(kind: str, entries: Sequence[Covered]) -> Iterator[str]:
    if kind == "note":
        yield "| note | says | scenarios |"
        yield "|---|---|---|"
        yield from (f"| `{entry.name}` | {_cell(entry.says)} | {_scenarios(entry)} |" for entry in entries)
        return
    yield "| name | scenarios that assert it |"
    yield "|---|---|"
    for entry in entries:
        only = f" ({entry.only} only)" if entry.only else ""
        yield f"| `{entry.name}`{only} | {_scenarios(entry)} |"


def _scenarios(entry: Covered) -> str:
    if entry.reason:
        return f"*not provoked:* {_cell(entry.reason)}"
    links = [f"[{name}](../scenarios/{name}.yaml)" for name in entry.asserted[:SHOWN]]
    more = f"and {len(entry.asserted) - SHOWN} more" if len(entry.asserted) > SHOWN else ""
    missing = f"{len(entry.missing)} of its names in none: {', '.join(f'`{name}`' for name in entry.missing)}" if entry.missing else ""
    return "<br>".join(filter(None, (", ".join(filter(None, (*links, more))) or "**none**", missing)))


def _departures(departures: Sequence[Unobserved]) -> Iterator[str]:
    yield "\n## Documented, never observed\n"
    yield (
        f"{len(departures)} departures are taken from the documentation of systems that this project has never run on (`observed: false`). "
        "Whoever has such a system can confirm them: `sockmatrix coverage --unobserved --run RUN`.\n"
    )
    yield "| scenario | call | where | then | because | see |"
    yield "|---|---|---|---|---|---|"
    for each in departures:
        then = "; ".join(expectation_words(each.expect))
        place = f"[{each.scenario}](../scenarios/{each.scenario}.yaml#L{each.line})"
        cells = (place, f"`{each.call}`", f"`{each.when}`", then, each.because, " ".join(each.see))
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))
