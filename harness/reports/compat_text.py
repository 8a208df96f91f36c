"""Compatibility data for the terminal: one feature with all that is known of it, or a table of many. Computes nothing."""

from collections.abc import Sequence

from harness.compat.checking import scenario_of
from harness.compat.records import CompatData, CompatNote, Feature
from harness.reports.compat_words import alike, by_kind, differs, sentence, shown_on
from harness.reports.counting import named, several
from harness.reports.symbols import BEHAVIOUR_STYLES, KIND_STYLES
from harness.reports.terminal import Page, Part

MOST_FEATURES = 25
"""Of one kind, unless all are asked for."""
MOST_NOTES = 8
MOST_LEFT_OUT = 8


def print_features(page: Page, data: CompatData, names: Sequence[str], *, everything: bool) -> None:
    """A table of features; those of which nothing differs are counted unless everything is asked for."""
    _head(page, data)
    shown = [name for name in names if everything or differs(data.features[name], data.families)]
    for title, members in by_kind(data, shown).items():
        page.heading(title)
        cut = members if everything else members[:MOST_FEATURES]
        page.table([[(name, "bold"), _where(data.features[name])] for name in cut], indent=1)
        if len(cut) < len(members):
            page.line((f"and {len(members) - len(cut)} more (--all shows them)", "dim"), indent=1)
    page.blank()
    rest = len(names) - len(shown)
    same = f"; {rest} of {len(names)} are the same on all that were run (--all shows them)" if rest else ""
    count = several(len(shown), "feature") if everything else several(len(shown), "feature that differs", "features that differ")
    page.line((count, "bold"), (same, "dim"))
    page.line(
        (
            "yes: all versions that were run; 3.8.18: the first that was seen with it; some: no one span of versions; *: not known of all",
            "dim",
        )
    )
    page.line(("one feature, with its notes: sockmatrix compat --feature NAME", "dim"))


def _where(feature: Feature) -> Part:
    words = [f"{named(families, 0, most=2)} {words}" for families, words in alike(feature)]
    if feature.notes:
        words.append(several(len(feature.notes), "note"))
    return " · ".join(words)


def _head(page: Page, data: CompatData) -> None:
    versions = sum(len(family.versions) for family in data.families.values())
    size = (
        f"{several(len(data.features), 'feature')}, {several(versions, 'version')} of {several(len(data.families), 'family', 'families')}"
    )
    page.line(("Compatibility", "bold"), f"  {size}, {several(len(data.notes), 'note')}", (f"  {_runs(data)}", "dim"))
    for family, each in data.families.items():
        page.line((family, "cyan"), "  ", ", ".join(version.version for version in each.versions), indent=1, hang=4)
    _doubts(page, data)


def _runs(data: CompatData) -> str:
    days = sorted({run.started for run in data.runs})
    return f"{several(len(data.runs), 'run')} of {' and '.join(dict.fromkeys((days[0], days[-1])))}" if days else "no run"


def _doubts(page: Page, data: CompatData) -> None:
    """What was not taken, and why."""
    for name, reason in list(data.left_out.items())[:MOST_LEFT_OUT]:
        page.line(("left out ", "yellow"), f"{name}: {reason}", indent=1, hang=4)
    if len(data.left_out) > MOST_LEFT_OUT:
        page.line(("left out ", "yellow"), f"and {len(data.left_out) - MOST_LEFT_OUT} more", indent=1)
    for conflict in data.conflicts:
        count = several(len(conflict.scenarios), "scenario")
        words = f"{conflict.target} did otherwise in another run, in {count}: {named(conflict.scenarios, 0, most=3)}"
        page.line(("conflict ", "bold red"), words, indent=1, hang=4)
    for word, counts in (("unsure ", _counts(data)), ("never played ", data.unplayed)):
        if counts:
            page.line((word, "yellow"), ", ".join(f"{target} {count}" for target, count in counts.items()), indent=1, hang=4)


def _counts(data: CompatData) -> dict[str, int]:
    return {target: len(scenarios) for target, scenarios in data.unsure.items()}


def print_feature(page: Page, data: CompatData, name: str, *, everything: bool) -> None:
    """All that is known of one feature."""
    feature = data.features[name]
    documented = f"  documented as new in Python {feature.documented}" if feature.documented else ""
    page.line((name, "bold"), (f"  {feature.kind}{documented}", "dim"))
    page.table([[(family, "cyan"), sentence(support)] for family, support in feature.support.items()], indent=1)
    unknown = [family for family in data.families if family not in feature.support]
    if unknown:
        page.line((f"nothing is known of {', '.join(unknown)}", "dim"), indent=1, hang=4)
    if feature.scenarios:
        more = f" and {feature.asserted - len(feature.scenarios)} more" if feature.asserted > len(feature.scenarios) else ""
        page.line(("proved by ", "dim"), ", ".join(feature.scenarios) + more, indent=1, hang=4)
    else:
        page.line(("no scenario asserts it: its name was seen, or was not", "dim"), indent=1)
    _notes(page, data, feature, everything)


def _notes(page: Page, data: CompatData, feature: Feature, everything: bool) -> None:
    shown = feature.notes if everything else feature.notes[:MOST_NOTES]
    if shown:
        page.heading("Notes", several(len(feature.notes), "observed difference"))
    for name in shown:
        _note(page, data.notes[name])
    if len(shown) < len(feature.notes):
        page.line((f"and {len(feature.notes) - len(shown)} more (--all shows them)", "dim"), indent=1)


def _note(page: Page, note: CompatNote) -> None:
    page.line(
        (scenario_of(note), "bold"), (f"  scenarios/{note.scenario}.yaml:{note.line}", "dim"), (f"  {note.kind}", KIND_STYLES[note.kind])
    )
    page.line(note.text, indent=2, hang=2)
    for at, each in enumerate(note.behaviours):
        style = BEHAVIOUR_STYLES[at % len(BEHAVIOUR_STYLES)]
        page.line((each.cause or "not explained", style), f"  {each.shown}", (f"  {shown_on(each.on)}", "dim"), indent=3, hang=2)
    if note.because:
        links = f"  ({', '.join(note.see)})" if note.see else ""
        page.line(("because ", "dim"), note.because, (links, "dim"), indent=2, hang=2)
    if note.surroundings:
        page.line(("also a matter of the surroundings, not of versions alone", "dim"), indent=2)
    if len(note.cases) > 1:
        page.line((f"and in {several(len(note.cases) - 1, 'more case')}", "dim"), indent=2)
