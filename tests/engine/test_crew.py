"""Whose agents are whose."""

import asyncio

import pytest

from harness.engine.crew import Agents, Crew
from harness.hosts.ground import LocalGround
from tests.engine.playing import current


@pytest.mark.parametrize("shared", [False, True])
def test_agents_that_other_crews_use_are_not_let_go_with_a_crew(shared: bool) -> None:
    async def live() -> bool:
        agents: Agents | None = {} if shared else None
        crew = Crew(LocalGround([current()], ""), agents=agents)
        connection = await crew.at(0)
        try:
            crew.drop()
            return connection.stopping
        finally:
            await connection.close()

    assert asyncio.run(live()) is not shared
