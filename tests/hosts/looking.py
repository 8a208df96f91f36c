"""Play in containers as tests do it, and look at the engine while that happens and afterwards."""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import APIError, NotFound
from msgspec import structs

from harness.agents.program import pipe_line, source
from harness.engine.order import Cast, Observer, Order
from harness.engine.run import perform
from harness.hosts.engine import RUN_LABEL
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run, read
from harness.targets.spec import TargetSpec
from tests.engine.playing import Stage

if TYPE_CHECKING:
    from docker import APIClient

SERVE = 'if __name__ == "__main__":'
"""Where the agent's source begins to serve."""


def contained(image: str, command: tuple[str, ...] = ()) -> TargetSpec:
    """A target `docker:IMAGE`, or `docker:IMAGE@/its/path`."""
    name = "@".join([f"docker:{image}", *command])
    return TargetSpec(name, name, command, pipe=True, image=image)


def trapped(misdeed: str) -> bytes:
    """An agent as it is sent down a pipe, which does this, in Python, at the expression `fill(666)`; else it is the real one."""
    trap = "def trapped(session, count, real=HELPERS['fill']):\n    if count == 666:\n" + indent(misdeed, " " * 8)
    trap += "\n    return real(session, count)\nHELPERS['fill'] = trapped\n"
    before, serve, after = source().decode().rpartition(SERVE)
    text = ascii(before + trap + serve + after)
    return f"exec(compile({text},'sockmatrix-agent','exec'),{{'__name__':'__main__'}})\n".encode()


def misbehave(monkeypatch: pytest.MonkeyPatch, misdeed: str) -> None:
    """Let agents that are sent down a pipe do this at the expression `fill(666)`."""
    line = trapped(misdeed)
    monkeypatch.setattr("harness.engine.connection.sent_program", lambda agent: line)
    monkeypatch.setattr("harness.engine.connection.recall", lambda interpreter: None)


HOLD = "import os\nos.close(os.open('/tmp/held-%d' % os.getpid(), os.O_CREAT))\nos.read(os.pipe()[0], 1)"
"""Leaves a sign in the container, and waits for what never comes."""
HELD = {f"held/{number}": "limit: 60\nsteps:\n  - server: fill(666)\n    returns: fill(666)\n" for number in range(4)}
"""Scenarios that do not get further than their only step until the test lets go."""


class Hold:
    """Agents that are sent down a pipe stop at `fill(666)`; or before they greet, those that are not the first of their container or all.

    That lasts until their container goes; those that are started after `let_go` are the real ones.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, at_start: bool = False, first: bool = False) -> None:
        begins = f"import os\nif {first} or os.getpid() != 1:\n{indent(HOLD, '    ')}\nexec({pipe_line().decode()!a})"
        self._line = f"exec({begins!a})\n".encode() if at_start else trapped(HOLD)
        monkeypatch.setattr("harness.engine.connection.sent_program", lambda agent: self._line)
        monkeypatch.setattr("harness.engine.connection.recall", lambda interpreter: None)

    def let_go(self) -> None:
        """Hold nobody else."""
        self._line = pipe_line()


class Containers:
    """One run in containers of its own name, which the tests look for."""

    def __init__(self, client: "APIClient", folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = client
        self.stage = Stage(folder)
        self.run = f"test-{secrets.token_hex(4)}"
        monkeypatch.setattr("harness.engine.run.new_run", lambda: self.run)

    def left(self) -> list[str]:
        """Containers and networks of this run that are there now."""
        return left(self.client, self.run)

    def running(self) -> list[str]:
        """Containers of this run in which something goes on."""
        return [each["Id"] for each in self.client.containers(filters={"label": f"{RUN_LABEL}={self.run}"})]

    def kill(self, *ids: str) -> None:
        """From outside."""
        for each in ids:
            with suppress(NotFound, APIError):  # its pair is gone, and it was removed
                self.client.kill(each)

    def until_held(self, count: int = 1, but: Collection[str] = ()) -> list[str]:
        """Wait until so many agents are held, in containers other than these; the containers."""
        held: dict[str, int] = {}

        def are_held() -> bool:
            held.update((each, self._held_in(each)) for each in self.running() if each not in but)
            return sum(held.values()) >= count

        until(are_held)
        return [each for each, found in held.items() if found]

    def _held_in(self, container: str) -> int:
        try:
            python = self.client.inspect_container(container)["Path"]  # there may be no other program
            made = self.client.exec_create(container, [python, "-c", "import os; print(os.listdir('/tmp'))"])
            return str(self.client.exec_start(made["Id"])).count("held-")
        except (NotFound, APIError):  # it went while it was looked at
            return 0

    def play(
        self, specs: Sequence[TargetSpec], scenarios: Mapping[str, str], *, condition: str = "", pair: bool = False,
        look: Callable[["Containers"], None] | None = None, name: str = "run", **more: Any,
    ) -> Run:  # fmt: skip
        """Play everything, calling `look` in a thread when the first target in a container has started."""
        order = self.order(specs, scenarios, condition=condition, pair=pair, name=name, **more)
        asyncio.run(self._perform(order, look))
        return read(order.folder)

    def order(
        self, specs: Sequence[TargetSpec], scenarios: Mapping[str, str], *, condition: str = "", pair: bool = False, name: str = "run",
        **more: Any,
    ) -> Order:  # fmt: skip
        """Every target alone, or the first two as a pair."""
        companies = [tuple(specs)] if pair else [(spec,) for spec in specs]
        casts = tuple(Cast(">".join(s.id for s in each), ">".join(s.name for s in each), each, condition) for each in companies)
        return structs.replace(self.stage.order([], scenarios, name, **more), casts=casts)

    async def _perform(self, order: Order, look: Callable[["Containers"], None] | None) -> None:
        looks: list[asyncio.Future[None]] = []

        def started(record: TargetRecord) -> None:
            if look is not None and not looks and record.facts is not None and record.facts.image:
                looks.append(asyncio.get_running_loop().run_in_executor(None, look, self))

        observer = self.stage.observer()
        await perform(order, Observer(observer.planned, started, observer.result))
        await asyncio.gather(*looks)


def until(done: Callable[[], bool]) -> None:
    """Wait for something that is seen from outside."""
    ends = time.monotonic() + 60
    while not done():
        assert time.monotonic() < ends, "nothing happened"
        time.sleep(0.02)


def left(client: "APIClient", run: str = "") -> list[str]:
    """Containers and networks of a run, or of all runs."""
    chosen = {"label": f"{RUN_LABEL}={run}" if run else RUN_LABEL}
    containers = [each["Id"] for each in client.containers(all=True, filters=chosen)]
    return [*containers, *(each["Name"] for each in client.networks(filters=chosen))]


def inspected(client: "APIClient", run: str) -> list[dict[str, Any]]:
    """Everything the engine knows of the containers of a run."""
    found = client.containers(all=True, filters={"label": f"{RUN_LABEL}={run}"})
    return [client.inspect_container(each["Id"]) for each in found]


def only(run: Run) -> Result:
    """The result of a run of one cell."""
    (result,) = run.results.values()
    return result
