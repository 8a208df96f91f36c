"""What came of checking an agent against its protocol. Checks nothing."""

from typing import Literal

from msgspec import Struct

AGENT_CHECK_VERSION = 1

CheckOutcome = Literal["pass", "fail", "not applicable", "untried"]
"""`untried`: a check that this one relies on has failed, so that its answer would say nothing."""


class AgentCheck(Struct, frozen=True, omit_defaults=True):
    """One check of one agent."""

    name: str
    asks: str
    """What an agent must do, in one sentence."""
    section: str
    """Where the protocol says so: a heading of docs/agent-protocol.md."""
    outcome: CheckOutcome
    detail: str = ""
    """What was wrong, or why the check does not apply or was not tried; of a pass, what the agent says that it lacks."""
    sent: str = ""
    """The last request before the failure, shortened."""
    came: str = ""
    """The last line that came, shortened; empty if none did."""


class CheckedAgent(Struct, frozen=True, omit_defaults=True):
    """All checks of one agent."""

    agent: str
    """The command, or the id of the target."""
    checks: tuple[AgentCheck, ...] = ()
    trouble: str = ""
    """Why nothing could be checked: it could not be started."""


class CheckedAgents(Struct, frozen=True):
    """What `sockmatrix agent-check --json` prints."""

    agents: tuple[CheckedAgent, ...]
