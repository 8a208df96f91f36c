"""`sockmatrix plan`: write down what the whole matrix is to play, for its jobs, their shards and the merge."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.completion import complete_terms

if TYPE_CHECKING:
    from harness.records.matrix import Job, MatrixPlan
    from harness.reports.terminal import Page


OUTPUT = Path("-")


@click.command("plan")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-k", "terms", multiple=True, metavar="WORDS", shell_complete=complete_terms,
    help="Scenarios to play: part of an id, area:udp, tag:slow, !word; may be repeated.  [default: the setting 'ci.select']",
)  # fmt: skip
@click.option(
    "-t", "--target", "targets", multiple=True, metavar="NAME",
    help="Target of the one job 'all'; may be repeated.  [default: the jobs of the settings]",
)  # fmt: skip
@click.option(
    "--shards", type=click.IntRange(1, 256), metavar="N", help="Cut every job into N shards.  [default: the setting 'ci.shards', else 1]"
)
@click.option(
    "--balance", type=click.Path(path_type=Path), metavar="RUN_OR_HISTORY",
    help="Balance shards by the seconds that scenarios took there.  [default: by their steps]",
)  # fmt: skip
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file, or - for standard output.  [default: sockmatrix-plan.json]",
)  # fmt: skip
@click.option(
    "--json", "as_json", is_flag=True, help="Print the plan, and write it only with --out (its schema: sockmatrix schema matrix)."
)
def command(
    paths: Sequence[Path], terms: Sequence[str], targets: Sequence[str], shards: int | None, balance: Path | None, out: Path | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Write the plan of the whole matrix: which scenarios, which jobs, which shards.

    The jobs are those of [tool.sockmatrix.ci]; with -t there is one, called 'all'. PATHS are scenario files or folders; without them
    those of the settings are planned, else the library that comes with sockmatrix.

    \b
    sockmatrix plan                                         the jobs of the settings
    sockmatrix plan -t python3.8 -t python3.13 --shards 4
    sockmatrix run --plan sockmatrix-plan.json --job all --shard 2/4
    sockmatrix merge --plan sockmatrix-plan.json runs/*
    """
    from harness.matrix.file import NAME, matrix_bytes

    plan = _plan(paths, terms, targets, shards, balance)
    if out == OUTPUT and not as_json:
        from harness.commands.output import print_bytes

        print_bytes(matrix_bytes(plan))
        return exits.AS_EXPECTED
    file = out or (None if as_json else Path(NAME))
    if file is not None and file != OUTPUT:
        _write(file, plan)
    if as_json:
        from harness.commands.output import print_json

        print_json(plan)
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print(page, plan, file or Path(NAME)))
    return exits.AS_EXPECTED


def _write(file: Path, plan: "MatrixPlan") -> None:
    """Another plan is replaced, and that is said; what is no plan is left. Raises `MatrixError`."""
    from harness.matrix.file import matrix_bytes, seems_matrix, write_matrix
    from harness.runs.safe import safe

    try:
        before = file.read_bytes() if file.is_file() else b""
    except OSError as error:
        exits.harness(f"{file}: cannot be read: {error.strerror or error}")
    if before and not seems_matrix(before):
        exits.usage(f"{file} is there already, and is no plan; name another file with --out")
    write_matrix(file, plan)
    if before and before != matrix_bytes(plan):
        click.echo(safe(f"sockmatrix: {file} was another plan, which is replaced"), err=True)


def _plan(paths: Sequence[Path], terms: Sequence[str], targets: Sequence[str], shards: int | None, balance: Path | None) -> "MatrixPlan":
    from msgspec import structs

    from harness.commands.run_command import load_plans
    from harness.commands.sharing import enough, seconds
    from harness.matrix.planning import plan_of
    from harness.targets.config import read
    from harness.targets.resolve import without_groups

    config = read(Path.cwd())
    where = list(paths) or [Path(path) for path in config.ci.scenarios]
    words = terms or config.ci.select
    plans = load_plans(where, words)
    jobs = [structs.replace(job, targets=without_groups(job.targets, config)) for job in _jobs(targets, config.ci.jobs, config.file)]
    plan = plan_of(
        plans,
        jobs,
        shards=shards,
        seconds=seconds(balance),
        paths=[path.as_posix() for path in where],
        select=words,
        only_targets=bool(targets),
    )
    enough(len(plans), max(job.shards for job in plan.jobs))
    return plan


def _jobs(targets: Sequence[str], jobs: "tuple[Job, ...]", file: str) -> "tuple[Job, ...]":
    from harness.matrix.planning import ONLY_JOB
    from harness.records.matrix import Job

    if targets:
        return (Job(ONLY_JOB, tuple(dict.fromkeys(targets))),)
    if not jobs:
        exits.usage(f"no job is planned: name targets with -t, or write [[ci.jobs]] into {file or 'sockmatrix.toml'} (docs/sharding.md)")
    return jobs


def _print(page: "Page", plan: "MatrixPlan", file: Path) -> None:
    from harness.matrix.cutting import loads
    from harness.reports.counting import several

    runs = sum(job.shards for job in plan.jobs)
    page.line((several(len(plan.scenarios), "scenario"), "bold"), f" in {several(len(plan.jobs), 'job')}, {several(runs, 'run')}")
    page.table([[(job.name, "bold"), ", ".join(job.targets), (_shards(job), "dim")] for job in plan.jobs], indent=1)
    for job in plan.jobs:
        for name in job.patterns:
            page.line((f"'{name}' of {job.name} is a pattern: one of it is enough for a merge", "yellow"), indent=1)
    for shards in sorted({job.shards for job in plan.jobs if job.shards > 1}):
        sums = loads(plan.weights, shards)
        words = f"{min(sums):.0f} to {max(sums):.0f} {plan.weighed}"
        page.line((f"each of {shards} shards: {words} a target", "dim"), indent=1)
    page.whole(("plan  ", "dim"), file.as_posix())


def _shards(job: "Job") -> str:
    from harness.reports.counting import several

    return several(job.shards, "shard") if job.shards > 1 else ""
