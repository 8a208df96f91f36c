"""A run as GitHub's workflow commands, which put a mark beside a step of a scenario file. Writes nothing.

GitHub keeps the first ten errors, warnings and notices of each step, and drops the others without a word; so the gravest come first, and
the last one that is kept says how many there were.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from harness.gates import codes
from harness.records.comparison import DifferenceGroup
from harness.records.gate import KnownUse
from harness.reports.counting import named, several
from harness.reports.known_text import bad_uses, place_of, told_uses, use_words
from harness.reports.material import Material, interrupted_short, is_explained, loud_groups, short_file
from harness.reports.summary import RedEntry, Summary, baseline_words, failing_baseline, headline
from harness.runs.safe import safe

MOST = 10
"""Of each level, in one step."""


class Annotation(Struct, frozen=True):
    """One mark."""

    level: str
    """`error`, `warning` or `notice`."""
    title: str
    lines: tuple[str, ...]
    file: str = ""
    line: int = 0
    column: int = 0


def annotations(material: Material) -> bytes:
    """All marks, one a line."""
    summary = material.summary
    red = (_red(entry, summary) for entry in summary.red if entry.known is None)
    errors = _limited([*_of_the_run(summary), *map(_excuse, bad_uses(summary.gate)), *red], "red entries")
    warnings = _limited([_difference(group, summary) for group in loud_groups(summary) if not is_explained(group)], "differences")
    notices = _limited([_known(use) for use in told_uses(summary.gate) if use.departed], "known failures", MOST - 1)
    # A run can fail for what has no mark of its own: cells that are flaky, say.
    level = "error" if summary.exit_code != codes.AS_EXPECTED and not errors else "notice"
    last = Annotation(level, material.title or "Sockmatrix", (_words(summary),))
    return "".join(command(each) + "\n" for each in (*errors, *warnings, *notices, last)).encode()


def command(annotation: Annotation) -> str:
    """A mark as GitHub reads it. Whatever is in the texts, it is one line and one command."""
    fields = {"file": annotation.file, "line": annotation.line or "", "col": annotation.column or "", "title": annotation.title}
    said = ",".join(f"{name}={_property(str(value))}" for name, value in fields.items() if value)
    return f"::{annotation.level} {said}::{_message(annotation.lines)}"


def _message(lines: Iterable[str]) -> str:
    return "%0A".join(safe(line).replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return safe(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def _limited(found: Sequence[Annotation], what: str, most: int = MOST) -> Sequence[Annotation]:
    """The first ten; where there are more, the tenth says so."""
    if len(found) <= most:
        return found
    more = f"{len(found) - most + 1} more {what} are not shown here: GitHub keeps {MOST} of a kind; see the report"
    return [*found[: most - 1], Annotation(found[0].level, "Sockmatrix", (more,))]


def _of_the_run(summary: Summary) -> Iterator[Annotation]:
    if not summary.complete:
        yield Annotation("error", "Sockmatrix: interrupted", (interrupted_short(summary),))
    elif summary.missing:
        yield Annotation("error", "Sockmatrix: no result", (f"{several(len(summary.missing), 'cell')} without a result",))
    for target in summary.targets:
        if target.trouble:
            yield Annotation("error", f"{target.id} could not be started", (target.trouble,))
    held = failing_baseline(summary.gate)
    if held is not None:
        yield Annotation("error", "Sockmatrix: not as the baseline has it", (f"{held.file}: {baseline_words(held)}",))


def _excuse(use: KnownUse) -> Annotation:
    """An entry that is stale or unused, at its line of the settings."""
    file, line = place_of(use)
    return Annotation("error", f"known, but {use.state}: {use.known.scenario}", (use_words(use),), file, line)


def _known(use: KnownUse) -> Annotation:
    lines = (use_words(use), f"because {use.known.reason} ({use.known.see})")
    return Annotation("notice", f"known: {use.known.scenario}", lines)


def _red(entry: RedEntry, summary: Summary) -> Annotation:
    lines = [f"step {(entry.step or 0) + 1}: {entry.text}"] if entry.text else []
    if entry.expected or entry.observed:
        lines += [f"expected {entry.expected or 'nothing else'}", f"observed {entry.observed}"]
    elif entry.reason:
        lines.append(entry.reason)
    lines.append(f"on {named(entry.targets, len(summary.targets))}")
    return Annotation(
        "error", f"{entry.verdict}: {entry.scenario}", tuple(lines), short_file(entry.file, entry.scenario), entry.line, entry.column
    )


def _difference(group: DifferenceGroup, summary: Summary) -> Annotation:
    first = group.differences[0]
    everyone = len(summary.targets)
    lines = [f"{each.cause or named(each.targets, everyone)}: {each.shown}" for each in first.behaviours]
    lines.append(f"{first.text}; {several(len(group.differences), 'step')} in {several(group.scenarios, 'scenario')}")
    title = f"{group.kind} differs, not explained: {first.scenario}"
    return Annotation("warning", title, tuple(lines), short_file(first.file, first.scenario), first.line)


def _words(summary: Summary) -> str:
    verdict = headline(summary)
    meaning = "" if summary.exit_code == codes.AS_EXPECTED else f" (exit {summary.exit_code}: {summary.meaning})"
    return f"{verdict}{meaning}; {several(summary.scenarios, 'scenario')} on {several(len(summary.targets), 'target')}"
