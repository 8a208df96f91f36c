"""Requests and answers, whatever they are about: ids, lines, errors, unknown keys, facts."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from harness.checking.asking import OPENING, Session, came_to, must, must_be, named, of
from harness.checking.stage import Stage, check
from harness.checking.talk import NotApplicable

REQUESTS = "Requests"
STREAM = "The stream"
FAR = 2**40


@check("identity", REQUESTS, "Each request is answered once, with its own id.", after=("hello", "start"))
async def identity(stage: Stage) -> None:
    talk = await stage.talk()
    facts = talk.send({"id": FAR, "do": "facts"})
    close = talk.send({"id": 70, "do": "close", "session": "never"})
    one, other = Session(talk), Session(talk)
    runs = [session.send(number) for session, number in ((one, 11), (other, 12))]
    must((await talk.answer(facts, stage.limits.start)).facts is not None, "an answer to 'facts' without 'facts'")
    must((await talk.answer(close)).closed is not None, "an answer to 'close' without 'closed'")
    for number, wanted in zip(runs, (11, 12), strict=True):
        reply = await talk.answer(number)
        must(reply.steps, "an answer to 'run' without 'steps'")
        must_be(reply.steps[0].value, wanted, "the value of a request's step")


@check("steps", "Steps", "Steps are performed in their order, each observed under its own number.", after=("hello", "start", "identity"))
async def steps(stage: Stage) -> None:
    reply = await (await stage.session()).run(21, 22, 23, 24)
    must_be(len(reply.steps), 4, "observations of four steps")
    must_be([seen.value for seen in reply.steps], [21, 22, 23, 24], "their values")


@check("not-a-request", REQUESTS, "What cannot be understood is answered with an error, under its id if that can be read, else under null.")
async def not_a_request(stage: Stage) -> None:
    talk = await stage.talk()
    for line in (b"hello, agent", b"[1]", b'{"do": "facts"}', b'"\xff"'):
        talk.send_line(line)
        must((await talk.nameless()).error, "no error for a line that is no request")
    reply = await talk.ask_anything({"do": "dance"})
    must(reply.error, "no error for a request that there is not")
    reply = await talk.ask_anything({"do": "run", "session": talk.session_name(), "open": OPENING})
    must(reply.error, "no error for a 'run' without steps")
    await Session(talk).run(1)


@check("unknown-session", "Sessions", "`run` in a session that was not opened is an error; `close` and `abort` find nothing to do there.")
async def unknown_session(stage: Stage) -> None:
    talk = await stage.talk()
    reply = await talk.ask_anything({"do": "run", "session": "nobody", "steps": [{"n": 0, "do": 1}]})
    must(reply.error, "no error for a session that was not opened")
    closed = (await talk.ask({"do": "close", "session": "nobody"})).closed
    must(closed is not None and not closed.leaks and not closed.temporary, "'close' found something in a session that there is not")
    aborted = await talk.ask({"do": "abort", "session": "nobody"})
    must(not aborted.steps and not aborted.stuck and aborted.closed is not None, "'abort' found something in a session that there is not")


@check("unknown-keys", "Versions", "Keys that an agent does not know are left out of account, wherever they stand.")
async def unknown_keys(stage: Stage) -> None:
    session = await stage.session(colour="green")
    step = {"do": 31, "save": ["x"], "colour": "green"}
    must_be((await session.run(step, colour="green")).steps[0].value, 31, "the value")
    must_be(await session.value(named("x")), 31, "the saved value")


@check("pieces", STREAM, "A line may come in pieces, cut anywhere, and several may come at once.")
async def pieces(stage: Stage) -> None:
    talk = await stage.talk()
    first, second = Session(talk), Session(talk)
    before, after = first.request(41), second.request("aéz")
    whole, line = msgspec.json.encode(before), msgspec.json.encode(after)
    middle = line.index("é".encode()) + 1
    talk.expect(before["id"])
    # In one write, so that an agent that has answered the whole line has met the piece, too, however late it reads.
    talk.send_line(whole + b"\n" + line[:middle], end=b"")
    must_be((await talk.answer(before["id"])).steps[0].value, 41, "the value of the whole line")
    talk.expect(after["id"])
    talk.send_line(line[middle:])
    seen = (await talk.answer(after["id"])).steps[0].value
    must(seen in ("aéz", {"str": "aÃ©z"}), f"the text of the cut line: wanted 'aéz', came {seen!r}")


@check("facts", "Facts", "Facts have every required field, each of its kind.")
async def facts(stage: Stage) -> None:
    known = await stage.facts()
    for name in ("python", "implementation_version", "kernel", "libc_version"):
        must(re.fullmatch(r"(\d+(\.\w+)*)?", getattr(known, name)), f"'{name}' is no version and not empty: {getattr(known, name)!r}")
    must(known.implementation, "'implementation' is empty")
    must(known.os, "'os' is empty")
    must(known.byteorder in ("little", "big"), f"'byteorder' is {known.byteorder!r}")
    must(known.bits in (32, 64), f"'bits' is {known.bits}")
    must(tuple(sorted(set(known.names))) == known.names, "'names' are not sorted, or one is there twice")
    must(tuple(sorted(set(known.capabilities))) == known.capabilities, "'capabilities' are not sorted, or one is there twice")
    _must_be_qualified(known.constants)
    must(not (known.network or known.shaping or known.image), "'network', 'shaping' and 'image' are the controller's to say")


def _must_be_qualified(constants: Mapping[str, int] | Sequence[str]) -> None:
    wrong = [name for name in constants if name.split(".")[0] not in ("socket", "select", "errno")]
    must(not wrong, f"'constants' has names of no module: {', '.join(wrong[:3])}")


@check("private-output", STREAM, "What is written on the standard output in there does not reach the stream.")
async def private_output(stage: Stage) -> None:
    session = await stage.session()
    seen = await session.seen(["call", of("os", "write"), [1, {"bytes": "noise\n"}]])
    if came_to(seen) != "value":
        raise NotApplicable("nothing in it can be made to write there")
    must_be(await session.value(45), 45, "the next value")


@check("private-input", STREAM, "What is read from the standard input in there takes nothing out of the stream.")
async def private_input(stage: Stage) -> None:
    session = await stage.session()
    number = session.send(["call", of("os", "read"), [0, 1]])
    second = Session(session.talk)
    other = second.send(46)
    seen = (await session.talk.answer(number)).steps[0]
    must(came_to(seen) != "value" or seen.value in ({"bytes": ""}, {"str": ""}), "it has read from the stream")
    must_be((await session.talk.answer(other)).steps[0].value, 46, "the next value")
