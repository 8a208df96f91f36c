"""Choose, among a project's tox environments, the interpreters that names like `tox:py38` and `tox:*` mean. Does not ask tox itself."""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from os.path import basename

from msgspec import Struct

from harness.targets.asking import NoAnswer
from harness.targets.discover import look_at
from harness.targets.interpreter import Interpreter
from harness.targets.names import TargetError, TargetName, is_pattern
from harness.targets.tox import Environment, Environments

SAYS_NOTHING = "does not say which Python it is for, and would get the one that runs tox"


class NoEnvironment(TargetError):
    """No environment of tox gives an interpreter for a name. `why` says what is there instead, or what is wrong with each."""

    def __init__(self, name: str, problem: str, why: Sequence[str] = ()) -> None:
        self.name = name
        self.problem = problem
        self.why = tuple(why)
        super().__init__(": ".join(filter(None, [f"no interpreter for '{name}': {problem}", "; ".join(why)])))


class FromTox(Struct, frozen=True):
    """What tox knows of the names that were asked for."""

    interpreters: dict[str, tuple[Interpreter, ...]]
    """By the name as it was written."""
    skipped: dict[str, str]
    """`tox:py36` of an environment that a pattern meant and that gives no interpreter, with the reason."""


def from_tox(names: Sequence[TargetName], ask: Callable[[Sequence[str]], Environments]) -> FromTox:
    """The interpreters of the environments. tox is asked once for all that are named, and once for all patterns.

    Raises NoEnvironment where a name or a whole pattern gives none, and ToxError.
    """
    named = tuple(dict.fromkeys(name.argument for name in names if not is_pattern(name.argument)))
    known = {environment.name: environment for environment in ask(named).environments} if named else {}
    listed = ask(()) if any(is_pattern(name.argument) for name in names) else None
    chosen: dict[str, tuple[Interpreter, ...]] = {}
    skipped: dict[str, str] = {}
    for name in names:
        if listed is not None and is_pattern(name.argument):
            chosen[name.text], reasons = _of_pattern(name, listed)
            skipped |= reasons
        else:
            chosen[name.text] = (_of_name(name, known.get(name.argument)),)
    return FromTox(chosen, skipped)


def _of_name(name: TargetName, environment: Environment | None) -> Interpreter:
    if environment is None:
        raise NoEnvironment(name.text, "tox leaves that environment out", ["see: tox config -e " + name.argument])
    found = _look(environment)
    if isinstance(found, str):
        raise NoEnvironment(name.text, found)
    return found


def _of_pattern(name: TargetName, listed: Environments) -> tuple[tuple[Interpreter, ...], dict[str, str]]:
    """The interpreters of a pattern, and why there is none for the others that it means."""
    fitting = [environment for environment in listed.environments if fnmatchcase(environment.name, name.argument)]
    if not fitting:
        raise NoEnvironment(name.text, f"no environment of that name is in env_list of {_file(listed)}", _those(listed.environments))
    looked = {environment.name: _look(environment) if environment.says else SAYS_NOTHING for environment in fitting}
    found = tuple(each for each in looked.values() if isinstance(each, Interpreter))
    reasons = {f"tox:{environment}": each for environment, each in looked.items() if isinstance(each, str)}
    if not found:
        raise NoEnvironment(name.text, f"no environment of {_file(listed)} has one", [f"{each} {why}" for each, why in reasons.items()])
    return found, reasons


def _look(environment: Environment) -> Interpreter | str:
    """The interpreter, or why there is none."""
    if not environment.executable:
        return " ".join(environment.problem.split())
    try:
        return look_at(environment.executable)
    except NoAnswer as error:
        return f"{error.path}: {error.reason}"


def _file(listed: Environments) -> str:
    return basename(listed.file)


def _those(environments: Iterable[Environment]) -> list[str]:
    names = [environment.name for environment in environments]
    return [f"it has {', '.join(names)}"] if names else ["it has none"]
