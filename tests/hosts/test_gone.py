"""How a container is said to have ended, whatever the engine says at first."""

import asyncio
from typing import Any

import pytest
from docker.errors import APIError, NotFound

from harness.hosts.container import Container, Make, short_of_memory
from harness.hosts.engine import Engine
from harness.hosts.ground import ContainerGround
from harness.hosts.image import Image
from harness.hosts.process import CannotStart, HostGone, Loss
from harness.hosts.shared import SharedHost, SharedNetwork
from harness.hosts.terms import Terms
from harness.targets.spec import TargetSpec

RUNS: dict[str, Any] = {"Running": True}


def ended(code: int, **more: bool) -> dict[str, Any]:
    return {"Running": False, "ExitCode": code, **more}


class Client:
    """An engine that says one state after the other, and how many processes there are."""

    def __init__(self, *states: dict[str, Any] | Exception, processes: int | Exception = 1) -> None:
        self.states = list(states)
        self.processes = processes
        self.waited: list[str] = []

    def inspect_container(self, container: str) -> dict[str, Any]:
        state = self.states.pop(0)
        if isinstance(state, Exception):
            raise state
        return {"State": state}

    def top(self, container: str) -> dict[str, Any]:
        if isinstance(self.processes, Exception):
            raise self.processes
        return {"Processes": [["root"]] * self.processes}

    def wait(self, container: str, timeout: int) -> None:
        self.waited.append(container)


def gone(client: Client, *, waits: bool = False) -> Loss | None:
    container = Container(Engine(client, "test"), Make(image="an image", command=("python3",), waits=waits))  # type: ignore[arg-type]
    container.id = "it"
    return asyncio.run(container.gone())


def test_one_that_runs_is_there() -> None:
    client = Client(RUNS)
    assert gone(client) is None
    assert client.waited == []


@pytest.mark.parametrize("processes", [0, APIError("409: container it is not running")])
def test_one_that_is_said_to_run_without_a_process_is_waited_for(processes: int | Exception) -> None:
    client = Client(RUNS, ended(137), processes=processes)
    assert gone(client) == Loss("it", "killed by SIGKILL")
    assert client.waited == ["it"]


def test_an_engine_that_cannot_count_processes_is_believed() -> None:
    client = Client(RUNS, processes=APIError("exec: ps: not found"))
    assert gone(client) is None
    assert client.waited == []


@pytest.mark.parametrize("code", [9, 139])
def test_one_that_ends_with_its_first_agent_was_taken_away_by_nobody(code: int) -> None:
    lost = gone(Client(ended(code)))
    assert lost is not None
    assert (lost.with_its_agent, lost.by_itself) == (True, False)
    assert gone(Client(ended(code)), waits=True) == Loss("it", lost.how)  # there the first process is no agent


def test_one_that_was_killed_or_removed_did_not_end_by_itself() -> None:
    assert gone(Client(ended(137))) == Loss("it", "killed by SIGKILL")
    assert gone(Client(NotFound("no such container"))) == Loss("it", "removed")


def test_one_that_used_up_its_memory_did() -> None:
    assert gone(Client(ended(137, OOMKilled=True))) == Loss("it", short_of_memory(), by_itself=True)


def test_what_the_engine_does_not_say_is_not_known() -> None:
    with pytest.raises(CannotStart):
        gone(Client(APIError("it is busy")))


def ground_of(*clients: Client) -> ContainerGround:
    """Two hosts on a network, each with an engine that says what this test wants."""
    ground = ContainerGround(Engine(clients[0], "test"), [TargetSpec("it", "it", (), image="it")], Terms("plain"))  # type: ignore[arg-type]
    for number, client in enumerate(clients, 1):
        container = Container(Engine(client, "test"), Make(image="an image", command=("python3",)))  # type: ignore[arg-type]
        container.id = f"host{number}"
        ground.containers.append(container)
    return ground


def test_what_is_removed_because_its_neighbour_ended_is_no_loss() -> None:
    async def look() -> list[Loss | None]:
        ground = ground_of(Client(RUNS, NotFound("no such container")), Client(ended(9), NotFound("no such container")))
        return [await ground.lost_host() for _ in range(2)]

    assert asyncio.run(look()) == [Loss("host2", "exit status 9", with_its_agent=True)] * 2


def test_an_engine_that_does_not_answer_is_asked_again() -> None:
    async def look() -> list[Loss | None]:
        ground = ground_of(Client(APIError("it is busy"), RUNS, ended(137)), Client(RUNS, RUNS, RUNS))
        return [await ground.lost_host() for _ in range(3)]

    assert asyncio.run(look()) == [None, None, Loss("host1", "killed by SIGKILL")]


def test_a_shared_host_that_went_away_while_nobody_looked_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [Client(ended(137)), Client(RUNS)]

    async def made(self: SharedNetwork, spec: TargetSpec, side: int) -> SharedHost:
        ground = ground_of(clients.pop(0))
        ground.images = [Image("it", "", ())]
        return SharedHost(ground)

    async def ask() -> list[SharedHost]:
        network = SharedNetwork(Engine(Client(), "test"), "plain")  # type: ignore[arg-type]
        it = TargetSpec("it", "it", (), image="it")
        first = await network._host(it, 0)
        with pytest.raises(HostGone) as caught:
            await network._host(it, 0)
        assert caught.value.loss == Loss("host1", "killed by SIGKILL")
        return [first, await network._host(it, 0), await network._host(it, 0)]

    monkeypatch.setattr(SharedNetwork, "_made", made)
    gone, other, again = asyncio.run(ask())
    assert gone is not other
    assert other is again
