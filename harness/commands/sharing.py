"""Which part of a matrix a run is: from --plan, --job, --shard and --balance to what it plays. Plays nothing, and merges nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from harness.commands import exits
from harness.records.matrix import Job, MatrixPlan

if TYPE_CHECKING:
    from harness.matrix.cutting import Shard
    from harness.records.plan import Plan


class Share(Struct, frozen=True):
    """The part of a whole that a run plays."""

    job: str = ""
    shard: str = ""
    left_out: frozenset[str] = frozenset()
    """Scenarios that are for other shards."""


class Planned(Struct, frozen=True):
    """One job of a plan of the matrix."""

    file: Path
    matrix: MatrixPlan
    job: Job

    @classmethod
    def read(cls, file: Path, name: str | None) -> "Planned":
        """The job that was asked for. Ends the command where there is none of that name. Raises `MatrixError`."""
        matrix = matrix_of(file)
        return cls(file, matrix, _job(matrix, file, name))

    def scenarios(self, found: "Sequence[Plan]") -> "tuple[Plan, ...]":
        """The scenarios that the plan names, in its order. Ends the command where they are others here."""
        names = self.matrix.scenarios
        by_id = {each.id: each for each in found}
        lost = [name for name in names if name not in by_id]
        edited = [name for name, digest in names.items() if name in by_id and by_id[name].digest != digest]
        told = [f"{len(which)} {what} ({_some(which)})" for which, what in ((lost, "not here"), (edited, "with another meaning")) if which]
        if told:
            advice = "play what was planned, or make the plan again: sockmatrix plan"
            exits.usage(f"the scenarios of {self.file} are others here: {', '.join(told)}; {advice}")
        self._say_added(found)
        return tuple(by_id[name] for name in names)

    def _say_added(self, found: "Sequence[Plan]") -> None:
        """What would have been planned, had it been there: every part leaves it out, so that nothing else would tell."""
        import click

        from harness.language.selection import select
        from harness.runs.safe import safe

        added = [plan.id for plan in select(tuple(found), self.matrix.select) if plan.id not in self.matrix.scenarios]
        if added:
            words = f"{len(added)} scenario{'s' if len(added) > 1 else ''} came after {self.file} and will not be played ({_some(added)})"
            click.echo(safe(f"sockmatrix: {words}; make the plan again to have all: sockmatrix plan"), err=True)

    def check(self, names: Sequence[str]) -> None:
        """Ends the command where a target of the job has been left out, because another of its names means the same interpreter."""
        from harness.targets.names import is_meant

        lost = next((asked for asked in self.job.targets if not any(is_meant(name, asked) for name in names)), None)
        if lost is not None:
            advice = "name each interpreter once, and make the plan again"
            exits.usage(f"the target '{lost}' of the job '{self.job.name}' is what another of its names means already; {advice}")

    def share(self, shard: str | None) -> Share:
        """What a machine plays of the job. Ends the command where the shard is not one of the plan's."""
        file, job = self.file, self.job
        if shard is None:
            if job.shards > 1:
                exits.usage(f"the job '{job.name}' of {file} is cut into {job.shards} shards; name one: --shard 1/{job.shards}")
            return Share(job.name)
        wanted = _shard(shard)
        if wanted.of != job.shards:
            words = f"is cut into {job.shards} shards" if job.shards > 1 else "is not cut into shards"
            exits.usage(f"--shard {wanted} is not of {file}: its job '{job.name}' {words}")
        return Share(job.name) if job.shards == 1 else Share(job.name, str(wanted), _left_out(self.matrix.weights, wanted))


def _job(matrix: MatrixPlan, file: Path, name: str | None) -> Job:
    """The only job of a plan needs no name."""
    from harness.commands.reading import nearest_words

    names = [job.name for job in matrix.jobs]
    if name is None and len(names) == 1:
        return matrix.jobs[0]
    if name is None:
        exits.usage(f"which job of {file}? name one with --job: {', '.join(names)}")
    if name not in names:
        exits.usage(f"{file} has no job '{name}'; {nearest_words(name, names) or 'it has ' + ', '.join(names)}")
    return next(job for job in matrix.jobs if job.name == name)


def matrix_of(file: Path) -> MatrixPlan:
    """The plan in a file. Ends the command where another version made it, which may cut otherwise. Raises `MatrixError`."""
    from harness import __version__
    from harness.matrix.file import read_matrix

    matrix = read_matrix(file)
    if matrix.sockmatrix != __version__:
        exits.usage(f"{file} was made by sockmatrix {matrix.sockmatrix}, this is {__version__}; make it again: sockmatrix plan")
    return matrix


def share_of(plans: "Sequence[Plan]", shard: str | None, balance: str | None, *, cut: bool = True) -> Share:
    """What is played of scenarios that are cut without a plan of the matrix. Without `cut`, which a run that is gone on with does not
    need, only the name of the shard."""
    if shard is None:
        if balance is not None:
            exits.usage("--balance goes with --shard")
        return Share()
    from harness.matrix.weighing import weights

    wanted = _shard(shard)
    if wanted.of == 1 or not cut:
        return Share("", str(wanted) if wanted.of > 1 else "")
    enough(len(plans), wanted.of)
    return Share("", str(wanted), _left_out(weights(plans, seconds(Path(balance) if balance else None)), wanted))


def enough(scenarios: int, shards: int) -> None:
    """Ends the command where a shard would have nothing to play."""
    if shards > scenarios:
        few = "1 scenario" if scenarios == 1 else f"{scenarios} scenarios"
        exits.usage(f"{few} cannot be cut into {shards} shards: some would have nothing to play")


def _shard(text: str) -> "Shard":
    from harness.matrix.cutting import ShardError, parse_shard

    try:
        return parse_shard(text)
    except ShardError as error:
        exits.usage(f"--shard: {error}")


def _left_out(weights: Mapping[str, float], shard: "Shard") -> frozenset[str]:
    from harness.matrix.cutting import left_out

    return left_out(weights, shard)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


# ------------------------------------------------------------------------------------------------------------ weights

NEWEST = 5
"""So many runs of a history are asked how long scenarios take."""


def seconds(balance: Path | None) -> dict[str, float]:
    """How long each scenario took in a run, or in the newest runs of a history that are where they were. Raises `RunError`, `KeptError`."""
    if balance is None:
        return {}
    from harness.commands.reading import find_run
    from harness.matrix.weighing import seconds_of
    from harness.runs.folder import read

    runs = _runs_of(balance) if balance.is_file() else [find_run(balance)]
    found = seconds_of(result for folder in runs for result in read(folder).results.values())
    return found or exits.usage(f"{balance} says of no scenario how long it took; balance by another run, or without --balance by steps")


def _runs_of(history: Path) -> list[Path]:
    """A history keeps no times, so its runs are looked up."""
    from harness.history.database import open_history
    from harness.runs.folder import HEADER

    with open_history(history) as database:
        folders = [Path(folder) for (folder,) in database.rows("SELECT folder FROM runs ORDER BY started DESC, id DESC")]
    there = [folder for folder in dict.fromkeys(folders) if (folder / HEADER).is_file()]
    if not there:
        exits.usage(f"none of the runs of {history} is where it was, and a history keeps no times; name a run: --balance RUN")
    return there[:NEWEST]
