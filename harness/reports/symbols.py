"""A symbol and a colour for each verdict, state and kind of difference. Prints nothing."""

from collections.abc import Mapping
from typing import NamedTuple

from harness.records.comparison import DifferenceKind
from harness.records.observation import Verdict


class Symbol(NamedTuple):
    """How a word is marked. `plain` is for outputs that cannot show the sign."""

    sign: str
    plain: str
    style: str


VERDICT_SYMBOLS: Mapping[Verdict, Symbol] = {
    "pass": Symbol("✓", "+", "green"),
    "variation": Symbol("≈", "~", "cyan"),
    "stale": Symbol("○", "o", "bold yellow"),
    "fail": Symbol("✗", "x", "bold red"),
    "unsupported": Symbol("-", "-", "dim"),
    "hang": Symbol("∞", "8", "bold magenta"),
    "crash": Symbol("‼", "!", "bold magenta"),
    "inconclusive": Symbol("?", "?", "bold yellow"),
    "bug": Symbol("§", "%", "bold yellow"),
    "error": Symbol("▲", "^", "bold yellow"),
}

VERDICT_MEANINGS: Mapping[Verdict, str] = {
    "pass": "as every system promises",
    "variation": "departs as documented",
    "stale": "a documented departure that no longer occurs",
    "fail": "not as expected",
    "unsupported": "not played, a need is not met",
    "hang": "did not end in time",
    "crash": "the target died",
    "inconclusive": "late on a starved machine",
    "bug": "the scenario is wrong",
    "error": "the harness or its environment failed",
}
"""Each in a few words, for whoever meets it for the first time."""

STATE_SYMBOLS: Mapping[str, Symbol] = {
    "ok": Symbol("✓", "+", "green"),
    "limited": Symbol("≈", "~", "yellow"),
    "missing": Symbol("✗", "x", "bold red"),
}

KIND_STYLES: Mapping[DifferenceKind, str] = {
    "availability": "blue",
    "hang": "bold magenta",
    "crash": "bold magenta",
    "exception": "bold red",
    "errno": "red",
    "value": "yellow",
    "type": "dim",
    "message": "dim",
    "timing": "cyan",
}

BEHAVIOUR_STYLES = ("green", "yellow", "magenta", "cyan", "red", "blue")
"""Of the behaviours of one step, the largest first; they repeat after the last."""
