"""What every report is made of: a saved run with its summary, and short words for places. Reads and writes nothing."""

from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct

from harness.comparing.behaviours import compare
from harness.gates.gate import Outcome, gate
from harness.records.comparison import QUIET, DifferenceGroup
from harness.reports.summary import Summary, summarise
from harness.runs.folder import Run


class Material(Struct, frozen=True):
    """One run, looked at once for all the reports that are made of it."""

    run: Run
    summary: Summary
    outcome: Outcome
    """What is thought of its cells."""
    title: str = ""
    """What the reader knows the run by; empty: nothing beyond the name of the program."""
    source: str = ""
    """Address below which the scenario files can be read on the web, for links; empty: no links."""
    where: str = ""
    """The query that the HTML page opens with; empty: everything."""


def material_of(run: Run, title: str = "", source: str = "", where: str = "", outcome: Outcome | None = None) -> Material:
    """The run with all that is computed from it."""
    outcome = outcome or gate(run)
    return Material(run, summarise(run, compare(run), found=outcome), outcome, title, source.rstrip("/"), where)


def short_file(file: str, scenario: str) -> str:
    """A scenario's file without what only one machine knows: `scenarios/tcp/greeting.yaml`, wherever the folder of scenarios was.

    A relative path is what its user wrote, and stays.
    """
    inner = scenario.partition("[")[0] + ".yaml"
    if not _is_absolute(file) or not file.endswith("/" + inner):
        return file
    folder = file[: -len(inner) - 1].rpartition("/")[2]
    return f"{folder}/{inner}" if folder else inner


def address_of(source: str, file: str, scenario: str, line: int) -> str:
    """Where a scenario's file can be read on the web; empty where nobody knows, or where its path may lead away from there.

    Browsers take `..` and what is before it out of an address, and a path of a run may be a stranger's.
    """
    parts = short_file(file, scenario).split("/")
    if not source or any(part in ("", "..") for part in parts):
        return ""
    path = quote("/".join(parts), errors="replace")
    return f"{source}/{path}" + (f"#L{line}" if line else "")


def _is_absolute(file: str) -> bool:
    return file.startswith("/") or file[1:3] == ":/"


def place_words(file: str, scenario: str, line: int) -> str:
    """`scenarios/tcp/greeting.yaml:12`; the file alone where no line is to blame."""
    short = short_file(file, scenario)
    return f"{short}:{line}" if line else short


def loud_groups(summary: Summary) -> tuple[DifferenceGroup, ...]:
    """Groups of differences but those of a quiet kind."""
    return tuple(group for group in summary.comparison.groups if group.kind not in QUIET)


def is_explained(group: DifferenceGroup) -> bool:
    """Every behaviour has a cause, in some difference of the group, or the scenario documents the departure."""
    return all(all(behaviour.cause for behaviour in each.behaviours) or bool(each.because) for each in group.differences)


def interrupted_short(summary: Summary) -> str:
    """What is said of a run without its end where the folder would not be of use."""
    done = summary.cells - len(summary.missing)
    return f"The run was interrupted, or is still going on: {done} of {summary.cells} cells have a result."


def missing_by_target(summary: Summary) -> Sequence[tuple[str, int]]:
    """Targets with cells that have no result, and how many."""
    return [(target.id, target.missing) for target in summary.targets if target.missing]
