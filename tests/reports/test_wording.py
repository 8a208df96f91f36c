"""Plans read as people wrote them."""

import pytest

from harness.records.plan import Bounds, Expectation, RaisesExpectation, WarnsExpectation
from harness.reports.wording import bounds_words, expectation_words, written
from tests.reports.making import plan_of

FRAME = "title: T\nabout: A\nsee: [seed:0.1]\nsteps:\n  - client: s = socket.socket()\n  - client: {}\n  - client: len(x)\n"


@pytest.mark.parametrize(
    "source",
    [
        'utf8("网络")',
        "s.recv(1024)",
        "s.recv(1024)[0]",
        "s.recv(1024)[1:]",
        "(HOST, 80)",
        "(HOST,)",
        "[1, 2]",
        "socket.SOCK_STREAM | socket.SOCK_NONBLOCK",
        "(1 + len(s.recv(1))) - 2",
        "not s.getblocking()",
        "s.family in (socket.AF_INET, socket.AF_UNIX)",
        "s.family is not None",
        "s.family == 1 and s.type == 2",
        "socket.create_connection((HOST, 80), timeout=0.5)",
        "b'a'",
    ],
)
def test_an_expression_comes_back_as_it_was_written(source: str) -> None:
    quoted = "'x = " + source.replace("'", "''") + "'"
    plan = plan_of(FRAME.format(quoted), "a/b")
    assert written(plan.steps[1].call.do) == source.replace('"', "'")


def test_expectations_in_words() -> None:
    timeout = RaisesExpectation(type=["get", ["module", "socket"], "timeout"])
    assert expectation_words(Expectation()) == []
    assert expectation_words(Expectation(has_returns=True)) == ["returns None"]
    assert expectation_words(Expectation(raises=timeout, takes=Bounds(0.2, 0.6))) == ["raises socket.timeout", "takes 0.2..0.6 s"]
    refused = RaisesExpectation(type=["builtin", "OSError"], errno="ECONNREFUSED", message=["match", "contains", ["refused"]])
    assert expectation_words(Expectation(raises=refused)) == ["raises OSError ECONNREFUSED contains('refused')"]
    assert expectation_words(Expectation(raises=RaisesExpectation())) == ["raises an exception"]
    assert expectation_words(Expectation(warns=WarnsExpectation("ResourceWarning"))) == ["warns ResourceWarning"]
    assert expectation_words(Expectation(records=True)) == ["only recorded"]


def test_open_bounds() -> None:
    assert bounds_words(Bounds(None, 0.5)) == "..0.5 s"
    assert bounds_words(Bounds(0.5, None)) == "0.5.. s"
