"""Make the data set of runs: the main flow of this room. Reads no files."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from msgspec import structs

from harness.comparing.behaviours import compare
from harness.compat.evidence import Shown, evidence, public_names
from harness.compat.families import family_of, in_order, numbers, version_of
from harness.compat.features import Features, find_features
from harness.compat.merging import merge
from harness.compat.notes import Home, notes, telling, topic
from harness.compat.records import COMPAT_VERSION, CompatData, Family, Feature, FeatureKind, PlayedRun, SeenTarget, Support, Version
from harness.compat.support import support
from harness.coverage.catalogue import catalogue
from harness.records.comparison import Difference
from harness.records.facts import Facts
from harness.records.observation import VERDICTS
from harness.records.plan import Plan
from harness.records.run import TargetRecord
from harness.runs.folder import Run

PROOFS = 3
"""Scenarios that are named for a feature; the others are counted."""

DIGITS = 12
"""Of the digest of a scenario file: enough to see that it was edited."""


def build(runs: Sequence[Run]) -> CompatData:
    """What runs have shown, as one data set. The same runs give the same bytes, in whatever order they come."""
    merged = merge(runs)
    run = merged.run
    facts = {target.id: target.facts for target in run.header.targets if target.facts is not None}
    home = {target: (family_of(each)[0], version_of(each)) for target, each in facts.items()}
    families = _families(facts, home)
    features = find_features(catalogue(), tuple(run.plans.values()), public_names(facts.values()))
    cells = _cells(run)
    told = notes(telling(compare(run)), home)
    by_feature = _notes_by_feature(features, {name: differences for name, (_, differences) in told.items()})
    return CompatData(
        compat=COMPAT_VERSION,
        runs=tuple(_source(each) for each in merged.runs),
        families=families,
        targets={target.id: _seen(target, home, cells[target.id]) for target in run.header.targets},
        features=_features(features, _answers(evidence(run, features), home), families, _asserting(features, run), by_feature),
        notes={name: note for name, (note, _) in told.items()},
        scenarios=digests(run.plans.values()),
        conflicts=merged.conflicts,
        left_out=merged.left_out,
        unsure=merged.unsure,
        unplayed=merged.unplayed,
    )


def digests(plans: Iterable[Plan]) -> dict[str, str]:
    """Of each scenario file, a digest of what its cases mean."""
    cases: dict[str, list[str]] = {}
    for plan in plans:
        cases.setdefault(topic(plan.id), []).append(f"{plan.id} {plan.digest}\n")
    return {name: sha256("".join(sorted(cases[name])).encode()).hexdigest()[:DIGITS] for name in sorted(cases)}


def _source(run: Run) -> PlayedRun:
    header = run.header
    return PlayedRun(header.started[:10], header.sockmatrix, len(header.targets), len(header.scenarios), len(run.results))


def _families(facts: Mapping[str, Facts], home: Home) -> dict[str, Family]:
    found: dict[str, Family] = {}
    for target, each in facts.items():
        found.setdefault(home[target][0], family_of(each)[1])
    return {name: structs.replace(found[name], versions=tuple(_versions(name, facts, home))) for name in in_order(found)}


def _versions(family: str, facts: Mapping[str, Facts], home: Home) -> Iterator[Version]:
    members: dict[str, list[str]] = {}
    for target in facts:
        if home[target][0] == family:
            members.setdefault(home[target][1], []).append(target)
    for version in sorted(members, key=numbers):
        first = facts[members[version][0]]
        yield Version(version, first.python, first.implementation_version, tuple(sorted(members[version])))


def _seen(target: TargetRecord, home: Home, cells: Mapping[str, int]) -> SeenTarget:
    facts = target.facts
    assert facts is not None  # merging takes no others
    family, version = home[target.id]
    return SeenTarget(family, version, facts.kernel, facts.libc_version, facts.machine, facts.root, facts.image, dict(cells))


def _cells(run: Run) -> dict[str, dict[str, int]]:
    """By target, how many cells came to each verdict, in the order of the words."""
    counts: dict[str, Counter[str]] = {target.id: Counter() for target in run.header.targets}
    for (_, target), result in run.results.items():
        counts[target][result.verdict] += 1
    return {target: {verdict: count[verdict] for verdict in VERDICTS if count[verdict]} for target, count in counts.items()}


def _answers(shown: Mapping[str, Shown], home: Home) -> dict[str, dict[str, dict[str, frozenset[bool]]]]:
    """By feature, family and version, what its targets have shown."""
    found: dict[str, dict[str, dict[str, frozenset[bool]]]] = {}
    for target, features in shown.items():
        family, version = home[target]
        for feature, has in features.items():
            versions = found.setdefault(feature, {}).setdefault(family, {})
            versions[version] = versions.get(version, frozenset()) | {has}
    return found


def _features(
    features: Features,
    answers: Mapping[str, Mapping[str, Mapping[str, frozenset[bool]]]],
    families: Mapping[str, Family],
    asserting: Mapping[str, Sequence[str]],
    noted: Mapping[str, Sequence[str]],
) -> dict[str, Feature]:
    """Features of which something is known."""
    found = {}
    for name, kind in features.kinds.items():
        told = dict(_support(kind, answers.get(name, {}), families))
        scenarios = asserting.get(name, ())
        if told:
            proofs, marks = tuple(scenarios[:PROOFS]), tuple(noted.get(name, ()))
            found[name] = Feature(kind, told, features.documented.get(name, ""), len(scenarios), proofs, marks)
    return found


def _support(
    kind: FeatureKind, answers: Mapping[str, Mapping[str, frozenset[bool]]], families: Mapping[str, Family]
) -> Iterator[tuple[str, Support]]:
    for name, family in families.items():
        stated = support(kind, [each.version for each in family.versions], answers.get(name, {}))
        if stated is not None:
            yield name, stated


def _asserting(features: Features, run: Run) -> dict[str, list[str]]:
    """By feature, the scenario files that assert it and were played on some target, sorted."""
    played = {scenario for (scenario, _), result in run.results.items() if result.verdict != "unsupported"}
    found: dict[str, set[str]] = {}
    for plan in run.plans.values():
        for feature in features.asserted_by(plan) if plan.id in played else ():
            found.setdefault(feature, set()).add(topic(plan.id))
    return {feature: sorted(files) for feature, files in found.items()}


def _notes_by_feature(features: Features, told: Mapping[str, Sequence[Difference]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, differences in told.items():
        concerned = {feature for each in differences for feature in features.of_step(each.scenario, each.step)}
        for feature in concerned:
            found.setdefault(feature, []).append(name)
    return found
