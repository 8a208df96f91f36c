"""How an agent begins and ends."""

import re

from harness.agents.program import PROTOCOL_VERSION
from harness.checking.asking import must, must_be
from harness.checking.stage import Stage, check
from harness.checking.talk import Failure

STREAM = "The stream"
LIFE = "Start and end"


@check("hello", LIFE, "The first line is a hello with agent, protocol, python, implementation and pid.", after=())
async def hello(stage: Stage) -> None:
    talk = await stage.fresh()
    said = await talk.hello()
    must_be(said.agent, "sockmatrix", "'agent'")
    must_be(said.protocol, PROTOCOL_VERSION, "'protocol'")
    must(said.python == "" or re.fullmatch(r"\d+(\.\d+)+", said.python), f"'python' is no version and not empty: {said.python!r}")
    must(re.fullmatch(r"[a-z][a-z0-9_.-]*", said.implementation), f"'implementation' is no word in small letters: {said.implementation!r}")
    must(said.pid >= 0, f"'pid' is below 0: {said.pid}")


@check(
    "start",
    LIFE,
    "`start` with protocol 1 is answered with nothing but the id, or with `compiled` where that was asked for.",
    after=("hello",),
)
async def start(stage: Stage) -> None:
    for request in ({"single": False}, {"single": True}, {"single": False, "compiled": True}):
        talk = await stage.fresh()
        await talk.hello()
        reply = await talk.ask({"do": "start", "protocol": PROTOCOL_VERSION, **request}, stage.limits.start)
        must(reply.compiled is None or "compiled" in request, "'compiled' was not asked for")


@check(
    "other-protocol",
    LIFE,
    "`start` with another protocol is answered with an error; the agent then exits with status 3.",
    after=("hello", "start"),
)
async def other_protocol(stage: Stage) -> None:
    talk = await stage.fresh()
    await talk.hello()
    reply = await talk.ask_anything({"do": "start", "protocol": PROTOCOL_VERSION + 1, "single": False}, stage.limits.start)
    must(reply.error, "protocol 2 is not refused")
    must_end(await talk.ending("it has refused a protocol"), 3)


@check("stop", LIFE, "`stop` is not answered; the agent exits with status 0.", after=("hello", "start"))
async def stop(stage: Stage) -> None:
    must_end(await (await (await stage.fresh()).greet()).stop(), 0)


@check("end-of-input", LIFE, "The end of its input ends the agent, with status 0.", after=("hello", "start"))
async def end_of_input(stage: Stage) -> None:
    talk = await (await stage.fresh()).greet()
    must_end(await talk.end_input(), 0)


def must_end(how: str, status: int) -> None:
    """Where nobody can say how it ended, that it did is enough."""
    if how != f"exit status {status}" and how.startswith(("exit status", "killed by")):
        raise Failure(f"it ended with {how}, not with exit status {status}")
