"""What is slow may take longer, and leaves the processors to those who measure time."""

import asyncio
import os
import sys
from typing import Any

import pytest

from harness.engine.connection import START_SECONDS, Connection
from harness.engine.crew import Crew
from harness.engine.play import Play
from harness.hosts.container import LOW_SHARES, Container, Make
from harness.hosts.ground import EMULATED_SLOW, ContainerGround, Ground, LocalGround
from harness.hosts.grounds import Containers, Grounds
from harness.hosts.image import Image
from harness.hosts.local import LOW_PRIORITY, LocalHost
from harness.hosts.process import CannotStart
from harness.hosts.terms import Terms
from harness.targets.spec import TargetSpec
from tests.comparing.telling import plan

IN_A_CONTAINER = TargetSpec("docker:one", "docker:one", (), pipe=True, image="one")
ENGINE: Any = None


def local(slow: float) -> TargetSpec:
    return TargetSpec("here", "here", (sys.executable, "-u"), pipe=True, slow=slow)


def ground_of(*images: Image) -> ContainerGround:
    ground = ContainerGround(ENGINE, [IN_A_CONTAINER], Terms("plain"))
    ground.images = list(images)
    return ground


def limit_on(ground: Ground) -> float:
    return Play(plan(), (), Crew(ground), lambda number, seen: True).limit


class TestLimits:
    def test_the_slowest_of_a_ground_counts(self) -> None:
        assert LocalGround([local(1), local(3)], "").slow == 3
        assert (
            ground_of(Image("one", "sha256:1", ("python3",)), Image("two", "sha256:2", ("python3",), emulated=True)).slow == EMULATED_SLOW
        )

    def test_nothing_else_is_slow(self) -> None:
        assert LocalGround([local(1)], "").slow == 1
        assert ground_of(Image("one", "sha256:1", ("python3",))).slow == 1
        assert ground_of().slow == 1

    def test_a_step_may_take_so_many_times_as_long(self) -> None:
        assert limit_on(LocalGround([local(1)], "")) == plan().limit
        assert limit_on(LocalGround([local(2.5)], "")) == 2.5 * plan().limit

    def test_so_may_a_start(self) -> None:
        async def patience(slow: float) -> float:
            return Connection(slow).start_seconds

        assert [asyncio.run(patience(slow)) for slow in (1, 3)] == [START_SECONDS, 3 * START_SECONDS]


class TestPriority:
    @pytest.mark.skipif(not hasattr(os, "getpriority"), reason="needs a system with priorities")
    @pytest.mark.parametrize("slow", [1.0, 2.0])
    def test_a_slow_process_lets_others_go_first(self, slow: float) -> None:
        async def priority() -> int:
            connection = await Connection.open(LocalHost(local(slow)), single=False)
            process = connection._process
            assert process is not None
            try:
                return os.getpriority(os.PRIO_PROCESS, process.pid)
            finally:
                await connection.close()

        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert asyncio.run(priority()) == (own if slow == 1 else max(own, LOW_PRIORITY))

    def test_so_does_a_slow_container(self) -> None:
        docker = pytest.importorskip("docker")
        engine: Any = type("Engine", (), {"client": docker.APIClient(base_url="tcp://127.0.0.1:1", version="1.41")})()

        def shares(slow: float) -> object:
            return Container(engine, Make(image="one", command=("python3",), slow=slow))._limits().get("CpuShares")

        assert [shares(1.0), shares(EMULATED_SLOW)] == [None, LOW_SHARES]
        engine.client.close()


class TestRoom:
    """Containers are made for a few grounds at a time, and nobody waits for those of other processors."""

    def looked_at(self, monkeypatch: pytest.MonkeyPatch, *specs: TargetSpec) -> Grounds:
        async def look_at(engine: object, spec: TargetSpec) -> Image:
            if spec.image == "gone":
                raise CannotStart("no image 'gone'")
            return Image(spec.image, "sha256:1", ("python3",), emulated=spec.image == "foreign")

        async def look() -> Grounds:
            containers = Containers("run")
            monkeypatch.setattr(containers, "engine", engine)
            grounds = Grounds(specs, "", "", containers)
            await grounds.look()
            return grounds

        async def engine() -> None:
            return None

        monkeypatch.setattr("harness.hosts.grounds.look_at", look_at)
        return asyncio.run(look())

    def image(self, name: str) -> TargetSpec:
        return TargetSpec(f"docker:{name}", f"docker:{name}", (), pipe=True, image=name)

    def test_other_processors_have_their_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        grounds = self.looked_at(monkeypatch, self.image("foreign"))
        assert grounds.slots() is grounds.containers.emulated_slots

    @pytest.mark.parametrize("name", ["own", "gone"])
    def test_all_others_share_theirs(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        grounds = self.looked_at(monkeypatch, self.image(name))
        assert grounds.slots() is grounds.containers.slots

    def test_there_is_always_room_for_what_is_no_container(self, monkeypatch: pytest.MonkeyPatch) -> None:
        grounds = self.looked_at(monkeypatch, local(1))
        assert grounds.slots() not in (grounds.containers.slots, grounds.containers.emulated_slots)
