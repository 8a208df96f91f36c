"""Say since when a family has a feature, from what was seen on its versions. Never more than that."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from harness.compat.families import minor
from harness.compat.records import FeatureKind, Support

Answers = Mapping[str, frozenset[bool]]
"""By version, what its targets have shown; nothing, or both, are possible."""

BY_BUILD: frozenset[FeatureKind] = frozenset({"option", "error"})
"""What depends on the surroundings too: there one target that has it settles the matter for its version."""


def support(kind: FeatureKind, versions: Sequence[str], answers: Answers) -> Support | None:
    """The statement for one family, its versions in order; nothing if nothing is known."""
    told = {version: _settled(kind, answers.get(version, frozenset())) for version in versions}
    known = [(version, told[version]) for version in versions if told[version]]
    if not known:
        return None
    unknown = tuple(version for version in versions if not told[version])
    if _is_mixed(known):
        having = tuple(version for version, has in known if True in has)
        return Support("mixed", having=having, lacking=tuple(version for version, has in known if False in has), unknown=unknown)
    return _monotone([(version, True in has) for version, has in known], unknown)


def _settled(kind: FeatureKind, shown: frozenset[bool]) -> frozenset[bool]:
    return frozenset({True}) if kind in BY_BUILD and True in shown else shown


def _is_mixed(known: Sequence[tuple[str, frozenset[bool]]]) -> bool:
    """Releases of one minor version that differ may have been built otherwise; what comes, goes and comes again is no span of versions."""
    for _, group in groupby(known, key=lambda each: minor(each[0])):
        if len(frozenset[bool]().union(*(has for _, has in group))) > 1:
            return True
    runs = [has for has, _ in groupby(True in has for _, has in known)]
    return runs.count(True) > 1


def _monotone(known: Sequence[tuple[str, bool]], unknown: tuple[str, ...]) -> Support:
    """What versions came to that lacked it first, then had it, then lacked it again; each part may be empty."""
    having = [at for at, (_, has) in enumerate(known) if has]
    if not having:
        return Support("no", unknown=unknown)
    first, last = having[0], having[-1]
    without = known[first - 1][0] if first else ""
    if last == len(known) - 1:
        return Support("yes", since=known[first][0], without=without, unknown=unknown)
    return Support("removed", since=known[first][0], without=without, last=known[last][0], removed=known[last + 1][0], unknown=unknown)
