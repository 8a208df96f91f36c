"""One ground after another for the same scenarios' sake, on the same hosts wherever these can be made as new. Plays nothing."""

from collections.abc import Awaitable, Callable

from harness.engine.faults import AgentFault
from harness.engine.troupe import Troupe
from harness.hosts.terms import Terms


class Tour:
    """A troupe that moves from ground to ground, in terms that are `alike`."""

    def __init__(self, assemble: Callable[[Terms], Awaitable[Troupe]]) -> None:
        self._assemble = assemble
        """Makes a ground with a crew. Raises an `AgentFault`."""
        self._troupe: Troupe | None = None
        self._used = False

    async def enter(self, terms: Terms) -> Troupe:
        """Stand on a ground that is as if it were new, or on the one that nobody has changed since. Raises an `AgentFault`."""
        troupe = self._troupe
        if troupe is not None and not await self._stays(troupe, terms):
            await self.leave()
        if self._troupe is None:
            self._troupe = await self._assemble(terms)
        self._used = False
        return self._troupe

    async def _stays(self, troupe: Troupe, terms: Terms) -> bool:
        """The hosts of before will do."""
        if troupe.terms == terms:
            return not self._used or await troupe.renew()
        try:
            await troupe.turn_into(terms)
        except AgentFault:
            return False
        return True

    def must_renew(self) -> None:
        """Who comes next is to find the ground as it was."""
        self._used = True

    async def leave(self) -> None:
        """Give the hosts back."""
        if self._troupe is not None:
            troupe, self._troupe = self._troupe, None
            await troupe.close()
