"""`sockmatrix report`: files for people and programs, made of saved runs."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.checkout import spare_evidence
from harness.commands.gating import check, fail_on_option, outcome_of
from harness.commands.reading import find_run, read_run
from harness.commands.report_formats import DEFAULT, ENDINGS, FORMATS, chosen, maker_of, table

if TYPE_CHECKING:
    from harness.reports.material import Material

FOLDER = Path("sockmatrix-report")
OUTPUT = Path("-")

HELP = f"""Make reports of saved runs; without RUN, of the newest below sockmatrix-runs/. Nothing is played or changed.

    \b
    {table().replace(chr(10), chr(10) + "    ")}

    Each of several RUNs gets a folder of its own, of its name, below --out. Runs are not merged: two that played other scenarios, or the
    same at another time, have no verdict in common. 'sockmatrix diff' compares them.

    The exit code says whether the files were written. With --exit-code it is that of the run, as for 'sockmatrix summary'; of several
    runs the highest.

    \b
    sockmatrix report
    sockmatrix report --format html,md,junit,json,svg --out public sockmatrix-runs/nightly
    sockmatrix report --format md --out - >> "$GITHUB_STEP_SUMMARY"
    sockmatrix report --format annotations
    sockmatrix report --out results.xml
    sockmatrix report --format junit --exit-code --fail-on default,flaky
    """


@click.command("report", help=HELP)
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=click.Path(path_type=Path))
@click.option("-f", "--format", "formats", multiple=True, metavar="NAME,...", help=f"What to make.  [default: {DEFAULT}]")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help=f"Folder of the files; one file, by its ending; or - for standard output.  [default: {FOLDER}]",
)
@click.option("--title", default="", metavar="TEXT", help="What the reader knows the run by: a heading, and what comments are found by.")
@click.option("--source-url", "source", default="", metavar="URL", help="Where scenario files can be read, for links: .../blob/main")
@click.option("-w", "--where", metavar="QUERY", default="", help="What the HTML page opens with: 'area:udp verdict:red'.")
@fail_on_option
@click.option("--exit-code", "gate", is_flag=True, help="End with the exit code of the run, not with that of writing.")
def command(
    runs: Sequence[Path], formats: Sequence[str], out: Path | None, title: str, source: str, where: str, fail_on: str | None, gate: bool
) -> int:
    """The text of the help is above."""
    from harness.reports.material import material_of

    check(fail_on, {})
    names = chosen(formats or [_by_ending(out)])
    folders = [find_run(run) for run in runs] or [find_run(None)]
    if out is None and names == ("annotations",):
        out = OUTPUT
    if where and "html" not in names:
        exits.usage(f"--where is what the HTML page opens with; {', '.join(names)} {'have' if len(names) > 1 else 'has'} all of the run")
    _check(names, folders, out)
    codes = [exits.AS_EXPECTED]
    for folder, target in zip(folders, _places(folders, out or FOLDER), strict=True):
        run = read_run(folder)
        material = material_of(run, title, source, where, outcome_of(run, fail_on))
        _make(material, names, target)
        codes.append(material.summary.exit_code)
    return max(codes) if gate else exits.AS_EXPECTED


def _by_ending(out: Path | None) -> str:
    return ENDINGS.get(out.suffix, DEFAULT) if out is not None and _is_file(out) else DEFAULT


def _is_file(out: Path) -> bool:
    """What is there decides; of what is not, its ending."""
    return out != OUTPUT and not out.is_dir() and (out.exists() or out.suffix in ENDINGS)


def _check(names: Sequence[str], folders: Sequence[Path], out: Path | None) -> None:
    if out is None or not (out == OUTPUT or _is_file(out)):
        return
    where = "standard output" if out == OUTPUT else f"the file {out}"
    if len(names) > 1:
        exits.usage(f"{where} takes one format, not {', '.join(names)}; name a folder with --out")
    if len(folders) > 1:
        exits.usage(f"{where} takes one run, not {len(folders)}; name a folder with --out")


def _places(folders: Sequence[Path], out: Path) -> Iterator[Path]:
    """Where the files of each run go: several have folders of their own."""
    taken: set[str] = set()
    for folder in folders:
        name = folder.resolve().name
        numbered = (f"{name}-{number}" for number in range(2, len(folders) + 2))
        free = next(each for each in chain([name], numbered) if each not in taken)
        taken.add(free)
        yield out / free if len(folders) > 1 else out


def _make(material: "Material", names: Sequence[str], out: Path) -> None:
    """Make every file before the first is written: what cannot be made leaves nothing half done."""
    if out != OUTPUT and _is_file(out):
        spare_evidence(out)
        _spare_other(out)
    made = {name: maker_of(name)(material) for name in names}
    if out == OUTPUT:
        _print(made[names[0]])
        return
    for name, data in made.items():
        _write(out if _is_file(out) else out / FORMATS[name].file, data)


def _spare_other(file: Path) -> None:
    """A file that is there, has something in it, and has another ending than a report, was made by somebody else."""
    if file.resolve().suffix not in ("", *ENDINGS) and file.is_file() and file.stat().st_size:
        exits.usage(f"{file} is there already, and is no report by its name ({', '.join(ENDINGS)}); name another file, or a folder")


def _print(data: bytes) -> None:
    from harness.commands.output import print_bytes

    print_bytes(data)


def _write(file: Path, data: bytes) -> None:
    from harness.runs.folder import write_atomically
    from harness.runs.safe import safe

    # A pipe or a device is to stay what it is, and may be where we tell what was written.
    special = file.exists() and not file.is_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if special:
            file.write_bytes(data)
        else:
            write_atomically(file.resolve(), data)
    except OSError as error:
        exits.harness(f"{file}: cannot be written: {error.strerror or error}")
    click.echo(safe(f"{file}  {_size(len(data))}"), err=special)


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size / 1e3, 0.1):.1f} kB"
