"""A run in the form in which GitLab takes findings of code quality: each red entry at its line of a scenario file. Writes nothing."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

import msgspec
from msgspec import Struct

from harness.records.gate import KnownUse
from harness.records.observation import Verdict
from harness.reports.counting import named, several
from harness.reports.known_text import bad_uses, place_of, use_words
from harness.reports.material import Material, interrupted_short, short_file
from harness.reports.summary import RedEntry, Summary, baseline_words, failing_baseline
from harness.runs.safe import safe

SEVERITIES: Mapping[Verdict, str] = {
    "crash": "blocker", "hang": "critical", "fail": "major", "stale": "minor", "error": "minor", "inconclusive": "info", "bug": "minor",
}  # fmt: skip


class Lines(Struct, frozen=True):
    """Where a finding begins."""

    begin: int


class Location(Struct, frozen=True):
    """Where a finding is."""

    path: str
    """Relative to the top of the repository, if the scenarios were named so."""
    lines: Lines


class Finding(Struct, frozen=True):
    """One red entry; the names of the fields are GitLab's."""

    description: str
    check_name: str
    """`sockmatrix/fail`"""
    fingerprint: str
    """The same as long as the finding is, also when lines are added above it."""
    severity: str
    location: Location


def findings(material: Material) -> tuple[Finding, ...]:
    """One for each red entry that nobody knew of, the gravest first, and for each known one that is stale or unused."""
    everyone = len(material.summary.targets)
    red = (_finding(entry, everyone) for entry in material.summary.red if entry.known is None)
    return (*_of_the_run(material.summary), *map(_excuse, bad_uses(material.summary.gate)), *red)


def code_quality(material: Material) -> bytes:
    """The file that GitLab reads."""
    return msgspec.json.format(msgspec.json.encode(findings(material)), indent=1) + b"\n"


def _of_the_run(summary: Summary) -> Iterator[Finding]:
    """Cells without a result are at no line; they stand at the first scenario that lacks one, and what a baseline says at its file."""
    if summary.missing:
        words = f"{several(len(summary.missing), 'cell')} without a result" if summary.complete else interrupted_short(summary)
        place = Location(f"{summary.missing[0][0].partition('[')[0]}.yaml", Lines(1))
        yield Finding(words, "sockmatrix/missing", sha256(b"missing").hexdigest(), "critical", place)
    held = failing_baseline(summary.gate)
    if held is not None:
        print_ = sha256("\0".join(("baseline", held.file)).encode("utf-8", "surrogatepass")).hexdigest()
        words = safe(f"not as the baseline has it: {baseline_words(held)}")
        yield Finding(words, "sockmatrix/new-difference", print_, "major", Location(safe(held.file), Lines(1)))


def _excuse(use: KnownUse) -> Finding:
    """At its line of the settings."""
    file, line = place_of(use)
    known = use.known
    print_ = sha256("\0".join(("known", use.state, known.scenario, known.when)).encode("utf-8", "surrogatepass")).hexdigest()
    words = safe(f"{known.scenario}: known, but {use.state}: {use_words(use)}")
    return Finding(words, f"sockmatrix/known-{use.state}", print_, "minor", Location(safe(file), Lines(line or 1)))


def _finding(entry: RedEntry, everyone: int) -> Finding:
    said = f"expected {entry.expected or 'nothing else'}, observed {entry.observed}" if entry.expected or entry.observed else entry.reason
    return Finding(
        description=safe(f"{entry.scenario}: {entry.verdict} on {named(entry.targets, everyone)}: {said}"),
        check_name=f"sockmatrix/{entry.verdict}",
        fingerprint=_fingerprint(entry),
        severity=SEVERITIES[entry.verdict],
        location=Location(safe(short_file(entry.file, entry.scenario)), Lines(entry.line or 1)),
    )


def _fingerprint(entry: RedEntry) -> str:
    parts = (entry.scenario, entry.verdict, str(entry.step), entry.reason, entry.expected, entry.observed)
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
