"""Calls to the container engine off the event loop, with its errors in our words, and the removal of what a run has made.

Knows labels; knows no agents and no conditions.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from harness.hosts.process import CannotStart
from harness.images.engine import EngineUnavailable, connect, unavailable

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")

RUN_LABEL = "org.sockmatrix.run"
MADE_LABEL = "org.sockmatrix.made"
"""Seconds since 1970, by the controller's clock."""
INSIDE_LABEL = "org.sockmatrix.inside"
"""On a container that stands on the network of another: which."""
CALLS_AT_ONCE = 8
FRESH_SECONDS = 0.5
"""What is younger belongs to a run that has just ended one ground and makes the next."""
SETTLED_SECONDS = 60.0
"""An empty network that is younger than this may be one that a run has just made."""


class EngineLost(CannotStart):
    """The engine stopped answering, or never did."""


class Engine:
    """The container engine, for one run."""

    def __init__(self, client: "APIClient", run: str) -> None:
        self.client = client
        self.run = run
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="engine")
        self._architecture: asyncio.Task[dict[str, Any]] | None = None

    @classmethod
    async def connect(cls, run: str) -> "Engine":
        """Reach the engine, and remove what runs that were killed have left there. Raises `EngineLost`."""
        try:
            client = await asyncio.to_thread(connect)
        except EngineUnavailable as error:
            raise EngineLost(str(error)) from None
        engine = cls(client, run)
        with suppress(CannotStart):  # somebody else's left-overs are no reason not to play
            await engine.call(partial(list, sweep(client)))
        return engine

    @property
    def labels(self) -> dict[str, str]:
        """What everything carries that this run makes."""
        return {RUN_LABEL: self.run, MADE_LABEL: str(int(time.time()))}

    async def call(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """One blocking call. Raises `CannotStart`, and `EngineLost` where the engine does not answer."""
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, partial(function, *arguments, **named))
        except (DockerException, RequestException, OSError) as error:
            raise failure(error) from error

    async def architecture(self) -> str:
        """Of the engine's machine, as images name it; asked once, as the engine starts programs to answer. Raises `CannotStart`."""
        if self._architecture is None:
            self._architecture = asyncio.create_task(self.call(self.client.version))
        return str((await asyncio.shield(self._architecture))["Arch"])

    async def close(self) -> None:
        """Remove everything that the run has made; calls that are under way are waited for, as they may be making more."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        try:
            await asyncio.to_thread(list, remove_run(self.client, self.run))
        finally:
            self.client.close()


def failure(error: BaseException) -> CannotStart:
    """An error of the SDK as ours: what the engine answered, or that it did not."""
    from docker.errors import APIError

    if isinstance(error, APIError):
        text = str(error.explanation or error)
        return CannotStart(" ".join(f"the container engine answered: {text}".split()))
    return EngineLost(str(unavailable(error)))


def remove_run(client: "APIClient", run: str) -> Iterator[str]:
    """Remove the containers and networks of a run, saying what was removed."""
    chosen = {"label": f"{RUN_LABEL}={run}"}
    yield from _removed(client, client.containers(all=True, filters=chosen), client.networks(filters=chosen))


def sweep(client: "APIClient", *, everything: bool = False, settled: float = SETTLED_SECONDS) -> Iterator[str]:
    """Remove what runs have left behind that ended without removing it, saying what was removed.

    A container of ours ends when its controller does. So a run with a container that is running, or that was made a moment ago and is
    not yet started, is under way, and one whose containers have all ended was killed; of one that has nothing but networks, or
    containers that were never started, only what is older than `settled` seconds is taken for left behind. With `everything`, that of
    runs under way is removed too: they are then lost.
    """
    ours = {"label": RUN_LABEL}
    containers = client.containers(all=True, filters=ours)
    networks = client.networks(filters=ours)
    if not everything:
        under_way = {_run_of(each) for each in containers if _is_under_way(each, settled)}
        killed = {_run_of(each) for each in containers if each["State"] in _ENDED} - under_way
        left = dict.fromkeys(killed, FRESH_SECONDS)
        containers, networks = (
            [each for each in found if _run_of(each) not in under_way and _age(each) >= left.get(_run_of(each), settled)]
            for found in (containers, networks)
        )
    yield from _removed(client, containers, networks)


def _is_under_way(container: dict[str, Any], settled: float) -> bool:
    if container["State"] in _NEVER_STARTED:
        return _age(container) < settled
    return container["State"] not in _ENDED


_ENDED = frozenset({"exited", "dead", "removing"})
_NEVER_STARTED = frozenset({"created", "configured", "initialized"})
"""The last two are Podman's."""


def _run_of(made: dict[str, Any]) -> str:
    return str(made["Labels"][RUN_LABEL])


def _age(made: dict[str, Any]) -> float:
    return time.time() - float(made["Labels"].get(MADE_LABEL, "0"))


def _removed(client: "APIClient", containers: list[dict[str, Any]], networks: list[dict[str, Any]]) -> Iterator[str]:
    for container in sorted(containers, key=_stands_on_its_own_network):
        if _gone(partial(client.remove_container, container["Id"], v=True, force=True)):
            yield f"container {container['Names'][0].lstrip('/') if container.get('Names') else container['Id'][:12]}"
    for network in networks:
        if _gone(partial(client.remove_network, network["Id"])):
            yield f"network {network['Name']}"


def _stands_on_its_own_network(container: dict[str, Any]) -> bool:
    """Podman keeps a container as long as another one stands on its network."""
    return not container["Labels"].get(INSIDE_LABEL)


def _gone(remove: Callable[[], None]) -> bool:
    """Remove something that somebody else may be removing as well."""
    from docker.errors import APIError, NotFound

    try:
        remove()
    except NotFound:
        return False
    except APIError as error:
        if error.status_code not in (403, 409):  # it is being removed; or a network that is in use again
            raise
        return False
    return True
