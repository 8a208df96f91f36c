"""Predicates say where something holds; versions are no numbers."""

import pytest

from harness.language.predicates import PredicateError, parse, version
from harness.records.facts import Facts

LINUX = Facts(
    python="3.8.18",
    implementation="cpython",
    implementation_version="3.8.18",
    os="linux",
    kernel="5.4.0",
    libc="musl",
    names=("AF_INET", "socket.socket.sendmsg"),
    constants={"select.EPOLLIN": 1, "socket.AF_INET": 2, "errno.EAGAIN": 11},
    capabilities=("net_raw",),
    settings={"net.ipv4.tcp_syncookies": "1"},
    unix=True,
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("python < 3.10", True),
        ("python >= 3.10", False),
        ("python == 3.8", True),
        ("python == 3.8.18", True),
        ("python != 3.8", False),
        ("python <= 3.8", True),
        ("python > 3.8", False),
        ("python > 3.8.17", True),
        ("python == 3", True),
        ("kernel >= 5.4", True),
        ("kernel == 5.4.0.1", False),
        ("3.3 <= python < 3.10", True),
        ("3.9 <= python < 3.10", False),
        ('"linux" == os', True),
        ('os in ("macos", "linux")', True),
        ('os not in ("macos", "linux",)', False),
        ('libc == "musl" and not ipv6', True),
        ('libc == "glibc" or python < 3', False),
        ("not (ipv6 or root)", True),
        ("unix", True),
        ("bits == 64", True),
        ('"AF_VSOCK" not in socket', True),
        ('"AF_INET" in socket', True),
        ('"socket.sendmsg" in socket', True),
        ('"epoll" in select', True),
        ('"kqueue" in select', False),
        ('"EAGAIN" in errno', True),
        ('"net_raw" in capabilities', True),
        ('setting("net.ipv4.tcp_syncookies") == "1"', True),
        ('setting("net.ipv4.tcp_syncookies") >= 2', False),
        ('implementation == "brython"', False),
    ],
)
def test_a_predicate_is_held_against_the_facts(text: str, holds: bool) -> None:
    assert parse(text).holds(LINUX) is holds


@pytest.mark.parametrize(
    "text",
    [
        'libc_version == "1"',
        'libc_version != "1"',
        "libc_version < 9",
        'machine not in ("a", "b")',
        'image != "x"',
        'shaping != "x"',
        'setting("net.core.somaxconn") != "1"',
    ],
)
def test_an_unknown_fact_makes_every_comparison_false(text: str) -> None:
    assert parse(text).holds(LINUX) is False


def test_a_predicate_is_read_once_and_knows_its_facts() -> None:
    assert parse("python < 3.10") is parse("python < 3.10")
    assert parse('python < 3.10 and os == "linux" and python > 3').facts == ("python", "os")


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("", 0, "a condition is missing", 'write a comparison such as python >= 3.8 or os == "linux"'),
        ("pyton < 3", 0, "unknown fact 'pyton'", "did you mean 'python'?"),
        ("os == linux", 6, "unknown fact 'linux'", 'a text is written "linux"'),
        ('os == "darwin"', 6, "unknown os 'darwin'", 'did you mean "macos"?'),
        ('os == "lunix"', 6, "unknown os 'lunix'", 'did you mean "linux"?'),
        ('os < "linux"', 0, "'os' has no order", 'write os == "linux"'),
        ("os == 3", 6, "'os' is compared with a text", 'write os == "linux"'),
        ('python < "x"', 9, "'python' is compared with a number", "write python >= 3.8"),
        ("python", 0, "'python' alone is no condition", "compare it: python >= 3.8"),
        ("3.8", 0, "3.8 alone is no condition", "compare it with a fact"),
        ("ipv6 == 1", 0, "'ipv6' is not compared with a value", "write ipv6 or not ipv6"),
        ("python < kernel", 9, "a comparison needs a fact on one side and a literal on the other", ""),
        ("(ipv6", 5, "')' is missing", ""),
        ("ipv6 ipv4", 5, "'ipv4' is out of place", "join conditions with 'and' or 'or'"),
        ('os in "linux"', 6, "'in' needs a list or a collection", 'write os in ("linux", "macos") or "AF_VSOCK" in socket'),
        ("setting == 3", 0, "'setting' needs a name", 'write setting("net.ipv4.tcp_syncookies") == "1"'),
        (
            'setting("net.core.somaxcon") == "1"',
            8,
            "no agent reports the setting 'net.core.somaxcon'",
            "did you mean 'net.core.somaxconn'?",
        ),
        (
            'setting("kernel.panic") == "1"',
            8,
            "no agent reports the setting 'kernel.panic'",
            "settings are those that an agent reports: see 'sockmatrix facts'",
        ),
        ("python < 3.8 and", 16, "a condition is missing", 'write a comparison such as python >= 3.8 or os == "linux"'),
        ("not " * 30 + "ipv6", 80, "a predicate is nested too deeply", "at most 20 levels are allowed"),
        ("(" * 900, 20, "a predicate is nested too deeply", "at most 20 levels are allowed"),
        ("x" * 2000, 0, "a predicate of 2000 characters is too long", "at most 1000 are allowed"),
        ("__import__('os')", 0, "unknown fact '__import__'", ""),
    ],
)
def test_a_predicate_that_cannot_be_understood_says_where_and_what_to_try(text: str, offset: int, message: str, hint: str) -> None:
    with pytest.raises(PredicateError) as caught:
        parse(text)
    error = caught.value
    assert (error.offset, error.message) == (offset, message)
    if hint:
        assert error.hint == hint


def test_the_error_is_a_sentence() -> None:
    with pytest.raises(PredicateError) as caught:
        parse("pyton < 3")
    assert str(caught.value) == "unknown fact 'pyton' in predicate 'pyton < 3'; did you mean 'python'?"


def test_versions_are_read_number_by_number() -> None:
    assert version("3.15.0a1") == (3, 15, 0)
    assert version("6.18.44-generic") == (6, 18, 44)
    assert version("unknown") == ()
