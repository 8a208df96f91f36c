"""Play scenarios given as YAML text on given targets, for tests."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.engine.order import Cast, Observer, Order
from harness.engine.run import perform
from harness.language.library import load
from harness.records.plan import Plan
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run, read
from harness.targets.spec import TargetSpec

MINIATURES = Path(__file__).with_name("miniatures.py")
HEAD = "title: A test\nabout: A test.\nsee: [posix:socket]\n"


def current(name: str = "here") -> TargetSpec:
    """The interpreter that runs the tests."""
    return TargetSpec(name, name, (sys.executable, "-E", "-s", "-S", "-u"))


def miniature(name: str, *arguments: str) -> TargetSpec:
    """An agent with one misdeed."""
    return TargetSpec(name, name, (sys.executable, "-u", str(MINIATURES), name, *arguments))


def plans(folder: Path, scenarios: Mapping[str, str]) -> tuple[Plan, ...]:
    """Compile scenarios: id to everything below `see`."""
    for name, text in scenarios.items():
        path = folder / "scenarios" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text, encoding="utf-8")
    library = load([folder / "scenarios"], cache=False)
    assert not library.mistakes, [str(mistake) for mistake in library.mistakes]
    return library.plans


class Stage:
    """Plays in a folder and remembers what was observed on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results: list[Result] = []
        self.targets: list[TargetRecord] = []
        self.planned = 0

    def observer(self) -> Observer:
        return Observer(self._plan, self.targets.append, self.results.append)

    def _plan(self, cells: int) -> None:
        self.planned = cells

    def order(self, specs: Sequence[TargetSpec], scenarios: Mapping[str, str], name: str = "run", **more: Any) -> Order:
        casts = tuple(Cast(spec.id, spec.name, (spec,)) for spec in specs)
        return Order(casts=casts, plans=plans(self.folder, scenarios), folder=self.folder / name, **more)

    def play(self, specs: Sequence[TargetSpec], scenarios: Mapping[str, str], name: str = "run", **more: Any) -> Run:
        """Play everything and read the folder again."""
        return self.perform(self.order(specs, scenarios, name, **more))

    def perform(self, order: Order) -> Run:
        asyncio.run(perform(order, self.observer()))
        return read(order.folder)

    def interrupt(self, order: Order, after: int) -> None:
        """Play until there are so many results, and no further."""
        asyncio.run(self._interrupt(order, after))

    async def _interrupt(self, order: Order, after: int) -> None:
        enough = asyncio.Event()

        def result(each: Result) -> None:
            self.results.append(each)
            if len(self.results) >= after:
                enough.set()

        running = asyncio.create_task(perform(order, Observer(self._plan, self.targets.append, result)))
        async with asyncio.timeout(60):
            await enough.wait()
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()


def verdicts(run: Run, target: str) -> dict[str, str]:
    """Verdict by scenario of one target."""
    return {result.scenario: result.verdict for result in run.results.values() if result.target == target}
