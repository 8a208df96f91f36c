"""What can only be said when everything else has been asked: that nothing came unasked, and that all of it had its form."""

from harness.checking.stage import Stage, check
from harness.checking.talk import Failure


def _fail_over_first(stage: Stage, kind: str) -> None:
    for odd in stage.oddities:
        if odd.kind == kind:
            raise Failure(odd.problem, sent=odd.sent, came=odd.came)


@check("one-hello", "Start and end", "The hello is said once.", after=("hello", "start", "identity"))
async def one_hello(stage: Stage) -> None:
    await stage.settle()
    if max(stage.hellos, default=1) > 1:
        raise Failure(f"{max(stage.hellos)} hellos of one process")


@check(
    "nothing-unasked",
    "Requests",
    "Nothing comes that was not asked for, and nothing twice.",
    after=("hello", "start", "identity"),
    of_all=True,
)
async def nothing_unasked(stage: Stage) -> None:
    await stage.settle()
    _fail_over_first(stage, "unasked")


@check("forms", "Observations", "Every observation says exactly one thing, and every value has one of the forms of the table.", of_all=True)
async def forms(stage: Stage) -> None:
    await stage.settle()
    _fail_over_first(stage, "shape")
