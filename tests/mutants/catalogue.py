"""All mutants, by name. Applies none."""

from __future__ import annotations

import difflib

from tests.mutants.defects import (
    addresses,
    blocking,
    connecting,
    constants,
    conversions,
    datagrams,
    descriptors,
    errors,
    files,
    harmless,
    lookup,
    messages,
    options,
    shutdown,
    streams,
    timeouts,
)  # fmt: skip
from tests.mutants.layer import Layer, Mutant

__all__ = ["HARMLESS", "MUTANTS", "Layer", "Mutant", "find"]


def _of(module: object) -> tuple[Mutant, ...]:
    """The mutants of a module, single or in tables, in the order in which they are written."""
    found: list[Mutant] = []
    for value in vars(module).values():
        if isinstance(value, Mutant):
            found.append(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], Mutant):
            found += value
    return tuple(found)


_MODULES = (
    errors, connecting, timeouts, blocking, streams, datagrams, addresses, options, shutdown, descriptors, messages, files, lookup,
    conversions, constants,
)  # fmt: skip

MUTANTS: tuple[Mutant, ...] = tuple(mutant for module in _MODULES for mutant in _of(module))
"""Each is a defect that the library must notice."""

HARMLESS: tuple[Mutant, ...] = _of(harmless)
"""Changes of form that nothing must notice."""


def find(name: str) -> Mutant:
    """The mutant with this name. Raises LookupError, naming the nearest."""
    known = {mutant.name: mutant for mutant in HARMLESS + MUTANTS}
    if name not in known:
        near = difflib.get_close_matches(name, known, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise LookupError(f"no mutant {name!r}{hint}")
    return known[name]
