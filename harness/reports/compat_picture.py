"""A picture of compatibility data for a README: functions and methods × versions, those that differ. SVG, without scripts or fonts."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from msgspec import Struct

from harness.compat.checking import answer
from harness.compat.departures import Column, columns, departures
from harness.compat.records import CompatData
from harness.reports.counting import several
from harness.runs.safe import safe

KINDS = frozenset({"function", "method", "attribute", "exception", "class"})

MOST_ROWS = 44

CELL, ROW = 26, 18
"""Width and height of a cell."""
LEFT, GAP = 236, 12
"""Where columns begin, and what is between two families."""
HEAD, STEP = 92, 13
"""Height of the head, and what each further family adds to it: their names are below each other."""
MARGIN = 150
"""For the name of the last family."""

STYLE = """
text { font: 11px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
.name { font-family: ui-monospace, monospace }
.title { font-size: 14px; font-weight: 600 }
.count { font-size: 10px; text-anchor: middle }
.same { fill: #2f7d5b } .other { fill: #e3b341 } .far { fill: #d9822b } .lacks { fill: none; stroke: #8c959f } .unknown { fill: #d0d7de }
.back { fill: #ffffff } .rule { stroke: #d0d7de }
.on { fill: #1f2328 } .light { fill: #ffffff }
@media (prefers-color-scheme: dark) {
 text { fill: #e6edf3 } .back { fill: #0d1117 } .rule { stroke: #30363d }
 .unknown { fill: #30363d } .on { fill: #1f2328 } .same { fill: #3fa374 }
}
"""

FAR = 10
"""So many differences, or more, have a colour of their own."""


class Cell(Struct, frozen=True):
    """One feature on one version."""

    state: str
    """`same`, `other`, `far`, `lacks`, `unknown`."""
    count: int
    """Observed differences from the newest CPython."""


WORDS = {
    "same": "has it, no difference from the newest CPython was seen",
    "other": "as many differences were seen",
    "far": f"{FAR} and more",
    "lacks": "lacks it",
    "unknown": "not known",
}


def picture(data: CompatData, names: Sequence[str]) -> str:
    """The picture of some features; of those that can be shown, the ones that differ most."""
    across = columns(data)
    return "\n".join(_svg(data, across, _rows(data, names, across))) + "\n"


def _rows(data: CompatData, names: Sequence[str], across: Sequence[Column]) -> list[tuple[str, list[Cell]]]:
    counts = departures(data)
    rows = [(name, _cells(data, name, across, counts.get(name, {}))) for name in names if data.features[name].kind in KINDS]
    telling = [row for row in rows if len({cell.state for cell in row[1]} - {"unknown"}) > 1]
    kept = sorted(telling, key=lambda row: -_weight(row[1]))[:MOST_ROWS]
    return [row for row in telling if row in kept]


def _weight(cells: Sequence[Cell]) -> int:
    """What is there on some and not on others is told before what does otherwise."""
    lacking = sum(cell.state == "lacks" for cell in cells)
    return 1000 * min(lacking, len(cells) - lacking) + sum(cell.count for cell in cells)


def _cells(data: CompatData, name: str, across: Sequence[Column], counts: Mapping[Column, int]) -> list[Cell]:
    return [_cell(answer(data, name, *column), counts.get(column, 0)) for column in across]


def _cell(has: frozenset[bool], count: int) -> Cell:
    if not has:
        return Cell("unknown", 0)
    if True not in has:
        return Cell("lacks", 0)
    return Cell("far" if count >= FAR else "other" if count else "same", count)


def _spans(across: Sequence[Column]) -> list[tuple[str, int]]:
    """Families with how many columns each has."""
    found: dict[str, int] = {}
    for family, _ in across:
        found[family] = found.get(family, 0) + 1
    return list(found.items())


def _svg(data: CompatData, across: Sequence[Column], rows: Sequence[tuple[str, list[Cell]]]) -> Iterator[str]:
    spans = _spans(across)
    width = max(LEFT + CELL * len(across) + GAP * len(spans) + MARGIN, 640)
    top = HEAD + STEP * len(spans)
    height = top + ROW * len(rows) + 88
    title = f"Python's socket API on {several(len(across), 'version')} of {several(len(spans), 'family', 'families')}"
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
    yield 'aria-labelledby="title description">'
    yield f'<title id="title">{title}</title>'
    yield f'<desc id="description">{escape(_description(rows, across))}</desc>'
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="back" width="{width}" height="{height}"/>'
    yield f'<text class="title" x="12" y="22">{title}</text>'
    yield from _heads(across, top)
    for at, (name, cells) in enumerate(rows):
        yield from _row(top + ROW * at, name, cells, across)
    yield from _legend(top + ROW * len(rows) + 18, data, len(rows))
    yield "</svg>"


def _description(rows: Sequence[tuple[str, list[Cell]]], across: Sequence[Column]) -> str:
    """What people hear who do not see the picture: for each feature, who lacks it."""
    told = []
    for name, cells in rows:
        lacking = [f"{family} {version}" for (family, version), cell in zip(across, cells, strict=True) if cell.state == "lacks"]
        if lacking:
            told.append(f"{safe(name)} is lacking on {', '.join(map(safe, lacking))}.")
    return " ".join(told) or "No feature is lacking anywhere."


def _places(across: Sequence[Column]) -> Iterator[int]:
    """Where each column begins; families have a gap between them."""
    at = LEFT
    for number, (family, _) in enumerate(across):
        if number:
            at += CELL + (GAP if family != across[number - 1][0] else 0)
        yield at


def _heads(across: Sequence[Column], top: int) -> Iterator[str]:
    places = list(_places(across))
    begin = 0
    for number, (family, count) in enumerate(_spans(across)):
        x, end = places[begin], places[begin + count - 1] + CELL - 3
        y = 42 + STEP * number
        yield f'<path class="rule" fill="none" d="M{x + 0.5} {y + 3} V{top - 2.5} H{end}"/>'
        yield f'<text x="{x}" y="{y}">{escape(safe(family))}</text>'
        begin += count
    for (_, version), x in zip(across, places, strict=True):
        whole, plain = (escape(safe(text)) for text in (version, version.partition(" ")[0]))
        yield f'<text transform="translate({x + CELL // 2 + 4} {top - 7}) rotate(-60)"><title>{whole}</title>{plain}</text>'


def _row(y: int, name: str, cells: Sequence[Cell], across: Sequence[Column]) -> Iterator[str]:
    yield f'<text class="name" x="12" y="{y + 13}">{escape(safe(name))}</text>'
    for cell, x, (family, version) in zip(cells, _places(across), across, strict=True):
        yield _drawn(x, y, cell, f"{name}, {family} {version}: {_told(cell)}")


def _told(cell: Cell) -> str:
    return f"{several(cell.count, 'difference')} from the newest CPython" if cell.count else WORDS[cell.state]


def _drawn(x: int, y: int, cell: Cell, words: str) -> str:
    shape = (
        f'<circle class="unknown" cx="{x + CELL // 2 - 1}" cy="{y + ROW // 2}" r="2"/>'
        if cell.state == "unknown"
        else f'<rect class="{cell.state}" x="{x + 0.5}" y="{y + 1.5}" width="{CELL - 3}" height="{ROW - 4}" rx="2"/>'
    )
    number = f'<text class="count on" x="{x + CELL // 2 - 1}" y="{y + 13}">{cell.count}</text>' if cell.count else ""
    return f"<g><title>{escape(safe(words))}</title>{shape}{number}</g>"


def _legend(y: int, data: CompatData, shown: int) -> Iterator[str]:
    x = 12
    for state, words in WORDS.items():
        if state == "lacks":
            x, y = 12, y + ROW + 4
        yield _drawn(x, y, Cell(state, {"other": 3, "far": FAR + 2}.get(state, 0)), words)
        yield f'<text x="{x + CELL + 2}" y="{y + 13}">{words}</text>'
        x += CELL + 20 + round(6.2 * len(words))
    days = sorted({run.started for run in data.runs})
    seen = f"observed on {days[-1]}; " if days else ""
    yield f'<text x="12" y="{y + 40}">{escape(safe(seen))}{several(shown, "feature")} that differ most, of {len(data.features)}</text>'
