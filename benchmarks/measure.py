"""Time whole commands with all their children. Medians of several runs; judges nothing."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

RUNS = 5


class Figures(NamedTuple):
    """Medians over the runs of one command."""

    wall: float
    cpu: float
    megabytes: float
    """Largest resident set of the command's own process."""

    def __str__(self) -> str:
        return f"{self.wall:7.3f} s wall  {self.cpu:7.3f} s CPU  {self.megabytes:6.1f} MB"


def measure(
    command: Sequence[str], *, before: Callable[[], object] = lambda: None, runs: int = RUNS, good: Sequence[int] = (0,)
) -> Figures:
    """Run a command once unmeasured and then `runs` times; its exit status must be among `good`."""
    once(command, before, good)
    figures = [once(command, before, good) for _ in range(runs)]
    return Figures(*(statistics.median(column) for column in zip(*figures, strict=True)))


def once(command: Sequence[str], before: Callable[[], object], good: Sequence[int]) -> Figures:
    """One run."""
    before()
    started = time.perf_counter()
    used = _cpu()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    wall = time.perf_counter() - started
    if process.returncode not in good:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}\n{complaint.decode(errors='replace')[-2000:]}")
    return Figures(wall, _cpu() - used, usage.ru_maxrss / 1024)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def machine() -> str:
    """What the figures were measured on."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load average {load:.2f} at the start"
