"""How busy this machine is: of a time that has passed, how much a program that wanted to run was let run.

Looks at this machine alone, and knows no agents, no plays and no verdicts.
"""

import asyncio
import math
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")

EVERY_SECONDS = 0.25
KEPT_SECONDS = 600.0
"""Longer than any wait."""
LONGEST = 3.0
"""How many times longer than its limit a wait becomes at most."""

_LOADAVG = Path("/proc/loadavg")


class Sample(Struct, frozen=True):
    """What was seen at one moment."""

    at: float
    late: float
    """Seconds by which it was taken too late: so long the controller itself was kept from running."""
    share: float
    """Of a processor, for each program that wants one."""


class Load:
    """What was seen of the machine in the last minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, share: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._share = share or share_of_a_processor
        self._due = math.inf
        """When the next sample is to be taken; nobody is late before the first."""
        self._samples: deque[Sample] = deque(maxlen=int(KEPT_SECONDS / EVERY_SECONDS))

    async def watch(self) -> None:
        """Take samples until cancelled."""
        self._due = self._clock() + EVERY_SECONDS
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self.sample()

    def sample(self) -> None:
        """Look at the machine now."""
        now = self._clock()
        self._samples.append(Sample(now, max(0.0, now - self._due), self._share()))
        self._due = now + EVERY_SECONDS

    def served(self, seconds: float) -> float:
        """How much of the last `seconds` a program that wanted to run was let run."""
        now = self._clock()
        samples = [sample for sample in self._samples if sample.at > now - seconds]
        late = sum(sample.late for sample in samples) + max(0.0, now - self._due)
        share = sum(sample.share for sample in samples) / len(samples) if samples else 1.0
        return max(0.0, seconds - late) * share

    def more(self, limit: float, waited: float) -> float:
        """By how much to lengthen a wait that has reached its limit: by what the machine has kept back, as long as that makes sense."""
        lacking = min(limit - self.served(waited), LONGEST * limit - waited)
        return max(lacking, EVERY_SECONDS) if lacking > 0 else 0.0

    def excuse(self, limit: float, waited: float) -> str:
        """Why a wait came to nothing that may not have been one; empty if there was enough time in it for what has a limit."""
        served = self.served(waited)
        if served >= limit:
            return ""
        return f"the machine was overloaded: in {waited:.1f} s it let a program run for about {served:.1f} s"


async def patiently(future: "asyncio.Future[T]", seconds: float) -> T:
    """What a future comes to within so many seconds of a machine that lets programs run: what it keeps back is added.

    Raises `TimeoutError`.
    """
    clock = asyncio.get_running_loop().time
    begun = before = clock()
    served = 0.0
    while not future.done():
        if served >= seconds or before - begun >= LONGEST * seconds:
            raise TimeoutError
        await asyncio.wait([future], timeout=min(EVERY_SECONDS, seconds - served))
        now = clock()
        served += min(now - before, EVERY_SECONDS) * share_of_a_processor()
        before = now
    return future.result()


def share_of_a_processor(source: Path = _LOADAVG, processors: int | None = None) -> float:
    """What each program that wants to run has of a processor at this moment, the one that asks left out; all of one, where nobody tells how
    many there are, as on other systems than Linux."""
    try:
        running = int(source.read_text(encoding="ascii").split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return 1.0
    return min(1.0, (processors or os.cpu_count() or 1) / max(1, running - 1))
