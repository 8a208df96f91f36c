"""`sockmatrix known`: the known failures of the settings, and drafts of new ones from a run."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.reading import find_run, read_run

if TYPE_CHECKING:
    from harness.comparing.drafting import Drafts
    from harness.records.known import Known
    from harness.reports.terminal import Page


@click.command("known")
@click.option("--from", "run", metavar="RUN", type=click.Path(path_type=Path), help="Draft an entry for all that is red in this run.")
@click.option(
    "-o", "--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="With --from: add the entries to the end of this file.  [default: print them]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema known).")
def command(run: Path | None, out: Path | None, as_json: bool) -> int:
    """Show the known failures of the settings; with --from, draft those that are missing.

    Each draft has the simplest condition on facts that picks exactly the targets on which a scenario is red. Why it is, and where that is
    told of, is for a person to fill in: an entry with an empty reason is a mistake. What is known already is not drafted again.
    See docs/gates.md.

    \b
    sockmatrix known
    sockmatrix known --from sockmatrix-runs/nightly
    sockmatrix known --from sockmatrix-runs/nightly --out sockmatrix.toml
    """
    if run is None:
        if out is not None:
            exits.usage("--out goes with --from RUN")
        return _show(as_json)
    return _draft(run, out, as_json)


def _show(as_json: bool) -> int:
    from harness.commands.output import print_json, print_page
    from harness.gates.known import read_known

    known = read_known(Path.cwd())
    if as_json:
        print_json(known)
    else:
        print_page(lambda page: _print(page, known))
    return exits.AS_EXPECTED


def _print(page: "Page", known: "tuple[Known, ...]") -> None:
    from harness.reports.known_text import step_words

    for entry in known:
        kind = f"{entry.kind}, at most {entry.rate:g} of plays" if entry.kind == "flaky" else entry.kind
        page.line((entry.scenario, "bold"), step_words(entry), f"  {entry.when}  {kind}", (f"  {entry.place}", "dim"), hang=4)
        page.line(("because ", "dim"), entry.reason, (f"  ({entry.see})", "dim"), indent=4, hang=2)
    if not known:
        page.line("nothing is known; draft entries from a run: sockmatrix known --from RUN")


def _draft(run: Path, out: Path | None, as_json: bool) -> int:
    from harness.commands.output import print_json, print_text
    from harness.comparing.drafting import draft
    from harness.gates.gate import gate
    from harness.reports.known_toml import toml

    saved = read_run(find_run(run))
    drafts = draft(saved, gate(saved, known=_known_already(out)))
    name = "tool.sockmatrix.known" if out is not None and out.name == "pyproject.toml" else "known"
    text = toml(drafts.drafts, name, len(saved.header.targets))
    if out is not None and drafts.drafts:
        _add(out, text)
    if as_json:
        print_json(tuple(each.known for each in drafts.drafts))
    elif out is None:
        print_text(text)
    _say(drafts, out)
    return exits.AS_EXPECTED


def _known_already(out: Path | None) -> "tuple[Known, ...]":
    """What is in the file that is added to, else in the settings. Raises `TargetError` for mistakes in it."""
    from harness.gates.known import read_known, read_known_file

    if out is None:
        return read_known(Path.cwd())
    return read_known_file(out) if out.exists() else ()


def _add(out: Path, text: str) -> None:
    """Nothing that is there is touched."""
    from harness.commands.checkout import spare_evidence
    from harness.runs.folder import write_atomically

    spare_evidence(out)
    _refuse_second_settings(out)
    try:
        before = out.read_text("utf-8") if out.exists() else ""
        gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
        _check(out, before + gap + text)
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out.resolve(), (before + gap + text).encode())
    except OSError as error:
        exits.harness(f"{out}: cannot be written: {error.strerror or error}")


def _refuse_second_settings(out: Path) -> None:
    """Settings stand in one file: with entries in another, nobody could play any more."""
    from harness.targets.config import settings

    there = settings(out.parent).file
    if there and out.name in ("sockmatrix.toml", "pyproject.toml") and out.name != there:
        exits.usage(f"the settings are in {there}; add the entries there: --out {out.with_name(there)}")


def _check(out: Path, text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        exits.usage(f"{out}: entries cannot be added at its end ({error}); write those that are there as tables: [[known]]")


def _say(drafts: "Drafts", out: Path | None) -> None:
    """On standard error, which the entries do not go to."""
    from harness.reports.counting import several

    count = len(drafts.drafts)
    if not count:
        click.echo("sockmatrix: nothing is red that could be known and is not", err=True)
    elif out is not None:
        click.echo(f"sockmatrix: {several(count, 'entry', 'entries')} added to {out}; fill in reason and see", err=True)
    else:
        click.echo(f"sockmatrix: {several(count, 'entry', 'entries')}; fill in reason and see", err=True)
    if drafts.silent:
        words = ", ".join(f"{number} {what}" for what, number in drafts.silent.items())
        click.echo(f"sockmatrix: not drafted, because they say nothing of their target: {words}", err=True)
