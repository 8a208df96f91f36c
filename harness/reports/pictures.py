"""A run as pictures for a README: a badge, and the matrix of areas and targets. SVG without scripts, fonts or anything to load.

Every colour comes with a shape, every picture with words for those who do not see it, and both are readable on light and dark pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from harness.records.observation import VERDICTS
from harness.reports.areas import AreaSquare, Grid, grids, red_cells, word_of
from harness.reports.counting import several
from harness.reports.material import Material
from harness.reports.summary import Summary, headline, nothing_was_played, verdict_words
from harness.runs.safe import safe

FONT = "Verdana,'DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif"
LETTER = 6.6
"""Width of a letter of 11 pixels, on average; `textLength` makes it so whatever font there is."""

GREEN, RED, GREY = "#1b6e33", "#b3261e", "#5a6068"
"""Behind white letters, with a contrast of five and more."""

SQUARE = 20
GAP = 2
STEP = SQUARE + GAP
MOST_DESCRIBED = 20
"""Red squares that are told in words."""

SHAPES: Mapping[str, str] = {
    "pass": '<path d="M5 10.5l3.5 3.5 6.5-8"/>',
    "variation": '<path d="M4.5 11.5c2-4 4-3.5 5.5-1.5s3.5 2.5 5.5-1.5"/>',
    "unsupported": '<path d="M7 10h6"/>',
    "fail": '<path d="M5.5 5.5l9 9m0-9l-9 9"/>',
    "stale": '<circle cx="10" cy="10" r="4.5"/>',
    "hang": '<path d="M10 10c-2-3-3.2-3.5-4.5-3.5a3.5 3.5 0 0 0 0 7c1.3 0 2.5-.5 4.5-3.5s3.2-3.5 4.5-3.5a3.5 3.5 0 0 1 0 7'
    'c-1.3 0-2.5-.5-4.5-3.5"/>',
    "crash": '<path d="M7.5 4.5v7m0 3v1M12.5 4.5v7m0 3v1"/>',
    "inconclusive": '<path d="M7 7.5a3 3 0 1 1 4.5 2.5c-1 .6-1.5 1.2-1.5 2.2m0 2.3v1"/>',
    "bug": '<path d="M5 5h10v10h-10z"/>',
    "error": '<path d="M10 4.5l6 10.5h-12z"/>',
    "missing": '<path d="M5 10h.1m4.9 0h.1m4.9 0h.1"/>',
}
"""By word, in a square of 20; drawn with a line, so that no font is needed."""

STYLE = f"""text{{font:11px {FONT};fill:#1f2328}}
.s{{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}}
.pass{{fill:#d3eeda}}.pass+.s{{stroke:#1b6e33}}
.variation{{fill:#d3ebf4}}.variation+.s{{stroke:#0b5d75}}
.unsupported{{fill:#eaedf0}}.unsupported+.s{{stroke:#5a6068}}
.red{{fill:{RED}}}.red+.s{{stroke:#fff}}
@media (prefers-color-scheme:dark){{text{{fill:#e6edf3}}
.pass{{fill:#123a20}}.pass+.s{{stroke:#7ee19a}}
.variation{{fill:#0e3644}}.variation+.s{{stroke:#7fd4ee}}
.unsupported{{fill:#262c33}}.unsupported+.s{{stroke:#a3adb6}}}}"""


# ---------------------------------------------------------------------------------------------------------------- badge


def badge(material: Material) -> bytes:
    """Two fields: the name, and how many cells went as expected, or how many did not."""
    label, (message, colour) = safe(material.title) or "sockmatrix", _message(material.summary)
    left, right = _badge_width(label), _badge_width(message)
    said = escape(f"{label}: {message}", {'"': "&quot;"})
    lines = [
        _opening(left + right, 20, f'aria-label="{said}"'),
        f"<title>{said}</title>",
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>',
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3c4148"/>',
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>',
        f'<g fill="#fff" font-family="{FONT}" font-size="11" aria-hidden="true">',
        _badge_text(label, 0, left),
        _badge_text(message, left, right),
        "</g></svg>",
    ]
    return _file(lines)


def _message(summary: Summary) -> tuple[str, str]:
    """Green for a whole run without a red cell that nobody knew of, and for nothing else; what is known is told."""
    counts = summary.verdicts
    known = summary.gate.expected
    red = red_cells(counts, len(summary.missing)) - known
    played = counts.get("pass", 0) + counts.get("variation", 0)
    if summary.missing:
        return f"{red} of {summary.cells} red, run incomplete", RED
    if red:
        return f"{red} of {summary.cells} red", RED
    if nothing_was_played(summary) or not (played or known):
        return "nothing was played", GREY
    if summary.exit_code:
        return headline(summary), RED
    if not summary.complete:
        return "run not closed", GREY
    aside = f", {known} known to fail" if known else ""
    return f"{played} as expected{aside} on {several(len(summary.targets), 'target')}", GREEN


def _badge_width(text: str) -> int:
    return round(len(text) * LETTER) + 12


def _badge_text(text: str, start: int, width: int) -> str:
    return f'<text x="{start + 6}" y="14" textLength="{width - 12}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'


# --------------------------------------------------------------------------------------------------------------- matrix


def matrix(material: Material) -> bytes:
    """A square for each area and target, or server and client: the gravest that happened there."""
    drawn = [_Drawn(grid) for grid in grids(material.run, material.summary)]
    words = _occurring([each.grid for each in drawn])
    entry = round(max((len(word) for word in words), default=0) * LETTER) + SQUARE + 14
    width = max([entry + 4, *(each.width for each in drawn)])
    columns = max((width - 4) // entry, 1)
    bottom = sum(each.height for each in drawn)
    height = bottom + -(-len(words) // columns) * STEP + 4
    lines = [
        _opening(width, height, 'aria-labelledby="t d"'),
        f'<title id="t">{escape(_title(material))}</title>',
        f'<desc id="d">{escape(_described([each.grid for each in drawn]))}</desc>',
        f"<style>{STYLE}</style>",
        "<defs>",
        *(f'<g id="{word}">{SHAPES[word]}</g>' for word in words),
        "</defs>",
    ]
    top = 0
    for each in drawn:
        lines += each.lines(top, with_heading=len(drawn) > 1)
        top += each.height
    for number, word in enumerate(words):
        lines += _legend(word, 4 + (number % columns) * entry, bottom + number // columns * STEP)
    return _file([*lines, "</svg>"])


class _Drawn:
    """One grid, and the room that it takes."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.rows = [safe(row) for row in grid.rows]
        self.columns = [safe(column) for column in grid.columns]
        self.left = round(max(map(len, self.rows), default=4) * LETTER) + 12
        self.top = max(round(max(map(len, self.columns), default=4) * LETTER) + 8, 26)
        self.width = self.left + len(self.columns) * STEP + 8
        self.height = self.top + len(self.rows) * STEP + 10

    def lines(self, top: int, *, with_heading: bool) -> Iterator[str]:
        """Names of the columns lean on them, names of the rows end at them."""
        if with_heading:
            yield f'<text x="4" y="{top + 14}">{escape(safe(self.grid.what))}</text>'
        for column, name in enumerate(self.columns):
            x, y = self.left + column * STEP + 14, top + self.top - 4
            yield f'<text transform="translate({x},{y}) rotate(-90)">{escape(name)}</text>'
        for number, name in enumerate(self.rows):
            y = top + self.top + number * STEP
            yield f'<text x="{self.left - 6}" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
            for column, square in enumerate(self.grid.squares[number]):
                if square is not None:
                    yield _square(square, self.left + column * STEP, y, f"{name}, {self.columns[column]}")


def _title(material: Material) -> str:
    return safe(f"{material.title or 'Sockmatrix'}: {headline(material.summary)}")


def _squares(grids: Sequence[Grid]) -> Iterator[tuple[str, str, AreaSquare]]:
    """Row, column and square, of all that were planned."""
    for grid in grids:
        for row, squares in zip(grid.rows, grid.squares, strict=True):
            yield from ((row, column, square) for column, square in zip(grid.columns, squares, strict=True) if square is not None)


def _occurring(grids: Sequence[Grid]) -> list[str]:
    """Words of the picture, good ones first."""
    found = {word_of(square.verdicts, square.missing) for _, _, square in _squares(grids)}
    order = ("pass", "variation", "unsupported", *VERDICTS, "missing")
    return [word for word in dict.fromkeys(order) if word in found]


def _described(grids: Sequence[Grid]) -> str:
    """The picture in words: how large it is, and where it is red."""
    red = [f"{row}, {column}: {_counts(square)}" for row, column, square in _squares(grids) if red_cells(square.verdicts, square.missing)]
    sizes = "; ".join(f"{len(grid.rows)} × {len(grid.columns)}, {grid.what}" for grid in grids)
    more = f"; and {len(red) - MOST_DESCRIBED} more" if len(red) > MOST_DESCRIBED else ""
    told = f"Not as expected: {'; '.join(red[:MOST_DESCRIBED])}{more}" if red else "Everything that was played went as expected"
    return safe(f"{sizes}. {told}.")


def _counts(square: AreaSquare) -> str:
    missing = [f"{square.missing} without a result"] if square.missing else []
    return ", ".join([*filter(None, [verdict_words(square.verdicts)]), *missing])


def _square(square: AreaSquare, x: int, y: int, where: str) -> str:
    word = word_of(square.verdicts, square.missing)
    said = escape(safe(f"{where}: {_counts(square)}"))
    return f'<g transform="translate({x},{y})"><title>{said}</title>{_sign(word)}</g>'


def _sign(word: str) -> str:
    kind = word if word in ("pass", "variation", "unsupported") else "red"
    return f'<rect class="{kind}" width="{SQUARE}" height="{SQUARE}" rx="3"/><use class="s" href="#{word}"/>'


def _legend(word: str, x: int, y: int) -> Iterator[str]:
    yield f'<g transform="translate({x},{y})">{_sign(word)}</g>'
    yield f'<text x="{x + SQUARE + 5}" y="{y + 14}">{word}</text>'


def _opening(width: int, height: int, label: str) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {label}>'


def _file(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
