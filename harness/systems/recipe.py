"""The recipes that there are, one file a family in `targets/`: what a target is made of and how it is started. Makes and starts nothing."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

ENDING = ".toml"


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that has to be on the machine before a target can be started, made once and kept in the user's cache."""

    name: str
    """By which the recipe's command and environment speak of its folder: `{name}`."""
    kind: str
    """How it is made: the name of a module in `harness/systems/makers`."""
    options: dict[str, Any] = {}
    """Of that kind."""
    uses: tuple[str, ...] = ()
    """Parts that it is made of, which stand before it."""


class Member(Struct, frozen=True, forbid_unknown_fields=True):
    """One target of a family."""

    name: str
    """What follows the family's name and a colon; empty where the family is one target."""
    about: str
    quick: bool = False
    """Played at every change; the others now and then."""
    programs: dict[str, str] = {}
    command: tuple[str, ...] = ()
    """In the place of the family's."""
    environment: dict[str, str] = {}
    facts: dict[str, Any] = {}
    part: tuple[Part, ...] = ()


class Recipe(Struct, frozen=True, forbid_unknown_fields=True):
    """A family of targets."""

    family: str
    about: str
    page: str
    """Below `docs/`."""
    command: tuple[str, ...] = ()
    """Words that start an interpreter, or a machine; `{PART}` is the folder of a part, and `{}` where an interpreter's arguments go if that
    is not the end."""
    programs: dict[str, str] = {}
    """What must be on PATH, with the Debian package that has it."""
    environment: dict[str, str] = {}
    start: Literal["process", "machine"] = "process"
    """`machine`: something that is booted once, in which a switchboard starts the agents."""
    agent: Literal["python", "micropython"] = "python"
    partner: str = ""
    """The target that plays beside it the roles which wait for connections, where this one can only connect."""
    link: str = ""
    """The word that gives a machine one end of a cable to another of its family: FD stands for the descriptor, MAC for its address."""
    facts: dict[str, Any] = {}
    """Facts that only the recipe knows."""
    slow: float = 1.0
    """How many times slower than an interpreter of this machine it may be; limits are stretched by it."""
    one_processor: bool = False
    """A machine whose parts take turns: all of it stays on one processor, so that handing over wakes no other, which may cost as much again
    as what is done."""
    long: bool = False
    """The whole library takes it many times as long as an interpreter of this machine: `all-here` leaves it out, `slow-here` has it."""
    starts: int = 1
    """How often it is started until an agent answers, where a start is now and then lost."""
    part: tuple[Part, ...] = ()
    """Of all members."""
    member: tuple[Member, ...] = ()
    known: tuple[dict[str, Any], ...] = ()
    """What is known to fail, as in a `sockmatrix.toml`; read by `harness.gates`."""
    file: str = ""
    """Where it was read from."""


class System(Struct, frozen=True):
    """One member with what it has of its family: all that it takes to start it."""

    target: str
    """The name by which it is asked for: `wine:python3.13`."""
    recipe: Recipe
    member: Member

    @property
    def programs(self) -> dict[str, str]:
        """What must be on PATH, with the Debian package that has it."""
        return {**self.recipe.programs, **self.member.programs}

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it is made of, in an order in which it can be made."""
        return (*self.recipe.part, *self.member.part)

    @property
    def command(self) -> tuple[str, ...]:
        """With the names of parts in it."""
        return self.member.command or self.recipe.command

    @property
    def environment(self) -> dict[str, str]:
        """With the names of parts in it."""
        return {**self.recipe.environment, **self.member.environment}

    @property
    def facts(self) -> dict[str, Any]:
        """What only the recipe knows."""
        return {**self.recipe.facts, **self.member.facts}


class BadRecipe(Exception):
    """A file is not a recipe. `place` is the file, with the place in it where that is known."""

    def __init__(self, place: str, problem: str) -> None:
        self.place = place
        self.problem = problem
        super().__init__(f"{place}: {problem}")


def definitions() -> Path:
    """The folder of the recipes: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "system_recipes"
    return inside if inside.is_dir() else package.parent / "targets"


@cache
def recipes() -> tuple[Recipe, ...]:
    """Every recipe, by family. Raises BadRecipe."""
    files = sorted(definitions().glob(f"*{ENDING}"))
    found: dict[str, Recipe] = {}
    for recipe in map(read, files):
        if recipe.family in found:
            raise BadRecipe(recipe.file, f"{found[recipe.family].file} is the recipe of '{recipe.family}'")
        found[recipe.family] = recipe
    return tuple(sorted(found.values(), key=lambda recipe: recipe.family))


def read(file: Path) -> Recipe:
    """The recipe of one file. Raises BadRecipe."""
    try:
        table = msgspec.toml.decode(file.read_bytes())
        recipe = msgspec.convert(_grouped(table), Recipe)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecipe(file.name, str(error)) from None
    _check(recipe, file)
    return msgspec.structs.replace(recipe, file=file.name)


def families() -> tuple[str, ...]:
    """Names of the families."""
    return tuple(recipe.family for recipe in recipes())


@cache
def systems() -> tuple[System, ...]:
    """Every target that there is a recipe for."""
    return tuple(System(target_name(recipe, member), recipe, member) for recipe in recipes() for member in recipe.member)


def targets_of_systems() -> tuple[str, ...]:
    """Names of all members: `wine:python3.13`."""
    return tuple(system.target for system in systems())


def target_name(recipe: Recipe, member: Member) -> str:
    """`wine:python3.13`; the family's name alone where it is one target."""
    return f"{recipe.family}:{member.name}" if member.name else recipe.family


def folders_of(system: System) -> dict[str, str]:
    """Folders that belong to a family's recipe and travel with it, by the names that commands use: `{recipe}`."""
    return {"recipe": str(definitions() / system.recipe.family)}


_OF_PART = frozenset(Part.__struct_fields__)


def _grouped(table: dict[str, Any]) -> dict[str, Any]:
    """Keys of a part that are its kind's own are its options."""
    grouped = {**table, "part": [_part(each) for each in table.get("part", [])]}
    members = [{**each, "part": [_part(part) for part in each.get("part", [])]} for each in table.get("member", [])]
    return {**grouped, "member": members}


def _part(table: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in table.items() if key in _OF_PART}
    return {**own, "options": {key: value for key, value in table.items() if key not in _OF_PART}}


def _check(recipe: Recipe, file: Path) -> None:
    for problem in _problems(recipe):
        raise BadRecipe(file.name, problem)


def _problems(recipe: Recipe) -> Iterator[str]:
    from harness.systems.makers import KINDS

    if not recipe.member:
        yield "it has no [[member]]"
    if not recipe.slow > 0:
        yield f"slow = {recipe.slow:g} is no factor: it says how many times slower than an interpreter of this machine it may be"
    if recipe.one_processor and recipe.start != "machine":
        yield "one_processor is for what is started as a machine"
    if recipe.starts < 1:
        yield f"starts = {recipe.starts}: nothing would be started"
    names: list[str] = []
    for member in recipe.member:
        system = System(target_name(recipe, member), recipe, member)
        if member.name in names:
            yield f"{system.target} is there twice"
        names.append(member.name)
        if not system.command:
            yield f"{system.target} has no command"
        seen: list[str] = []
        for part in system.parts:
            if part.kind not in KINDS:
                yield f"part '{part.name}' of {system.target}: no kind '{part.kind}'; kinds are {', '.join(KINDS)}"
            if part.name in (*seen, "recipe"):
                yield f"{system.target} has two parts '{part.name}'"
            yield from (f"part '{part.name}' of {system.target} uses '{name}', which does not stand before it"
                        for name in part.uses if name not in seen)  # fmt: skip
            seen.append(part.name)
        yield from _strangers(system, seen)


def _strangers(system: System, parts: Sequence[str]) -> Iterator[str]:
    from string import Formatter

    for text in (*system.command, *system.environment.values()):
        for _, name, _, _ in Formatter().parse(text):
            if name and name not in (*parts, "recipe"):
                yield f"{system.target} has no part '{name}', which '{text}' speaks of"
