"""The pages of a compatibility data set, in Markdown: an overview with all names, pages of constants, options, errors and notes.

A function of the data set alone. Text from targets and scenarios is code, and nothing in it is markup.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import quote

from harness.compat.checking import scenario_of
from harness.compat.families import in_order
from harness.compat.records import CompatData, CompatNote, Feature
from harness.reports.compat_words import KINDS, differs, is_everywhere, is_nowhere, listed, sentence, short, shown_on
from harness.reports.counting import several
from harness.runs.safe import safe

GENERATED = "This page is generated: `tox run -e compat`, or `sockmatrix compat RUN --write FOLDER`."
"""Is on every page, so that pages which are no longer made can be told from what people wrote."""

README, PICTURE, DATA = "README.md", "compat.svg", "compat.json"

NAMES = ("function", "method", "attribute", "exception", "class", "data")

SEPARATE = {"constant": "constants.md", "option": "options.md", "error": "errors.md"}
"""Kinds that have a page of their own."""

ABOUT = {
    "constant": "Public names of the module that stand for numbers. Which there are depends on the system and on the headers that an "
    "interpreter was compiled with, too: *some* says that releases of one minor version differ.",
    "option": "A level and a name, where `getsockopt` or `setsockopt` with them came to a value. *no*: one of the two names is missing, or "
    "the system refused every such call with `ENOPROTOOPT`.",
    "error": "A call, and an error that it was seen to give. *no*: a scenario that provokes the error was played, and the call came to a "
    "value or to another error of the system. *?*: no such scenario could be played there.",
}

LEGEND = (
    "**yes**: every version of the family that was run has it. `3.8.18`: the first that was seen with it, where an older one was seen "
    "without. *no*: none that was run has it. `to 3.10.13`: a newer one was seen without it. *some*: no one span of versions. "
    "*?*: nothing is known. A star: of some versions nothing is known. The last column counts observed differences."
)


def pages(data: CompatData) -> dict[str, str]:
    """The text of each page by its path below the folder of the set."""
    found = {README: _finished(_overview(data))}
    for kind, file in SEPARATE.items():
        found[file] = _finished(_kind_page(data, kind))
    for area, notes in _by_area(data).items():
        found[_file_of(area)] = _finished(_notes_page(data, area, notes))
    return found


def page(data: CompatData, names: Sequence[str]) -> str:
    """One page about some features, with the notes that concern them."""
    return _finished(_single(data, names))


def _finished(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------------------------------- overview


def _overview(data: CompatData) -> Iterator[str]:
    yield "# Compatibility of Python's socket API, as observed\n"
    yield from _made_of(data)
    yield f"\n[`{DATA}`]({DATA}) has the same as data ([its format](../docs/compatibility.md)). {GENERATED}\n"
    yield f"![Functions and methods of the module socket, on each version that was run]({PICTURE})\n"
    yield "## What was run\n"
    yield from _families(data)
    yield from _doubts(data)
    yield "\n## How to read the tables\n"
    yield LEGEND
    yield "Nothing here is taken from documentation: what was never run is not there.\n"
    for kind in NAMES:
        yield from _section(data, kind, _of_kind(data, kind))
    yield "\n## More\n"
    yield from _contents(data)


def _made_of(data: CompatData) -> Iterator[str]:
    cells = sum(run.cells for run in data.runs)
    days = sorted({run.started for run in data.runs})
    when = " and ".join(dict.fromkeys((days[0], days[-1]))) if days else "no day"
    yield f"Made of {several(len(data.runs), 'run')} of {when}: {several(len(data.scenarios), 'scenario file')}, {cells} cells,"
    yield f"{several(len(data.targets), 'target')} of {several(len(data.families), 'family', 'families')}."
    yield f"{several(len(data.features), 'feature')}, {several(len(data.notes), 'observed difference')}."


def _families(data: CompatData) -> Iterator[str]:
    yield "| family | versions | targets |"
    yield "|---|---|---:|"
    for name in in_order(data.families):
        versions = data.families[name].versions
        yield f"| {code(name)} | {_cell(listed([each.version for each in versions]))} | {sum(len(each.targets) for each in versions)} |"


def _doubts(data: CompatData) -> Iterator[str]:
    for name, reason in data.left_out.items():
        yield f"\nLeft out: {code(name)}: {_text(reason)}."
    for conflict in data.conflicts:
        count = several(len(conflict.scenarios), "scenario")
        yield f"\nIn conflict, and left out: {code(conflict.target)} in {count}, {code(conflict.scenarios[0])} for one."
    if data.unsure:
        words = ", ".join(f"{code(target)} {len(scenarios)}" for target, scenarios in data.unsure.items())
        yield f"\nCells that say nothing reliable (flaky, inconclusive, or the harness's own fault), and were left out: {words}."
    if data.unplayed:
        words = ", ".join(f"{code(target)} {count}" for target, count in data.unplayed.items())
        yield f"\nPlanned and never played: {words}."


def _contents(data: CompatData) -> Iterator[str]:
    for kind, file in SEPARATE.items():
        yield f"- [{KINDS[kind]}]({file}): {len(_of_kind(data, kind))}"
    areas = [f"[{_text(area)}]({_file_of(area)}) {len(notes)}" for area, notes in _by_area(data).items()]
    yield f"- Observed differences, by area of the library: {', '.join(areas)}"


# --------------------------------------------------------------------------------------------------------------- tables


def _of_kind(data: CompatData, kind: str) -> list[str]:
    return [name for name, feature in data.features.items() if feature.kind == kind]


def _section(data: CompatData, kind: str, names: Sequence[str]) -> Iterator[str]:
    """A table of what differs, then what is everywhere and what nowhere, in lines."""
    if not names:
        return
    yield f"\n## {KINDS[kind]}\n"
    yield from _table_and_rest(data, names)


def _table_and_rest(data: CompatData, names: Sequence[str]) -> Iterator[str]:
    rows = [name for name in names if differs(data.features[name], data.families)]
    if rows:
        yield from _table(data, rows)
    rest = [name for name in names if name not in rows]
    for title, members in (
        ("On all that were run, without a difference", [name for name in rest if is_everywhere(data.features[name], data.families)]),
        ("On none that was run", [name for name in rest if is_nowhere(data.features[name])]),
    ):
        if members:
            yield f"\n{title}: {', '.join(code(name) for name in members)}."
        rest = [name for name in rest if name not in members]
    if rest:
        yield "\nThe same on all of which something is known:\n"
        yield from _table(data, rest)


def _table(data: CompatData, names: Sequence[str]) -> Iterator[str]:
    families = in_order(data.families)
    yield "| | " + " | ".join(code(family) for family in families) + " | notes |"
    yield "|---|" + "---|" * len(families) + "---:|"
    for name in names:
        feature = data.features[name]
        cells = [_cell(short(feature.support.get(family))) for family in families]
        yield f"| {code(name)} | " + " | ".join(cells) + f" | {_notes_link(data, feature)} |"


def _notes_link(data: CompatData, feature: Feature) -> str:
    """How many, with a link to the first."""
    if not feature.notes:
        return ""
    first = feature.notes[0]
    return f"[{len(feature.notes)}]({_file_of(_area(first))}#{anchor(first)})"


def _kind_page(data: CompatData, kind: str) -> Iterator[str]:
    yield f"# {KINDS[kind]}, as observed\n"
    yield f"{ABOUT[kind]} {GENERATED} [Overview]({README})\n"
    yield LEGEND
    names = _of_kind(data, kind)
    for group, members in groupby(sorted(names, key=lambda name: (_group(kind, name), name)), key=lambda name: _group(kind, name)):
        yield f"\n## {group if kind == 'constant' else code(group)}\n"
        yield from _table_and_rest(data, list(members))


def _group(kind: str, name: str) -> str:
    """`AF` of `socket.AF_INET`, the level of an option, the call of an error."""
    if kind == "constant":
        return name.removeprefix("socket.").partition("_")[0]
    return name.partition("/" if kind == "option" else ": ")[0]


# ---------------------------------------------------------------------------------------------------------------- notes


def _area(note: str) -> str:
    return note.partition("/")[0]


def _by_area(data: CompatData) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in data.notes:
        found.setdefault(_area(name), []).append(name)
    return dict(sorted(found.items()))


def _file_of(area: str) -> str:
    """The page of an area. Areas come from runs, which may come from anybody: nothing in one leads out of the folder."""
    return f"notes/{_plain(area)}.md"


def anchor(note: str) -> str:
    """Of a note on its page."""
    return _plain(note.partition("/")[2])


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text)


def _notes_page(data: CompatData, area: str, names: Sequence[str]) -> Iterator[str]:
    yield f"# Observed differences: {_text(area)}\n"
    yield f"Each with the scenario that proves it. {GENERATED} [Overview](../{README})\n"
    for scenario, members in groupby(names, key=lambda name: data.notes[name].scenario):
        yield f"\n## [{_text(scenario)}](../../scenarios/{quote(scenario)}.yaml)\n"
        for name in members:
            yield from _note(data.notes[name], name, "../../")


def _note(note: CompatNote, name: str, root: str) -> Iterator[str]:
    link = f"[line {note.line}]({root}scenarios/{quote(note.scenario)}.yaml#L{note.line})"
    cases = f" · {several(len(note.cases), 'case')}: {', '.join(code(each) for each in note.cases[:4])}" if note.cases else ""
    more = ", …" if len(note.cases) > 4 else ""
    yield f'<a id="{anchor(name)}"></a>{code(note.text)} · {note.kind} · {link}{cases}{more}\n'
    for each in note.behaviours:
        yield f"- {code(each.cause) if each.cause else '*not explained*'}: {code(each.shown)} ({_text(shown_on(each.on))})"
    if note.surroundings:
        yield "\n  *also a matter of the surroundings, not of versions alone*"
    if note.because:
        yield f"\n  because {_text(note.because)}{_links(note.see)}"
    yield ""


def _links(see: Sequence[str]) -> str:
    words = [f"<{each}>" if re.fullmatch(r"https?://[^\s<>]+", each) else code(each) for each in see]
    return f" ({', '.join(words)})" if words else ""


# ---------------------------------------------------------------------------------------------------- some features alone


def _single(data: CompatData, names: Sequence[str]) -> Iterator[str]:
    yield "# Compatibility of Python's socket API, as observed\n"
    yield from _made_of(data)
    yield "\n## What was run\n"
    yield from _families(data)
    yield from _doubts(data)
    for name in names:
        yield from _feature(data, name)


def _feature(data: CompatData, name: str) -> Iterator[str]:
    feature = data.features[name]
    documented = f", documented as new in Python {_text(feature.documented)}" if feature.documented else ""
    yield f"\n## {code(name)}\n\n{feature.kind}{documented}\n"
    yield "| family | |\n|---|---|"
    for family in in_order(feature.support):
        yield f"| {code(family)} | {_cell(sentence(feature.support[family]))} |"
    if feature.scenarios:
        more = f" and {feature.asserted - len(feature.scenarios)} more" if feature.asserted > len(feature.scenarios) else ""
        yield f"\nProved by {', '.join(code(each) for each in feature.scenarios)}{more}.\n"
    for each in feature.notes:
        yield f"\n{code(scenario_of(data.notes[each]))}\n"
        yield from _note(data.notes[each], each, "")


# ----------------------------------------------------------------------------------------------------------------- text


def code(text: str) -> str:
    """Text as code, whatever is in it, also inside a table."""
    inner = safe(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", inner)), default=0) + 1)
    space = " " if inner.startswith("`") or inner.endswith("`") or not inner.strip() else ""
    return f"{fence}{space}{inner}{space}{fence}"


def _text(text: str) -> str:
    """Text as it is, none of it markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", safe(" ".join(text.split())))


def _cell(text: str) -> str:
    plain = text.removesuffix("*")
    star = "\\*" if text != plain else ""
    marks = {"yes": "**", "no": "*", "some": "*", "?": "*"}
    return marks.get(plain, "") + _text(plain) + marks.get(plain, "") + star
