"""Show on standard error what a piece of work is doing: a line that changes on a terminal, plain lines elsewhere. Does no work itself."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.runs.safe import safe


@contextmanager
def telling(work: str) -> Iterator[Callable[[str], None]]:
    """A function that is told each step of a piece of work."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _live(work) as tell:
            yield tell
    else:
        yield lambda step: print(safe(f"{work}: {step}"), file=sys.stderr, flush=True)


@contextmanager
def _live(work: str) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Progress(*columns, console=console, refresh_per_second=5, transient=True) as progress:
        task = progress.add_task(safe(work), total=None)
        yield lambda step: progress.update(task, description=safe(f"{work}: {step}"))
