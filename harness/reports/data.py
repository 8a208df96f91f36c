"""A run as one JSON document that others can build on: the summary, the verdict of every cell, the facts.

Not the evidence: that is the run.
"""

import msgspec
from msgspec import Struct

from harness.records.facts import Facts
from harness.records.plan import Plan
from harness.reports.areas import AreaRow, by_area
from harness.reports.material import Material, short_file
from harness.reports.summary import Summary
from harness.runs.folder import Run
from harness.runs.safe import safe_json

REPORT_VERSION = 1

MISSING, UNPLANNED = "missing", "unplanned"
"""Stand for the verdict of a planned cell without a result, and of a cell that was never to be played."""


class ReportScenario(Struct, frozen=True, omit_defaults=True):
    """One scenario, with what it came to everywhere."""

    id: str
    title: str
    area: str
    file: str
    """Without the folders that only the machine of the run knows."""
    digest: str
    """SHA-256 of what the scenario means: equal digests, comparable results."""
    verdicts: tuple[str, ...]
    """One for each target of `summary.targets`, in its order; `missing` without a result, `unplanned` where there was to be none."""


class Report(Struct, frozen=True, omit_defaults=True):
    """One run. `sockmatrix report --format json` writes it."""

    report: int
    """Version of this format."""
    sockmatrix: str
    """The version that made the run."""
    title: str
    summary: Summary
    areas: tuple[AreaRow, ...]
    scenarios: tuple[ReportScenario, ...]
    facts: dict[str, tuple[Facts, ...]] = {}
    """By target, of each interpreter; without names, constants and classes, which `run.json` has."""


def report_of(material: Material) -> Report:
    """The document as a record."""
    run = material.run
    return Report(
        report=REPORT_VERSION,
        sockmatrix=run.header.sockmatrix,
        title=material.title,
        summary=material.summary,
        areas=by_area(run),
        scenarios=tuple(_scenario(run, run.plans[name]) for name in run.header.scenarios),
        facts={target.id: tuple(_short(facts) for facts in target.facts_on("")) for target in run.header.targets},
    )


def report_json(material: Material) -> bytes:
    """The document as a file."""
    text = msgspec.json.format(msgspec.json.encode(report_of(material)), indent=1).decode()
    return safe_json(text).encode() + b"\n"


def _scenario(run: Run, plan: Plan) -> ReportScenario:
    verdicts = tuple(_verdict(run, plan.id, target.id) for target in run.header.targets)
    return ReportScenario(plan.id, plan.title, plan.area, short_file(plan.file, plan.id), plan.digest, verdicts)


def _verdict(run: Run, scenario: str, target: str) -> str:
    result = run.results.get((scenario, target))
    if result is None:
        return MISSING if run.is_planned(scenario, target) else UNPLANNED
    return result.verdict


def _short(facts: Facts) -> Facts:
    return msgspec.structs.replace(facts, names=(), constants={}, classes={})
