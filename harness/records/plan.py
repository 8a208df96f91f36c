"""A compiled scenario. `Call` is what an agent is given; `Expectation` and `Variation` never leave the controller."""

from typing import Any, Literal

from msgspec import Struct

PLAN_VERSION = 1

Expression = Any
"""An expression tree in plain JSON, as `docs/plan.md` describes it: a JSON array is an operation, anything else a value."""

StepKind = Literal["call", "background", "await", "pending", "network"]
"""`network` is performed by the engine, on the network between the roles; no agent sees it."""

NETWORK_ROLE = "network"
"""Who acts in steps of the network itself."""


class Place(Struct, frozen=True):
    """A place in a scenario file, counted from 1 as editors count."""

    line: int
    column: int


class Call(Struct, frozen=True, omit_defaults=True):
    """One step as an agent sees it."""

    n: int
    """Number of the step in the timeline, from 0, repetitions counted."""
    kind: StepKind = "call"
    do: Expression = None
    """What to evaluate; absent for `await` and `pending`."""
    save: tuple[str, ...] = ()
    """Names to set from the result."""
    unpack: bool = False
    """The result is taken apart over `save`, else `save` has at most one name."""
    job: str = ""
    """Name of the background call that `background`, `await` and `pending` speak of."""
    action: str = ""
    """What happens to a host: `cut`, `restore`, `kill`, `power_off`; the role it carries is `subject`."""
    subject: str = ""


class RaisesExpectation(Struct, frozen=True, omit_defaults=True):
    """An exception that a step must raise. Each field is an expression with matchers, or absent."""

    type: Expression = None
    """A class, as the expression `["get", ["module", "socket"], "timeout"]` or a built-in's name; absent: any `Exception`."""
    errno: Expression = None
    """A symbol as text (`"ECONNREFUSED"`), a number, or a matcher over them."""
    message: Expression = None


class Bounds(Struct, frozen=True):
    """Seconds a step may take: `takes: 0.2..0.6`. The lower bound is strict; the upper stretches on a starved host."""

    least: float | None
    most: float | None


class WarnsExpectation(Struct, frozen=True, omit_defaults=True):
    """A warning a step must give."""

    type: str
    message: Expression = None


class Expectation(Struct, frozen=True, omit_defaults=True):
    """What a step must do. With neither `returns` nor `raises` it must not raise, and its value is free."""

    returns: Expression = None
    has_returns: bool = False
    """Tells `returns: null` from no `returns` at all."""
    raises: RaisesExpectation | None = None
    takes: Bounds | None = None
    warns: WarnsExpectation | None = None
    records: bool = False
    """Nothing is expected, an exception included; the observation is only compared."""


class Variation(Struct, frozen=True, omit_defaults=True):
    """A documented departure of some targets: an expectation that replaces the step's own where `when` holds."""

    when: str
    """Predicate on facts, as written."""
    expect: Expectation
    because: str
    see: tuple[str, ...]
    place: Place
    observed: bool = True
    """False for a departure that is documented, and that this project has never yet seen itself (`observed: false`)."""


class Step(Struct, frozen=True, omit_defaults=True):
    """One step of the timeline: who acts, the call, and what must come of it."""

    role: str
    call: Call
    text: str
    """The step as written, for reports."""
    place: Place
    export: tuple[str, ...] = ()
    """Names set here that another role reads."""
    reads: tuple[str, ...] = ()
    """Names used here that another role set."""
    yields: str = ""
    """`port`, `fd`, `pid`, `scope` (an interface's number) or `volatile` where the expression is known to give a number that differs from
    run to run; with commas for the items of
    a tuple (`pid,,,` is a process id and two numbers that stay)."""
    expect: Expectation = Expectation()
    varies: tuple[Variation, ...] = ()


class Need(Struct, frozen=True):
    """Something a target must have; `text` as written (`has:socket.send_fds`, `python>=3.8`)."""

    text: str
    place: Place


class Plan(Struct, frozen=True, omit_defaults=True):
    """One scenario, or one case of one, compiled."""

    version: int
    id: str
    """`area/topic`, or `area/topic[case]`."""
    digest: str
    """SHA-256 of what the plan means: equal digests, comparable results."""
    file: str
    """Path as given by the user, with forward slashes."""
    title: str
    about: str
    see: tuple[str, ...]
    tags: tuple[str, ...]
    needs: tuple[Need, ...]
    roles: dict[str, int]
    """Roles in order of appearance, with how many of each act at once."""
    steps: tuple[Step, ...]
    own_process: bool = False
    """The scenario changes process-wide state and gets agents of its own (`process: own`)."""
    limit: float = 10.0
    """Seconds after which one step counts as hanging."""

    @property
    def changes_network(self) -> bool:
        """Some step changes the network or ends a host, so that nobody else may be on it."""
        return bool(self._network_actions - {"kill"})

    @property
    def kills(self) -> bool:
        """Some step ends the process of a role, so that it may carry nothing else."""
        return "kill" in self._network_actions

    @property
    def ends_host(self) -> bool:
        """Some step takes the host of a role away."""
        return "power_off" in self._network_actions

    @property
    def _network_actions(self) -> set[str]:
        return {step.call.action for step in self.steps if step.call.kind == "network"}

    @property
    def condition(self) -> str:
        """The network condition that the scenario asks for, or empty."""
        found = (need.text.strip().removeprefix("network:") for need in self.needs if need.text.strip().startswith("network:"))
        return next(found, "")

    @property
    def area(self) -> str:
        """First part of the id."""
        return self.id.split("/", 1)[0]

    @property
    def many(self) -> bool:
        """Some role acts several times at once, so that what its members see has no order."""
        return any(count > 1 for count in self.roles.values())
