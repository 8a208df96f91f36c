"""The page of the words that every report uses: verdicts, kinds of difference, exit codes. Says of each what the code says of it."""

from typing import get_args

from harness.commands import exits
from harness.gates import classes
from harness.records.comparison import QUIET, DifferenceKind
from harness.records.observation import GOOD, VERDICTS
from harness.reports.symbols import VERDICT_MEANINGS, VERDICT_SYMBOLS
from tools.docs.markdown import table, words

KINDS = {
    "availability": "some targets could play the step and some could not: a need was not met, or a name is not there",
    "hang": "on some targets the step did not end within its limit",
    "crash": "on some targets the process died",
    "exception": "one raised and another did not, or they raised classes that are no relatives",
    "errno": "the same class of exception, another error number; numbers are compared by name",
    "value": "another value came back",
    "type": "an equal value or a related exception, of another class",
    "message": "the same exception with another text",
    "timing": "within its bounds on some targets, too early or too late on others",
}
"""What each kind of difference is. A test holds the keys to those that there are."""

CODES = {
    exits.AS_EXPECTED: "as expected",
    exits.NOT_AS_EXPECTED: "conformance failures, stale excuses, or differences that nobody has reviewed",
    exits.USAGE: "wrong usage, or a bad scenario",
    exits.HARNESS: "the harness or its environment failed, so that nothing, or not everything, is known",
    exits.INTERRUPTED: "interrupted; what there is, is kept, and `sockmatrix run --resume` goes on",
}


def word_pages() -> dict[str, str]:
    """The one page."""
    lines = ["# Verdicts, differences, exit codes", "", *_verdicts(), *_kinds(), *_codes(), *_gates()]
    return {"reference/words": "\n".join(lines)}


def _verdicts() -> list[str]:
    rows = [
        [VERDICT_SYMBOLS[each].sign, f"`{each}`", words(VERDICT_MEANINGS[each]), "green" if each in GOOD else "**red**"]
        for each in VERDICTS
    ]
    lines = ["## Verdicts", "", "Of a scenario on a target. None ever turns into another; a planned cell without a verdict is red.", ""]
    return [*lines, *table(["sign", "verdict", "what it says", "the run"], rows)]


def _kinds() -> list[str]:
    rows = [[f"`{kind}`", words(KINDS[kind]), "quiet" if kind in QUIET else ""] for kind in get_args(DifferenceKind)]
    lines = ["## Kinds of difference", "", "Of a step that targets did not all perform alike. Quiet ones are shown with `--all-kinds`.", ""]
    return [*lines, *table(["kind", "what it says", ""], rows)]


def _codes() -> list[str]:
    rows = [[f"`{number}`", words(meaning)] for number, meaning in sorted(CODES.items())]
    return ["## Exit codes", "", "The same of every command.", "", *table(["code", "what it says"], rows)]


def _gates() -> list[str]:
    rows = [[f"`{name}`", words(meaning), "yes" if name in classes.ORDINARY else ""] for name, meaning in classes.CLASSES.items()]
    lines = ["## What makes a run fail", "", "Names for `--fail-on`, besides `default`, `all` and `none`.", ""]
    lines += table(["name", "what it says", "fails if nothing is chosen"], rows)
    always = " and ".join(f"`{name}`" for name in classes.ALWAYS)
    return [*lines, f"Whatever is chosen, {always} fail: they say that something was not seen.", ""]
