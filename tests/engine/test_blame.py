"""Whose doing it is that a host went away each time that a scenario was played alone."""

from typing import Literal

import pytest
from msgspec import structs

from harness.engine.player import Attempt, _host_lost
from harness.hosts.process import Loss
from harness.records.observation import Evidence, Judgement, Trouble

OWN = Loss("one", "killed for want of memory", by_itself=True)
ANOTHER = structs.replace(OWN, host="two")
KILLED = Loss("three", "killed by SIGKILL")
AGAIN = "its host went away each time that it was played alone: "


@pytest.mark.parametrize(
    ("losses", "verdict", "reason"),
    [
        ((OWN, ANOTHER), "crash", "killed for want of memory"),
        ((KILLED, KILLED), "error", f"{AGAIN}killed by SIGKILL"),
        ((KILLED, OWN), "error", f"{AGAIN}killed by SIGKILL, then killed for want of memory"),
        ((OWN, KILLED), "error", f"{AGAIN}killed for want of memory, then killed by SIGKILL"),
    ],
)
def test_a_scenario_is_at_fault_where_what_went_on_there_ended_each(
    losses: tuple[Loss, ...], verdict: Literal["crash", "error"], reason: str
) -> None:
    kind: Literal["crash", "error"] = "crash" if losses[-1].by_itself else "error"
    attempt = Attempt(Evidence(trouble=Trouble(kind, losses[-1].how, 3)), Judgement(kind, losses[-1].how, 3), 0.5)
    told = _host_lost(attempt, losses)
    assert (told.judgement.verdict, told.judgement.reason, told.judgement.step, told.host_lost) == (verdict, reason, 3, True)
    assert told.evidence.trouble == Trouble(verdict, reason, 3)
