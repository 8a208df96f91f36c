"""The JSON Schemas of everything that Sockmatrix writes or reads, made from the records. The words of a record are its docstrings."""

from collections.abc import Mapping
from functools import cache
from inspect import cleandoc
from itertools import pairwise
from types import ModuleType
from typing import Any

import msgspec

from harness.compat.records import COMPAT_VERSION, CompatData
from harness.coverage.measure import COVERAGE_VERSION, Coverage
from harness.coverage.unobserved import UNOBSERVED_VERSION, Departures
from harness.language.schema import scenario_schema
from harness.records.comparison import Comparison, RunDiff
from harness.records.facts import Facts
from harness.records.observation import Observation
from harness.records.plan import PLAN_VERSION, Plan
from harness.records.run import RUN_VERSION, Footer, Header, Result
from harness.reports.summary import SUMMARY_VERSION, Summary

DIFF_VERSION = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"

RECORDS: Mapping[str, tuple[type[msgspec.Struct], int, str]] = {
    "plan": (Plan, PLAN_VERSION, "Sockmatrix plan: a compiled scenario, one line of scenarios.jsonl"),
    "run": (Header, RUN_VERSION, "Sockmatrix run: run.json"),
    "result": (Result, RUN_VERSION, "Sockmatrix result: one line of results.jsonl"),
    "footer": (Footer, RUN_VERSION, "Sockmatrix footer: the last line of results.jsonl"),
    "observation": (Observation, RUN_VERSION, "Sockmatrix observation: what one step did on one target"),
    "facts": (Facts, RUN_VERSION, "Sockmatrix facts: what a target says of itself"),
    "comparison": (Comparison, DIFF_VERSION, "Sockmatrix comparison: all targets of a run against each other"),
    "diff": (RunDiff, DIFF_VERSION, "Sockmatrix diff: what `sockmatrix diff --json` prints"),
    "coverage": (Coverage, COVERAGE_VERSION, "Sockmatrix coverage: what `sockmatrix coverage --json` prints"),
    "unobserved": (Departures, UNOBSERVED_VERSION, "Sockmatrix departures: what `sockmatrix coverage --unobserved --json` prints"),
    "compat": (CompatData, COMPAT_VERSION, "Sockmatrix compatibility data: what `sockmatrix compat --json` prints"),
    "summary": (Summary, SUMMARY_VERSION, "Sockmatrix summary: what `sockmatrix summary --json` prints"),
}

NAMES: tuple[str, ...] = ("scenario", *RECORDS)


def schema(name: str) -> dict[str, Any]:
    """The schema of one of `NAMES`, as JSON Schema 2020-12."""
    if name == "scenario":
        return scenario_schema()
    record, version, title = RECORDS[name]
    made = msgspec.json.schema(record)
    definitions = {key: _described(key, each) for key, each in made["$defs"].items()}
    return {"$schema": DIALECT, "$id": f"urn:sockmatrix:{name}-{version}", "title": title, "$ref": made["$ref"], "$defs": definitions}


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


def _with_words(words: str, definition: dict[str, Any]) -> dict[str, Any]:
    return {"description": cleandoc(words), **definition} if words else definition


@cache
def _documented_fields() -> dict[str, dict[str, str]]:
    """By class and field, the text below the field in the source."""
    from harness.compat import records
    from harness.coverage import measure, unobserved
    from harness.records import comparison, facts, observation, plan, run
    from harness.reports import summary

    found: dict[str, dict[str, str]] = {}
    for module in (comparison, facts, measure, observation, plan, records, run, summary, unobserved):
        found.update(_fields_of(module))
    return found


def _fields_of(module: ModuleType) -> dict[str, dict[str, str]]:
    import ast
    import inspect

    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    return {node.name: dict(_pairs(node.body, ast.AnnAssign, ast.Expr)) for node in classes}


def _pairs(body: list[Any], field: type, words: type) -> Any:
    for one, next_one in pairwise(body):
        if isinstance(one, field) and isinstance(next_one, words):
            yield one.target.id, " ".join(str(next_one.value.value).split())  # type: ignore[attr-defined]  # an annotated name, and a text
