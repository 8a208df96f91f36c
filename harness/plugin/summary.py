"""The lines below pytest's own that say what the run came to and where it is. Keeps nothing."""

from collections import Counter
from shlex import quote
from typing import TYPE_CHECKING

from harness.records.observation import VERDICTS
from harness.runs.safe import safe

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from harness.plugin.recording import Recorder


def print_run(reporter: "TerminalReporter", recorder: "Recorder | None", folder: str, *, stopped: str = "", broken: int = 0) -> None:
    """Verdicts, the folder, the next command."""
    reporter.section("sockmatrix", sep="-")
    if stopped:
        reporter.write_line(safe(f"no run was kept: {stopped}"))
    if recorder is None:
        return
    for line in run_lines(recorder, folder, broken):
        reporter.write_line(line)


def run_lines(recorder: "Recorder", folder: str, broken: int = 0) -> list[str]:
    """What is said of a run."""
    counts = Counter(recorder.verdicts.values())
    words = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]]
    cells = len(recorder.what.cells)
    lines = [f"{cells} cell{'' if cells == 1 else 's'}: {', '.join(words) or 'none was played'}"]
    if recorder.flaky:
        lines.append(f"{recorder.flaky} of them flaky: other plays came to something else")
    if recorder.excused:
        lines.append(f"{recorder.excused} of them not played, since they are known")
    if recorder.missing:
        lines.append(f"{recorder.missing} of them without a result: the run is marked as interrupted")
    if broken:
        files = "a scenario file" if broken == 1 else f"{broken} scenario files"
        lines.append(f"{files} with mistakes could not be played: the run is without {'it' if broken == 1 else 'them'}, and so is red")
    if recorder.repeated:
        lines.append(f"{recorder.repeated} played again by another plugin: the run has what came first")
    lines.append(safe(f"run   {folder}"))
    lines.append(safe(f"next  sockmatrix summary {quote(folder)}"))
    return lines
