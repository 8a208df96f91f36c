"""Everything that can be played on here besides the interpreters of the machine: images that the engine has, systems that are prepared."""

from typing import TYPE_CHECKING

from msgspec import Struct

from harness.targets.spec import TargetSpec
from harness.targets.systems import spec_of

if TYPE_CHECKING:
    from harness.images.naming import Row

SLOW = "is many times slower than an interpreter of this machine; to play it as well: -t slow-here"
"""Why something that is here is left out."""


class Here(Struct, frozen=True):
    """What is here, and what could be."""

    specs: tuple[TargetSpec, ...] = ()
    slow: tuple[TargetSpec, ...] = ()
    """What is many times slower than an interpreter of this machine: emulated processors, and what its recipe says so of."""
    skipped: dict[str, str] = {}
    """Targets that are not ready, with what would provide them; the engine, where it does not answer."""


def whatever_is_here() -> Here:
    """Images first, then systems, each in the order of their lists."""
    images, systems = _images(), _systems()
    return Here((*images.specs, *systems.specs), (*images.slow, *systems.slow), {**images.skipped, **systems.skipped})


def _images() -> Here:
    from harness.images.architectures import is_emulated
    from harness.images.engine import EngineUnavailable, connect, errors
    from harness.images.inventory import statuses
    from harness.images.naming import rows
    from harness.images.registry import Pyenv, registry

    # Their interpreters are found on the machine as well.
    own = {image.name for image in registry() if isinstance(image.recipe, Pyenv)}
    try:
        failures = errors()
        with connect() as client:
            held = statuses(client, registry())
            processor = str(client.version()["Arch"])
    except EngineUnavailable as absent:
        return Here(skipped={"docker:*": str(absent)})
    except failures as error:
        return Here(skipped={"docker:*": f"the engine does not answer: {error}"})
    found = rows(registry(), held)
    architectures = {status.name: status.architecture for status in held}
    there = [row for row in found if row.state in ("present", "stale") and row.name not in own]
    slow = {row.name for row in there if is_emulated(architectures[row.name] or processor, processor)}
    return Here(
        tuple(_contained(row) for row in there if row.name not in slow), tuple(_contained(row) for row in there if row.name in slow),
        {row.target: f"not built; try: sockmatrix images build {row.name}" for row in found
         if row.state == "absent" and row.family == "built"},
    )  # fmt: skip


def _contained(row: "Row") -> TargetSpec:
    _, at, path = row.target.partition("@")
    command = (path,) if at else ()
    return TargetSpec(
        row.target, row.target, command, pipe=True, implementation=row.implementation, version=row.python, image=row.image
    )  # fmt: skip


def _systems() -> Here:
    from harness.systems.recipe import systems
    from harness.systems.status import status

    states = [(system, status(system)) for system in systems()]
    ready = [system for system, state in states if state.state == "ready"]
    return Here(
        tuple(spec_of(system) for system in ready if not system.recipe.long),
        tuple(spec_of(system) for system in ready if system.recipe.long),
        {state.target: state.reason for _, state in states if state.state != "ready"},
    )
