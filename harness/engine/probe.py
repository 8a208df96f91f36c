"""Do two processes of a target share one network? A command may make a new one at every start (`unshare --net`, a container)."""

from typing import Any

from harness.engine.batches import cut
from harness.engine.crew import Crew
from harness.engine.play import Collateral, Play
from harness.records.observation import Observation
from harness.records.plan import PLAN_VERSION, Call, Place, Plan, Step

SECONDS = 10.0


def _call(owner: list[Any], name: str, *arguments: Any) -> list[Any]:
    return ["call", ["get", owner, name], list(arguments)]


def _plan() -> Plan:
    """A connection from the second role to the first."""
    module: list[Any] = ["module", "socket"]
    steps = (
        ("server", Call(0, do=_call(module, "socket"), save=("listener",)), ()),
        ("server", Call(1, do=_call(["name", "listener"], "bind", ["tuple", [["const", "HOST"], 0]])), ()),
        ("server", Call(2, do=_call(["name", "listener"], "listen", 1)), ()),
        ("server", Call(3, do=_call(["name", "listener"], "getsockname"), save=("address",)), ("address",)),
        ("client", Call(4, do=_call(module, "socket"), save=("s",)), ()),
        ("client", Call(5, do=_call(["name", "s"], "settimeout", SECONDS / 2)), ()),
        ("client", Call(6, do=_call(["name", "s"], "connect", ["name", "address"])), ("address",)),
    )
    here = Place(0, 0)
    made = tuple(
        Step(role, call, "", here, export=names if call.save else (), reads=() if call.save else names) for role, call, names in steps
    )
    return Plan(PLAN_VERSION, "probe", "probe", "", "", "", (), (), (), {"server": 1, "client": 1}, made, limit=SECONDS)


async def share_a_network(crew: Crew) -> bool:
    """Whether what listens in one agent of the crew can be connected to from another; unknown counts as yes."""
    plan = _plan()
    play = Play(plan, cut(plan), crew, lambda number, seen: seen.raises is None)
    try:
        evidence = await play.perform()
    except Collateral:
        return True
    connected: Observation | None = next((seen for seen in evidence.observations if seen.step == 6), None)
    return connected is None or connected.raises is None
