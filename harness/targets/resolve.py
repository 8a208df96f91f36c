"""Turn the names that were asked for into targets that can be started. Starts no agent; interpreters are asked through `discover`."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

from msgspec import Struct, structs

from harness.images.engine import EngineUnavailable, errors
from harness.images.inventory import Seen
from harness.images.labels import NoLabel, labelled_interpreters
from harness.targets.asking import ISOLATING_FLAGS, NoAnswer
from harness.targets.choosing import by_id, by_name, from_source
from harness.targets.config import Config
from harness.targets.discover import Found, find_all, look_at
from harness.targets.here import SLOW, Here, whatever_is_here
from harness.targets.interpreter import Interpreter, ids
from harness.targets.java import quick_start
from harness.targets.names import Kind, TargetError, TargetName, is_pattern, nearest, parse
from harness.targets.spec import CommandError, TargetSpec, command_spec, ssh_spec
from harness.targets.systems import system_specs
from harness.targets.tox import Environments, environments
from harness.targets.tox_choosing import FromTox, from_tox


class Resolved(Struct, frozen=True):
    """The targets of a run."""

    targets: tuple[TargetSpec, ...]
    """Each installation and each command once, in the order in which they were asked for."""
    skipped: dict[str, str]
    """What looked like an interpreter, or was to have one, and was left out, with the reason; empty where every target was named."""


class TargetUnusable(TargetError):
    """A target is there and cannot be used, or its command cannot be read."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"'{name}' cannot be a target: {reason}")


class UnknownGroup(TargetError):
    """A group that the settings do not have, or that holds itself."""

    def __init__(self, group: str, problem: str) -> None:
        self.group = group
        self.problem = problem
        super().__init__(f"group '@{group}' {problem}")


class _Chosen(Struct, frozen=True):
    name: str
    what: Interpreter | TargetSpec


def ask_tox(names: Sequence[str]) -> Environments:
    """The tox environments of the project around the current folder. Raises ToxError."""
    return environments(names, Path.cwd())


def resolve(
    names: Sequence[str], config: Config, find: Callable[[], Found] = find_all, ask: Callable[[Sequence[str]], Environments] = ask_tox
) -> Resolved:
    """The targets behind the names; without names those of the settings, and without these every interpreter found.

    The machine is searched by `find`, and tox questioned by `ask`, only if a name asks for it. Raises TargetNameError for a name of no
    known form, UnknownGroup, TargetNotFound, TargetUnusable and ToxError.
    """
    find_once = cache(find)
    asked = (parse(name) for name in names or config.targets or ("all",))
    wanted = _without_groups(asked, config, ())
    of_tox = from_tox([name for name in wanted if name.kind == "tox"], ask)
    here = _here({name.kind for name in wanted})
    chosen = [choice for name in wanted for choice in _choose(name, find_once, of_tox, here)]
    skipped = find_once().skipped if any(map(_names_many, wanted)) else {}
    return Resolved(_specs(_once(chosen)), skipped | of_tox.skipped | here.skipped)


def _here(kinds: AbstractSet[Kind]) -> Here:
    """What is here, with the reasons for what is left out: what is slow is, unless it is asked for."""
    if not kinds & {"all-here", "slow-here"}:
        return Here()
    found = whatever_is_here()
    left_out = {} if "slow-here" in kinds else {spec.name: SLOW for spec in found.slow}
    return structs.replace(found, skipped={**found.skipped, **left_out})


def without_groups(names: Iterable[str], config: Config) -> tuple[str, ...]:
    """The names, with those of its members for each group. Raises TargetNameError, and UnknownGroup."""
    return tuple(dict.fromkeys(name.text for name in _without_groups(map(parse, names), config, ())))


def _without_groups(names: Iterable[TargetName], config: Config, inside: tuple[str, ...]) -> list[TargetName]:
    flat: list[TargetName] = []
    for name in names:
        if name.kind == "group":
            members = _members(name.argument, config, inside)
            flat += _without_groups(members, config, (*inside, name.argument))
        else:
            flat.append(name)
    return flat


def _members(group: str, config: Config, inside: tuple[str, ...]) -> list[TargetName]:
    if group in inside:
        raise UnknownGroup(group, "holds itself: " + " > ".join(f"@{name}" for name in (*inside[inside.index(group) :], group)))
    if group not in config.groups:
        right = nearest(group, tuple(config.groups))
        place = config.file or "pyproject.toml or sockmatrix.toml"
        raise UnknownGroup(group, f"is not in {place}; " + (f"did you mean '@{right}'?" if right else "groups are listed under 'groups'"))
    return [parse(name) for name in config.groups[group]]


def _names_many(name: TargetName) -> bool:
    return name.kind in ("all", "all-here", "slow-here") or (name.kind == "source" and is_pattern(name.argument))


def _choose(name: TargetName, find: Callable[[], Found], of_tox: FromTox, here: Here) -> list[_Chosen]:
    match name.kind:
        case "command":
            return [_Chosen(name.text, _command(name))]
        case "container":
            return [_Chosen(spec.name, spec) for spec in _containers(name)]
        case "current":
            return [_Chosen(name.text, _look(name, sys.executable))]
        case "path":
            return [_Chosen(name.text, _look(name, name.argument))]
        case "ssh":
            return [_Chosen(name.text, ssh_spec(name))]
        case "system":
            return [_Chosen(spec.name, spec) for spec in system_specs(name)]
        case "all-here":
            local = [_Chosen(name.text, interpreter) for interpreter in find().interpreters]
            return [*local, *(_Chosen(spec.name, spec) for spec in here.specs)]
        case "slow-here":
            return [_Chosen(spec.name, spec) for spec in here.slow]
        case "all":
            interpreters = find().interpreters
        case "source":
            interpreters = from_source(name, find())
        case "tox":
            interpreters = of_tox.interpreters[name.text]
        case "id":
            interpreters = by_id(name, find())
        case _:
            interpreters = by_name(name, find)
    return [_Chosen(name.text, interpreter) for interpreter in interpreters]


def _containers(name: TargetName) -> list[TargetSpec]:
    """Whether the image is there, and has a Python, is seen when it is started; `@*` is asked of the image's label now, and where that
    does not say, is a target that cannot be started, as any other of an image that is not there. That the SDK is missing is no matter of
    the image, and ends it all. Raises TargetUnusable."""
    try:
        errors()
    except EngineUnavailable as error:
        raise TargetUnusable(name.text, str(error)) from None
    if name.interpreter != "*":
        command = (name.interpreter,) if name.interpreter else ()
        return [TargetSpec(name.text, name.text, command, pipe=True, image=name.argument)]
    try:
        labelled = labelled_interpreters(name.argument)
    except (EngineUnavailable, NoLabel) as error:
        return [TargetSpec(name.text, name.text, (), pipe=True, image=name.argument, trouble=str(error))]
    return [_labelled(name.argument, each) for each in labelled]


def _labelled(image: str, found: Seen) -> TargetSpec:
    text = f"docker:{image}@{found.path}"
    return TargetSpec(text, text, (found.path,), pipe=True, implementation=found.implementation, version=found.python, image=image)


def _command(name: TargetName) -> TargetSpec:
    try:
        return command_spec(name.text, name.argument)
    except CommandError as error:
        raise TargetUnusable(name.text, error.problem) from None


def _look(name: TargetName, path: str) -> Interpreter:
    from os.path import expanduser

    try:
        return look_at(expanduser(path))
    except NoAnswer as error:
        raise TargetUnusable(name.text, error.reason) from None


def _once(chosen: Iterable[_Chosen]) -> list[_Chosen]:
    kept: dict[object, _Chosen] = {}
    for choice in chosen:
        kept.setdefault(choice.what.identity if isinstance(choice.what, Interpreter) else choice.what.id, choice)
    return list(kept.values())


def _specs(chosen: Sequence[_Chosen]) -> tuple[TargetSpec, ...]:
    local = [choice.what for choice in chosen if isinstance(choice.what, Interpreter)]
    names = dict(zip((interpreter.identity for interpreter in local), ids(local), strict=True))
    return tuple(
        _local_spec(choice.name, names[choice.what.identity], choice.what) if isinstance(choice.what, Interpreter) else choice.what
        for choice in chosen
    )


def _local_spec(name: str, target_id: str, interpreter: Interpreter) -> TargetSpec:
    command = (interpreter.path, *ISOLATING_FLAGS)
    kind = interpreter.implementation
    environment = quick_start(kind, os.environ)
    return TargetSpec(target_id, name, command, implementation=kind, version=interpreter.version, environment=environment)
