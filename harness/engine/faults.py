"""What can go wrong between the controller and an agent, as typed values. Each kind leads to one kind of verdict."""

from harness.hosts.process import Loss


class AgentFault(Exception):
    """An agent can no longer be talked to. `detail` says what was seen, in one line."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class AgentDied(AgentFault):
    """The process ended by itself: the target crashed."""


class AgentBroke(AgentFault):
    """What came over the stream was not the protocol: rubbish, a flood, another version. The environment is at fault."""


class AgentCutOff(AgentFault):
    """The way to another machine was lost: what became of the process there is not known. The environment is at fault."""


class HostLost(AgentFault):
    """The host went away while it was being made ready."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.how)
        self.loss = loss


class AgentSilent(AgentFault):
    """No sign of life within the time allowed: the target hangs."""


class StartFailed(AgentFault):
    """No hello came: the command is not there, is no Python, or ended at once."""


class NoHello(StartFailed):
    """The process ended before its hello, or kept silent: what it had to say may be lost, and another start may go well."""


class StillThere(AgentFault):
    """The process was to be ended, and has not been seen to end: the environment is at fault."""


class StepTimeout(Exception):
    """One request has passed its limit; the agent may still be well."""


class RequestRefused(Exception):
    """The agent answered a request with an error of its own."""
