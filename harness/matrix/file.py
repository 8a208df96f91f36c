"""Reads and writes the plan of the matrix. Makes none (`planning` does)."""

from hashlib import sha256
from pathlib import Path

import msgspec

from harness.records.matrix import MATRIX_VERSION, MatrixPlan
from harness.runs.folder import write_atomically

NAME = "sockmatrix-plan.json"


class MatrixError(Exception):
    """A plan of the matrix cannot be used. `environment` tells a failing disk from a wrong file."""

    def __init__(self, place: str, problem: str, advice: str, *, environment: bool = False) -> None:
        super().__init__(f"{place}: {problem}; {advice}")
        self.place = place
        self.problem = problem
        self.advice = advice
        self.environment = environment


def write_matrix(file: Path, plan: MatrixPlan) -> None:
    """All of it or nothing. Raises `MatrixError`."""
    try:
        write_atomically(file, matrix_bytes(plan))
    except OSError as error:
        raise MatrixError(
            str(file), f"cannot be written: {error.strerror or error}", "name another file with --out", environment=True
        ) from None


def matrix_bytes(plan: MatrixPlan) -> bytes:
    """The file; the same plan gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"


def digest_of(plan: MatrixPlan) -> str:
    """By which two plans are told apart."""
    return sha256(msgspec.json.encode(plan)).hexdigest()[:16]


def read_matrix(file: Path) -> MatrixPlan:
    """Raises `MatrixError`."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise MatrixError(str(file), f"cannot be read: {error.strerror or error}", "make one: sockmatrix plan") from None
    version = _version(data, file)
    if version != MATRIX_VERSION:
        problem = f"the plan has format {version!r}, this sockmatrix reads {MATRIX_VERSION}"
        raise MatrixError(str(file), problem, "make it again: sockmatrix plan")
    try:
        plan = msgspec.json.decode(data, type=MatrixPlan)
    except msgspec.DecodeError as error:
        raise MatrixError(str(file), str(error), "the file was changed or damaged") from None
    _check(plan, file)
    return plan


def seems_matrix(data: bytes) -> bool:
    """Whether a file has the form of a plan, of whatever version."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(found, dict) and "matrix" in found


def _version(data: bytes, file: Path) -> object:
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MatrixError(str(file), f"not the plan of a matrix ({error})", "name the file that 'sockmatrix plan' wrote") from None
    if not isinstance(found, dict) or "matrix" not in found:
        raise MatrixError(str(file), "not the plan of a matrix", "name the file that 'sockmatrix plan' wrote")
    return found["matrix"]


def _check(plan: MatrixPlan, file: Path) -> None:
    """What its parts say of each other."""
    if plan.scenarios.keys() != plan.weights.keys() or len({job.name for job in plan.jobs}) != len(plan.jobs):
        raise MatrixError(str(file), "its parts do not agree", "the file was changed or damaged")
    if not all(job.shards >= 1 and job.targets for job in plan.jobs):
        raise MatrixError(str(file), "a job has no shard, or no target", "the file was changed or damaged")
