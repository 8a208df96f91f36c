"""MicroPython's agent, on the MicroPython that is prepared or on PATH: what it translates, stands in for, and says is lacking."""

import shutil
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from harness.agents.program import micro_program, pipe_arguments, sent_program
from harness.systems.parts import filled
from harness.systems.recipe import systems
from harness.systems.status import status
from tests.agents.conversation import LISTENER, Conversation, method, new_socket, of
from tests.engine.expected import unavailable

pytestmark = pytest.mark.interpreters


@cache
def command() -> tuple[str, ...]:
    """How a MicroPython of this machine is started; empty without one."""
    prepared = [system for system in systems() if system.recipe.family == "micropython" and status(system).state == "ready"]
    if prepared:
        return tuple(filled(prepared[0], word) for word in prepared[0].command)
    found = shutil.which("micropython")
    return (found,) if found else ()


@pytest.fixture(scope="module")
def agent() -> Iterator[Conversation]:
    """One agent for the module; each test has a session of its own."""
    if not command():
        unavailable("micropython", "no MicroPython is prepared or on PATH: sockmatrix targets prepare micropython")
    with Conversation(command(), pipe=True, agent="micropython") as conversation:
        yield conversation


def lacking(agent: Conversation, tree: Any, session: str) -> str:
    """What a step says is lacking."""
    return str(agent.outcome(tree, session=session)["lacking"])


def test_it_says_what_it_is(agent: Conversation) -> None:
    assert agent.hello["implementation"] == "micropython"
    facts = agent.ask(do="facts")["facts"]
    assert facts["implementation"] == "micropython"
    assert facts["os"] == "linux"
    assert "socket.socket.recv" in facts["names"]
    assert "socket.socket.getsockname" not in facts["names"]
    assert facts["classes"]["socket.error"] == "OSError"


def test_what_cannot_leave_its_role_is_refused_where_it_is_used(agent: Conversation) -> None:
    given = {"k": {"class": "int"}, "t": {"tuple": [1, {"local": "socket"}]}, "n": {"new": 1}}
    assert agent.value(["item", ["name", "t"], 0], session="given", given=given) == 1
    refused = [agent.outcome(tree, session="given")["refused"] for tree in (["name", "k"], ["item", ["name", "t"], 1], ["name", "n"])]
    assert refused == [
        "a class stays in the role that made it",
        "a socket stays in the role that made it",
        "a value tagged 'new' cannot be used here",
    ]


def test_an_address_is_translated_both_ways(agent: Conversation) -> None:
    done = agent.run(
        *LISTENER,
        {"do": new_socket(), "save": ["s"]},
        {"do": method("s", "connect", ["name", "address"])},
        {"do": method("listener", "accept"), "save": ["conn", "peer"], "unpack": True},
        ["==", ["item", ["name", "peer"], 0], "127.0.0.1"],
        method("s", "send", {"bytes": "hello"}),
        method("conn", "recv", 16),
        session="both",
        close=True,
    )
    assert [seen.get("value") for seen in done["steps"][-3:]] == [True, 5, {"bytes": "hello"}]
    assert done["closed"]["leaks"] == []


def test_what_is_stood_in_for_says_so_and_nothing_else_does(agent: Conversation) -> None:
    done = agent.run(*LISTENER, session="stood")["steps"]
    assert [seen.get("stood_in", []) for seen in done] == [[], [], [], ["socket.socket.getsockname"]]


def test_a_stand_in_that_fails_is_lacking_and_never_an_exception(agent: Conversation) -> None:
    agent.run({"do": new_socket(), "save": ["s"]}, session="fails")
    text = lacking(agent, method("s", "sendall", {"bytes": "x"}), "fails")
    assert text.startswith("socket.socket.sendall, and what stands in for it failed (OSError: ")


def test_a_name_that_is_not_there_is_lacking(agent: Conversation) -> None:
    agent.run({"do": new_socket(), "save": ["s"]}, session="names")
    assert lacking(agent, of("socket", "SHUT_WR"), "names") == "socket.SHUT_WR"
    assert lacking(agent, method("s", "getsockopt", 1, 2), "names") == "socket.socket.getsockopt"
    assert lacking(agent, ["builtin", "TimeoutError"], "names") == "the built-in TimeoutError"
    assert agent.value(["help", "hasattr", [["module", "socket"], "SHUT_WR"]], session="names") is False


@pytest.mark.parametrize(
    "address",
    [
        ["tuple", ["127.0.0.1"]],
        ["tuple", ["127.0.0.1", "80"]],
        ["tuple", ["127.0.0.1", 65536]],
        ["tuple", ["127.0.0.1", -1]],
        ["tuple", ["127.0.0.1", True]],
        ["tuple", ["127.0.0.1\0", 80]],
        ["list", ["127.0.0.1", 80]],
        "127.0.0.1",
    ],
)
def test_an_address_of_another_form_is_lacking_and_never_reaches_it(agent: Conversation, address: Any) -> None:
    agent.run({"do": new_socket(), "save": ["s"]}, session="forms")
    assert lacking(agent, method("s", "connect", address), "forms") == (
        "a form for this address that its sockets take: addresses are packed there, and the layer packs (host, port)"
    )


def test_what_leads_away_is_refused_before_the_call(agent: Conversation) -> None:
    agent.run({"do": new_socket(), "save": ["s"]}, session="guard")
    assert agent.outcome(method("s", "connect", ["tuple", ["192.0.2.1", 9]]), session="guard")["refused"] == "192.0.2.1 is outside loopback"


def test_a_background_call_that_is_lacking_says_so_at_once(agent: Conversation) -> None:
    call = {"kind": "background", "job": "j", "do": of("socket", "SHUT_WR")}
    assert agent.run(call, session="job")["steps"][0]["lacking"] == "socket.SHUT_WR"


def test_a_blocked_call_is_woken(agent: Conversation) -> None:
    agent.run(*LISTENER, session="abort")
    agent.tell(id=7, do="run", session="abort", steps=[{"n": 90, "do": 5}, {"n": 91, "do": method("listener", "accept")}])
    aborted = agent.ask(id=8, do="abort", session="abort")
    assert (aborted["id"], aborted["stuck"]) == (8, 0)
    assert [seen["step"] for seen in aborted["steps"]][:1] == [90]


def test_text_survives_as_it_is(agent: Conversation) -> None:
    for text in ("0é网😀", 'quote " and \\ and \n and \x00', "x" * 300_000 + '"' + "é" * 5_000):
        done = agent.run({"do": {"text": text}, "save": ["kept"]}, session="text", export=["kept"])
        assert done["export"]["kept"] == text


def test_the_program_is_sent_as_long_as_it_says() -> None:
    assert pipe_arguments("micropython")[-1] == f"import sys;exec(sys.stdin.buffer.read({len(micro_program())}))"
    assert sent_program("micropython") == micro_program()
