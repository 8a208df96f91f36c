"""What queries pick, by the examples that the page's own evaluator is tested with as well."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.query.parse import KEYS, parse
from harness.query.pick import columns, pick
from harness.query.subject import Subject

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
SUBJECTS = [msgspec.convert(each, Subject) for each in VECTORS["subjects"]]
TARGETS = [cell.target for cell in SUBJECTS[0].cells]


@pytest.mark.parametrize("vector", VECTORS["queries"], ids=lambda vector: vector["query"])
def test_what_is_picked(vector: Any) -> None:
    query = parse(vector["query"])
    picked = {each.id: found for each in SUBJECTS if (found := pick(query, each)) is not None}
    told = {name: {"cells": list(found.cells), "differences": list(found.differences)} for name, found in picked.items()}
    assert told == vector["picked"]
    assert list(columns(query, TARGETS)) == vector["columns"]


def test_the_examples_know_every_word() -> None:
    said = {word.key for vector in VECTORS["queries"] for word in parse(vector["query"]).words}
    assert said == {"", *KEYS}
