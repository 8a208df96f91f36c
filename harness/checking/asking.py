"""What checks ask with: sessions, trees of expressions, and how an observation is looked at. Checks nothing."""

from typing import Any

from msgspec import UNSET

from harness.checking.talk import Failure, NotApplicable, Talk
from harness.engine.messages import Closed, Reply
from harness.records.observation import Observation

OPENING = {
    "role": "tester", "instance": 0, "host": "127.0.0.1", "host6": "::1", "peer": "127.0.0.1", "peer6": "::1", "link6": "",
    "peer_link6": "", "broadcast": "127.255.255.255", "nobody": "", "nobody6": "",
}  # fmt: skip

Tree = Any
Step = dict[str, Any]


def of(module: str, name: str) -> Tree:
    """The tree of `module.name`."""
    return ["get", ["module", module], name]


def named(name: str) -> Tree:
    """The tree of a saved name."""
    return ["name", name]


def method(name: str, attribute: str, *arguments: Tree) -> Tree:
    """The tree of `name.attribute(*arguments)`."""
    return ["call", ["get", named(name), attribute], list(arguments)]


def helper(name: str, *arguments: Tree) -> Tree:
    """The tree of a helper's call."""
    return ["help", name, list(arguments)]


def new_socket(*arguments: Tree) -> Tree:
    """The tree of `socket.socket(*arguments)`."""
    return ["call", of("socket", "socket"), list(arguments)]


UDP = (of("socket", "AF_INET"), of("socket", "SOCK_DGRAM"))


def saved(name: str, tree: Tree) -> Step:
    """A step that saves its value."""
    return {"do": tree, "save": [name]}


LISTENER: list[Step | Tree] = [
    saved("listener", new_socket()),
    method("listener", "bind", ["tuple", [["const", "HOST"], 0]]),
    method("listener", "listen", 1),
    saved("address", method("listener", "getsockname")),
]


class Session:
    """One session of a conversation."""

    def __init__(self, talk: Talk, **opening: Any) -> None:
        self.talk = talk
        self.name = talk.session_name()
        self._opening: dict[str, Any] | None = {**OPENING, **opening}

    def request(self, *steps: Step | Tree, **more: Any) -> dict[str, Any]:
        """A `run` of these steps; a bare tree is a step that saves nothing."""
        numbered = [{"n": self.talk.step_number(), **(step if _is_step(step) else {"do": step})} for step in steps]
        opening = {} if self._opening is None else {"open": self._opening}
        self._opening = None
        return {"id": self.talk.number(), "do": "run", "session": self.name, **opening, "steps": numbered, **more}

    def send(self, *steps: Step | Tree, **more: Any) -> int:
        """Send such a request, and do not wait."""
        return self.talk.send(self.request(*steps, **more))

    async def run(self, *steps: Step | Tree, **more: Any) -> Reply:
        """Perform steps, as many as come to something."""
        request = self.request(*steps, **more)
        reply = await self.talk.answer(self.talk.send(request))
        if reply.error:
            raise Failure(f"answered with an error: {reply.error}")
        told, asked = [seen.step for seen in reply.steps], [step["n"] for step in request["steps"]]
        if not told or told != asked[: len(told)]:
            raise Failure(f"observations of the steps {told}, asked were {asked}")
        return reply

    async def all(self, *steps: Step | Tree, **more: Any) -> Reply:
        """Perform steps that are only there to get to what is looked at: where one does not come to a value, nothing can be said."""
        reply = await self.run(*steps, **more)
        _unless_done(reply.steps[-1])
        if len(reply.steps) < len(steps):
            raise Failure(f"{len(reply.steps)} observations of {len(steps)} steps, and the last of them is no reason to stop")
        return reply

    async def seen(self, step: Step | Tree, **more: Any) -> Observation:
        """The observation of one step."""
        return (await self.run(step, **more)).steps[0]

    async def value(self, step: Step | Tree, **more: Any) -> Any:
        """The value of one step, which must be there to be looked at."""
        seen = await self.seen(step, **more)
        _unless_done(seen)
        return seen.value

    async def close(self) -> Closed:
        """Clean up."""
        reply = await self.talk.ask({"do": "close", "session": self.name})
        if reply.closed is None:
            raise Failure("an answer to 'close' without 'closed'")
        return reply.closed


def _is_step(step: Any) -> bool:
    return isinstance(step, dict) and ("do" in step or "job" in step)


def _unless_done(seen: Observation) -> None:
    if came_to(seen) not in ("value", "started", "pending"):
        raise NotApplicable(told(seen))


def came_to(seen: Observation) -> str:
    """Which of the outcomes an observation has."""
    if seen.raises is not None:
        return "raises"
    for name in ("skipped", "refused", "lacking", "started"):
        if getattr(seen, name):
            return name
    return "pending" if seen.pending is not None else "value" if seen.value is not UNSET else "nothing"


def told(seen: Observation) -> str:
    """What a step came to, in words."""
    outcome = came_to(seen)
    if seen.raises is not None:
        return f"raises {seen.raises.type}: {seen.raises.message}"
    return f"{outcome}: {getattr(seen, outcome)!r}" if outcome != "nothing" else "nothing"


def must(condition: object, problem: str) -> None:
    """Fail unless a condition holds."""
    if not condition:
        raise Failure(problem)


def must_be(seen: Any, wanted: Any, what: str) -> None:
    """Fail unless two values are the same, kinds included."""
    if not same(seen, wanted):
        raise Failure(f"{what}: wanted {wanted!r}, came {seen!r}")


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down: 1, 1.0 and true are three things."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
