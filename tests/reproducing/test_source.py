"""Expressions as source: what they say is what Python reads."""

import ast
from typing import Any

import pytest

from harness.reproducing.source import Writer, bytes_literal, literal, native_literal, unicode_literal

write = Writer(lambda name: name)


@pytest.mark.parametrize(
    ("tree", "source"),
    [
        (["call", ["get", ["module", "socket"], "socket"], []], "socket.socket()"),
        (["call", ["get", ["name", "s"], "send"], [{"bytes": "x\xff"}], {"flags": 1}], 's.send(b"x\\xff", flags=1)'),
        (["item", ["name", "peer"], 1], "peer[1]"),
        (["item", ["name", "data"], ["slice", None, 4, None]], "data[:4]"),
        (["item", ["name", "data"], ["slice", None, None, -1]], "data[::-1]"),
        (["tuple", [["const", "HOST"]]], "(HOST,)"),
        (["|", ["name", "a"], ["|", ["name", "b"], 2]], "a | (b | 2)"),
        (["not-in", 1, ["list", [1]]], "1 not in [1]"),
        (["is-not", ["name", "a"], None], "a is not None"),
        (["and", [["or", [1, 2]], ["not", ["name", "a"]]]], "(1 or 2) and not a"),
        (["neg", ["name", "a"]], "-a"),
        (["get", 5, "real"], "(5).real"),
        (["get", ["+", ["name", "a"], ["name", "b"]], "real"], "(a + b).real"),
        (["dict", [["a", 1]]], '{"a": 1}'),
        (["help", "nan", []], 'float("nan")'),
        (["help", "infinity", []], 'float("inf")'),
        (["help", "decimal", ["1.5"]], 'Decimal("1.5")'),
        (["help", "utf8", ["网络\n"]], 'u"网络\\n".encode("utf-8")'),
        (["help", "utf8", [["name", "text"]]], "utf8(text)"),
        (["help", "path", ["a"]], 'path("a")'),
        (["const", "INDEX"], "0"),
    ],
)
def test_an_expression_is_written_as_people_write_it(tree: Any, source: str) -> None:
    assert write(tree) == source


def test_the_members_of_a_role_are_counted_by_a_variable() -> None:
    assert Writer(lambda name: name, "me")(["const", "INDEX"]) == "me"


def test_a_folder_of_several_roles_says_whose_it_is() -> None:
    assert Writer(lambda name: name, owner="client")(["help", "path", ["a"]]) == 'path("a", owner="client")'


@pytest.mark.parametrize("text", ["", 'a"\\b', "\r\n\t\0\x7f", "网络é", "\u202eabc", "\x85", "😀", "\udc80"])
def test_text_is_the_same_again(text: str) -> None:
    assert ast.literal_eval(unicode_literal(text)) == text
    native = native_literal(text)
    assert ast.literal_eval(native.removeprefix("native(").removesuffix(")") if native.startswith("native(") else native) == text


def test_what_an_editor_would_not_show_is_escaped_also_in_native_text() -> None:
    assert native_literal("a\u202eb") == 'native(u"a\\u202eb")'
    assert native_literal("é\n") == '"é\\n"'


@pytest.mark.parametrize("data", [b"", bytes(range(256)), b"\"\\'\n"])
def test_bytes_are_the_same_again(data: bytes) -> None:
    assert ast.literal_eval(bytes_literal(data.decode("latin-1"))) == data


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ({"tuple": [1, {"list": []}]}, "(1, [])"),
        ({"tuple": [1]}, "(1,)"),
        ({"int": "36893488147419103232"}, "36893488147419103232"),
        ({"float": "-inf"}, 'float("-inf")'),
        ({"bytearray": "a"}, 'bytearray(b"a")'),
        ({"str": "é"}, '"\\xe9"'),
        ({"text": "é"}, 'u"é"'),
        ({"surrogate": "\xed\xb2\x80"}, 'u"\\udc80"'),
        ({"set": [1]}, "set([1])"),
        ({"dict": [[1, 2]]}, "{1: 2}"),
        ({"enum": "AddressFamily", "name": "AF_INET", "int": 2}, "2"),
        (None, "None"),
        (-1.5, "-1.5"),
    ],
)
def test_a_value_is_written_as_a_literal(value: Any, source: str) -> None:
    assert literal(value) == source
