"""The steps of a plan as the body of a program: a line each, or a few. Knows nothing of runs and of what a file has around them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from harness.records.plan import NETWORK_ROLE, Plan, Step
from harness.reproducing.scope import Scope
from harness.reproducing.source import Writer

_MAKERS = frozenset("socket accept dup fromfd makefile create_connection create_server socketpair epoll poll DefaultSelector".split())
"""Calls whose result must live on: collected, it would be closed."""


class Marked(Struct, frozen=True):
    """What is written around the marked step."""

    step: int
    comment: tuple[str, ...]
    """Lines to stand above it."""
    holds: str = ""
    """Whether the variable `outcome` is what was reported, as an expression; empty: nothing is compared."""
    java: bool = False
    """It was seen on Jython, where it may be no Python exception."""


class Chunk(Struct, frozen=True):
    """The lines of one step, or of a loop over several."""

    role: str
    lines: tuple[str, ...]
    place: tuple[int, int]
    rounds: tuple["Chunk", ...] = ()
    """What a loop repeats."""
    times: int = 1


def chunks(plan: Plan, marked: Marked | None) -> list[Chunk]:
    """Every step in order."""
    scope = Scope(plan)
    return [_chunk(scope, step, marked if marked is not None and marked.step == step.call.n else None) for step in plan.steps]


def lists(plan: Plan) -> list[str]:
    """Lines that make the lists for roles with several members."""
    scope = Scope(plan)
    return [f"{name} = [None] * {count}" for role, count in plan.roles.items() if count > 1 for name in scope.lists(role)]


def may_raise(step: Step) -> bool:
    """Whether the scenario goes on if this step raises, on whatever target."""
    expectations = (step.expect, *(variation.expect for variation in step.varies))
    return any(expect.records or expect.raises is not None for expect in expectations)


def _chunk(scope: Scope, step: Step, marked: Marked | None) -> Chunk:
    lines = _marked(scope, step, marked) if marked else _lines(scope, step)
    if scope.many(step.role):
        lines = [f"for me in range({scope.plan.roles[step.role]}):", *_indented(lines)]
    comment = list(marked.comment) if marked else []
    return Chunk(step.role, (*comment, *lines), (step.place.line, step.place.column))


def _lines(scope: Scope, step: Step) -> list[str]:
    call = step.call
    if call.kind == "background":
        return [f"{scope.job(step)} = {_started(scope, step)}"]
    if _forgotten(call.do):
        return [f"del {scope.read(step, _forgotten(call.do))}", "show(collect())"]
    line = f"{_assigned(scope, step)}show({_evaluated(scope, step)})"
    return ["try:", f"    {line}", f"except {_caught(scope, step)} as error:", "    show_error(error)"] if may_raise(step) else [line]


def _marked(scope: Scope, step: Step, marked: Marked) -> list[str]:
    if step.call.kind == "background" or not marked.holds:
        return _lines(scope, step)
    if _forgotten(step.call.do):
        lines = _lines(scope, step)
        return [*lines[:-1], f"outcome = {lines[-1]}", f"as_reported({marked.holds})"]
    line = f"outcome = {_assigned(scope, step)}show({_evaluated(scope, step)})"
    caught = f"except {_caught(scope, step, java=marked.java)} as error:"
    return ["try:", f"    {line}", caught, "    outcome = show_error(error)", f"as_reported({marked.holds})", *_let_go(scope, step)]


def _let_go(scope: Scope, step: Step) -> list[str]:
    """What a later step forgets, the comparison must not hold."""
    return ["del outcome"] if any(_forgotten(later.call.do) for later in scope.plan.steps[step.call.n + 1 :]) else []


def _caught(scope: Scope, step: Step, *, java: bool = False) -> str:
    """What a step may raise: on Jython also what is no Python exception, and an alarm may interrupt it."""
    classes = "ERRORS" if java or any("jython" in variation.when for variation in step.varies) else "Exception"
    if not scope.interrupts:
        return classes
    return "ERRORS + (KeyboardInterrupt,)" if classes == "ERRORS" else "(Exception, KeyboardInterrupt)"


def _assigned(scope: Scope, step: Step) -> str:
    names = ", ".join(scope.written(step, name) for name in step.call.save)
    if not names:
        return ""
    return f"{names}, = " if step.call.unpack and len(step.call.save) == 1 else f"{names} = "


def _evaluated(scope: Scope, step: Step) -> str:
    if step.call.kind == "await":
        return f"{scope.job(step)}.result()"
    if step.call.kind == "pending":
        return f"{scope.job(step)}.is_pending()"
    text = _writer(scope, step)(step.call.do)
    return f"keep({text})" if _makes(step.call.do) and scope.is_overwritten(step) else text


def _started(scope: Scope, step: Step) -> str:
    """A call is handed over as a function with its arguments; what is more than a call, as a whole."""
    write, tree = _writer(scope, step), step.call.do
    if isinstance(tree, list) and tree[0] == "call" and not any(map(_calls, [tree[1], *tree[2:]])):
        given = write.arguments(*tree[2:])
        return f"start({write(tree[1])}{', ' if given else ''}{given})"
    return f"start(lambda: {write(tree)})"


def _calls(tree: Any) -> bool:
    """Whether a call is made somewhere inside: it is the thread's to make."""
    if isinstance(tree, dict):
        return any(map(_calls, tree.values()))
    return isinstance(tree, list) and (tree[:1] in (["call"], ["help"]) or any(map(_calls, tree)))


def _writer(scope: Scope, step: Step) -> Writer:
    owner = step.role if len(roles_with_folders(scope.plan)) > 1 else ""
    return Writer(lambda name: scope.read(step, name), "me" if scope.many(step.role) else "", owner)


def roles_with_folders(plan: Plan) -> list[str]:
    """The roles that have a temporary folder."""
    acting = [step.role for step in plan.steps if _asks_for(step.call.do, ("path", "open_file"))]
    return [role for role in plan.roles if role in acting]


def _asks_for(tree: Any, helpers: Sequence[str]) -> bool:
    if isinstance(tree, dict):
        return any(_asks_for(each, helpers) for each in tree.values())
    if not isinstance(tree, list):
        return False
    return (len(tree) > 1 and tree[0] == "help" and tree[1] in helpers) or any(_asks_for(each, helpers) for each in tree)


def _makes(tree: Any) -> bool:
    return isinstance(tree, list) and tree[0] == "call" and tree[1][0] == "get" and tree[1][2] in _MAKERS


def _forgotten(tree: Any) -> str:
    """The name that a step forgets, if it does."""
    return str(tree[2][0][1]) if isinstance(tree, list) and tree[:2] == ["help", "forget"] else ""


# ------------------------------------------------------------------------------------------------------------- loops


def rolled(steps: Sequence[Chunk]) -> list[Chunk]:
    """Rounds of a repetition, which stand one after the other in a plan, as loops again; innermost first."""
    found = _roll_once(list(steps))
    while len(found) < len(steps):
        steps, found = found, _roll_once(found)
    return found


def _roll_once(steps: list[Chunk]) -> list[Chunk]:
    """The shortest rounds that there are become loops."""
    for length in range(1, len(steps) // 2 + 1):
        found = _roll(steps, length)
        if len(found) < len(steps):
            return found
    return steps


def _roll(steps: list[Chunk], length: int) -> list[Chunk]:
    done: list[Chunk] = []
    at = 0
    while at < len(steps):
        times = _rounds(steps, at, length)
        block = tuple(steps[at : at + length])
        done += [Chunk("", (), block[0].place, block, times)] if times > 1 else block[:1]
        at += length * times if times > 1 else 1
    return done


def _rounds(steps: list[Chunk], at: int, length: int) -> int:
    """How many equal rounds of this length begin here."""
    if at + length >= len(steps) or steps[at].place != steps[at + length].place:
        return 1
    times = 1
    while steps[at : at + length] == steps[at + length * times : at + length * (times + 1)]:
        times += 1
    return times


def changes_of_role(plan: Plan) -> str:
    """The function that is told who acts next: `print`, or `act` where a role has changed what all sockets of its process begin with;
    empty where one role is alone."""
    if len(plan.roles) == 1:
        return ""
    return "act" if any("setdefaulttimeout" in str(step.call.do) for step in plan.steps) else "print"


def laid_out(steps: Sequence[Chunk], told: str) -> list[str]:
    """The lines of a body; the function `told` is called with the role that acts next when it changes."""
    return _laid_out(steps, "" if told else "-", told)[0]


def _laid_out(steps: Sequence[Chunk], acting: str, told: str) -> tuple[list[str], str]:
    """The lines, and who acts last; `-` where nobody is to be named."""
    lines: list[str] = []
    for chunk in steps:
        if chunk.rounds:
            inside = acting if acting == "-" or _only_role(chunk) == acting else ""
            body, acting = _laid_out(chunk.rounds, inside, told)
            lines += [f"for _ in range({chunk.times}):", *_indented(body)]
            continue
        if acting not in ("-", chunk.role) and chunk.role != NETWORK_ROLE:
            lines += [*([""] if lines else []), f'{told}("{chunk.role}")']
            acting = chunk.role
        lines += chunk.lines
    return lines, acting


def _only_role(chunk: Chunk) -> str:
    roles = {_only_role(each) for each in chunk.rounds} if chunk.rounds else {chunk.role}
    return roles.pop() if len(roles) == 1 else ""


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
