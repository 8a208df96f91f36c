"""`sockmatrix compat`: saved runs as compatibility data: a table, one feature, data, a page, a picture, a whole set, and its check."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.reading import load_library, nearest_words, read_run

if TYPE_CHECKING:
    from harness.compat.checking import Checked
    from harness.compat.records import CompatData

MOST_COMPLAINTS = 40


@click.command("compat")
@click.argument("sources", nargs=-1, metavar="[RUN|FILE.json]...", type=click.Path(path_type=Path))
@click.option("--feature", "patterns", multiple=True, metavar="NAME", help="Only this feature; patterns with * and ? will do.")
@click.option("--all", "everything", is_flag=True, help="Show what is the same everywhere too, and cut no list short.")
@click.option("--json", "as_json", is_flag=True, help="Print the data set as JSON (schema: sockmatrix schema compat).")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file: .json the data, .md a page, .svg a picture.")
@click.option("--write", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write data, pages and picture to a folder.")
@click.option("--check", "checked", type=click.Path(path_type=Path, dir_okay=False), help="Exit 1 where this data set is out of date.")
def command(
    sources: Sequence[Path],
    patterns: Sequence[str],
    everything: bool,
    as_json: bool,
    out: Path | None,
    folder: Path | None,
    checked: Path | None,
) -> int:
    """Show which families of targets have which part of the socket API, since when, and how they depart.

    Runs are taken together; without one, the newest is read. Instead of runs, a data set that was written before can be named.

    \b
    sockmatrix compat                                          what differs, in the newest run
    sockmatrix compat --feature create_server                  one feature, with its notes
    sockmatrix compat reports/compat.json --feature 'SO_*'     from a data set
    sockmatrix compat RUN_A RUN_B --write reports              data, pages and a picture
    sockmatrix compat --check reports/compat.json RUN          is it up to date?
    """
    if checked is not None:
        if patterns or as_json or out or folder or everything:
            exits.usage("--check goes with runs alone")
        return _check(checked, sources)
    if sum((as_json, out is not None, folder is not None)) > 1:
        exits.usage("--json, --out and --write are one or the other")
    if patterns and (as_json or folder):
        exits.usage("--feature is for the terminal, and for --out FILE.md or FILE.svg; the data set is always whole")
    ending = _ending(out, patterns) if out else ""
    data = _data(sources)
    names = _names(data, patterns)
    if folder is not None:
        return _write_set(data, folder)
    if out is not None:
        from harness.commands.checkout import write_page
        from harness.reports.compat_set import one_file

        return write_page(out, one_file(data, names, ending))
    _show(data, names, everything, as_json, len(patterns) > 0)
    return exits.AS_EXPECTED


def _ending(out: Path, patterns: Sequence[str]) -> str:
    from harness.reports.compat_set import FORMATS

    if out.suffix not in FORMATS:
        exits.usage(f"{out}: no format for '{out.suffix}'; name it {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    if patterns and out.suffix == ".json":
        exits.usage("--feature is for the terminal, and for --out FILE.md or FILE.svg; the data set is always whole")
    return out.suffix


def _data(sources: Sequence[Path]) -> "CompatData":
    """Of runs, or of the one file that is named."""
    from harness.compat import file
    from harness.compat.building import build

    if any(source.is_file() for source in sources):
        if len(sources) > 1:
            exits.usage(f"{next(source for source in sources if source.is_file())}: a data set stands alone; name it, or runs")
        return file.read(sources[0])
    return build([read_run(source) for source in sources] if sources else [read_run(None)])


def _names(data: "CompatData", patterns: Sequence[str]) -> list[str]:
    """Features that patterns mean, in the order of the data set; all of them if there is no pattern."""
    if not patterns:
        return list(data.features)
    found = [frozenset(_meant(data, pattern)) for pattern in patterns]
    return [name for name in data.features if any(name in each for each in found)]


def _meant(data: "CompatData", pattern: str) -> list[str]:
    """What a pattern means: whole names first, then last parts of them (`recv`, `SO_REUSEADDR`, `ECONNREFUSED`)."""
    from fnmatch import fnmatchcase

    whole = [name for name in data.features if fnmatchcase(name, pattern)]
    found = whole or [name for name in data.features if any(fnmatchcase(part, pattern) for part in _parts(name))]
    if not found:
        known = [*data.features, *(part for name in data.features for part in _parts(name))]
        exits.usage(f"no feature '{pattern}'; {nearest_words(pattern, known) or 'sockmatrix compat --all lists them'}")
    return found


def _parts(name: str) -> tuple[str, ...]:
    call, _, symbol = name.partition(": ")
    if symbol:
        return symbol, f"{call.rpartition('.')[2]}: {symbol}"
    return (name.rpartition("/" if "/" in name else ".")[2],)


def _write_set(data: "CompatData", folder: Path) -> int:
    from harness.reports.compat_set import write

    try:
        write(data, folder)
    except OSError as error:
        exits.harness(f"{error.filename or folder}: cannot be written: {error.strerror or error}")
    return exits.AS_EXPECTED


def _show(data: "CompatData", names: Sequence[str], everything: bool, as_json: bool, chosen: bool) -> None:
    if as_json:
        from harness.commands.output import print_text
        from harness.reports.compat_set import data_text

        print_text(data_text(data))
        return
    from harness.commands.output import print_page
    from harness.reports.compat_text import print_feature, print_features

    if len(names) == 1 and chosen:
        print_page(lambda page: print_feature(page, data, names[0], everything=everything))
    else:
        print_page(lambda page: print_features(page, data, names, everything=everything or chosen))


# --------------------------------------------------------------------------------------------------------- checking


def _check(path: Path, sources: Sequence[Path]) -> int:
    """Say what is out of date: scenarios that the set was not made from, files beside it, and what runs show otherwise."""
    from harness.compat import file
    from harness.compat.checking import check_library, check_run
    from harness.reports.compat_page import DATA
    from harness.reports.compat_set import out_of_date

    data = file.read(path)
    library = load_library([])
    if library.mistakes:
        exits.usage(f"{len(library.mistakes)} mistake(s) in scenario files; the first: {library.mistakes[0]}")
    complaints = list(check_library(data, library.plans))
    if path.name == DATA:
        complaints += [f"{path.parent / name} is not what the data say" for name in out_of_date(data, path.parent)]
    found = [check_run(data, read_run(source)) for source in sources]
    for source, each in zip(sources, found, strict=True):
        complaints += each.complaints
        _say_compared(source, each)
    return _verdict(path, complaints, found)


def _say_compared(source: Path, checked: "Checked") -> None:
    from harness.reports.counting import named, several
    from harness.runs.safe import safe

    others = f"; the set knows nothing of {named(checked.others, 0)}" if checked.others else ""
    known = f"{several(len(checked.targets), 'target')} and {several(checked.scenarios, 'scenario')} compared"
    click.echo(safe(f"{source}: {known}{others}"))


def _verdict(path: Path, complaints: Sequence[str], found: Sequence["Checked"]) -> int:
    from harness.reports.counting import several
    from harness.runs.safe import safe

    for complaint in complaints[:MOST_COMPLAINTS]:
        click.echo(safe(complaint))
    if len(complaints) > MOST_COMPLAINTS:
        click.echo(f"and {len(complaints) - MOST_COMPLAINTS} more")
    if complaints:
        click.echo(f"{path} is out of date in {several(len(complaints), 'point')}; make it again: tox run -e compat")
    if any(not each.targets or not each.scenarios for each in found):
        click.echo(f"{path}: a run has nothing in common with it, so that nothing of that was checked")
        return exits.HARNESS
    if complaints:
        return exits.NOT_AS_EXPECTED
    click.echo(f"{path} is up to date")
    return exits.AS_EXPECTED
