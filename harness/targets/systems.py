"""Targets that there is a recipe for, by their names. Prepares nothing."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from harness.systems.parts import filled
from harness.systems.recipe import System, systems
from harness.systems.status import status
from harness.targets.names import TargetError, TargetName, is_pattern, nearest, parse
from harness.targets.spec import TargetSpec


class UnknownSystem(TargetError):
    """A family has no such member."""

    def __init__(self, text: str, members: tuple[str, ...]) -> None:
        self.text = text
        right = nearest(text, members)
        super().__init__(f"there is no target '{text}'; " + (f"did you mean '{right}'?" if right else f"there are {', '.join(members)}"))


def choose_systems(names: Iterable[str]) -> tuple[System, ...]:
    """The members behind names of families, of members and patterns, each once. Raises TargetError."""
    chosen = [system for name in names for system in members(_parsed(name))]
    return tuple({system.target: system for system in chosen}.values())


def _parsed(text: str) -> TargetName:
    name = parse(text)
    if name.kind != "system":
        raise TargetError(f"'{text}' needs no preparation: only what 'sockmatrix targets --all' lists as a system does")
    return name


def members(name: TargetName) -> tuple[System, ...]:
    """The members that a name means. Raises UnknownSystem."""
    family = tuple(system for system in systems() if system.recipe.family == name.source)
    if not name.argument:
        return tuple(system for system in family if system.target == name.text) or family
    if is_pattern(name.argument):
        found = tuple(system for system in family if fnmatchcase(system.member.name, name.argument))
    else:
        found = tuple(system for system in family if system.member.name == name.argument)
    if not found:
        raise UnknownSystem(name.text, tuple(system.target for system in family))
    return found


def system_specs(name: TargetName) -> list[TargetSpec]:
    """What starts each; one that is not prepared is a target that cannot be started, and says what would provide it. Raises
    UnknownSystem."""
    return [spec_of(system) for system in members(name)]


def spec_of(system: System) -> TargetSpec:
    """What starts a member."""
    recipe = system.recipe
    return TargetSpec(
        system.target,
        system.target,
        tuple(filled(system, word) for word in system.command),
        pipe=True,
        trouble=status(system).reason,
        system=recipe.family,
        environment={name: filled(system, value) for name, value in system.environment.items()},
        machine=recipe.start == "machine",
        link=recipe.link,
        facts=system.facts,
        slow=recipe.slow,
        one_processor=recipe.one_processor,
        agent=recipe.agent,
        partner=recipe.partner,
        starts=recipe.starts,
    )
