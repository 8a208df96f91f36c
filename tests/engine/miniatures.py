"""Named miniature agents, one for each misdeed: the real agent, but for what its name says.

`python miniatures.py NAME …` (what follows is ignored). A misdeed in the middle of a scenario is set off by the expression `fill(666)`.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from harness.agents import agent

TRIGGER = 666


def _write(data: bytes) -> None:
    """Something of its own on the stream, past the agent's care for whole lines."""
    stream = _the_agent().stream
    with stream.write_lock:
        while data:
            data = data[stream.write_some(data) :]


_running: list[agent.Agent] = []


def _the_agent() -> agent.Agent:
    return _running[0]


def dies() -> None:
    os._exit(9)


def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def complains_and_dies() -> None:
    print("Fatal: the stack is on fire", file=sys.stderr, flush=True)
    os._exit(1)


def never_returns() -> None:
    threading.Event().wait()


def freezes() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def floods() -> None:
    block = b"x" * (1 << 20)
    for _ in range(80):
        _write(block)


def writes_rubbish() -> None:
    _write(b"Segmentation fault (core not dumped)\n")


def answers_unasked() -> None:
    _write(b'{"id":987654321}\n')


MISDEEDS: dict[str, Callable[[], None]] = {
    function.__name__: function
    for function in (dies, is_killed, complains_and_dies, never_returns, freezes, floods, writes_rubbish, answers_unasked)
}


def _with_misdeed(misdeed: Callable[[], None]) -> None:
    """Serve as the real agent does, until the trigger comes."""
    fill = agent.HELPERS["fill"]

    def trapped(session: agent.Session, count: int) -> bytes:
        if count == TRIGGER:
            misdeed()
        return bytes(fill(session, count))

    agent.HELPERS["fill"] = trapped
    serving = agent.Agent()
    _running.append(serving)
    agent.take_warnings()
    serving.hello()
    serving.serve()


def dies_at_start() -> None:
    print("cannot load libc", file=sys.stderr, flush=True)
    os._exit(4)


def dies_at_start_as_a_java_machine() -> None:
    print("Picked up JAVA_TOOL_OPTIONS: -XX:+UseSerialGC", file=sys.stderr, flush=True)
    os._exit(4)


def never_greets() -> None:
    threading.Event().wait()


def greets_with_a_banner() -> None:
    print("Welcome to Debian GNU/Linux", flush=True)
    threading.Event().wait()


def speaks_protocol_9() -> None:
    print('{"agent":"sockmatrix","protocol":9,"python":"3.11.7","implementation":"cpython","pid":1}', flush=True)
    threading.Event().wait()


def refuses_our_protocol() -> None:
    agent.PROTOCOL = 7
    real = agent.Agent.hello

    def lying_hello(self: agent.Agent) -> None:
        agent.PROTOCOL = 1
        real(self)
        agent.PROTOCOL = 7

    agent.Agent.hello = lying_hello
    agent.main()


def wrong_at_first() -> None:
    """`fill(666)` is empty so many times as the third argument says, over all its processes, which count in the file of the second."""
    fill = agent.HELPERS["fill"]
    file, times = Path(sys.argv[2]), int(sys.argv[3])

    def trapped(session: agent.Session, count: int) -> bytes:
        seen = file.stat().st_size if file.exists() else 0
        if count == TRIGGER and seen < times:
            with file.open("a") as counted:
                counted.write("x")
            return b""
        return bytes(fill(session, count))

    agent.HELPERS["fill"] = trapped
    agent.main()


def _is_to_be_lost() -> bool:
    """True in so many processes as the third argument says; each puts a file into the folder of the second."""
    for number in range(int(sys.argv[3])):
        try:
            with (Path(sys.argv[2]) / f"lost-{number}").open("x"):
                return True
        except FileExistsError:
            continue
    return False


def dies_at_its_first_starts() -> None:
    if _is_to_be_lost():
        os._exit(2)
    agent.main()


def loses_its_first_output() -> None:
    """Its hello gets nowhere, and it waits for an answer."""
    if _is_to_be_lost():
        threading.Event().wait()
    agent.main()


def dies_when_it_is_asked_for_facts_at_first() -> None:
    real = agent.facts

    def mortal() -> object:
        if _is_to_be_lost():
            os._exit(2)
        return real()

    agent.facts = mortal
    agent.main()


def cannot_tell_its_facts() -> None:
    def refused() -> object:
        raise OSError(5, "Input/output error")

    agent.facts = refused
    agent.main()


def never_tells_its_facts() -> None:
    agent.facts = never_returns
    agent.main()


def dies_in_its_first_plays() -> None:
    """At `fill(666)`."""
    fill = agent.HELPERS["fill"]

    def mortal(session: agent.Session, count: int) -> bytes:
        if count == TRIGGER and _is_to_be_lost():
            os._exit(2)
        return bytes(fill(session, count))

    agent.HELPERS["fill"] = mortal
    agent.main()


def cannot_close() -> None:
    """After `fill(666)`."""
    close, fill = agent.Agent.ACTIONS["close"], agent.HELPERS["fill"]
    filled: list[int] = []

    def refused(self: agent.Agent, request: dict[str, object]) -> object:
        if TRIGGER in filled:
            raise OSError(5, "Input/output error")
        return close(self, request)

    def noted(session: agent.Session, count: int) -> bytes:
        filled.append(count)
        return bytes(fill(session, count))

    agent.Agent.ACTIONS["close"] = refused
    agent.HELPERS["fill"] = noted
    agent.main()


def cannot_abort() -> None:
    """Nor do its calls of `fill(666)` return."""

    def refused(self: agent.Agent, request: dict[str, object]) -> object:
        raise OSError(5, "Input/output error")

    agent.Agent.ACTIONS["abort"] = refused
    _with_misdeed(never_returns)


def answers_abort_with_rubbish() -> None:
    """Nor do its calls of `fill(666)` return."""
    agent.Agent.ACTIONS["abort"] = lambda self, request: writes_rubbish()
    _with_misdeed(never_returns)


def says_that_nothing_changed() -> None:
    """Whatever did."""
    closed = agent.Agent.closed

    def certain(self: agent.Agent, session: agent.Session) -> dict[str, object]:
        return {**closed(self, session), "unchanged": True}

    agent.Agent.closed = certain
    agent.main()


def cannot_fork() -> None:
    def refused(self: agent.Agent, request: dict[str, object]) -> object:
        raise OSError(11, "Resource temporarily unavailable")

    agent.Agent.ACTIONS["fork"] = refused
    agent.main()


def dies_at_some_forks() -> None:
    """Those whose numbers the third argument says, over all its processes, which count in the folder of the second."""
    fork, deaths = agent.Agent.ACTIONS["fork"], [int(number) for number in sys.argv[3].split(",")]

    def mortal(self: agent.Agent, request: dict[str, object]) -> object:
        for number in count():
            with suppress(FileExistsError), (Path(sys.argv[2]) / f"fork-{number}").open("x"):
                return os._exit(7) if number in deaths else fork(self, request)
        raise AssertionError

    agent.Agent.ACTIONS["fork"] = mortal
    agent.main()


def dies_when_it_forks() -> None:
    agent.Agent.ACTIONS["fork"] = lambda self, request: os._exit(7)
    agent.main()


def does_not_fork() -> None:
    agent.FORKS = False
    agent.main()


AT_START: dict[str, Callable[[], None]] = {
    function.__name__: function
    for function in (
        dies_at_start, dies_at_start_as_a_java_machine, never_greets, greets_with_a_banner, speaks_protocol_9, refuses_our_protocol,
        wrong_at_first,
        dies_at_its_first_starts, loses_its_first_output, dies_when_it_is_asked_for_facts_at_first,
        cannot_tell_its_facts, never_tells_its_facts, dies_in_its_first_plays, cannot_close, cannot_abort, answers_abort_with_rubbish,
        says_that_nothing_changed, cannot_fork,
        dies_at_some_forks, dies_when_it_forks, does_not_fork,
    )
}  # fmt: skip

if __name__ == "__main__":
    name = sys.argv[1]
    if name in AT_START:
        AT_START[name]()
    else:
        _with_misdeed(MISDEEDS[name])
