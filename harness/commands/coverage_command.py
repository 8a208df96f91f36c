"""`sockmatrix coverage`: what the library covers of the socket API, and what of it nobody has ever seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.checkout import docs_file, is_out_of_date, write_page
from harness.commands.reading import load_library, read_run

if TYPE_CHECKING:
    from harness.coverage.measure import Coverage
    from harness.records.plan import Plan


PAGE = "coverage.md"


@click.command("coverage")
@click.option("--all", "everything", is_flag=True, help="Show every name, note and error, not only those without a scenario.")
@click.option("--unobserved", "only_unobserved", is_flag=True, help="List documented departures that this project has never seen.")
@click.option("--run", "run_folder", type=click.Path(path_type=Path), help="With --unobserved: say which of them this run has shown.")
@click.option(
    "-t", "--target", "targets", multiple=True, help="Look for public names on these targets; on every interpreter found if not said."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema: sockmatrix schema coverage).")
@click.option("--write", is_flag=True, help="Write docs/coverage.md of a checkout.")
@click.option("--check", "only_check", is_flag=True, help="Exit 1 where a goal is not reached, or docs/coverage.md is out of date.")
def command(
    everything: bool, only_unobserved: bool, run_folder: Path | None, targets: Sequence[str], as_json: bool, write: bool, only_check: bool
) -> int:
    """Show what the library covers: functions, methods, notes of versions, errors of POSIX.

    \b
    sockmatrix coverage                         figures, and what is missing
    sockmatrix coverage --all                   each name with its scenarios
    sockmatrix coverage --unobserved            departures known from documentation alone
    sockmatrix coverage --unobserved --run RUN  has RUN shown some of them?
    """
    if run_folder is not None and not only_unobserved:
        exits.usage("--run goes with --unobserved")
    if only_unobserved and (everything or write or only_check or targets):
        exits.usage("--unobserved goes with --run and --json alone")
    plans = _plans()
    if only_unobserved:
        return _unobserved(plans, run_folder, as_json)
    from harness.coverage.catalogue import catalogue
    from harness.coverage.measure import is_reached, measure
    from harness.coverage.unobserved import unobserved
    from harness.reports.coverage_page import page

    unknown = () if write else _unknown_names(targets)
    coverage = measure(catalogue(), plans, unknown)
    if write or only_check:
        text = page(coverage, unobserved(plans).departures)
        return write_page(docs_file(PAGE), text) if write else _check(coverage, text)
    _show(coverage, everything, as_json)
    return exits.AS_EXPECTED if is_reached(coverage) else exits.NOT_AS_EXPECTED


def _plans() -> "tuple[Plan, ...]":
    library = load_library([])
    if library.mistakes:
        exits.usage(f"{len(library.mistakes)} mistake(s) in scenario files; the first: {library.mistakes[0]}")
    return library.plans


def _unobserved(plans: "Sequence[Plan]", folder: Path | None, as_json: bool) -> int:
    from harness.coverage.unobserved import unobserved

    found = unobserved(plans, read_run(folder) if folder else None)
    if as_json:
        from harness.commands.output import print_json

        print_json(found)
    else:
        from harness.commands.output import print_page
        from harness.reports.coverage_text import print_unobserved

        print_page(lambda page: print_unobserved(page, found.departures))
    return exits.NOT_AS_EXPECTED if any(each.seen_on for each in found.departures) else exits.AS_EXPECTED


def _unknown_names(targets: Sequence[str]) -> tuple[str, ...]:
    """Public names of `socket` that interpreters have and the catalogue lacks."""
    import asyncio

    from harness.commands.facts_command import facts_of_all
    from harness.coverage.catalogue import unknown_names
    from harness.targets.config import read
    from harness.targets.resolve import resolve

    facts, troubles = asyncio.run(facts_of_all(resolve(targets, read(Path.cwd())).targets))
    for target, trouble in troubles.items():
        click.echo(f"sockmatrix: {target}: {trouble}; its names are not looked at", err=True)
    if targets and troubles:
        exits.harness("not every target could be asked")
    return unknown_names(frozenset(name for each in facts.values() for name in each.names))


def _show(coverage: "Coverage", everything: bool, as_json: bool) -> None:
    if as_json:
        from harness.commands.output import print_json

        print_json(coverage)
        return
    from harness.commands.output import print_page
    from harness.reports.coverage_text import print_coverage

    print_page(lambda page: print_coverage(page, coverage, everything=everything))


def _check(coverage: "Coverage", text: str) -> int:
    """Say what is wrong, if anything is."""
    file = docs_file(PAGE)
    troubles = [f"{total.kind}: {total.percent:.1f} % asserted, goal {total.goal:g} %" for total in coverage.totals if not total.reached]
    troubles += [f"cited, but no note: {note}" for note in coverage.unknown_notes]
    troubles += [f"{scenario} cannot fail" for scenario in coverage.without_expectation]
    troubles += [f"socket.{name} is not in the catalogue" for name in coverage.unknown_names]
    if is_out_of_date(file, text):
        troubles.append(f"{file} is out of date; write it again: sockmatrix coverage --write")
    for trouble in troubles:
        click.echo(trouble)
    if not troubles:
        click.echo(f"every goal is reached by {coverage.scenarios} scenarios, and {file} says so")
    return exits.NOT_AS_EXPECTED if troubles else exits.AS_EXPECTED
