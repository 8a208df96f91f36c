"""The matrix of a CI system as data: what each machine is given. How it is made of a plan is the business of `harness.recipes`."""

from msgspec import Struct

CI_VERSION = 1


class CiEntry(Struct, frozen=True):
    """One machine of the matrix: one shard of one job."""

    part: str
    """Name of this part, and of its artifact: the job, and behind `+` the shard where there are several."""
    job: str
    """The job of the plan."""
    shard: str
    """`2/8`; `1/1` where the job is not cut."""
    runner: str
    """The machine: the label of GitHub's runners, or GitLab's image or tag."""
    python: str
    """The version of Python that the machine is to be given; empty: none."""
    images: str
    """The container images of the job's targets, with blanks between; without those that `sockmatrix images build` makes."""


class CiMatrix(Struct, frozen=True):
    """What `sockmatrix ci matrix --json` prints: the value of a job's `matrix` on GitHub."""

    include: tuple[CiEntry, ...]


class WrittenRecipe(Struct, frozen=True):
    """What `sockmatrix ci init --json` prints."""

    written: tuple[str, ...]
    """Files, relative to the current folder."""
    notes: tuple[str, ...]
    """What is to be looked at before they are used."""
    next: str
    """What to do now."""
    same: tuple[str, ...] = ()
    """Those of the files that were there already, just so."""
