"""How an agent divides itself, where it can."""

from harness.checking.asking import Session, helper, must, must_be, named, saved
from harness.checking.checks.life import LIFE, must_end
from harness.checking.stage import Stage, check
from harness.checking.talk import NotApplicable


@check(
    "fork",
    LIFE,
    "On `fork` a process of its own greets, starts and carries a session like a new agent; when that has stopped, the first says `ended`, "
    "and does it again.",
    "stop",
)
async def fork(stage: Stage) -> None:
    if not (await stage.facts()).forks:
        raise NotApplicable("its facts say that it does not fork")
    talk = await stage.fresh()
    first = await talk.hello()
    await talk.start(single=True)
    for _ in range(2):
        number, said = await talk.forked()
        must(said.pid != first.pid, f"the new process says that it is {said.pid}, as the first one did")
        await talk.start(single=True)
        session = Session(talk)
        must_be(await session.value(saved("kept", helper("len", {"bytes": "abc"}))), 3, "a value in the new process")
        must_be(await session.value(named("kept")), 3, "a name in the new process")
        talk.send({"id": talk.number(), "do": "stop"})
        must_be((await talk.answer(number)).ended, 0, "'ended'")
    must_end(await talk.stop(), 0)
