"""`sockmatrix ci`: what a CI system's machines are given, and the files that tell it so."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.records.ci import CiMatrix, WrittenRecipe
    from harness.records.matrix import Job
    from harness.reports.terminal import Page
    from harness.targets.config import Config

SYSTEMS = ("github", "gitlab")
MEGABYTE = 1_000_000


@click.group("ci")
def command() -> None:
    """Play the whole matrix in CI: many machines, one report.

    The jobs are those of [tool.sockmatrix.ci] in pyproject.toml, or [ci] in sockmatrix.toml. docs/ci.md describes them, and what the
    written files do.

    \b
    sockmatrix ci init github       workflows: plan, play, merge, and a comment that strangers cannot abuse
    sockmatrix ci init gitlab
    sockmatrix ci matrix            which machines there will be
    """


@command.command("matrix")
@click.option(
    "--plan", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="The jobs of this plan.  [default: those of the settings]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON, on one line as GitHub takes it (schema: ci-matrix).")
def matrix_command(plan: Path | None, as_json: bool) -> int:
    """Show the machines of the matrix: one for each shard of each job.

    \b
    sockmatrix ci matrix
    echo "matrix=$(sockmatrix ci matrix --json)" >> "$GITHUB_OUTPUT"
    """
    config = _settings()
    matrix = _matrix(_jobs(config, plan), config)
    if as_json:
        import msgspec

        from harness.commands.output import print_text
        from harness.runs.safe import safe_json

        print_text(safe_json(msgspec.json.encode(matrix).decode()) + "\n")
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print_matrix(page, matrix))
    return exits.AS_EXPECTED


def _settings() -> "Config":
    from harness.targets.config import read

    return read(Path.cwd())


def _jobs(config: "Config", plan: Path | None) -> "Sequence[Job]":
    from harness.recipes.entries import without_runner

    if plan is None:
        return config.ci.jobs or exits.usage(_no_jobs(config))
    from harness.matrix.file import read_matrix

    jobs = read_matrix(plan).jobs
    lacking = without_runner(jobs)
    if lacking:
        exits.usage(f"{plan}: no machine is named for the job '{lacking[0]}'; plan the jobs of the settings, without -t")
    return jobs


def _no_jobs(config: "Config") -> str:
    place = "[[tool.sockmatrix.ci.jobs]] into pyproject.toml" if config.file == "pyproject.toml" else "[[ci.jobs]] into sockmatrix.toml"
    return f'no job is planned: write {place}, with runner = "ubuntu-latest" and python = ["3.8", "3.13"] (docs/ci.md)'


def _matrix(jobs: "Sequence[Job]", config: "Config") -> "CiMatrix":
    from harness.recipes.entries import TooManyParts, matrix_of

    try:
        return matrix_of(jobs, config.groups)
    except TooManyParts as problem:
        exits.usage(str(problem))


def _print_matrix(page: "Page", matrix: "CiMatrix") -> None:
    from harness.reports.counting import several

    jobs = len({entry.job for entry in matrix.include})
    page.line((several(len(matrix.include), "part"), "bold"), f" of {several(jobs, 'job')}")
    page.table(
        [
            [(entry.part, "bold"), entry.runner, " ".join(filter(None, [entry.python and f"Python {entry.python}", entry.images]))]
            for entry in matrix.include
        ],
        indent=1,
    )


# --------------------------------------------------------------------------------------------------------------- init


@command.command("init")
@click.argument("system", type=click.Choice(SYSTEMS))
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--install", metavar="SPEC", help="What pip installs on each machine: a requirement, or a path.  [default: this version]")
@click.option("--branch", default="main", show_default=True, metavar="NAME", help="The branch whose pushes are played; for github.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (its schema: sockmatrix schema ci-init).")
def init_command(system: str, force: bool, install: str | None, branch: str, as_json: bool) -> int:
    """Write the files that play the matrix of the settings; without settings, also some to begin with.

    Nothing is replaced without --force. The same settings give the same files.

    \b
    sockmatrix ci init github
    sockmatrix ci init gitlab --force                   after a change of the settings: GitLab's file names every job
    sockmatrix ci init github --install '.[docker]'     sockmatrix lies in the repository itself
    """
    for option, word in (("--install", install), ("--branch", branch)):
        if word is not None and not (word.strip() and word.isprintable()):
            exits.usage(f"{option} {word!r} is no text that a file can hold")
    told = _init(system, force, install, branch)
    if as_json:
        from harness.commands.output import print_json

        print_json(told)
    else:
        from harness.commands.output import print_page

        print_page(lambda page: _print_init(page, told))
    return exits.AS_EXPECTED


def _init(system: str, force: bool, install: str | None, branch: str) -> "WrittenRecipe":
    from harness.recipes import starting
    from harness.recipes.files import INSTALL
    from harness.records.ci import WrittenRecipe

    config = _settings()
    made: dict[str, str] = {}
    if not config.ci.jobs and not config.file:
        made[starting.FILE] = starting.SYSTEMS[system]
        matrix = _matrix(starting.jobs(system), config)
    else:
        matrix = _matrix(config.ci.jobs or exits.usage(_no_jobs(config)), config)
    spec = install or INSTALL
    files, notes = _github(matrix, spec, branch) if system == "github" else _gitlab(matrix, spec)
    made |= files
    if install is None:
        notes += (_release(system, spec),)
    if not Path(".git").exists():
        notes += ("this folder is not the top of a repository, where these files are looked for",)
    same = tuple(name for name, text in made.items() if Path(name).is_file() and _text_of(Path(name)) == text)
    _write(made, force)
    return WrittenRecipe(tuple(made), notes, _next(system, made), same)


def _release(system: str, spec: str) -> str:
    """We cannot know whether the version that writes the files is one that others can install."""
    checkout = "sockmatrix[docker] @ git+https://HOST/OWNER/REPOSITORY@COMMIT"
    return (
        f"each machine installs {spec}: make sure that your package index has this release; if it has not, name a checkout: "
        f"sockmatrix ci init {system} --force --install '{checkout}'"
    )


def _github(matrix: "CiMatrix", install: str, branch: str) -> tuple[dict[str, str], tuple[str, ...]]:
    from harness.recipes.entries import unavailable
    from harness.recipes.files import github

    return github(install, branch), tuple(unavailable(matrix.include))


def _gitlab(matrix: "CiMatrix", install: str) -> tuple[dict[str, str], tuple[str, ...]]:
    from harness.recipes.entries import TooManyParts
    from harness.recipes.files import GITLAB_START, INCLUDE, gitlab, is_image

    try:
        files = gitlab(matrix.include, install)
    except TooManyParts as problem:
        exits.usage(str(problem))
    tags = dict.fromkeys(entry.runner for entry in matrix.include if not is_image(entry.runner))
    notes = tuple(f"'{tag}' is a tag of runners; an image has a ':' or a '/' in its name: python:3.13" for tag in tags)
    windows = ", ".join(f"'{tag}'" for tag in tags if "windows" in tag.lower())
    if windows:
        notes += (f"{windows}: the scripts are for bash; a runner on Windows uses PowerShell unless it is set up otherwise",)
    if not Path(GITLAB_START).exists():
        files[GITLAB_START] = INCLUDE
    elif "sockmatrix.yml" not in _text_of(Path(GITLAB_START)):
        notes += (f"{GITLAB_START} is yours; add to it: include: [{{local: {next(iter(files))}}}]",)
    return files, notes


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError as error:
        exits.harness(f"{file}: cannot be read: {error.strerror or error}")


def _write(made: Mapping[str, str], force: bool) -> None:
    from harness.runs.folder import write_atomically

    there = [name for name, text in made.items() if Path(name).exists() and _text_of(Path(name)) != text]
    if there and not force:
        exits.usage(f"{', '.join(there)}: {'is' if len(there) == 1 else 'are'} there already, and different; --force replaces")
    for name, text in made.items():
        try:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(Path(name), text.encode())
        except OSError as error:
            exits.harness(f"{name}: cannot be written: {error.strerror or error}")


def _next(system: str, made: Mapping[str, str]) -> str:
    from harness.recipes.starting import FILE

    edit = f"edit {FILE} to the Pythons that you support, " if FILE in made else ""
    again = "write the files again (sockmatrix ci init gitlab --force), " if edit and system == "gitlab" else ""
    return f"{edit}{again}look at the machines (sockmatrix ci matrix), commit and push"


def _print_init(page: "Page", told: "WrittenRecipe") -> None:
    for name in told.written:
        page.whole(("same   " if name in told.same else "wrote  ", "dim"), name)
    for note in told.notes:
        page.line(("note   ", "yellow"), note, hang=7)
    page.line(("next   ", "dim"), told.next, hang=7)


# ------------------------------------------------------------------------------------------------------------- unpack


@command.command("unpack")
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="A folder that is not there yet, or is empty.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=400, show_default=True, metavar="MB", help="The most that is written.")
def unpack_command(archive: Path, out: Path, limit: int) -> int:
    """Take a run folder out of an artifact that a stranger may have made.

    Only the three files of a run are taken, by their names, and no more than --limit in all, whatever the archive says of their sizes.
    Their content is believed no more than that of any run: what is shown of it is escaped.

    \b
    sockmatrix ci unpack sockmatrix-merged.zip --out merged
    """
    from harness.recipes.archive import unpack

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        exits.usage(f"{out} is there already; name a folder that is not, or is empty")
    done = unpack(archive, out, limit * MEGABYTE)
    left = f", {done.left} other {'file' if done.left == 1 else 'files'} left in the archive" if done.left else ""
    click.echo(f"{out}  {max(done.size / MEGABYTE, 0.1):.1f} MB{left}")
    return exits.AS_EXPECTED
