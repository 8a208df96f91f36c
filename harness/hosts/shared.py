"""One network for many pairs of targets: a host for each target that serves, another for each that is a client. Plays nothing."""

import asyncio
from collections.abc import Sequence

from harness.hosts.container import Container
from harness.hosts.engine import Engine
from harness.hosts.ground import ContainerGround
from harness.hosts.network import Network
from harness.hosts.process import HostGone
from harness.hosts.terms import Terms
from harness.targets.spec import TargetSpec


class SharedNetwork:
    """Hosts by target and side, each made when the first pair needs it; they are there until the run ends."""

    def __init__(self, engine: Engine, condition: str) -> None:
        self.engine = engine
        self.terms = Terms(condition)
        self._network: asyncio.Task[Network] | None = None
        self._hosts: dict[tuple[str, int], SharedHost] = {}
        self._locks: dict[tuple[str, int], asyncio.Lock] = {}

    async def ground(self, specs: Sequence[TargetSpec]) -> "SharedGround":
        """The hosts of one pair. Raises `CannotStart`; where one went away that was there `HostGone`, once."""
        one, other = await asyncio.gather(self._host(specs[0], 0), self._host(specs[-1], 1))
        return SharedGround(self.engine, specs, self.terms, one, other)

    async def _host(self, spec: TargetSpec, side: int) -> "SharedHost":
        key = (spec.id, side)
        async with self._locks.setdefault(key, asyncio.Lock()):
            found = self._hosts.get(key)
            loss = await found.container.gone() if found else None
            if loss is not None:
                del self._hosts[key]
                raise HostGone(loss)
            if found is None:
                found = self._hosts[key] = await self._made(spec, side)
            return found

    async def _made(self, spec: TargetSpec, side: int) -> "SharedHost":
        """A ground of one host: all there is to making one is there."""
        ground = ContainerGround(self.engine, [spec], self.terms)
        if self._network is None:
            self._network = asyncio.create_task(Network.make(self.engine, ground.condition))
        await ground.open_host(await asyncio.shield(self._network), side)
        return SharedHost(ground)


class SharedHost:
    """One host, with what was found out about it."""

    def __init__(self, ground: ContainerGround) -> None:
        self.container: Container = ground.containers[0]
        self.network = ground.network
        self.image = ground.images[0]
        self.shaping = ground.shaping


class SharedGround(ContainerGround):
    """Two hosts of a network that other pairs use as well; giving it back ends nothing."""

    own = False
    shared = True

    def __init__(self, engine: Engine, specs: Sequence[TargetSpec], terms: Terms, one: SharedHost, other: SharedHost) -> None:
        super().__init__(engine, specs, terms)
        self.network = one.network
        self.containers = [one.container, other.container]
        self.images = [one.image, other.image]
        self.shaping = one.shaping
        self.waits = True

    async def close(self) -> None:
        """The run removes them."""
