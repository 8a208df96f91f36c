"""What a target did, as a condition that a program can ask."""

from typing import Any

import pytest

from harness.records.observation import Observation, Raised
from harness.reproducing.conditions import condition


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "outcome is None"),
        (True, "outcome is True"),
        (5, "outcome == 5"),
        ({"bytes": "x"}, 'outcome == b"x"'),
        ({"tuple": ["127.0.0.1", {"port": 1}]}, 'isinstance(outcome, tuple) and len(outcome) == 2 and outcome[0] == "127.0.0.1"'),
        ({"enum": "AddressFamily", "name": "AF_INET", "int": 2}, "outcome == 2"),
        ({"large": "bytes", "length": 70000, "sha256": "", "head": ""}, "len(outcome) == 70000"),
        ({"socket": 1}, "not isinstance(outcome, BaseException)"),
        ("<temporary:1>/a", "not isinstance(outcome, BaseException)"),
        ({"float": "nan"}, "outcome != outcome"),
        ({"handle": 1, "object": "io.BytesIO"}, "not isinstance(outcome, BaseException)"),
        ({"dict": [["a", {"socket": 1}]]}, "not isinstance(outcome, BaseException)"),
        ({"dict": [["a", 1]]}, 'outcome == {"a": 1}'),
        ({"set": [{"tuple": [1, {"port": 1}]}]}, "not isinstance(outcome, BaseException)"),
        ({"class": "socket.timeout"}, 'outcome.__name__ == "timeout"'),
    ],
)
def test_a_value_is_compared_where_it_is_the_same_in_every_run(value: Any, text: str) -> None:
    assert condition(Observation(0, value=value), "value") == text


def test_types_count_where_they_are_what_differs() -> None:
    assert condition(Observation(0, value={"bytearray": "x"}), "type") == (
        'outcome == bytearray(b"x") and type(outcome).__name__ == "bytearray"'
    )


@pytest.mark.parametrize(
    ("raised", "kind", "more"),
    [
        (Raised("x.Error"), "exception", 'getattr(outcome, "errno", None) is None'),
        (Raised("x.Error", (), 97, ("EAFNOSUPPORT",)), "errno", "outcome.errno == errno.EAFNOSUPPORT"),
        (Raised("x.Error", (), -2, ("EAI_NONAME",)), "fail", "outcome.errno == socket.EAI_NONAME"),
        (Raised("x.Error", (), 9999), "fail", "outcome.errno == 9999"),
        (Raised("x.Error", message="no"), "message", 'u"no" in str(outcome)'),
    ],
)
def test_an_exception_is_compared_by_class_and_number(raised: Raised, kind: str, more: str) -> None:
    assert condition(Observation(0, raises=raised), kind) == f'type(outcome).__name__ == "Error" and {more}'


def test_a_step_that_cannot_be_compared_has_no_condition() -> None:
    assert condition(Observation(0, started=True), "value") == ""
    assert condition(Observation(0, pending=False), "value") == "outcome is False"
