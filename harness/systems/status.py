"""What of a system is there, and what would provide the rest. Makes nothing."""

from typing import Literal

from msgspec import Struct

from harness.systems.parts import lacking_programs, missing
from harness.systems.recipe import System


class SystemStatus(Struct, frozen=True, omit_defaults=True):
    """One target that there is a recipe for."""

    target: str
    about: str
    family: str
    state: Literal["ready", "unprepared", "lacking"]
    """`unprepared`: parts are to be made; `lacking`: programs are not installed."""
    quick: bool = False
    """Played at every change."""
    missing: tuple[str, ...] = ()
    """Programs that are not on PATH, then parts that are not there."""
    command: str = ""
    """What provides it."""

    @property
    def reason(self) -> str:
        """Why it cannot be started, with what to do; empty if it can."""
        if self.state == "ready":
            return ""
        what = "not installed" if self.state == "lacking" else "not prepared"
        return f"{', '.join(self.missing)} {'is' if len(self.missing) == 1 else 'are'} {what}; try: {self.command}"


def status(system: System) -> SystemStatus:
    """What is there."""
    programs = lacking_programs(system)
    parts = missing(system)
    common = {"target": system.target, "about": system.member.about, "family": system.recipe.family, "quick": system.member.quick}
    if programs:
        install = f"sudo apt-get install {' '.join(sorted(set(programs.values())))}"
        then = f" && sockmatrix targets prepare {system.target}" if parts else ""
        return SystemStatus(**common, state="lacking", missing=tuple(programs), command=install + then)  # type: ignore[arg-type]  # of several types
    if parts:
        return SystemStatus(**common, state="unprepared", missing=parts, command=f"sockmatrix targets prepare {system.target}")  # type: ignore[arg-type]  # of several types
    return SystemStatus(**common, state="ready")  # type: ignore[arg-type]  # of several types
