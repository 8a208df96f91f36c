"""What a step came to: raises with their symbols, warnings, and what is left undone."""

from harness.checking.asking import UDP, Session, came_to, helper, method, must, must_be, named, new_socket, saved, told
from harness.checking.stage import Stage, check
from harness.checking.talk import NotApplicable
from harness.records.facts import Facts
from harness.records.observation import Observation, Raised

OBSERVATIONS = "Observations"
PREFERRED = ("EAGAIN", "EDEADLK", "EOPNOTSUPP", "EINVAL", "EEXIST")


@check("halt", "Steps", "After a step that raised, was skipped, refused or lacking, the rest of the request is left undone.")
async def halt(stage: Stage) -> None:
    session = await stage.session()
    for tree in (named("nobody"), ["exec", "1"], helper("int", "x")):
        reply = await session.run(61, tree, saved("after", 62))
        must_be(len(reply.steps), 2, f"observations of three steps, of which the second is {tree!r}")
        if came_to(reply.steps[1]) == "lacking":
            stage.remarks.append(f"lacking: {reply.steps[1].lacking!r}")
    seen = await session.seen(named("after"))
    must(came_to(seen) == "skipped", "a step behind one that came to nothing has been performed")
    reply = await session.run(named("nobody"), 1, close=True)
    must(reply.closed is None, "a session was cleaned up although a step was left undone")
    must_be((await session.run(63, 64)).steps[-1].value, 64, "the session goes on")


@check("raises", OBSERVATIONS, "A raise is observed with class, ancestors, number, symbols and message.")
async def raises(stage: Stage) -> None:
    seen = await (await stage.session()).seen(helper("int", "x"))
    if came_to(seen) == "lacking":
        raise NotApplicable(told(seen))
    must(seen.raises is not None, f"int('x'): {told(seen)}")
    assert seen.raises is not None
    must_be(seen.raises.type, "ValueError", "the class of what int('x') raises")
    must(seen.raises.bases[-2:] == ("Exception", "BaseException"), f"its ancestors: {list(seen.raises.bases)}")
    must(seen.raises.errno is None and not seen.raises.symbols, "it has a number")
    must(seen.raises.message, "it has no message")


@check("symbols", "Exceptions and symbols", "`symbols` is every name that the target has for the number, the commoner first.", "facts")
async def symbols(stage: Stage) -> None:
    await stage.needs_ipv4()
    await stage.parts(_symbols_of_a_refusal, _symbols_of_what_would_block)


async def _symbols_of_a_refusal(stage: Stage) -> None:
    known = await stage.facts()
    session = await stage.session()
    refused = await _last(session, saved("port", helper("unused_port")), saved("s", new_socket()), method("s", "connect", _port()))
    _must_have_symbols(refused, known, "ECONNREFUSED")
    await session.close()


async def _symbols_of_what_would_block(stage: Stage) -> None:
    known = await stage.facts()
    session = await stage.session()
    again = await _last(
        session, saved("u", new_socket(*UDP)), method("u", "bind", ["tuple", [["const", "HOST"], 0]]), method("u", "setblocking", False),
        method("u", "recv", 1),
    )  # fmt: skip
    _must_have_symbols(again, known, "EAGAIN")
    await session.close()


def _port() -> list[object]:
    return ["tuple", [["const", "HOST"], named("port")]]


async def _last(session: Session, *steps: object) -> Observation:
    """The observation of the last step; those before it must come to something."""
    reply = await session.run(*steps)
    if len(reply.steps) < len(steps):
        raise NotApplicable(told(reply.steps[-1]))
    return reply.steps[-1]


def _must_have_symbols(seen: Observation, known: Facts, wanted: str) -> None:
    raised = seen.raises
    if raised is None:
        raise NotApplicable(f"instead of {wanted}: {told(seen)}")
    must(raised.errno is not None, f"{raised.type} without its number")
    names = {
        name.removeprefix("errno.") for name, number in known.constants.items() if name.startswith("errno.") and number == raised.errno
    }
    if not names:
        raise NotApplicable("its facts have no names of error numbers")
    must(set(raised.symbols) == names, f"errno {raised.errno} has the names {sorted(names)}, came {list(raised.symbols)}")
    in_order = sorted(names, key=lambda name: (name not in PREFERRED, name))
    must(list(raised.symbols) == in_order, f"the symbols {list(raised.symbols)} are not in their order: {in_order}")
    _must_be_this(raised, wanted)


def _must_be_this(raised: Raised, wanted: str) -> None:
    must({wanted, f"WSA{wanted}", "EWOULDBLOCK", "WSAEWOULDBLOCK"} & set(raised.symbols), f"wanted {wanted}, came {list(raised.symbols)}")
