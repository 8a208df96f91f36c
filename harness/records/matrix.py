"""What the whole matrix is to play, as data. Making it, and cutting it into shards, is the business of `harness.matrix`."""

from msgspec import Struct

MATRIX_VERSION = 1


class Job(Struct, frozen=True, omit_defaults=True):
    """What one machine plays: some targets, and of the scenarios all, or one shard."""

    name: str
    targets: tuple[str, ...]
    """As they are asked for: `python3.8`, `pyenv:*`. A pattern is delivered when one target that was asked for by it is."""
    runner: str = ""
    """The machine it is for: the runner's label or image of the CI system; empty: any."""
    python: str = ""
    """The version that the machine has to be given first; empty: none."""
    shards: int = 1
    """How many parts the scenarios are cut into."""
    patterns: tuple[str, ...] = ()
    """Those of the targets that do not say how many they stand for: of these a merge misses only the last one."""


class MatrixPlan(Struct, frozen=True, omit_defaults=True):
    """The plan of the whole matrix, which jobs, shards and `merge` share. `sockmatrix plan` writes it."""

    matrix: int
    """Version of this format."""
    sockmatrix: str
    """The version that made it, and that has to play it."""
    protocol: int
    """Of the agent."""
    scenarios: dict[str, str]
    """Digest by id, in the order of the ids."""
    weights: dict[str, float]
    """How much work each is, by which shards are balanced: seconds, or steps."""
    jobs: tuple[Job, ...]
    paths: tuple[str, ...] = ()
    """Where the scenarios are, relative to where the plan is used; none: the library that comes with sockmatrix."""
    weighed: str = "steps"
    """What the weights are: `steps`, or `seconds`."""
    only_targets: bool = False
    """`-t` was asked for, and not the jobs of the settings."""
    select: tuple[str, ...] = ()
    """The words of `-k` that chose the scenarios; none: all of them."""

    @property
    def narrowed(self) -> tuple[str, ...]:
        """What it is a part of: `scenarios`, `targets`, both or neither. What is known to fail of others is then no leftover."""
        return tuple(name for name, is_part in (("scenarios", self.select), ("targets", self.only_targets)) if is_part)

    @property
    def shards(self) -> int:
        """The most parts that any job is cut into."""
        return max((job.shards for job in self.jobs), default=1)
