"""The JSON Schemas of everything that Sockmatrix writes or reads, made from the records. The words of a record are its docstrings."""

from collections.abc import Mapping
from functools import cache
from inspect import cleandoc
from itertools import pairwise
from types import ModuleType
from typing import Any

import msgspec

from harness.agents.program import PROTOCOL_VERSION
from harness.compat.records import COMPAT_VERSION, CompatData
from harness.coverage.measure import COVERAGE_VERSION, Coverage
from harness.coverage.unobserved import UNOBSERVED_VERSION, Departures
from harness.engine.messages import Hello, Reply
from harness.engine.requests import Request
from harness.language.schema import scenario_schema
from harness.records.agent_check import AGENT_CHECK_VERSION, CheckedAgents
from harness.records.baseline import BASELINE_VERSION, Baseline, BaselineReport, Proposals
from harness.records.ci import CI_VERSION, CiMatrix, WrittenRecipe
from harness.records.comparison import Comparison, RunDiff
from harness.records.facts import Facts
from harness.records.history import HISTORY_VERSION, History, TakenRuns
from harness.records.known import KNOWN_VERSION, Known
from harness.records.matrix import MATRIX_VERSION, MatrixPlan
from harness.records.observation import Observation
from harness.records.page import PAGE_VERSION, Page, PageDetailsChunk, View
from harness.records.plan import PLAN_VERSION, Plan
from harness.records.reproduction import REPRODUCTION_VERSION, Reproduction
from harness.records.run import RUN_VERSION, Footer, Header, Result
from harness.reports.codequality import Finding
from harness.reports.data import REPORT_VERSION, Report
from harness.reports.listings import (
    LISTING_VERSION,
    BuiltImages,
    CheckedScenarios,
    FactsOfTargets,
    ImageTargets,
    JudgedRun,
    ListedImages,
    ListedNetworks,
    ListedScenario,
    ListedTargets,
    PreparedTargets,
    Removed,
    ShownScenario,
)
from harness.reports.sources import EstablishedRow
from harness.reports.summary import SUMMARY_VERSION, Summary
from harness.targets.doctor import Check
from harness.targets.every_target import AllTargets

DIFF_VERSION = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"

RECORDS: Mapping[str, tuple[Any, int, str]] = {
    "plan": (Plan, PLAN_VERSION, "Sockmatrix plan: a compiled scenario, one line of scenarios.jsonl"),
    "run": (Header, RUN_VERSION, "Sockmatrix run: run.json"),
    "result": (Result, RUN_VERSION, "Sockmatrix result: one line of results.jsonl"),
    "matrix": (MatrixPlan, MATRIX_VERSION, "Sockmatrix matrix: the plan that `sockmatrix plan` writes"),
    "footer": (Footer, RUN_VERSION, "Sockmatrix footer: the last line of results.jsonl"),
    "observation": (Observation, RUN_VERSION, "Sockmatrix observation: what one step did on one target"),
    "facts": (Facts, RUN_VERSION, "Sockmatrix facts: what a target says of itself"),
    "report": (Report, REPORT_VERSION, "Sockmatrix report: what `sockmatrix report --format json` writes"),
    "codequality": (tuple[Finding, ...], REPORT_VERSION, "Sockmatrix code quality: what `sockmatrix report --format codequality` writes"),
    "scenarios": (tuple[ListedScenario, ...], LISTING_VERSION, "Sockmatrix scenarios: what `sockmatrix list --json` prints"),
    "check": (CheckedScenarios, LISTING_VERSION, "Sockmatrix check: what `sockmatrix check --json` prints"),
    "show": (ShownScenario, LISTING_VERSION, "Sockmatrix show: what `sockmatrix show --json` prints"),
    "judge": (JudgedRun, LISTING_VERSION, "Sockmatrix judge: what `sockmatrix judge --json` prints"),
    "targets": (ListedTargets, LISTING_VERSION, "Sockmatrix targets: what `sockmatrix targets --json` prints"),
    "all-targets": (AllTargets, LISTING_VERSION, "Sockmatrix targets: what `sockmatrix targets --all --json` prints"),
    "prepared-targets": (PreparedTargets, LISTING_VERSION, "Sockmatrix prepared targets: what `sockmatrix targets prepare --json` prints"),
    "image-targets": (ImageTargets, LISTING_VERSION, "Sockmatrix targets in images: what `sockmatrix targets --docker --json` prints"),
    "facts-of-targets": (FactsOfTargets, LISTING_VERSION, "Sockmatrix facts of targets: what `sockmatrix facts --json` prints"),
    "images": (ListedImages, LISTING_VERSION, "Sockmatrix images: what `sockmatrix images list --json` prints"),
    "built-images": (BuiltImages, LISTING_VERSION, "Sockmatrix built images: what `sockmatrix images build --json` prints"),
    "removed": (
        Removed,
        LISTING_VERSION,
        "Sockmatrix removed: what `sockmatrix clean --json`, `images remove --json` and `targets remove --json` print",
    ),
    "networks": (ListedNetworks, LISTING_VERSION, "Sockmatrix networks: what `sockmatrix networks --json` prints"),
    "doctor": (tuple[Check, ...], LISTING_VERSION, "Sockmatrix doctor: what `sockmatrix doctor --json` prints"),
    "sources": (tuple[EstablishedRow, ...], LISTING_VERSION, "Sockmatrix sources: what `sockmatrix sources --json` prints"),
    "comparison": (Comparison, DIFF_VERSION, "Sockmatrix comparison: all targets of a run against each other"),
    "diff": (RunDiff, DIFF_VERSION, "Sockmatrix diff: what `sockmatrix diff --json` prints"),
    "baseline": (Baseline, BASELINE_VERSION, "Sockmatrix baseline: accepted observations"),
    "baseline-report": (BaselineReport, BASELINE_VERSION, "Sockmatrix baseline report: what `diff --baseline --json` prints"),
    "proposals": (Proposals, BASELINE_VERSION, "Sockmatrix proposals: what waits beside a baseline to be reviewed"),
    "history": (History, HISTORY_VERSION, "Sockmatrix history: what `history list`, `show` and `export` print as JSON"),
    "history-add": (TakenRuns, HISTORY_VERSION, "Sockmatrix history: what `history add --json` prints"),
    "coverage": (Coverage, COVERAGE_VERSION, "Sockmatrix coverage: what `sockmatrix coverage --json` prints"),
    "unobserved": (Departures, UNOBSERVED_VERSION, "Sockmatrix departures: what `sockmatrix coverage --unobserved --json` prints"),
    "page": (Page, PAGE_VERSION, "Sockmatrix page: what an HTML page carries of its run"),
    "page-details": (PageDetailsChunk, PAGE_VERSION, "Sockmatrix page details: what an HTML page carries of some scenarios"),
    "view": (View, PAGE_VERSION, "Sockmatrix view: what an HTML page exports as JSON"),
    "reproduction": (Reproduction, REPRODUCTION_VERSION, "Sockmatrix reproduction: what `sockmatrix reproduce --json` prints"),
    "ci-matrix": (CiMatrix, CI_VERSION, "Sockmatrix CI: what `sockmatrix ci matrix --json` prints"),
    "ci-init": (WrittenRecipe, CI_VERSION, "Sockmatrix CI: what `sockmatrix ci init --json` prints"),
    "compat": (CompatData, COMPAT_VERSION, "Sockmatrix compatibility data: what `sockmatrix compat --json` prints"),
    "known": (tuple[Known, ...], KNOWN_VERSION, "Sockmatrix known failures: what `sockmatrix known --json` prints"),
    "summary": (Summary, SUMMARY_VERSION, "Sockmatrix summary: what `sockmatrix summary --json` prints"),
    "agent-check": (CheckedAgents, AGENT_CHECK_VERSION, "Sockmatrix agent check: what `sockmatrix agent-check --json` prints"),
    "agent-request": (Request, PROTOCOL_VERSION, "Sockmatrix agent protocol: one line that a controller sends"),
    "agent-reply": (Reply, PROTOCOL_VERSION, "Sockmatrix agent protocol: one line that an agent answers"),
    "agent-hello": (Hello, PROTOCOL_VERSION, "Sockmatrix agent protocol: the first line of an agent"),
}

NAMES: tuple[str, ...] = ("scenario", *RECORDS)


def schema(name: str) -> dict[str, Any]:
    """The schema of one of `NAMES`, as JSON Schema 2020-12."""
    if name == "scenario":
        return scenario_schema()
    record, version, title = RECORDS[name]
    made = msgspec.json.schema(record)
    definitions = {key: _described(key, each) for key, each in made["$defs"].items()}
    # Only newer versions of msgspec say which keys a mapping may have; the schema is the same with all of them.
    definitions = _without_property_names(definitions)
    root = {key: each for key, each in made.items() if key != "$defs"}
    return {"$schema": DIALECT, "$id": f"urn:sockmatrix:{name}-{version}", "title": title, **root, "$defs": definitions}


def file_name(name: str) -> str:
    """`plan-1.json`: the file below docs/schema that has a copy."""
    return str(schema(name)["$id"]).rpartition(":")[2] + ".json"


def text(name: str) -> str:
    """The schema as the file has it."""
    return msgspec.json.format(msgspec.json.encode(schema(name)), indent=2).decode() + "\n"


def _described(key: str, definition: dict[str, Any]) -> dict[str, Any]:
    """A record's schema with the words of its fields, which msgspec does not know of."""
    words = _documented_fields().get(key, {})
    properties = {name: _with_words(words.get(name, ""), each) for name, each in definition.get("properties", {}).items()}
    whole = {**definition, "properties": properties} if properties else definition
    # Python 3.13 takes the indentation out of docstrings, its forerunners leave it in.
    return {**whole, "description": cleandoc(whole["description"])} if "description" in whole else whole


def _without_property_names(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _without_property_names(each) for key, each in tree.items() if key != "propertyNames"}
    return [_without_property_names(each) for each in tree] if isinstance(tree, list) else tree


def _with_words(words: str, definition: dict[str, Any]) -> dict[str, Any]:
    return {"description": cleandoc(words), **definition} if words else definition


@cache
def _documented_fields() -> dict[str, dict[str, str]]:
    """By class and field, the text below the field in the source."""
    from harness.agents import program
    from harness.compat import records
    from harness.coverage import measure, unobserved
    from harness.engine import messages, requests
    from harness.records import agent_check, baseline, comparison, facts, history, matrix, observation, page, plan, reproduction, run
    from harness.reports import summary

    found: dict[str, dict[str, str]] = {}
    for module in (
        agent_check,
        baseline,
        comparison,
        facts,
        history,
        matrix,
        measure,
        messages,
        observation,
        page,
        plan,
        program,
        records,
        reproduction,
        requests,
        run,
        summary,
        unobserved,
    ):
        found.update(_fields_of(module))
    for module in _listed_modules():
        found.update(_fields_of(module))
    return found


def _listed_modules() -> tuple[ModuleType, ...]:
    """Modules of what commands list, and of the reports."""
    from harness.images import build, inventory, naming
    from harness.language import mistakes
    from harness.records import ci, condition, gate, known
    from harness.reports import areas, codequality, data, listings, rejudging, sources
    from harness.systems import parts
    from harness.targets import doctor, every_target

    images = (build, inventory, naming)
    records = (ci, condition, gate, known, mistakes)
    return *images, *records, areas, codequality, data, doctor, every_target, listings, parts, rejudging, sources


def _fields_of(module: ModuleType) -> dict[str, dict[str, str]]:
    import ast
    import inspect

    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    return {node.name: dict(_pairs(node.body, ast.AnnAssign, ast.Expr)) for node in classes}


def _pairs(body: list[Any], field: type, words: type) -> Any:
    for one, next_one in pairwise(body):
        if isinstance(one, field) and isinstance(next_one, words):
            yield one.target.id, " ".join(str(next_one.value.value).split())  # type: ignore[attr-defined]  # an annotated name, and a text
