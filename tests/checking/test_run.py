"""Which checks are performed, in which order, and what is said where one fails or the agent cannot be started. The agents are in memory."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.checking.run import check_agent, selected
from harness.checking.stage import CHECKS, FIRST
from harness.checking.talk import Limits
from harness.hosts.process import CannotStart, Listener
from harness.records.agent_check import CheckedAgent

HELLO = {"agent": "sockmatrix", "protocol": 1, "python": "3.11.7", "implementation": "cpython", "pid": 0}
SOON = Limits(0.2, 0.2, 0.2)


class Puppet:
    """A process without one: answers what a function makes of each request."""

    pid = 0

    def __init__(self, listener: Listener, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.listener = listener
        self.answer = answer
        self.alive = True

    def say(self, message: Any) -> None:
        self.listener.output(message if isinstance(message, bytes) else msgspec.json.encode(message) + b"\n")

    def write(self, data: bytes) -> None:
        for line in data.splitlines():
            request = msgspec.json.decode(line)
            if request["do"] == "stop":
                self.kill()
                return
            answer = self.answer(request)
            if answer is not None:
                self.say(answer if isinstance(answer, bytes) else {"id": request["id"], **answer})

    def kill(self) -> None:
        self.alive = False
        self.listener.ended()

    def is_alive(self) -> bool:
        return self.alive

    def ending(self) -> str:
        return "exit status 0"

    async def wait(self, seconds: float) -> None:
        """It has no life of its own."""

    def close(self) -> None:
        """It holds nothing."""


class Puppets:
    """A host of puppets."""

    pipe = False
    agent = "python"
    interpreter = ""
    slow = 1.0
    starts = 1
    lost_starts = 0

    def __init__(self, answer: Callable[[dict[str, Any]], Any], first: Any = HELLO) -> None:
        self.answer = answer
        self.first = first

    async def open(self, listener: Listener) -> Puppet:
        puppet = Puppet(listener, self.answer)
        puppet.say(self.first)
        return puppet


class NoHost:
    """Nothing can be started there."""

    pipe = False
    agent = "python"
    interpreter = ""
    slow = 1.0
    starts = 1
    lost_starts = 0

    async def open(self, listener: Listener) -> Puppet:
        raise CannotStart("./agent: No such file or directory")


def check(host: Any, *names: str) -> CheckedAgent:
    return asyncio.run(check_agent("puppet", host, names, limits=SOON))


def test_a_check_brings_what_it_relies_on() -> None:
    assert [each.name for each in selected(["steps"])] == list(FIRST)
    assert [each.name for each in selected(["reach"])][-2:] == ["guard", "reach"]
    assert selected([]) == list(CHECKS.values())
    assert selected(["hello", "forms"]) == list(CHECKS.values())


def test_an_agent_that_cannot_be_started_is_no_failed_check() -> None:
    assert check(NoHost()) == CheckedAgent("puppet", (), "./agent: No such file or directory")


def test_what_relies_on_a_failed_check_is_not_tried() -> None:
    seen = check(Puppets(lambda request: {}, {**HELLO, "protocol": 2}), "identity")
    assert [(each.name, each.outcome, each.detail) for each in seen.checks] == [
        ("hello", "fail", "'protocol': wanted 1, came 2"),
        ("start", "untried", "it relies on 'hello', which failed"),
        ("identity", "untried", "it relies on 'hello', which failed"),
    ]


def test_a_failure_says_what_was_sent_and_what_came() -> None:
    (_, failed) = check(Puppets(lambda request: {"error": "not today"}), "start").checks
    assert (failed.outcome, failed.detail) == ("fail", "answered with an error: not today")
    assert failed.sent == '{"id":1,"do":"start","protocol":1,"single":false}'
    assert failed.came == '{"id":1,"error":"not today"}'
    assert failed.section == "Start and end"


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (lambda request: None, "no answer to request 1 within 0.2 s"),
        (lambda request: {"id": 7}, "an answer with the id 7, which no request had"),
        (lambda request: b"oh\n", "a line that is no answer: JSON is malformed: invalid character (byte 0)"),
        (lambda request: {"closed": 7}, "a line that is no answer: Expected `object | null`, got `int` - at `$.closed`"),
    ],
)
def test_answers_that_are_none(answer: Any, detail: str) -> None:
    (_, failed) = check(Puppets(answer), "start").checks
    assert (failed.outcome, failed.detail) == ("fail", detail)


def test_an_agent_that_ends_is_told_with_how() -> None:
    class Dying(Puppets):
        async def open(self, listener: Listener) -> Puppet:
            puppet = await super().open(listener)
            puppet.listener.errors(b"cannot load libc\n")
            puppet.kill()
            return puppet

    (_, failed) = check(Dying(lambda request: {}), "start").checks
    assert failed.detail == "no answer to request 1: it ended (exit status 0: cannot load libc)"


def test_what_came_late_is_asked_again_with_another_agent() -> None:
    asked: list[int] = []

    def slow_at_first(request: dict[str, Any]) -> Any:
        asked.append(request["id"])
        return None if len(asked) == 1 else {}

    (_, start) = check(Puppets(slow_at_first), "start").checks
    assert (start.outcome, start.detail) == ("pass", "at the second try; at first: no answer to request 1 within 0.2 s")


def test_a_first_line_in_pieces_is_a_line() -> None:
    class Chopped(Puppets):
        async def open(self, listener: Listener) -> Puppet:
            puppet = Puppet(listener, self.answer)
            for byte in msgspec.json.encode(HELLO) + b"\n":
                puppet.say(bytes([byte]))
            return puppet

    assert [each.outcome for each in check(Chopped(lambda request: {}), "start").checks] == ["pass", "pass"]


class Losing(Puppets):
    """The first so many processes end without a word."""

    def __init__(self, times: int, starts: int) -> None:
        super().__init__(lambda request: {})
        self.times = times
        self.starts = starts

    async def open(self, listener: Listener) -> Puppet:
        self.times -= 1
        if self.times < 0:
            return await super().open(listener)
        puppet = Puppet(listener, self.answer)
        puppet.kill()
        return puppet


def test_where_starts_are_lost_the_agent_is_started_again() -> None:
    assert [each.outcome for each in check(Losing(2, starts=3), "hello").checks] == ["pass"]
    (failed,) = check(Losing(4, starts=2), "hello").checks
    assert (failed.outcome, failed.detail) == ("fail", "no hello: it ended (exit status 0)")


def test_a_slow_target_is_given_more_time() -> None:
    class Slow(Puppets):
        slow = 2.0

    (_, failed) = check(Slow(lambda request: None), "start").checks
    assert failed.detail == "no answer to request 1 within 0.4 s"


def test_an_agent_that_floods_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.checking.talk.LONGEST_LINE", 1 << 20)

    class Flooding(Puppets):
        async def open(self, listener: Listener) -> Puppet:
            puppet = Puppet(listener, self.answer)
            for _ in range(20):
                puppet.say(b"x" * (1 << 17))
            return puppet

    (failed,) = check(Flooding(lambda request: {}), "hello").checks
    assert (failed.outcome, failed.detail) == ("fail", "no hello: a line of more than 1 MiB")
