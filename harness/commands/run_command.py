"""`sockmatrix run`: the main job, from targets and scenarios to a run folder and its summary."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from harness.commands import exits
from harness.commands.completion import complete_terms
from harness.commands.gating import fail_on_option
from harness.commands.reading import RUNS, load_library

if TYPE_CHECKING:
    from harness.commands.sharing import Planned
    from harness.engine.order import Order
    from harness.language.library import Library
    from harness.records.known import Known
    from harness.records.plan import Plan


class Asked(TypedDict):
    """What a run is of; kept in its header, so that it can be gone on with."""

    paths: list[str]
    k: list[str]
    targets: list[str]
    server: str | None
    client: str | None
    pairs: str | None
    networks: list[str]
    repeat: int
    network: bool
    plan: str | None
    job: str | None
    shard: str | None
    balance: str | None
    retry: int
    fail_on: str | None


@click.command("run")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-t", "--target", "targets", multiple=True, metavar="NAME", help="Interpreter to play on; may be repeated. Without it: all found."
)
@click.option("--server", metavar="NAME", help="Interpreter of each scenario's first role, with --client.")
@click.option("--client", metavar="NAME", help="Interpreter of every other role, with --server.")
@click.option(
    "--pairs",
    type=click.Choice(["all", "versions"]),
    help="Every target with every other, for scenarios with several roles; 'versions': only one target of each version.",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CONDITION",
    help="Play docker: targets on this network (see 'sockmatrix networks'); may be repeated. Without it scenarios get what they need.",
)
@click.option(
    "-k", "terms", multiple=True, metavar="WORDS", shell_complete=complete_terms,
    help="Scenarios to play: part of an id, area:udp, tag:slow, !word; may be repeated.",
)  # fmt: skip
@click.option("-j", "--jobs", default=8, show_default=True, type=click.IntRange(1, 64), help="Scenarios in flight on each target.")
@click.option(
    "--repeat",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Play each cell N times; what differs is flaky.",
)
@click.option(
    "--retry-unexpected",
    "retry",
    default=0,
    show_default=True,
    type=click.IntRange(0, 100),
    metavar="N",
    help="Play cells that are red and not known up to N times more; what is not red every time is flaky.",
)
@fail_on_option
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder of the run.  [default: sockmatrix-runs/<time>]")
@click.option("--resume", is_flag=True, help="Go on with the interrupted run in --out, or the newest one.")
@click.option("--shard", metavar="K/N", help="Play only the K-th of N parts of the scenarios; 'sockmatrix merge' joins them.")
@click.option(
    "--balance", metavar="RUN_OR_HISTORY", type=click.Path(path_type=Path),
    help="With --shard: make the parts alike by the seconds that scenarios took there.  [default: by their steps]",
)  # fmt: skip
@click.option(
    "--plan", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Play what this plan of a matrix says, see 'sockmatrix plan'.",
)  # fmt: skip
@click.option("--job", metavar="NAME", help="With --plan: the job to play.")
@click.option("--allow-network", is_flag=True, help="Let scenarios reach other addresses than loopback.")
@click.option(
    "--baseline", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Fail on what this baseline has not accepted."
)
@click.option("--strict", is_flag=True, help="With --baseline: fail on scenarios and targets that are new, edited or not played, too.")
@click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add the run to this history.  [default: the setting 'history', else none]",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, only the summary.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON (its schema: sockmatrix schema summary).")
def command(
    paths: Sequence[Path], targets: Sequence[str], server: str | None, client: str | None, pairs: str | None, networks: Sequence[str],
    terms: Sequence[str], jobs: int, repeat: int, retry: int, fail_on: str | None, out: Path | None, resume: bool,
    shard: str | None, balance: Path | None,
    plan: Path | None, job: str | None, allow_network: bool, baseline: Path | None, strict: bool,
    history: Path | None, quiet: bool, as_json: bool,
) -> int:  # fmt: skip
    """Play scenarios on targets and report where they differ.

    PATHS are scenario files or folders; without them the library that comes with sockmatrix is played.

    \b
    sockmatrix run                                  everything, everywhere
    sockmatrix run -t python3.8 -t pypy3            two interpreters
    sockmatrix run -t 'pyenv:*' -k area:timeouts    one area on all of pyenv
    sockmatrix run -t ssh:user@host/python3.9       on another machine, which has a Python and nothing else
    sockmatrix run -t 'cmd:sudo -u nobody python3'  an interpreter at the end of a command
    sockmatrix run -t docker:python:3.13-alpine     a container of an image
    sockmatrix run --server python2.7 --client python3.13
    sockmatrix run --pairs versions -t 'pyenv:*'    each version with each other
    sockmatrix run -t docker:python:3.13-slim --network ipv6 --network no-ipv6
    sockmatrix run -k timeouts/ --repeat 20         flaky or stable?
    sockmatrix run --retry-unexpected 3             was it chance?
    sockmatrix run --fail-on default,flaky          nothing may be flaky
    sockmatrix run --resume                         go on after an interruption
    sockmatrix run --shard 2/8                      one of eight machines

    Names of targets: see 'sockmatrix targets --help'.
    """
    from harness.commands import casting
    from harness.commands.sharing import share_of
    from harness.engine.order import Order
    from harness.gates.known import read_known
    from harness.gates.recipes import known_of

    if strict and baseline is None:
        exits.usage("--strict goes with --baseline")
    history = _usable(baseline, history)
    folder = _folder(out, resume)
    if resume:
        _refuse_merged(folder)
    asked: Asked = {
        "paths": [path.as_posix() for path in paths], "k": list(terms), "targets": list(targets), "server": server, "client": client,
        "pairs": pairs, "networks": list(networks), "repeat": repeat, "network": allow_network, "plan": plan.as_posix() if plan else None,
        "job": job, "shard": shard, "balance": balance.as_posix() if balance else None, "retry": retry, "fail_on": fail_on,
    }  # fmt: skip
    if resume and not (paths or terms or targets or server or client or pairs or networks or plan or job or shard):
        asked = _as_before(folder, asked)
    asked, planned = _as_planned(asked)
    _check_gate(asked, baseline)
    known = read_known(Path.cwd())
    library = _faultless([Path(path) for path in asked["paths"]])
    known = known if asked["paths"] else _about_the_library(known, library)
    plans = _selected(library, asked["k"])
    plans = planned.scenarios(plans) if planned else plans
    casts, resolved = casting.casts(casting.Wanted(**{name: asked[name] for name in casting.WANTED}))  # type: ignore[literal-required]
    if planned:
        planned.check([cast.name.partition("+")[0] if cast.condition else cast.name for cast in casts])
    if any(cast.is_pair for cast in casts):
        plans = _of_several_roles(plans)
    known += known_of({spec.system for cast in casts for spec in cast.specs}, [plan.id for plan in plans])
    share = planned.share(asked["shard"]) if planned else share_of(plans, asked["shard"], asked["balance"], cut=not resume)
    order = Order(
        casts=casts, plans=plans, folder=folder, jobs=jobs, repeat=asked["repeat"], retry=asked["retry"], known=known,
        network=asked["network"], resume=resume,
        options={**asked, "jobs": jobs, "narrowed": list(planned.matrix.narrowed) if planned else []},
        skipped=resolved.skipped, job=share.job, shard=share.shard, left_out=share.left_out,
    )  # fmt: skip
    _play(order, quiet=quiet or as_json)
    return _conclude(folder, baseline, history, strict=strict, fail_on=fail_on, as_json=as_json)


def _check_gate(asked: Asked, baseline: Path | None) -> None:
    from harness.commands.gating import check

    check(asked["fail_on"], asked, baseline=baseline is not None)
    if asked["repeat"] > 1 and asked["retry"]:
        exits.usage("--retry-unexpected goes without --repeat, which plays every cell several times already")


def _usable(baseline: Path | None, history: Path | None) -> Path | None:
    """The history of the run, if it is to have one. What cannot be read is found before anything is played. Raises `KeptError`."""
    from harness.targets.config import read

    if baseline is not None:
        from harness.history.baseline_file import read_baseline

        read_baseline(baseline)
    setting = read(Path.cwd()).history
    history = history or (Path(setting) if setting else None)
    if history is not None:
        from harness.history.database import open_history

        open_history(history, make=True).close()
    return history


def _refuse_merged(folder: Path) -> None:
    """Before anything else is said of what is asked for. Raises `RunError`."""
    from harness.runs.folder import read_header, refuse_merged

    refuse_merged(read_header(folder), folder)


def _as_before(folder: Path, asked: Asked) -> Asked:
    """What the interrupted run was asked for."""
    from harness.runs.folder import read

    options = read(folder).header.options
    return Asked(**{**asked, **{name: options[name] for name in asked if name in options}})  # type: ignore[typeddict-item]


def _as_planned(asked: Asked) -> "tuple[Asked, Planned | None]":
    """What is asked for, with what a plan of the matrix says to it."""
    from harness.commands.sharing import Planned

    if asked["plan"] is None:
        if asked["job"] is not None:
            exits.usage("--job goes with --plan")
        return asked, None
    if asked["k"] or asked["server"] or asked["client"] or asked["pairs"] or asked["balance"]:
        exits.usage("--plan says what is played: neither -k, --server, --client, --pairs nor --balance goes with it")
    planned = Planned.read(Path(asked["plan"]), asked["job"])
    if asked["targets"] and asked["targets"] != list(planned.job.targets):
        exits.usage(f"--plan says what is played on: {', '.join(planned.job.targets)}; -t does not go with it")
    return {**asked, "targets": list(planned.job.targets), "paths": asked["paths"] or list(planned.matrix.paths)}, planned


def load_plans(paths: Sequence[Path], terms: Sequence[str]) -> "tuple[Plan, ...]":
    """The scenarios that are to be played. Ends the command where a file has mistakes, or nothing is left."""
    return _selected(_faultless(paths), terms)


def _faultless(paths: Sequence[Path]) -> "Library":
    from harness.runs.safe import safe

    library = load_library(paths)
    if library.mistakes:
        for mistake in library.mistakes:
            click.echo(safe(str(mistake)), err=True)
        exits.usage(f"{len(library.mistakes)} mistake(s) in scenario files; nothing was played")
    return library


def _selected(library: "Library", terms: Sequence[str]) -> "tuple[Plan, ...]":
    from harness.language.selection import select

    plans = select(library.plans, terms)
    if not plans:
        exits.usage(f"no scenario matches {' or '.join(map(repr, terms))}; see 'sockmatrix list'" if terms else "no scenarios found")
    return plans


def _about_the_library(known: "Sequence[Known]", library: "Library") -> "tuple[Known, ...]":
    """The entries that a run of the whole library has to do with. Others may speak of scenarios that the settings name for CI; what
    speaks of neither is a mistake. Raises `TargetError`."""
    from harness.gates.known import named, refuse_unknown
    from harness.targets.config import read

    ids = dict.fromkeys(plan.id for plan in library.plans)
    others = [entry for entry in known if not named(entry, ids)]
    folders = [Path(path) for path in read(Path.cwd()).ci.scenarios] if others else []
    refuse_unknown(others, [*ids, *(plan.id for plan in load_library(folders).plans)] if folders else ids)
    return tuple(entry for entry in known if entry not in others)


def _of_several_roles(plans: "tuple[Plan, ...]") -> "tuple[Plan, ...]":
    """Where two interpreters play with each other: a scenario with one role says nothing of that."""
    several = tuple(plan for plan in plans if len(plan.roles) > 1)
    if not several:
        exits.usage("every scenario that was chosen has one role: there is nothing for a pair to play")
    return several


def _folder(out: Path | None, resume: bool) -> Path:
    from harness.runs.newest import newest

    if out is not None:
        return out
    if resume:
        found = newest(RUNS)
        if found is None:
            exits.usage(f"there is no run in {RUNS}/ to go on with; name one with --out")
        return found
    return RUNS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")


def _play(order: "Order", *, quiet: bool) -> None:
    import asyncio
    import gc

    from harness.engine.run import perform
    from harness.reports.progress import watching

    # A run makes millions of short-lived objects and hardly a cycle: looking for cycles often would cost a tenth of its time.
    gc.set_threshold(100_000)
    try:
        with watching(order.folder, quiet=quiet) as observer:
            asyncio.run(perform(order, observer))
    except KeyboardInterrupt:
        raise exits.Problem(_interrupted(order.folder), exits.INTERRUPTED) from None


def _interrupted(folder: Path) -> str:
    """What is left of an interrupted run."""
    from harness.runs.folder import HEADER

    if not (folder / HEADER).is_file():
        return "interrupted before the first cell; nothing was kept"
    return f"interrupted; what there is, is in {folder} - go on with: sockmatrix run --resume --out {folder}"


def _conclude(folder: Path, baseline: Path | None, history: Path | None, *, strict: bool, fail_on: str | None, as_json: bool) -> int:
    from harness.commands.summing import show_summary
    from harness.gates.codes import worst

    code = show_summary(folder, as_json=as_json, baseline=baseline, strict=strict, fail_on=fail_on)
    return code if history is None else worst(code, _remember(folder, history, quiet=as_json))


def _remember(folder: Path, history: Path, *, quiet: bool) -> int:
    """Add the run to a history. What goes wrong does not touch the run, which can be added later."""
    from harness.commands.keeping import remember
    from harness.commands.output import print_text
    from harness.history.errors import KeptError
    from harness.runs.folder import read
    from harness.runs.safe import safe

    try:
        taken = remember(history, read(folder))
    except KeptError as error:
        again = f"add it later: sockmatrix history add {folder} --file {history}"
        click.echo(safe(f"sockmatrix: the run was not added to the history: {error}; {again}"), err=True)
        return exits.HARNESS
    if not quiet:
        print_text(safe(f"history  {history}: run {taken.number}") + "\n")
    return exits.AS_EXPECTED
