"""300 scenarios × 10 containers, images already there: making and removing the containers included; and the round trip of a step.

The engine's work is not that of a child, so its CPU time is told apart: all that the machine was busy with.
"""

import asyncio
import sys
import tempfile
import time
from itertools import count, pairwise
from pathlib import Path
from statistics import median

from generate import exchanges
from measure import machine, measure

from harness.engine.connection import Connection
from harness.engine.troupe import assemble
from harness.hosts.grounds import Containers, Grounds, new_run
from harness.hosts.local import LocalHost
from harness.targets.spec import TargetSpec

sockmatrix = str(Path(sys.executable).with_name("sockmatrix"))
TARGETS = sys.argv[1:] or ["docker:sockmatrix/pythons@*", "docker:sockmatrix/bookworm"]


def busy() -> float:
    """Seconds that all cores together have worked since the machine was started."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, *rest = map(int, file.readline().split()[1:9])
    return (user + nice + system + sum(rest)) / 100


def runs() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scenarios = exchanges(Path(folder), 300)
        numbers = count()
        command = [sockmatrix, "run", "--quiet", "--out", "", str(scenarios), *(word for name in TARGETS for word in ("-t", name))]
        spent: list[float] = []

        def fresh() -> None:
            command[4] = f"{folder}/run{next(numbers)}"
            spent.append(busy())

        figures = measure(command, before=fresh)
        spent.append(busy())
        whole = median(after - before for before, after in pairwise(spent[1:]))
        print("300 x 10", figures, f"{whole:7.3f} s CPU of the whole machine")


async def trips() -> None:
    """Round trips to a warm agent: one step, and a batch of 15."""
    containers = Containers(new_run())
    image = TARGETS[-1].removeprefix("docker:")
    try:
        grounds = Grounds([TargetSpec(image, image, (), pipe=True, image=image)], "", "", containers)
        troupe = await assemble(grounds, grounds.default)
        await trip("container", await troupe.crew.at(0))
        await troupe.close()
    finally:
        await containers.close()
    local = await Connection.open(LocalHost(TargetSpec("local", "local", (sys.executable, "-E", "-s", "-S", "-u"))), single=False)
    await trip("local pipe", local)
    await local.close()


async def trip(name: str, connection: Connection) -> None:
    for steps in (1, 15):
        calls = [{"n": number, "do": ["call", ["get", ["module", "socket"], "htons"], [number]]} for number in range(steps)]
        opening = {"role": "a", "instance": 0, "host": "127.0.0.1"}
        await connection.request({"do": "run", "session": f"b{steps}", "steps": calls, "open": opening}, 10)
        times = []
        for _ in range(2000):
            started = time.perf_counter()
            await connection.request({"do": "run", "session": f"b{steps}", "steps": calls}, 10)
            times.append(time.perf_counter() - started)
        print(f"{name:12} {steps:3} steps  {median(times) * 1e6:7.1f} µs a round trip")


print(machine())
asyncio.run(trips())
runs()
