"""Sessions: apart from each other, several at a time, and clean when they are over."""

import asyncio
from collections.abc import Mapping
from typing import Any

from harness.checking.asking import LISTENER, UDP, Session, came_to, helper, method, must, must_be, named, new_socket, same, saved, told
from harness.checking.checks.life import must_end
from harness.checking.stage import Stage, check
from harness.checking.talk import Failure, NotApplicable

SESSIONS = "Sessions"
CLEAN_UP = "Close and abort"
RAISED = {"type": "ValueError", "bases": ["Exception", "BaseException"], "errno": None, "symbols": [], "message": "oh"}
A_MOMENT = 0.5
"""Seconds in which a listener that was told to close is closed: a Java machine does so in a thread of its own."""


@check("sessions", SESSIONS, "Each session has names, objects and a number of its own.", "integers", "names", "constants")
async def sessions(stage: Stage) -> None:
    one, other = await stage.session(instance=1), await stage.session(instance=2)
    await one.run(saved("x", 71))
    seen = await other.seen(named("x"))
    must(came_to(seen) == "skipped", f"a name of one session in another: {told(seen)}")
    await other.run(saved("x", 72))
    must_be([await one.value(named("x")), await other.value(named("x"))], [71, 72], "one name in two sessions")
    must_be([await one.value(["const", "INDEX"]), await other.value(["const", "INDEX"])], [1, 2], "INDEX in two sessions")


@check("objects", "Values", "A socket is a number, in the order in which its session met them; exported, it says only what it is.", "names")
async def objects(stage: Stage) -> None:
    await stage.needs_ipv4()
    session = await stage.session()
    reply = await session.all(saved("a", new_socket()), saved("b", new_socket()), named("a"), export=["a", "unset"])
    must_be([seen.value for seen in reply.steps], [{"socket": 1}, {"socket": 2}, {"socket": 1}], "two sockets, and the first again")
    must_be(reply.export, {"a": {"local": "socket"}}, "what is exported")
    await session.close()


@check(
    "elsewhere",
    "Values",
    "What another role has set and this one cannot have is refused, or lacking, when a step uses it, and not before.",
    "names",
    "containers",
)
async def elsewhere(stage: Stage) -> None:
    given = {
        "a": {"local": "socket"},
        "b": {"class": "ValueError"},
        "c": {"exception": RAISED},
        "d": {"tuple": [1, {"local": "socket"}]},
        "e": {"no-form": 1},
    }
    session = await stage.session()
    must_be(await session.value(["item", named("d"), 0], given=given), 1, "what is beside it in a tuple")
    for tree, what in (
        (named("a"), "a socket"),
        (["get", named("a"), "family"], "an attribute of a socket"),
        (named("b"), "a class"),
        (named("c"), "an exception"),
        (["item", named("d"), 1], "an item"),
        (named("e"), "an unknown form"),
    ):
        seen = await session.seen(tree)
        must(came_to(seen) in ("refused", "lacking"), f"{what} of another role is used: {told(seen)}")
    await session.close()


@check("warnings", "Observations", "Warnings that are given during a step belong to its observation.", "facts", "objects")
async def warnings(stage: Stage) -> None:
    await stage.needs_ipv4()
    known = await stage.facts()
    if "ResourceWarning" not in known.classes:
        raise NotApplicable("it has no ResourceWarning, the only one that the language can bring about everywhere")
    session = await stage.session()
    reply = await session.all(saved("s", new_socket()), helper("forget", named("s")))
    given = reply.steps[-1].warnings
    must(given, "a socket was collected that nobody had closed, and no warning came")
    must_be(given[0].type, "ResourceWarning", "the class of the warning")
    must("unclosed" in given[0].message, f"the message of the warning: {given[0].message!r}")


@check("close", CLEAN_UP, "After `close` the session is gone, and answers with what was found.", "unknown-session")
async def close(stage: Stage) -> None:
    talk = await stage.talk()
    session = Session(talk)
    await session.run(saved("x", 81))
    closed = await session.close()
    must(not closed.leaks, f"leaks in a session without sockets: {list(closed.leaks)}")
    reply = await talk.ask_anything({"do": "run", "session": session.name, "steps": [{"n": 0, "do": named("x")}]})
    must(reply.error, "a session that was closed still performs steps")
    second = Session(talk)
    reply = await second.run(82, close=True)
    must(reply.closed is not None, "an answer to a 'run' that says 'close' without 'closed'")
    reply = await talk.ask_anything({"do": "run", "session": second.name, "steps": [{"n": 0, "do": 1}]})
    must(reply.error, "a session that was closed with its last steps still performs others")


@check(
    "closes-sockets", CLEAN_UP, "The clean-up closes every socket of the session: what listened there listens no more.", "close", "names"
)
async def closes_sockets(stage: Stage) -> None:
    await stage.needs_listening()
    for with_steps in (False, True):
        session = await stage.session()
        if with_steps:
            reply = await session.all(*LISTENER, export=["address"], close=True)
            closed = reply.closed
        else:
            reply = await session.all(*LISTENER, export=["address"])
            closed = await session.close()
        must(closed is not None and not closed.leaks, f"leaks after the clean-up: {list(closed.leaks) if closed else None}")
        taken = await _is_taken(stage, reply.export)
        if taken:
            await asyncio.sleep(A_MOMENT)
            taken = await _is_taken(stage, reply.export)
        must(not taken, "what listened in a session that was closed still takes connections")


async def _is_taken(stage: Stage, address: Mapping[str, Any]) -> bool:
    """Whether a new session can connect to an address."""
    client = await stage.session()
    answers = await client.run(saved("s", new_socket()), method("s", "connect", named("address")), given=dict(address))
    await client.close()
    return answers.steps[-1].raises is None and came_to(answers.steps[-1]) != "lacking"


@check("concurrency", SESSIONS, "While a call blocks in one session, requests of others are answered.", "names", "closes-sockets")
async def concurrency(stage: Stage) -> None:
    session, number, address = await _blocked(stage)
    other = Session(session.talk)
    must_be(await other.value(91), 91, "a value of another session")
    await other.all(saved("s", new_socket()), method("s", "connect", named("address")), given=address)
    reply = await session.talk.answer(number)
    must(reply.steps and came_to(reply.steps[-1]) == "value", "the call that was blocked has not come to a value")
    await session.close()
    await other.close()


async def _blocked(stage: Stage) -> tuple[Session, int, dict[str, Any]]:
    """A session in which `accept` is under way behind another step, the number of its request, and where it listens."""
    await stage.needs_threads()
    session = await stage.session()
    reply = await session.all(*LISTENER, export=["address"])
    return session, session.send(92, method("listener", "accept")), dict(reply.export)


@check(
    "abort",
    CLEAN_UP,
    "`abort` wakes what blocks, answers with what was done, and ends the session; the request under way is answered no more.",
    "concurrency",
)
async def abort(stage: Stage) -> None:
    session, number, _ = await _blocked(stage)
    talk = session.talk
    await Session(talk).value(96)  # so that the call is under way
    talk.abandon(number)
    reply = await talk.ask({"do": "abort", "session": session.name}, stage.limits.abort)
    must(reply.closed is not None, "an answer to 'abort' without 'closed'")
    must(reply.stuck >= 0, f"'stuck' is {reply.stuck}")
    if not same([seen.value for seen in reply.steps], [92]):
        raise Failure(f"what was done before the call that blocks: wanted [92], came {[seen.value for seen in reply.steps]}", once=True)
    if reply.stuck:
        stage.remarks.append(f"{reply.stuck} call(s) could not be woken, so that a controller would end the process")
        stage.lose_shared()
        return
    again = await talk.ask_anything({"do": "run", "session": session.name, "steps": [{"n": 0, "do": 1}]})
    must(again.error, "a session that was aborted still performs steps")
    must_be(await Session(talk).value(93), 93, "a value of another session")


@check("watch", SESSIONS, "A session that is to be watched says how long a thread was kept waiting.", "close")
async def watch(stage: Stage) -> None:
    session = await stage.session(watch=True)
    await session.run(94)
    closed = await session.close()
    must(closed.starved >= 0, f"'starved' is {closed.starved}")


@check("folder", SESSIONS, "`folder` is where the session makes its own temporary folder.", "paths")
async def folder(stage: Stage) -> None:
    from harness.engine.crew import new_place

    if not stage.sees_files:
        raise NotApplicable("its files are not this machine's")
    import shutil

    place = new_place()
    try:
        session = await stage.session(folder=place)
        made = await session.value(helper("path", "a"))
        made = made["str"] if isinstance(made, dict) else made
        must(str(made).startswith(place), f"the folder was {place!r}, the path is {made!r}")
        await session.close()
    finally:
        shutil.rmtree(place, ignore_errors=True)


@check("single", "Start and end", "With `single: true` requests are performed one at a time, in their order.")
async def single(stage: Stage) -> None:
    talk = await (await stage.fresh()).greet(single=True)
    session, other = Session(talk), Session(talk)
    numbers = [session.send(101), other.send(102), session.send(103)]
    values = [(await talk.answer(number)).steps[0].value for number in numbers]
    must_be(values, [101, 102, 103], "the values of three requests")
    must_be(talk.order[-3:], numbers, "the requests in the order in which they were answered")
    seen = await session.seen(saved("u", new_socket(*UDP)))
    if came_to(seen) == "value":
        await session.close()
    await talk.stop()


@check(
    "unchanged",
    CLEAN_UP,
    "After a `closed` that says `unchanged` the process is as it was: the next session finds nothing that this one has changed.",
    "single",
    "close",
)
async def unchanged(stage: Stage) -> None:
    talk = await (await stage.fresh()).greet(single=True)
    masks: list[object] = []
    claims: list[bool] = []
    for mask in (0o22, 0o77, 0o22):
        session = Session(talk)
        seen = await session.seen(["call", ["get", ["module", "os"], "umask"], [mask]])
        must(came_to(seen) in ("value", "lacking"), f"os.umask({mask}): {told(seen)}")
        masks.append(seen.value)
        if claims and claims[-1]:
            must_be(masks[-1], masks[0], "what os.umask() changes, after a session that left the process unchanged, as it said")
        claims.append((await session.close()).unchanged)
    await talk.stop()
    if not any(claims):
        raise NotApplicable("it never says so")


@check("ends-while-busy", "Start and end", "The end of its input ends it also where a call is under way.", "end-of-input", "concurrency")
async def ends_while_busy(stage: Stage) -> None:
    await stage.needs_threads()
    talk = await (await stage.fresh()).greet()
    session = Session(talk)
    await session.all(*LISTENER)
    talk.abandon(session.send(method("listener", "accept")))
    must_be(await Session(talk).value(95), 95, "a value of another session")
    must_end(await talk.end_input(), 0)
