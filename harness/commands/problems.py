"""Turn the errors that rooms raise into one line and an exit code. Imported only when something went wrong."""

from harness.commands import exits


def problem_of(error: Exception) -> exits.Problem | None:
    """How an error of ours ends a command; nothing for an error that nobody foresaw."""
    from harness.compat.file import DataError
    from harness.gates.classes import FailOnError
    from harness.history.errors import KeptError
    from harness.images.engine import EngineUnavailable
    from harness.images.registry import UnknownImage
    from harness.matrix.file import MatrixError
    from harness.merging.errors import MergeError
    from harness.query.parse import QueryError
    from harness.recipes.archive import ArchiveError
    from harness.runs.folder import RunError
    from harness.systems.recipe import BadRecipe
    from harness.targets.asking import NoAnswer
    from harness.targets.names import TargetError

    if isinstance(error, exits.Problem):
        return error
    if isinstance(error, (ArchiveError, KeptError, MatrixError, RunError)):
        return exits.Problem(str(error), exits.HARNESS if error.environment else exits.USAGE)
    if isinstance(error, (TargetError, MergeError, UnknownImage, QueryError, DataError, FailOnError)):
        return exits.Problem(str(error), exits.USAGE)
    if isinstance(error, (NoAnswer, EngineUnavailable, BadRecipe)):
        return exits.Problem(str(error), exits.HARNESS)
    return None
