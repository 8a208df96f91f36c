"""Everything that can be played on here besides the interpreters of the machine: images that the engine has, systems that are prepared."""

from msgspec import Struct

from harness.targets.spec import TargetSpec
from harness.targets.systems import spec_of


class Here(Struct, frozen=True):
    """What is here, and what could be."""

    specs: tuple[TargetSpec, ...] = ()
    skipped: dict[str, str] = {}
    """Targets that are not ready, with what would provide them; the engine, where it does not answer."""


def whatever_is_here() -> Here:
    """Images first, then systems, each in the order of their lists."""
    images, systems = _images(), _systems()
    return Here((*images.specs, *systems.specs), {**images.skipped, **systems.skipped})


def _images() -> Here:
    from harness.images.engine import EngineUnavailable, connect, errors
    from harness.images.inventory import statuses
    from harness.images.naming import rows
    from harness.images.registry import Pyenv, registry

    # Their interpreters are found on the machine as well.
    own = {image.name for image in registry() if isinstance(image.recipe, Pyenv)}
    try:
        failures = errors()
        with connect() as client:
            found = rows(registry(), statuses(client, registry()))
    except EngineUnavailable as absent:
        return Here(skipped={"docker:*": str(absent)})
    except failures as error:
        return Here(skipped={"docker:*": f"the engine does not answer: {error}"})
    specs = tuple(
        TargetSpec(
            row.target, row.target, _inside(row.target), pipe=True, implementation=row.implementation, version=row.python, image=row.image
        )
        for row in found
        if row.state in ("present", "stale") and row.name not in own
    )
    return Here(specs, {row.target: f"not built; try: sockmatrix images build {row.name}" for row in found
                        if row.state == "absent" and row.family == "built"})  # fmt: skip


def _inside(target: str) -> tuple[str, ...]:
    _, at, path = target.partition("@")
    return (path,) if at else ()


def _systems() -> Here:
    from harness.systems.recipe import systems
    from harness.systems.status import status

    states = [(system, status(system)) for system in systems()]
    return Here(
        tuple(spec_of(system) for system, state in states if state.state == "ready"),
        {state.target: state.reason for _, state in states if state.state != "ready"},
    )
