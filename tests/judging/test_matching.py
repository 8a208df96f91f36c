"""What equals what, and what each matcher takes."""

import re
from typing import Any

import pytest

from harness.judging.matching import Context, Misstated, Unmatchable, describe, evaluate, filled, matches
from harness.records.facts import Facts

FACTS = Facts(
    python="3.8.18",
    implementation="cpython",
    implementation_version="3.8.18",
    os="linux",
    constants={"socket.AF_INET": 2, "errno.EPIPE": 32},
    classes={"socket.timeout": "socket.timeout", "OSError": "OSError", "socket.error": "OSError"},
)
SAVED = {"address": {"tuple": ["127.0.0.1", 40001]}, "data": {"bytes": "abc"}}
CONTEXT = Context(FACTS, SAVED.__getitem__, {"HOST": "127.0.0.1", "HOST6": "::1", "PEER": "127.0.0.1", "INDEX": 0})


def match(name: str, *arguments: Any) -> list[Any]:
    return ["match", name, list(arguments)]


EQUAL: list[tuple[Any, Any]] = [
    (23, 23),
    (2, {"enum": "AddressFamily", "name": "AF_INET", "int": 2}),
    ({"int": "99999999999999999999"}, {"int": "99999999999999999999"}),
    (None, None),
    (True, True),
    (0.5, 0.5),
    ("abc", "abc"),
    ("abc", {"str": "abc"}),
    ({"bytes": "abc"}, {"str": "abc"}),
    ({"text": "abc"}, "abc"),
    ({"text": "é"}, {"text": "é"}),
    ({"bytes": "\xff"}, {"bytes": "\xff"}),
    (["tuple", [1, "a"]], {"tuple": [1, "a"]}),
    (["name", "address"], {"tuple": ["127.0.0.1", 40001]}),
    (["tuple", [["const", "HOST"], match("any_port")]], {"tuple": ["127.0.0.1", 40001]}),
    (["get", ["module", "socket"], "AF_INET"], 2),
    (["get", ["module", "socket"], "timeout"], {"class": "socket.timeout"}),
    (["help", "utf8", ["é"]], {"bytes": "Ã©"}),
    (["help", "fill", [3]], {"bytes": "\x00\x01\x02"}),
    (["help", "fill", [70000]], filled(70000)),
    (["+", ["help", "fill", [251]], ["help", "fill", [70000]]], filled(70251)),
    (["item", ["help", "fill", [70000]], ["slice", 251, 255, None]], {"bytes": "\0\1\2\3"}),
    (["|", ["get", ["module", "socket"], "AF_INET"], 8], 10),
    (["+", {"bytes": "a"}, {"bytes": "b"}], {"bytes": "ab"}),
    (["item", ["name", "address"], 1], 40001),
    (["item", ["name", "data"], ["slice", None, 2, None]], {"bytes": "ab"}),
    (["item", ["name", "data"], 1], 98),
    (["item", {"str": "abc"}, 1], {"str": "b"}),
    (["item", "abc", -1], "c"),
    (["dict", [["a", match("any_int")], ["b", 2]]], {"dict": [["b", {"enum": "Kind", "name": "", "int": 2}], ["a", 1]]}),
    ({"set": [1, 2]}, {"set": [{"int": "2"}, 1]}),
    (["not", ["==", 1, 2]], True),
    (["in", 1, ["tuple", [1, 2]]], True),
    (["help", "nan", []], {"float": "nan"}),
]

DIFFERENT: list[tuple[Any, Any]] = [
    (1, True),
    (True, 1),
    (0, None),
    (1, 1.0),
    (0.5, None),
    ("abc", {"bytes": "abc"}),
    ({"bytes": "abc"}, "abc"),
    ({"bytes": "abc"}, {"bytearray": "abc"}),
    (["tuple", [1]], {"list": [1]}),
    (["tuple", [1]], {"tuple": [True]}),
    (["tuple", [1]], {"tuple": [1, 1]}),
    (["dict", [["a", 1]]], {"dict": [["a", True]]}),
    (["dict", [["a", 1]]], {"dict": [["a", 1], ["b", 1]]}),
    ({"set": [1, 1]}, {"set": [1, 2]}),
    (["help", "fill", [70000]], filled(70001)),
    (["+", ["help", "fill", [70000]], {"bytes": "x"}], filled(70001)),
    (["help", "fill", [3]], {"bytes": "\x00\x01\x03"}),
]


@pytest.mark.parametrize(("expected", "observed"), EQUAL)
def test_equal(expected: Any, observed: Any) -> None:
    assert matches(expected, observed, CONTEXT)


@pytest.mark.parametrize(("expected", "observed"), DIFFERENT)
def test_different(expected: Any, observed: Any) -> None:
    assert not matches(expected, observed, CONTEXT)


MATCHERS: list[tuple[Any, list[Any], list[Any]]] = [
    (match("anything"), [None, 1, "x"], []),
    (match("any_int"), [1, {"int": "1"}, {"enum": "E", "name": "", "int": 4}], [True, 1.0, "1", None]),
    (match("any_float"), [1.0, {"float": "inf"}], [1, True]),
    (match("any_str"), ["", {"str": ""}], [{"bytes": ""}, {"text": ""}, 1]),
    (match("any_bytes"), [{"bytes": ""}, {"str": ""}, filled(999)], ["", {"bytearray": ""}]),
    (match("any_port"), [1, 65535], [0, 65536, True, "80"]),
    (match("between", 1, 3), [1, 3, 2.5], [0, 4, "2", True, None]),
    (match("matches", "a.c"), ["abc", {"bytes": "abc"}, "a\nc"], ["abcd", "ac", 1]),
    (match("contains", {"bytes": "b"}), [{"bytes": "abc"}, {"str": "b"}], ["b", {"bytes": "a"}, 1]),
    (match("contains", 1), [{"list": [0, 1]}], [{"list": [True]}, 1]),
    (match("starts", "ab"), ["abc", {"str": "ab"}], ["ba", {"bytes": "abc"}]),
    (match("instance", "bytes"), [{"bytes": ""}, {"str": ""}], ["", None]),
    (match("instance", "int"), [1, {"enum": "E", "name": "", "int": 4}], [True, 1.0]),
    (match("instance", "OSError"), [{"exception": {"type": "TimeoutError", "bases": ["OSError"], "message": ""}}], [1]),
    (match("length", 2), ["ab", {"tuple": [1, 2]}, {"list": [1, 2]}], ["a", 2]),
    (match("one_of", 1, "a"), [1, "a"], [True, 2]),
    (match("differs", 1), [2, True], [1]),
]


@pytest.mark.parametrize(
    ("matcher", "taken", "refused"), MATCHERS, ids=[f"{tree[1]}-{index}" for index, (tree, _, _) in enumerate(MATCHERS)]
)
def test_matchers(matcher: Any, taken: list[Any], refused: list[Any]) -> None:
    assert [value for value in taken if not matches(matcher, value, CONTEXT)] == []
    assert [value for value in refused if matches(matcher, value, CONTEXT)] == []


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (["name", "nothing"], "nothing was not set"),
        (["get", ["module", "socket"], "AF_VSOCK"], "socket.AF_VSOCK is not there on this target"),
        (["call", ["name", "address"], []], "operation 'call' has no place in an expectation"),
        (["help", "forget", ["x"]], "forget() cannot be used in an expectation"),
        (["+", 1, "a"], "1 + 'a' has no value"),
        (["item", ["name", "address"], 7], "list index out of range"),
    ],
)
def test_an_expectation_without_a_value_says_why(tree: Any, message: str) -> None:
    with pytest.raises(Unmatchable, match="^" + re.escape(message)):
        evaluate(tree, CONTEXT)


def test_expected_values_read_like_python() -> None:
    tree = ["tuple", [["const", "HOST"], match("between", 1, 9), {"bytes": "\xff"}]]
    assert describe(evaluate(tree, CONTEXT)) == "('127.0.0.1', between(1, 9), b'\\xff')"


def test_a_pattern_that_takes_for_ever_is_given_up() -> None:
    with pytest.raises(Misstated, match="takes more than 1 s to match; write it without nested repetitions"):
        matches(match("matches", "(a|aa)+$"), "a" * 60 + "b", CONTEXT)
