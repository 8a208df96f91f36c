"""Say in words, or in a few letters, what compatibility data state of a feature. Prints nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.compat.families import in_order
from harness.compat.records import CompatData, Feature, Support

KINDS = {
    "function": "Functions",
    "method": "Methods of sockets",
    "attribute": "Attributes of sockets",
    "exception": "Exceptions",
    "class": "Classes",
    "data": "Data",
    "constant": "Constants",
    "option": "Options",
    "error": "Errors of calls",
}
"""Titles by kind, in the order of the pages."""

UNKNOWN = "?"

WORDS = {"no": "no", "mixed": "some"}


def sentence(support: Support) -> str:
    """`since 3.8.18 (3.7.16 is without)`."""
    words = _sentence(support)
    return f"{words}; not known of {listed(support.unknown)}" if support.unknown else words


def _sentence(support: Support) -> str:
    if support.state == "no":
        return "on none that was run"
    if support.state == "mixed":
        return f"on {listed(support.having)}; not on {listed(support.lacking)}"
    without = f" ({support.without} is without)" if support.without else " or before"
    if support.state == "removed":
        return f"from {support.since}{without} to {support.last}; {support.removed} is without"
    return f"since {support.since}{without}"


def short(support: Support | None) -> str:
    """In a cell of a table: `yes`, `3.8.18`, `no`, `to 3.10.13`, `some`, `?`; with a star where some versions are not known."""
    if support is None:
        return UNKNOWN
    return _short(support) + ("*" if support.unknown else "")


def _short(support: Support) -> str:
    if support.state in WORDS:
        return WORDS[support.state]
    if support.state == "removed":
        return f"{support.since} to {support.last}" if support.without else f"to {support.last}"
    return support.since if support.without else "yes"


def listed(versions: Sequence[str]) -> str:
    """`2.7.18, 3.6.15`."""
    return ", ".join(versions)


def is_everywhere(feature: Feature, families: Iterable[str]) -> bool:
    """Every version of every family that was run has it."""
    return all(_is_whole(feature.support.get(family)) for family in families)


def _is_whole(support: Support | None) -> bool:
    return support is not None and support.state == "yes" and not support.without and not support.unknown


def is_nowhere(feature: Feature) -> bool:
    """No version of any family that was run has it."""
    return all(support.state == "no" for support in feature.support.values())


def differs(feature: Feature, families: Iterable[str]) -> bool:
    """Some that were run have it, and some have not, or behave otherwise."""
    return bool(feature.notes) or not (is_everywhere(feature, families) or is_nowhere(feature) or _is_same(feature))


def _is_same(feature: Feature) -> bool:
    """All of which something is known have it, or none has."""
    return len({(each.state, bool(each.without)) for each in feature.support.values()}) == 1 and not any(
        each.state in ("mixed", "removed") or each.without for each in feature.support.values()
    )


def alike(feature: Feature) -> Iterator[tuple[tuple[str, ...], str]]:
    """Families of which the same is said, with what."""
    found: dict[str, list[str]] = {}
    for family in in_order(feature.support):
        support = feature.support[family]
        found.setdefault(short(support), []).append(family)
    yield from ((tuple(families), words) for words, families in found.items())


def by_kind(data: CompatData, names: Iterable[str]) -> Mapping[str, list[str]]:
    """Names of features by the title of their kind, in the order of the pages."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in names:
        found[data.features[name].kind].append(name)
    return {KINDS[kind]: members for kind, members in found.items() if members}


def shown_on(on: Mapping[str, Sequence[str]]) -> str:
    """`cpython-linux-glibc 2.7.18, 3.6.15; pypy-linux-glibc 3.9.16 (7.3.11)`."""
    return "; ".join(f"{family} {listed(versions)}" for family, versions in on.items())
