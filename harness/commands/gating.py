"""What commands ask of a gate: the option --fail-on, and a file of known failures. Decides nothing itself."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.commands import exits

if TYPE_CHECKING:
    from harness.gates.gate import Outcome
    from harness.records.known import Known
    from harness.runs.folder import Run

F = TypeVar("F", bound=Callable[..., Any])

HELP = (
    "What a run fails on, with commas: fail, stale, hang, crash, bug, inconclusive, flaky, known-unused, unsupported, new-difference; "
    "or default, all, none. See docs/gates.md."
)


def fail_on_option(command: F) -> F:
    """`--fail-on LIST`, the same for every command that ends as a run does."""
    return click.option("--fail-on", "fail_on", metavar="LIST", help=f"{HELP}  [default: as the run was asked for]")(command)


def check(fail_on: str | None, options: Mapping[str, Any], *, baseline: bool = False) -> None:
    """Find out before anything is played whether a list can be understood. Raises `FailOnError`."""
    from harness.gates.classes import parse

    if fail_on is None:
        return
    parse(fail_on, options)
    if "new-difference" in (word.strip() for word in fail_on.split(",")) and not baseline:
        exits.usage("--fail-on new-difference goes with --baseline: sockmatrix run --baseline FILE")


def outcome_of(run: "Run", fail_on: str | None = None, *, known: Path | None = None, is_part: bool = False) -> "Outcome":
    """What a run comes to, by what was asked for now or when it was made. Raises `FailOnError`, `TargetError`."""
    from harness.gates.classes import parse
    from harness.gates.gate import gate

    chosen = None if fail_on is None else parse(fail_on, run.header.options)
    return gate(run, chosen, known=None if known is None else known_of(known), is_part=is_part)


def known_of(file: Path) -> "tuple[Known, ...]":
    """The entries of a file, or of the settings of a folder. Raises `TargetError` for mistakes in it."""
    from harness.gates.known import read_known, read_known_file

    if file.is_dir():
        return read_known(file)
    if not file.exists():
        exits.usage(f"{file}: there is no such file; make one: sockmatrix known --from RUN --out {file}")
    return read_known_file(file)
