"""Which family a target belongs to, and which of its versions it is. Facts alone decide."""

import re
from collections.abc import Iterable

from harness.compat.records import Family
from harness.records.facts import Facts

_NUMBERS = re.compile(r"\d+")

OF_FAMILY = frozenset(
    {"python", "implementation", "implementation_version", "os", "libc", "bits", "byteorder", "emulated", "wine", "gvisor"}
    | {"socket", "select", "errno"}
)
"""Facts that a version of a family always has, the names in its modules among them. All others are of its surroundings."""

IMPLEMENTATIONS = ("cpython", "pypy")
"""Come first where families are listed; the others follow by name."""


def family_of(facts: Facts) -> tuple[str, Family]:
    """The family's id and what it has in common. Its versions are for the caller to gather.

    Words that the API's behaviour does not depend on are left out: a processor of 64 bits that counts from the little end and is not
    emulated needs no mention.
    """
    family = Family(
        implementation=facts.implementation,
        os=facts.os,
        libc=facts.libc,
        bits=facts.bits,
        byteorder=facts.byteorder,
        emulated=facts.machine if facts.emulated else "",
        wine=facts.wine,
        gvisor=facts.gvisor,
    )
    words = [
        facts.implementation,
        facts.os,
        facts.libc,
        f"{facts.bits}bit" if facts.bits != 64 else "",
        f"{facts.byteorder}-endian" if facts.byteorder != "little" else "",
        f"emulated-{facts.machine}" if facts.emulated else "",
        "wine" if facts.wine else "",
        "gvisor" if facts.gvisor else "",
    ]
    return "-".join(word for word in words if word), family


def version_of(facts: Facts) -> str:
    """`3.8.18`; `3.9.16 (7.3.11)` where the implementation has releases of its own."""
    return facts.python if facts.implementation_version == facts.python else f"{facts.python} ({facts.implementation_version})"


def numbers(version: str) -> tuple[int, ...]:
    """What versions are sorted by."""
    return tuple(int(number) for number in _NUMBERS.findall(version))


def minor(version: str) -> tuple[int, ...]:
    """`3.8` of `3.8.18`: the releases of one minor version have the same API."""
    return numbers(version.partition(" ")[0])[:2]


def in_order(families: Iterable[str]) -> list[str]:
    """Families as people expect them: CPython, PyPy, the others; of each the plainest first."""
    return sorted(families, key=_rank)


def place(facts: Facts) -> tuple[tuple[int, int, str], tuple[int, ...]]:
    """Where a target stands among all: by family, then by version."""
    return _rank(family_of(facts)[0]), numbers(version_of(facts))


def _rank(family: str) -> tuple[int, int, str]:
    implementation, *others = family.split("-")
    place = IMPLEMENTATIONS.index(implementation) if implementation in IMPLEMENTATIONS else len(IMPLEMENTATIONS)
    return place, len(others), family
