"""What a step expects is compiled once, and what cannot be expected is refused."""

from typing import Any

import pytest

from harness.language.compile import compile_file
from harness.language.mistakes import Mistake
from harness.records.plan import Bounds, Expectation, Place, Plan, RaisesExpectation, WarnsExpectation
from tests.language.writing import FILE, mistakes_of, steps_of

ERROR = ["get", ["module", "socket"], "error"]
GAIERROR = ["get", ["module", "socket"], "gaierror"]


def expectation(keys: str) -> Expectation:
    return steps_of("- server: socket.socket()\n" + "\n".join("  " + line for line in keys.splitlines()))[0].expect


def mistakes(keys: str) -> list[str]:
    """Mistakes of one step's keys, which start in line 6 and column 5."""
    return mistakes_of("- server: socket.socket()\n" + "\n".join("  " + line for line in keys.splitlines()))


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("23", 23),
        ("1.0", 1.0),
        ("null", None),
        ("None", None),
        ("true", True),
        ('b""', {"bytes": ""}),
        ("'\"text\"'", "text"),
        ("(HOST, any_int())", ["tuple", [["const", "HOST"], ["match", "any_int", []]]]),
        ("[1, any_int()]", ["list", [1, ["match", "any_int", []]]]),
        ("[]", {"list": []}),
        ("-.inf", {"float": "-inf"}),
        ("9007199254740993", {"int": "9007199254740993"}),
        ("socket.AF_INET", ["get", ["module", "socket"], "AF_INET"]),
    ],
)
def test_returns_takes_a_plain_value_or_an_expression(written: str, tree: Any) -> None:
    found = expectation(f"returns: {written}")
    assert found == Expectation(returns=tree, has_returns=True)
    assert type(found.returns) is type(tree)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("TypeError", RaisesExpectation(type=["builtin", "TypeError"])),
        ("socket.timeout", RaisesExpectation(type=["get", ["module", "socket"], "timeout"])),
        ("struct.error", RaisesExpectation(type=["get", ["module", "struct"], "error"])),
        ("ECONNREFUSED", RaisesExpectation(type=ERROR, errno="ECONNREFUSED")),
        ("EAI_NONAME", RaisesExpectation(type=GAIERROR, errno="EAI_NONAME")),
        ("{errno: 11}", RaisesExpectation(errno=11)),
        ("{errno: EAGAIN}", RaisesExpectation(errno="EAGAIN")),
        ("{errno: errno.EAGAIN}", RaisesExpectation(errno="EAGAIN")),
        ("{errno: 'one_of(EAGAIN, EWOULDBLOCK)'}", RaisesExpectation(errno=["match", "one_of", ["EAGAIN", "EWOULDBLOCK"]])),
        (
            "{type: ValueError, message: 'matches(r\"a.*\")'}",
            RaisesExpectation(type=["builtin", "ValueError"], message=["match", "matches", ["a.*"]]),
        ),
    ],
)
def test_raises_takes_a_class_a_symbol_or_a_mapping(written: str, expected: RaisesExpectation) -> None:
    assert expectation(f"raises: {written}").raises == expected


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ("0.2..0.6", Bounds(0.2, 0.6)),
        ("..0.5", Bounds(None, 0.5)),
        ("0.2..", Bounds(0.2, None)),
        ("1..2", Bounds(1.0, 2.0)),
        ("0..10", Bounds(0.0, 10.0)),
    ],
)
def test_takes_is_a_range(written: str, bounds: Bounds) -> None:
    assert expectation(f"takes: {written}").takes == bounds


def test_warns_takes_a_class_or_a_mapping() -> None:
    assert expectation("warns: ResourceWarning").warns == WarnsExpectation("ResourceWarning")
    found = expectation("warns: {type: DeprecationWarning, message: contains('x')}").warns
    assert found == WarnsExpectation("DeprecationWarning", ["match", "contains", ["x"]])


def test_records_expects_nothing() -> None:
    assert expectation("records: true") == Expectation(records=True)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("returns:", ["6:13: 'returns' is empty; write null where None is meant"]),
        ("returns: {a: 1}", ["6:14: 'returns' takes no mapping; write an expression in single quotes"]),
        ("returns: [1, any_itn()]", ["6:18: an expectation calls matchers and pure helpers only; did you mean 'any_int'?"]),
        ("returns: 1\nraises: TypeError", ["7:5: a step either returns or raises; what differs by target belongs under 'varies'"]),
        ("records: true\nreturns: 1", ["6:5: 'records' expects nothing, so it stands alone; leave out 'returns' or 'records'"]),
        ("records: false", ["6:14: 'records' takes only true; leave the key out where something is expected"]),
        ("raises: ECONREFUSED", ["6:13: unknown exception or error symbol 'ECONREFUSED'; did you mean 'ECONNREFUSED'?"]),
        ("raises: timeout", ["6:13: unknown exception or error symbol 'timeout'; did you mean 'socket.timeout'?"]),
        ("raises: TimeoutErr", ["6:13: unknown exception or error symbol 'TimeoutErr'; did you mean 'TimeoutError'?"]),
        ("raises: [TypeError]", ["6:13: 'raises' must be text"]),
        ("raises: {}", ["6:13: 'raises' is empty; name a type, an errno or a message"]),
        ("raises: {typ: TypeError}", ["6:14: unknown key 'typ'; did you mean 'type'?"]),
        ("raises: {type: EPIPE}", ["6:20: 'EPIPE' is an error symbol, not an exception class; write errno: EPIPE"]),
        ("raises: {errno: EPIEP}", ["6:21: unknown error symbol 'EPIEP'; did you mean 'EPIPE'?"]),
        ("raises: {errno: null}", ["6:21: 'errno' is empty; write one_of(None) where there must be none"]),
        (
            "raises: one_of(TypeError, EPIPE)",
            [
                (
                    "6:13: one of several classes cannot be expected; "
                    "name an ancestor they share, or say under 'varies' which target raises which"
                ),
            ],
        ),
        ("takes: 3", ["6:12: 'takes' is a range of seconds, not '3'; write 0.2..0.6, ..0.5 or 0.2.."]),
        ("takes: ..", ["6:12: 'takes' is a range of seconds, not '..'; write 0.2..0.6, ..0.5 or 0.2.."]),
        ("takes: 3..2", ["6:12: the range 3..2 is empty; write the smaller number first"]),
        ("takes: ..30", ["6:12: the range goes beyond the scenario's limit of 10 seconds; say 'limit: 35' at the top"]),
        ("warns: ResourceWarnin", ["6:12: unknown warning class 'ResourceWarnin'; did you mean 'ResourceWarning'?"]),
        (
            "warns: {message: 'x'}",
            ["6:12: 'warns' lacks 'type'; name a class such as ResourceWarning", "6:23: unknown name 'x'; a text value is written '\"x\"'"],
        ),
    ],
)
def test_what_cannot_be_expected_is_refused(keys: str, expected: list[str]) -> None:
    assert mistakes(keys) == expected


def test_a_variation_says_when_why_and_who_says_so() -> None:
    (step,) = steps_of("""
        - server: socket.socket()
          raises: ConnectionRefusedError
          varies:
            - when: python < 3.10
              raises: ECONNREFUSED
              because: >
                No subclasses
                of OSError.
              see: [python:exceptions, "https://peps.python.org/pep-3151/"]
            - {when: ipv6, records: true, because: Nobody knows., see: [posix:socket]}
    """)
    first, second = step.varies
    assert (first.when, first.because, first.place) == ("python < 3.10", "No subclasses of OSError.", Place(8, 9))
    assert first.see == ("python:exceptions", "https://peps.python.org/pep-3151/")
    assert first.expect == Expectation(raises=RaisesExpectation(type=ERROR, errno="ECONNREFUSED"))
    assert second.expect == Expectation(records=True)


@pytest.mark.parametrize(
    ("variation", "expected"),
    [
        ("{when: pyton < 3, because: x, see: [posix:a], returns: 1}", ["7:16: unknown fact 'pyton'; did you mean 'python'?"]),
        ("{when: 'os == linux', because: x, see: [posix:a], returns: 1}", ["7:23: unknown fact 'linux'; a text is written \"linux\""]),
        (
            "{}",
            [
                "7:9: a variation expects nothing; add returns, raises, takes, warns or records: true",
                "7:9: a variation lacks 'because'; say why these targets depart",
                "7:9: a variation lacks 'see'; say who documents it",
                "7:9: a variation lacks 'when'; say where it applies, such as python < 3.10",
            ],
        ),
        ("{when: ipv6, because: x, see: [posix:a], returns: 5}", ["7:9: a variation expects the same as the step itself; leave it out"]),
        (
            "{when: ipv6, because: x, see: [posixx:a], returns: 1}",
            ["7:40: unknown kind of reference 'posixx:a'; did you mean 'posix:'?"],
        ),
        (
            "{when: ipv6, because: x, see: ['posix:'], returns: 1}",
            ["7:40: reference 'posix:' says nothing; write what it refers to right after the colon"],
        ),
        ("{when: ipv6, because: x, see: [posix:a], retuns: 1, returns: 1}", ["7:50: unknown key 'retuns'; did you mean 'returns'?"]),
        ("ipv6", ["7:9: a variation must be a mapping; it has when, because, see and what is expected then"]),
    ],
)
def test_a_variation_with_a_mistake_is_refused(variation: str, expected: list[str]) -> None:
    found = mistakes_of(f"- server: socket.socket()\n  returns: 5\n  varies: \n    - {variation}")
    assert found == [line.replace("7:", "8:", 1) for line in expected]


def test_a_true_is_not_the_same_as_a_one() -> None:
    assert steps_of("- server: len('')\n  returns: 1\n  varies: [{when: ipv6, returns: true, because: x, see: [posix:a]}]")[0].varies


OF_CASES = """\
title: A socket closes
about: Everyone closes sockets.
see: [posix:close]
cases:
  short: {text: '"a"', size: 1}
  long: {text: '"abc"', size: 3}
steps:
  - server: len(text)
    returns: size
    varies:
      - {when: ipv6, cases: NAMED, returns: 7, because: x, see: [posix:a]}
      - {when: ipv4, returns: 8, because: y, see: [posix:b]}
"""


def of_cases(named: str) -> tuple[tuple[Plan, ...], tuple[Mistake, ...]]:
    return compile_file(OF_CASES.replace("NAMED", named).encode(), FILE, "tcp/close")


def test_a_variation_may_be_of_some_cases_only() -> None:
    plans, mistakes = of_cases("[long]")
    assert mistakes == ()
    assert {plan.id: [each.because for each in plan.steps[0].varies] for plan in plans} == {
        "tcp/close[short]": ["y"],
        "tcp/close[long]": ["x", "y"],
    }


@pytest.mark.parametrize(
    ("named", "mistake"),
    [
        ("[lonk]", "scenarios/tcp/close.yaml:11:30: no case 'lonk'; did you mean 'long'?"),
        ("[]", "scenarios/tcp/close.yaml:11:29: 'cases' is empty; leave it out where every case departs"),
        ("long", "scenarios/tcp/close.yaml:11:29: 'cases' must be a list; write cases: […]"),
    ],
)
def test_cases_of_a_variation_are_rows_of_the_scenario(named: str, mistake: str) -> None:
    assert [str(each) for each in of_cases(named)[1]] == [mistake]


def test_a_scenario_without_cases_has_none_that_vary() -> None:
    variation = "{when: ipv6, cases: [one], returns: 7, because: x, see: [posix:a]}"
    assert mistakes_of(f"- server: len('')\n  returns: 0\n  varies:\n    - {variation}") == [
        "8:30: no case 'one'; the scenario has no cases"
    ]
