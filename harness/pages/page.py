"""One saved run as one HTML file that needs nothing else: no network, no other file. Decides nothing that the data does not say."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from zlib import compress

import msgspec
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from harness.comparing.behaviours import compare
from harness.gates.gate import Outcome, gate
from harness.pages.details import Reproducer, chunk, chunks_of
from harness.pages.likeness import Separations, separations
from harness.pages.overview import overview
from harness.pages.tree import tree
from harness.query.parse import KEYS, MISSING, parse
from harness.records.comparison import Comparison
from harness.records.observation import VERDICTS
from harness.records.page import Page, PageTarget
from harness.reports.counting import several
from harness.reports.known_text import elsewhere_words
from harness.reports.summary import count, verdict_words
from harness.reports.symbols import VERDICT_SYMBOLS
from harness.runs.folder import Run

SCRIPTS = ("query.js", "data.js", "dom.js", "state.js", "differences.js", "red.js", "matrix.js", "scenario.js", "export.js", "main.js")
"""Parts of the page's script, in the order in which they stand in it."""

ORDERS = (
    ("alike", "likeness"), ("implementation", "implementation"), ("version", "version"), ("libc", "libc"), ("network", "network"),
    ("run", "the run's order"),
)  # fmt: skip

EXAMPLES = (
    "differs:yes",
    "verdict:red",
    "area:udp !tag:slow",
    "kind:errno cause:libc",
    "target:pypy* verdict:variation",
    "odd:jython call:recv",
)


class Row(msgspec.Struct, frozen=True):
    """A row of the table of targets."""

    place: int
    target: PageTarget
    nearest: str
    counts: str


def page_of(run: Run, *, where: str = "", title: str = "", source: str = "", reproducer: Reproducer | None = None) -> bytes:
    """The page of a run; it opens with the query `where`. Raises `QueryError`."""
    return render(run, compare(run), where=where, title=title, source=source, reproducer=reproducer)


def render(
    run: Run,
    comparison: Comparison,
    *,
    found: Outcome | None = None,
    where: str = "",
    title: str = "",
    source: str = "",
    reproducer: Reproducer | None = None,
) -> bytes:
    """The page of a run whose targets have been compared. The same run gives the same bytes.

    `title` is what the reader knows the run by, `source` the address below which scenario files can be read, `found`
    what the run comes to where that was asked for otherwise than when it was made.
    """
    parse(where)
    chunks = chunks_of(run)
    found = found or gate(run)
    page = overview(run, comparison, chunks, where, found=found, title=title, source=source)
    style, script = style_text(), script_text()
    table = separations(run, comparison)
    text = _template().render(
        page=page,
        rows=_rows(run, page, table),
        tree=tree(page.merges, page.order, [target.id for target in page.targets]),
        likeness_words=_likeness_words(page),
        legend=_legend(page),
        known_aside=elsewhere_words(found.gate),
        totals=_totals(run),
        orders=ORDERS,
        examples=EXAMPLES,
        keys=KEYS.items(),
        keys_data=packed(KEYS),
        page_data=packed(page),
        details=(packed(chunk(run, portion, reproducer, found.expected)) for portion in chunks),
        style=Markup(style),  # our own file
        style_hash=digest(style),
        script=Markup(script),  # our own files
        script_hash=digest(script),
    )
    return text.encode()


def packed(data: Any) -> str:
    """Data as text that is harmless inside an element of HTML, and small."""
    return b64encode(compress(msgspec.json.encode(data), 9)).decode("ascii")


def digest(text: str) -> str:
    """What a Content-Security-Policy calls a text by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"


@cache
def style_text() -> str:
    """All that says how the page looks."""
    return _asset("page.css")


@cache
def script_text() -> str:
    """All that the page does, in a scope of its own."""
    return "\n".join(('(() => {\n"use strict";', *map(_asset, SCRIPTS), "})();"))


def _asset(name: str) -> str:
    return (files("harness.pages") / "assets" / name).read_text("utf-8")


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(thousands=lambda number: f"{number:,}", moment=_moment)
    return environment.from_string(_asset("page.html.j2"))


def _moment(text: str) -> str:
    """`2026-01-31 12:00:00 UTC`."""
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return text


def _rows(run: Run, page: Page, table: Separations) -> list[Row]:
    """Targets in the order of likeness; what stands in the last column is for those who have no script."""
    by_target: dict[str, list[Any]] = {target.id: [] for target in run.header.targets}
    for result in run.results.values():
        by_target[result.target].append(result)
    ids = list(by_target)
    return [Row(at, page.targets[at], _nearest(ids, table[at], at), verdict_words(count(by_target[ids[at]]))) for at in page.order]


def _nearest(ids: Sequence[str], distances: Sequence[int | None], own: int) -> str:
    others = [(far, at) for at, far in enumerate(distances) if at != own and far is not None]
    if not others:
        return "not compared" if len(ids) > 1 else ""
    far, at = min(others)
    return f"as {ids[at]}" if far == 0 else f"{several(far, 'step')} from {ids[at]}"


def _likeness_words(page: Page) -> str:
    if not page.merges:
        one = len(page.targets) == 1
        return "There is one target, and nothing to compare it with." if one else "No two targets have played the same scenario."
    return "The farther to the left two targets meet, the more steps they part over; quiet kinds are left out."


def _totals(run: Run) -> list[tuple[str, str, int]]:
    """How often each verdict occurs."""
    totals = [(verdict, VERDICT_SYMBOLS[verdict].sign, number) for verdict, number in count(run.results.values()).items()]
    return [*totals, (MISSING, "·", len(run.missing))] if run.missing else list(totals)


def _legend(page: Page) -> list[tuple[str, str]]:
    """The verdicts that occur."""
    letters = {letter for scenario in page.scenarios for letter in scenario.verdicts}
    return [(verdict, VERDICT_SYMBOLS[verdict].sign) for verdict in VERDICTS if verdict[0] in letters]
