"""What a target says cannot steer the terminal."""

import json

import pytest

from harness.runs.safe import safe, safe_json, safe_lines


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain 网络 ✓", "plain 网络 ✓"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("two\nlines\ttab", r"two\nlines\ttab"),
        ("\x9b2J", r"\x9b2J"),
        ("abc\u202edef", r"abc\u202edef"),
        ("half \udc80", r"half \udc80"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
    ],
)
def test_text_is_made_harmless(said: str, shown: str) -> None:
    assert safe(said) == shown


def test_lines_of_a_message_stay_lines() -> None:
    assert safe_lines("one\x1b\ntwo\r") == "one\\x1b\ntwo\\r"


def test_json_means_the_same_and_holds_no_control_character() -> None:
    text = json.dumps({"a": "\x9b2J \x7f \u202e 网络"}, ensure_ascii=False)
    made = safe_json(text)
    assert made == '{"a": "\\u009b2J \\u007f \\u202e 网络"}'
    assert json.loads(made) == json.loads(text)
