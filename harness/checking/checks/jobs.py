"""Background calls."""

from harness.checking.asking import LISTENER, Session, came_to, helper, method, must, must_be, named, new_socket, saved, told
from harness.checking.stage import Stage, check
from harness.checking.talk import Failure, NotApplicable

JOBS = "Background calls"
LOOKS = 50
"""How often `pending` is asked of a call that is as good as finished; each look takes up to a tenth of a second."""


@check("background", JOBS, "`background` starts a call, `await` takes what came of it, a raise included, and sets what it saves.")
async def background(stage: Stage) -> None:
    session = await stage.session()
    reply = await session.all(
        {"kind": "background", "job": "a", "do": 111, "save": ["x"]}, {"kind": "await", "job": "a", "save": ["x"]}, named("x")
    )
    must_be(came_to(reply.steps[0]), "started", "what a background call is observed as")
    must_be([seen.value for seen in reply.steps[1:]], [111, 111], "the result of the call, and the name that it saves")
    reply = await session.run({"kind": "background", "job": "b", "do": named("nobody")}, {"kind": "await", "job": "b"}, 1)
    must_be([came_to(seen) for seen in reply.steps], ["started", "skipped"], "a background call of a name that nobody set")
    seen = await session.seen({"kind": "await", "job": "never"})
    must(came_to(seen) == "skipped", f"awaiting a call that was not started: {told(seen)}")


@check(
    "pending", JOBS, "`pending` is true while a call blocks, and false soon after it has finished.", "names", "closes-sockets", "background"
)
async def pending(stage: Stage) -> None:
    await stage.needs_threads()
    session = await stage.session()
    accepting = {"kind": "background", "job": "accepting", "do": method("listener", "accept"), "save": ["conn", "peer"], "unpack": True}
    reply = await session.all(*LISTENER, accepting, {"kind": "pending", "job": "accepting"}, export=["address"])
    must(reply.steps[-1].pending is True, "a call that blocks is not pending")
    other = Session(session.talk)
    await other.all(saved("s", new_socket()), method("s", "connect", named("address")), given=dict(reply.export))
    for _ in range(LOOKS):
        if (await session.seen({"kind": "pending", "job": "accepting"})).pending is False:
            break
    else:
        raise Failure("a call that has got what it waited for is still pending", once=True)
    taken = {"kind": "await", "job": "accepting", "save": ["conn", "peer"], "unpack": True}
    reply = await session.all(taken, method("conn", "close"))
    must(reply.steps[0].value != {}, "an awaited call without its value")
    await session.close()
    await other.close()


@check(
    "alarms",
    JOBS,
    "Signals are for a process of one's own: `alarm` is refused, or lacking, where requests are performed side by side; "
    "where they are not, it goes with its session.",
)
async def alarms(stage: Stage) -> None:
    seen = await (await stage.session()).seen(helper("alarm", 5.0))
    must(came_to(seen) in ("refused", "lacking"), f"alarm(5.0): {told(seen)}")
    alone = Session(await (await stage.fresh()).greet(single=True))
    own = await alone.seen(helper("alarm", 60.0))
    must(came_to(own) in ("value", "lacking"), f"alarm(60.0) in a process of its own: {told(own)}")
    # An alarm that was lacking is put away as well.
    await alone.close()
    await alone.talk.stop()
    if came_to(own) == "lacking":
        raise NotApplicable(told(own))
