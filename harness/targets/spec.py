"""A target that can be started: its command line, and how a program's arguments are joined to it. Starts nothing."""

import os
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from harness.targets.names import TargetName

_ID_LENGTH = 40


class TargetSpec(Struct, frozen=True):
    """One target, ready to be started."""

    id: str
    """Unique among the targets of a run: `cpython-3.8.18`, `cmd:ssh host python3`."""
    name: str
    """As it was asked for."""
    command: tuple[str, ...]
    """The interpreter with its isolating flags, or the words of a `cmd:`."""
    pipe: bool = False
    """The target does not see this machine's files: the agent must be sent down the pipe."""
    implementation: str = ""
    version: str = ""
    """Empty where only the agent will know."""
    image: str = ""
    """Of the container it runs in; `command` is then the interpreter in there, or empty where it is to be looked for."""
    trouble: str = ""
    """Why it cannot be started, where that is known before it is tried."""
    system: str = ""
    """The family of recipes that it is of, if it is of one."""
    remote: str = ""
    """`user@host:port` of the machine that it is on, reached by ssh; `command` is then the interpreter there."""
    environment: dict[str, str] = {}
    """Variables that are set for it, besides those of this process."""
    machine: bool = False
    """The command starts a machine, in which a switchboard starts the agents."""
    link: str = ""
    """The word that gives a machine one end of a cable, with FD and MAC in it; empty where it cannot have one."""
    facts: dict[str, Any] = {}
    """What it does not say of itself, as fields of `Facts`."""
    slow: float = 1.0
    """How many times slower than an interpreter of this machine it may be."""
    one_processor: bool = False
    """A machine that stays on one processor."""
    agent: str = "python"
    """Which agent it can run: `python`, or `micropython`, whose dialect has one of its own."""
    partner: str = ""
    """The target that plays beside it the roles which wait for connections, where this one can only connect; else empty."""
    starts: int = 1
    """How often it is started until an agent answers: there are systems whose processes are now and then lost at their start."""


class CommandError(ValueError):
    """The text of a `cmd:` cannot be split into words. `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


def arguments(spec: TargetSpec, extra: Sequence[str]) -> list[str]:
    """The full argv that starts the target's interpreter with the arguments `extra`.

    `{}` in a `cmd:` marks where they go: as words of their own, or shell-quoted inside a larger word; without it they are appended.
    After `ssh` they are always shell-quoted, because the shell at the other end splits them again.
    """
    if not spec.pipe:
        return [*spec.command, *extra]
    words = _quoted(extra) if _is_ssh(spec.command[0]) else list(extra)
    if not any("{}" in word for word in spec.command):
        return [*spec.command, *words]
    return [argument for word in spec.command for argument in _filled(word, words, extra)]


def why_apart(specs: Sequence[TargetSpec], *, helped: bool) -> str:
    """Why targets share no network on which they could play with each other; empty where nothing keeps them apart. Where one is `helped`,
    the other is on its ground."""
    contained = [bool(spec.image) for spec in specs]
    if any(contained) and not all(contained):
        here = next(spec for spec in specs if not spec.image)
        return f"'{here.name}' is of this machine and shares no network with a container; name docker: targets for both"
    machines = [spec for spec in specs if spec.machine]
    if len(specs) > 1 and not helped and machines and not all(spec.link for spec in specs):
        alone = next((spec for spec in machines if not spec.link), machines[0])
        return f"'{alone.name}' shares no network with another target: let it play all roles, or name two of uml:"
    return ""


def command_spec(name: str, command: str) -> TargetSpec:
    """The target behind `cmd:COMMAND`.

    Raises CommandError if the shell's quoting rules cannot make words of the text.
    """
    import shlex

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CommandError(str(error)) from None
    if not words or not words[0]:
        raise CommandError("no command in it")
    agent = "micropython" if any(_is_micropython(word) for word in words) else "python"
    return TargetSpec(_command_id(shlex.join(words)), name, tuple(words), pipe=True, agent=agent)


def ssh_spec(name: TargetName) -> TargetSpec:
    """The target behind `ssh:HOST/PYTHON`."""
    return TargetSpec(name.text, name.text, (name.interpreter or "python3",), pipe=True, remote=name.argument)


def _filled(word: str, words: list[str], extra: Sequence[str]) -> list[str]:
    if word == "{}":
        return words
    return [word.replace("{}", " ".join(_quoted(extra)))]


def _quoted(extra: Sequence[str]) -> list[str]:
    import shlex

    return [shlex.quote(argument) for argument in extra]


def _is_ssh(word: str) -> bool:
    return os.path.basename(word.replace("\\", "/")).lower() in ("ssh", "ssh.exe")


def _is_micropython(word: str) -> bool:
    """Its program is told by its name: `micropython`, `micropython1.25`, `micropython.exe`."""
    return os.path.basename(word.replace("\\", "/")).lower().startswith("micropython")


def _command_id(line: str) -> str:
    """The command itself if it is short, else its beginning and a digest of all of it: equal commands, equal ids."""
    if len(line) <= _ID_LENGTH and line.isprintable():
        return f"cmd:{line}"
    from hashlib import sha256

    beginning = "".join(character for character in line if character.isprintable())[: _ID_LENGTH - 9].rstrip()
    return f"cmd:{beginning}~{sha256(line.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
