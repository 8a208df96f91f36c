"""Real kernels as grounds: what they say of themselves, networks made inside, two of them linked. Skipped where none is prepared."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from harness.engine.probe import share_a_network
from harness.engine.troupe import Troupe, assemble
from harness.hosts.grounds import Containers, Grounds
from harness.hosts.process import NotProvided
from harness.hosts.terms import Terms
from harness.systems.recipe import systems
from harness.systems.status import status
from harness.targets.spec import TargetSpec
from harness.targets.systems import spec_of
from tests.engine.expected import unavailable

pytestmark = pytest.mark.interpreters

Story = Callable[[Grounds], Awaitable[None]]


def prepared(target: str) -> TargetSpec:
    """What starts a kernel; the test is skipped, with the reason, where it is not prepared."""
    system = next(each for each in systems() if each.target == target)
    reason = status(system).reason
    if reason:
        unavailable(target, reason)
    return spec_of(system)


def told(targets: list[str], story: Story) -> None:
    specs = [prepared(target) for target in targets]

    async def live() -> None:
        containers = Containers("test")
        try:
            await story(Grounds(specs, "", "", containers))
        finally:
            await containers.close()

    asyncio.run(live())


async def with_troupe(grounds: Grounds, terms: Terms, look: Callable[[Troupe], Awaitable[None]]) -> None:
    troupe = await assemble(grounds, terms)
    try:
        await look(troupe)
    finally:
        await troupe.close()


@pytest.mark.parametrize(("target", "hypervisor", "kernel"), [("uml:6.1", "uml", "6.1"), ("qemu:6.12", "qemu", "6.12")])
def test_a_kernel_is_a_machine_of_its_own_with_loopback_alone(target: str, hypervisor: str, kernel: str) -> None:
    async def look(troupe: Troupe) -> None:
        (facts,) = troupe.facts
        assert facts.kernel.startswith(kernel)
        assert (facts.hypervisor, facts.network, facts.one_host) == (hypervisor, "no-network", True)
        assert (facts.ipv4, facts.ipv6, facts.unix, facts.root, facts.hostname, facts.services) == (True,) * 6
        assert await share_a_network(troupe.crew)

    async def story(grounds: Grounds) -> None:
        await with_troupe(grounds, grounds.default, look)

    told([target], story)


def test_networks_are_made_inside_with_the_kernels_own_delay() -> None:
    async def look(troupe: Troupe) -> None:
        (facts,) = troupe.facts
        assert (facts.network, facts.shaping, facts.one_host) == ("slow", "netem delay 100ms", False)
        assert troupe.crew.ground.reach() == (
            "10.77.0.1", "fd77:5::1", "10.77.0.2", "fd77:5::2", "fe80::ff:fe00:1", "fe80::ff:fe00:2", "10.77.0.255", "10.77.0.254",
            "fd77:5::ffff",
        )  # fmt: skip
        assert await share_a_network(troupe.crew)

    async def story(grounds: Grounds) -> None:
        await with_troupe(grounds, Terms("slow"), look)

    told(["uml:6.1"], story)


def test_a_machine_that_was_killed_is_booted_again() -> None:
    async def story(grounds: Grounds) -> None:
        troupe = await assemble(grounds, grounds.default)
        machine = await grounds.containers.machines.of(grounds.specs[0], lambda: None)
        await machine.stop()
        assert not await troupe.is_whole()
        await troupe.close()

        async def look(again: Troupe) -> None:
            assert await again.is_whole()

        await with_troupe(grounds, grounds.default, look)

    told(["uml:6.1"], story)


def test_two_kernels_are_linked() -> None:
    async def look(troupe: Troupe) -> None:
        assert [facts.kernel.split(".")[0] for facts in troupe.facts] == ["5", "7"]
        assert {facts.network for facts in troupe.facts} == {"ipv6"}
        assert await share_a_network(troupe.crew)

    async def story(grounds: Grounds) -> None:
        await with_troupe(grounds, grounds.default, look)

    told(["uml:5.10", "uml:7.2"], story)


def test_a_condition_that_a_kernel_cannot_make_is_not_provided() -> None:
    async def story(grounds: Grounds) -> None:
        with pytest.raises(NotProvided) as caught:
            await grounds.open(Terms("filtered"))
        assert (
            caught.value.detail == "needs the network condition 'filtered', which cannot be made there: its kernel has no filter of packets"
        )

    told(["uml:7.2"], story)
