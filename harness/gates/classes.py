"""What can make a run fail, by name (`--fail-on`), and which of it a cell is. Counts nothing and reads no files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.language.mistakes import did_you_mean
from harness.records.observation import GOOD, VERDICTS, Verdict
from harness.records.run import Result

CLASSES: Mapping[str, str] = {
    "fail": "not as expected",
    "stale": "a documented departure, or a known failure, that no longer occurs",
    "hang": "did not end in time",
    "crash": "the target died",
    "bug": "the scenario is wrong",
    "inconclusive": "late on a starved machine",
    "flaky": "came to several things",
    "known-unused": "a known entry that speaks of nothing",
    "unsupported": "not played, a need is not met",
    "new-difference": "not as the baseline has it",
}
"""What can be chosen, each in a few words."""

ALWAYS = ("error", "missing")
"""Fail whatever is chosen: they say that something was not seen."""

ORDINARY = ("fail", "stale", "hang", "crash", "bug", "inconclusive", "known-unused", "new-difference")
"""What fails where nothing is chosen; where cells were played several times on purpose, what is flaky does too."""

STEADY_ONLY = "!flaky"
"""Chosen: what is red in some plays only does not fail, whatever its verdict is."""

NAMES = (*CLASSES, "default", "all", "none")

SILENT: frozenset[Verdict] = frozenset({"error", "bug", "inconclusive"})
"""Verdicts that say nothing of the target."""


class FailOnError(ValueError):
    """What `--fail-on` says cannot be understood."""


def parse(text: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The classes that a text chooses, in the order of `CLASSES`; `options` are those of the run. Raises FailOnError.

    A class with `!` in front is left out; a text that only leaves out leaves out of what fails by default.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise FailOnError(f"--fail-on names nothing; there are {', '.join(NAMES)}")
    if "none" in words and len(words) > 1:
        raise FailOnError("--fail-on none goes alone")
    named = [word for word in words if not word.startswith("!")]
    left_out = {each for word in words if word.startswith("!") for each in _classes(word[1:], options)}
    chosen = {each for word in named or ["default"] for each in _classes(word, options)} - left_out
    return tuple(each for each in CLASSES if each in chosen) + ((STEADY_ONLY,) if "flaky" in left_out else ())


def default(options: Mapping[str, Any]) -> tuple[str, ...]:
    """What a run with these options fails on where nobody has said."""
    chosen = (*ORDINARY, "flaky") if options.get("repeat", 1) > 1 or options.get("retry", 0) else ORDINARY
    return tuple(each for each in CLASSES if each in chosen)


def _classes(word: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    if word not in NAMES and word not in ALWAYS:
        raise FailOnError(f"--fail-on: there is no '{word}'; {_hint(word)}")
    if word == "default":
        return default(options)
    return tuple(CLASSES) if word == "all" else (word,)


def _hint(word: str) -> str:
    return did_you_mean(word, (*NAMES, *ALWAYS)) or f"there are {', '.join(NAMES)}"


def plays_of(result: Result) -> tuple[Verdict, ...]:
    """What the plays of a cell came to; in runs of older versions only the texts tell."""
    return result.plays or tuple(_in_texts(result))


def _in_texts(result: Result) -> Iterator[Verdict]:
    yield result.verdict
    for text in result.flaky:
        word = text.rpartition(" plays: ")[2].partition(":")[0].partition(",")[0]
        yield from (verdict for verdict in VERDICTS if verdict == word)


def telling_plays(result: Result) -> tuple[Verdict, ...]:
    """Those that say something of the target."""
    return tuple(verdict for verdict in plays_of(result) if verdict not in SILENT)


def classes_of(result: Result) -> tuple[str, ...]:
    """What a cell is that nobody knew of; nothing where it is as expected."""
    if result.verdict in SILENT:
        return (result.verdict,)
    is_red = result.verdict not in GOOD
    named = (result.verdict,) if is_red or result.verdict == "unsupported" else ()
    return (*named, "flaky") if result.flaky or (is_red and is_unsteady(result)) else named


def is_unsteady(result: Result) -> bool:
    """Whether some of its plays were red and others were not; of a cell that says nothing of its target, no play is asked."""
    return result.verdict not in SILENT and len({verdict in GOOD for verdict in telling_plays(result)}) > 1


def fails(found: Sequence[str], fail_on: Sequence[str], *, unsteady: bool) -> str:
    """The class for which a cell of these classes makes a run fail; empty if it does not."""
    if unsteady and STEADY_ONLY in fail_on:
        return ""
    return next((each for each in found if each in fail_on or each in ALWAYS), "")
