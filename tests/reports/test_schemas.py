"""Published schemas: up to date, and true of what is written."""

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.comparing.behaviours import compare
from harness.comparing.diff import diff
from harness.compat.building import build
from harness.coverage.catalogue import catalogue
from harness.coverage.measure import measure
from harness.coverage.unobserved import unobserved
from harness.reports.schemas import NAMES, file_name, schema, text
from harness.reports.summary import summarise
from tests.reports.making import REFUSED, facts, plan_of, small_run

COPIES = Path(__file__).parents[2] / "docs" / "schema"


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_copy_is_up_to_date(name: str) -> None:
    copy = COPIES / file_name(name)
    assert copy.read_text("utf-8") == text(name), "write it again: sockmatrix schema --write docs/schema"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema_of_its_dialect(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_what_is_written_fits() -> None:
    run = small_run()
    written: dict[str, Any] = {
        "plan": plan_of(REFUSED, "connect/refused"),
        "run": run.header,
        "result": next(iter(run.results.values())),
        "observation": next(iter(run.results.values())).steps[1],
        "footer": run.footer,
        "facts": facts("3.12.1"),
        "comparison": compare(run),
        "diff": diff(run, run),
        "summary": summarise(run, compare(run)),
        "coverage": measure(catalogue(), list(run.plans.values())),
        "compat": build([run]),
        "unobserved": unobserved(list(run.plans.values()), run),
    }
    assert sorted([*written, "scenario"]) == sorted(NAMES)
    for name, record in written.items():
        jsonschema.Draft202012Validator(schema(name)).validate(msgspec.json.decode(msgspec.json.encode(record)))


def test_fields_bring_their_words() -> None:
    fields = schema("facts")["$defs"]["Facts"]["properties"]
    assert fields["bits"] == {"description": "Size of a pointer in bits.", "type": "integer", "default": 64}
