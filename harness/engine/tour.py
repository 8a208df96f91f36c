"""One ground after another for the same scenarios' sake, on the same hosts wherever these can be made as new. Plays nothing."""

from collections.abc import Awaitable, Callable

from harness.engine.faults import AgentFault
from harness.engine.troupe import Troupe
from harness.hosts.terms import Terms


class Tour:
    """A troupe that moves from ground to ground, in terms that are `alike`."""

    def __init__(self, assemble: Callable[[Terms], Awaitable[Troupe]], plain: Terms | None = None, troupe: Troupe | None = None) -> None:
        self._assemble = assemble
        """Makes a ground with a crew. Raises an `AgentFault`."""
        self._plain = plain
        """The terms for which hosts are made that are to stand under others; nothing where they are made for the first that come."""
        self._troupe = troupe
        """On a ground that is there, if there is one: who was on it is gone."""
        self._used = troupe is not None

    async def enter(self, terms: Terms) -> Troupe:
        """Stand on a ground that is as if it were new, or on the one that nobody has changed since. Raises an `AgentFault`."""
        troupe = self._troupe
        if troupe is not None and not await self._stays(troupe, terms):
            await self.leave()
        if self._troupe is None and self._plain not in (None, terms):
            await self._enter_plain(terms)
        if self._troupe is None:
            self._troupe = await self._assemble(terms)
        self._used = False
        return self._troupe

    async def _enter_plain(self, terms: Terms) -> None:
        """On hosts that are made for others; where these cannot be made so, nobody tries again."""
        assert self._plain is not None
        self._troupe = await self._assemble(self._plain)
        if not await self._stays(self._troupe, terms):
            self._plain = None
            await self.leave()

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
