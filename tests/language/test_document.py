"""YAML comes in as plain data that knows its place, or not at all."""

import pytest

from harness.language import document
from harness.language.document import Mapping, NotReadable, Scalar, column_of, parse, resolve
from harness.language.mistakes import Mistake


def refusal(text: str) -> str:
    with pytest.raises(NotReadable) as caught:
        parse(text, "a.yaml", [])
    return str(caught.value)


def value_of(text: str) -> object:
    root = parse(f"key: {text}\n", "a.yaml", [])
    assert isinstance(root, Mapping)
    node = root.get("key")
    assert isinstance(node, Scalar)
    return resolve(node)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2020-01-01", "2020-01-01"),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.inf", float("-inf")),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("'12'", "12"),
        ('"true"', "true"),
    ],
)
def test_plain_scalars_are_read_by_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = value_of(text)
    assert (found, type(found)) == (value, type(value))


def test_a_nan_is_a_float() -> None:
    found = value_of(".nan")
    assert isinstance(found, float)
    assert found != found


def test_a_number_of_five_thousand_digits_stays_text() -> None:
    assert value_of("9" * 5000) == "9" * 5000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1", "a.yaml:1:4: anchor '&x' is not allowed; a scenario is plain data"),
        ("a: *x", "a.yaml:1:4: alias '*x' is not allowed; write the value out"),
        ("a: !!str 1", "a.yaml:1:4: tag 'tag:yaml.org,2002:str' is not allowed; a scenario is plain data"),
        ("a: {<<: {b: 1}}", "a.yaml:1:5: merge key '<<' is not allowed; write the keys out"),
        ("a: 1\n---\nb: 1", "a.yaml:2:1: a file holds one document, and here a second one starts; make it a file of its own"),
        ("%YAML 1.1\n---\na: 1", "a.yaml:1:1: a YAML directive is not allowed; leave it out: files are read as YAML 1.2"),
        ("? [a]\n: b", "a.yaml:1:3: a key must be text; a scenario is plain data"),
        ("a: 1\nb: x\x07", "a.yaml:2:5: control character U+0007 is not allowed; write it as an escape inside a literal"),
        ("{a: " * 100_000, "a.yaml:1:129: nested more than 32 levels deep; a scenario needs about ten"),
        ("# nothing", "a.yaml: is empty; a scenario has at least title, about, see and steps"),
    ],
)
def test_what_is_not_plain_data_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


def test_the_parser_may_look_ahead_and_refuse_a_deep_text_first() -> None:
    assert refusal("[" * 100_000) in [
        f"a.yaml:1:{column}: nested more than 32 levels deep; a scenario needs about ten"
        for column in (33, 1001)  # older and newer libyaml
    ]


def test_a_colon_inside_a_call_is_explained() -> None:
    message = refusal('- server: s.send(b"a: b")')
    assert message.startswith("a.yaml:1:21: not valid YAML: mapping values are not allowed ")
    assert message.endswith("; a ': ' inside a call reads as a key: put the whole call in single quotes")


def test_keys_that_are_there_twice_are_all_reported() -> None:
    mistakes: list[Mistake] = []
    parse("a: 1\na: 2\nb: 1\nb: 2\n", "a.yaml", mistakes)
    assert [str(mistake) for mistake in mistakes] == [
        "a.yaml:2:1: key 'a' is there twice, first in line 1; keep one of them",
        "a.yaml:4:1: key 'b' is there twice, first in line 3; keep one of them",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"title: \0", "a.yaml: is a binary file; a scenario is YAML text in UTF-8"),
        ("é: 1\nab: é".encode() + b"\xe9", "a.yaml:2:6: byte 0xe9 is not valid UTF-8; save the file in UTF-8"),
        (b" \n\n", "a.yaml: is empty; a scenario has at least title, about, see and steps"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(NotReadable) as caught:
        document.decode(data, "a.yaml")
    assert str(caught.value) == message


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert document.decode(b"\xef\xbb\xbfa: 1", "a.yaml") == "a: 1"


@pytest.mark.parametrize("written", ["ab'cX", "'ab''cX'", '"ab\'cX"', r'"\x61b\u0027cX"', "é'bcX"])
def test_a_place_inside_a_scalar_is_found_whatever_its_quotes(written: str) -> None:
    root = parse(f"key: {written}", "a.yaml", [])
    assert isinstance(root, Mapping)
    node = root.get("key")
    assert isinstance(node, Scalar)
    assert column_of(node, node.text.index("X")) == len("key: ") + written.index("X") + 1


def test_a_place_inside_a_block_is_the_start_of_the_block() -> None:
    root = parse("key: >-\n  ab\n  cX\n", "a.yaml", [])
    assert isinstance(root, Mapping)
    node = root.get("key")
    assert isinstance(node, Scalar)
    assert (node.line, column_of(node, 4)) == (1, 6)


def test_without_the_c_library_the_pure_parser_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    text = "a: [1, 'x', {b: c}]\nd: |\n  text\n"
    fast = parse(text, "a.yaml", [])
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert parse(text, "a.yaml", []) == fast
