"""Observations that have the form of the protocol, and those that have not."""

from typing import Any

import pytest

from harness.checking.shapes import problem_of_observation, problem_of_value

RAISED = {"type": "OSError", "bases": ["Exception"], "errno": 111, "symbols": ["ECONNREFUSED"], "message": "Connection refused"}


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -(2**53), 1.0, "", {"int": str(2**53 + 1)}, {"float": "nan"}, {"bytes": "\x00\xff"}, {"text": "é"},
        {"tuple": [1, {"list": []}]}, {"dict": [[1, 2]]}, {"set": []}, {"enum": "AddressFamily", "name": "", "int": 2}, {"socket": 1},
        {"object": "object", "handle": 2}, {"class": "int"}, {"exception": RAISED},
        {"large": "bytes", "length": 257, "sha256": "0" * 64, "head": "x" * 32},
    ],
)  # fmt: skip
def test_a_value_has_one_of_the_forms(value: Any) -> None:
    assert problem_of_value(value) == ""


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([1], "an array where a value is to be"),
        (2**53 + 1, "an integer beyond 2**53 that is a plain number"),
        ("x" * 257, "a text of more than 256 characters that is not shortened"),
        ({"bytes": "网"}, "a tag for bytes with something else than characters U+0000 to U+00FF"),
        ({"bytes": "x" * 257}, "bytes of more than 256 units that are not shortened"),
        ({"int": "7"}, "an integer up to 2**53 that is no plain number"),
        ({"int": 7}, "an 'int' without a text of digits"),
        ({"float": "1.0"}, "a 'float' other than nan, inf and -inf"),
        ({"tuple": 1}, "a container without an array of its items"),
        ({"tuple": [{"list": [[1]]}]}, "an array where a value is to be"),
        ({"dict": [[1]]}, "a dict without an array of pairs"),
        ({"socket": True}, "a socket without its number"),
        ({"object": "object"}, "a value without a right 'handle': object, handle belong together"),
        ({"complex": "1j"}, "a value with the unknown tag 'complex'"),
        ({"text": "a", "bytes": "a"}, "a value with the keys bytes, text"),
        ({"large": "bytes", "length": 3, "sha256": "0" * 64, "head": "abc"}, "a value of 3 units that is shortened"),
        ({"large": "bytes", "length": 300, "sha256": "beef", "head": ""}, "a shortened value with a wrong digest or head"),
    ],
)
def test_what_is_wrong_with_a_value_is_said(value: Any, problem: str) -> None:
    assert problem_of_value(value) == problem


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        ({"value": 1}, ""),
        ({"raises": RAISED}, ""),
        ({"pending": False}, ""),
        ({"started": True}, ""),
        ({"lacking": "the helper alarm"}, ""),
        ({}, "an observation with none of value, raises, started, pending, skipped, refused, lacking"),
        (
            {"value": 1, "raises": RAISED},
            "an observation with value and raises of value, raises, started, pending, skipped, refused, lacking",
        ),
        ({"started": False}, "'started' is something else than true"),
        ({"skipped": ""}, "'skipped' without a text"),
        ({"raises": "OSError"}, "an exception that is no object"),
        ({"raises": {**RAISED, "bases": None}}, "an exception without 'bases'"),
        ({"raises": {**RAISED, "errno": True}}, "an exception whose 'errno' is neither a number nor null"),
        ({"raises": {**RAISED, "errno": None}}, "an exception with symbols and without a number"),
        ({"value": 1, "seconds": -1.0}, "an observation without 'seconds'"),
    ],
)
def test_what_is_wrong_with_an_observation_is_said(outcome: dict[str, Any], problem: str) -> None:
    assert problem_of_observation({"step": 0, "seconds": 0.0, **outcome}) == problem
