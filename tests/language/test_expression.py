"""Python source becomes trees, and nothing else that Python can do gets through."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.language.expression import DEEPEST, compile_call, compile_value, literal, substitute

S = ["name", "s"]


def tree(text: str) -> Any:
    compiled = compile_value(text, expecting=False)
    assert compiled.flaws == ()
    return compiled.tree


def flaws(text: str) -> list[str]:
    return [f"{flaw.offset}: {flaw.message}" + (f"; {flaw.hint}" if flaw.hint else "") for flaw in compile_call(text).flaws]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a"', "a"),
        ('b"\\xff"', {"bytes": "ÿ"}),
        ('u"é"', {"text": "é"}),
        ("None", None),
        ("1.0", 1.0),
        ("-1", -1),
        ("- -1", 1),
        ("-1.5", -1.5),
        ("1e400", {"float": "inf"}),
        ("2147483647 + 1", 2147483648),
        ("9007199254740992", 9007199254740992),
        ("9007199254740993", {"int": "9007199254740993"}),
        ("-9007199254740993", {"int": "-9007199254740993"}),
        ("9007199254740993 - 1", 9007199254740992),
        ("()", {"tuple": []}),
        ("(1, [b''], {'a': (2,)})", {"tuple": [1, {"list": [{"bytes": ""}]}, {"dict": [["a", {"tuple": [2]}]]}]}),
        ("(1, s)", ["tuple", [1, S]]),
        ("{1: s}", ["dict", [[1, S]]]),
        ("HOST", ["const", "HOST"]),
        ("OSError", ["builtin", "OSError"]),
        ("bytes", ["builtin", "bytes"]),
        ("socket.AF_INET | 2", ["|", ["get", ["module", "socket"], "AF_INET"], 2]),
        ("s.recv(1, flags=2)", ["call", ["get", S, "recv"], [1], {"flags": 2}]),
        ("len(s)", ["help", "len", [S]]),
        ("isinstance(s, bytes)", ["help", "isinstance", [S, ["builtin", "bytes"]]]),
        ("OSError(1)", ["call", ["builtin", "OSError"], [1]]),
        ("int.from_bytes(s, 'big')", ["call", ["get", ["builtin", "int"], "from_bytes"], [S, "big"]]),
        ("s[1]", ["item", S, 1]),
        ("s[1:-1]", ["item", S, ["slice", 1, -1, None]]),
        ("s[::2]", ["item", S, ["slice", None, None, 2]]),
        ("not s", ["not", S]),
        ("-s", ["neg", S]),
        ("s is not None", ["is-not", S, None]),
        ("1 not in s", ["not-in", 1, S]),
        ("1 < s <= 3", ["and", [["<", 1, S], ["<=", S, 3]]]),
        ("s and 1 or 2", ["or", [["and", [S, 1]], 2]]),
        ("socket.AddressFamily.AF_INET", ["get", ["get", ["module", "socket"], "AddressFamily"], "AF_INET"]),
    ],
)
def test_an_expression_becomes_its_tree(text: str, expected: Any) -> None:
    found = tree(text)
    assert (found, type(found)) == (expected, type(expected))


def test_matchers_belong_to_expectations() -> None:
    assert compile_value("(HOST, one_of(1, b'x'))").tree == ["tuple", [["const", "HOST"], ["match", "one_of", [1, {"bytes": "x"}]]]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("any_int() + 1", "matcher 'any_int' cannot be calculated with; matchers stand alone or in tuples, lists and one_of(...)"),
        ("recv_all(s, 1)", "helper 'recv_all' cannot be called in an expectation; save its value in a step first"),
        ("socket.socket()", "an expectation calls matchers and pure helpers only; save the value in a step first"),
        ("s.family", "attribute 'family' cannot be read in an expectation; save its value in a step first"),
        ("sorted(s)", "helper 'sorted' cannot be called in an expectation; save its value in a step first"),
        ("bytes('é', 'latin-1')", "bytes() takes one argument in an expectation; save its value in a step first"),
        ("socket.socket", "'socket.socket' is no constant that an expectation can name; save its value in a step first"),
        ("selectors.EVENT_READ", "'selectors.EVENT_READ' is no constant that an expectation can name; save its value in a step first"),
        (
            "socket.AddressFamily.AF_INET",
            "'socket.AddressFamily' is no constant that an expectation can name; save its value in a step first",
        ),
        ("s == 1", "an expectation is a value or a matcher, not a condition; compare in the call and expect True"),
    ],
)
def test_an_expectation_needs_no_target_to_be_read(text: str, message: str) -> None:
    flaw = compile_value(text).flaws[0]
    assert f"{flaw.message}; {flaw.hint}" == message


def test_an_assignment_names_what_it_sets() -> None:
    one, several = compile_call("s = socket.socket()"), compile_call("conn, peer = s.accept()")
    assert ([target.name for target in one.targets], one.unpack) == (["s"], False)
    assert ([target.name for target in several.targets], several.unpack) == (["conn", "peer"], True)


def test_forget_names_what_it_drops() -> None:
    assert compile_call("forget(s)").forgets == "s"
    wrong = "forget(name) stands alone and takes a plain name; make it a step of its own"
    assert flaws("forget(s.x)")[0] == f"0: {wrong}"
    assert flaws("x = forget(s)") == [f"4: {wrong}"]


def test_words_that_change_the_process_are_marked() -> None:
    assert [word.name for word in compile_call("alarm(1)").process_wide] == ["alarm"]
    assert [word.name for word in compile_call("os.umask(1)").process_wide] == ["os.umask"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s.__class__", ["2: underscored attribute '__class__' is refused"]),
        ("socket._socket", ["7: underscored attribute '_socket' is refused"]),
        ("_s", ["0: underscored name '_s' is refused"]),
        ("_s = 1", ["0: underscored name '_s' is refused"]),
        ("'{0.a}'.format(s)", ["8: attribute 'format' is not part of the language"]),
        ("os.system('x')", ["3: 'os.system' is not part of the language"]),
        ("socket.AF_INT", ["7: 'socket.AF_INT' is not part of the language; did you mean 'socket.AF_INET'?"]),
        ("socket.sys", ["7: 'socket.sys' is not part of the language"]),
        ("socket.sethostnam('x')", ["7: 'socket.sethostnam' is not part of the language; did you mean 'socket.sethostname'?"]),
        ("s.recv_al(1)", ["2: attribute 'recv_al' is not part of the language; did you mean 'recv'?"]),
        ('"é" + s.formt', ["8: attribute 'formt' is not part of the language"]),
        ("socket", ["0: module 'socket' is no value; name a member of it: socket.…"]),
        ("fill", ["0: 'fill' must be called; write fill(…)"]),
        ("fill()", ["0: fill() lacks its argument 'n'; write fill(n)"]),
        ("fill(1, 2)", ["0: fill() takes at most 1 arguments, not 2; write fill(n)"]),
        ("unused_port(knd='udp')", ["12: unused_port() has no keyword 'knd'; did you mean 'kind'?"]),
        ("fill_buffer(s, 1, size=2)", ["18: fill_buffer() is given 'size' twice; write fill_buffer(s, size=…)"]),
        ("HOST()", ["0: 'HOST' is not called; write HOST without parentheses"]),
        ("any_int()", ["0: matcher 'any_int' stands outside an expectation; matchers belong under 'returns' or 'raises'"]),
        ("len = 1", ["0: 'len' is a word of the language; choose another name"]),
        ("s.x = 1", ["0: a step sets plain names only; write 'name = call' or 'a, b = call'"]),
        ("a, a = s", ["0: a step sets each of its names once"]),
        ("a; b", ["0: a step holds one call; make each call a step of its own"]),
        ("f(*a)", ["2: an argument with '*' is not part of the language; write the arguments out"]),
        ("f(**a)", ["0: an argument with '**' is not part of the language; write the arguments out"]),
        ("f(a=1, a=2)", ["0: an argument is given twice"]),
        ("lambda: 1", ["0: a lambda is not part of the language"]),
        ("f'{s}'", ["0: an f-string is not part of the language; write the text out"]),
        ("[x for x in s]", ["0: a comprehension is not part of the language"]),
        ("{1, 2}", ["0: a set display is not part of the language; use set([...])"]),
        ("b'x' * 100", ["0: the operator '*' is not part of the language; use fill(n) for many bytes"]),
        ("2 ** 31", ["0: the operator '**' is not part of the language; write the number out"]),
        ("import os", ["0: an import is not part of the language; socket, select, selectors, errno, struct and os are there already"]),
        ("del s", ["0: 'del' is not part of the language; use forget(name)"]),
        ("s += 1", ["0: an assignment with an operator is not part of the language; write 'name = call'"]),
        ("1j", ["0: 1j is not part of the language"]),
        ("...", ["0: Ellipsis is not part of the language"]),
        ('"\\ud800"', ['0: a lone surrogate cannot be written in a text; b"...".decode("utf-8", "surrogatepass") makes one on the target']),
        ("1 < s.send(b'') < 5", ["4: a chain of comparisons would make this call twice; save its value in a step first"]),
        ("", ["0: an expression is missing"]),
    ],
)
def test_what_the_language_lacks_is_refused_with_a_place_and_a_hint(text: str, expected: list[str]) -> None:
    assert flaws(text) == expected


def test_an_unclosed_call_points_at_yaml() -> None:
    hint = "in YAML ' #' starts a comment and quotes are taken off: put the whole text in single quotes"
    assert flaws("s.recv(1") == [f"6: cannot be read as Python ('(' was never closed): s.recv(1; {hint}"]


def test_an_escape_that_python_does_not_know_is_no_text() -> None:
    assert flaws(r'"\d"')[0].endswith(r'"\d"')
    assert flaws(r'r"\d"') == []


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000,
        "[" * 150 + "]" * 150,
        "-" * 3900 + "1",
        "a" + ".a" * 1900,
        "not " * 900 + "a",
        "f(" * 190 + ")" * 190,
        "a" + "+a" * 1900,
        "x" * 5000,
    ],
)
def test_an_expression_that_would_exhaust_the_stack_is_refused(text: str) -> None:
    (found,) = flaws(text)
    assert f"at most {DEEPEST} levels are allowed" in found or "at most 4000 are allowed" in found or "cannot be read as Python" in found


@settings(deadline=None)
@given(st.text(alphabet="abs.()[]{}'\"=,:+-|&<> 019\\n\\\t_é#*", max_size=40))
def test_no_text_raises(text: str) -> None:
    for compiled in (compile_call(text), compile_value(text)):
        assert compiled.flaws or compiled.tree is not NotImplemented


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.binary(max_size=5) | st.floats(allow_nan=False), lambda s: st.lists(s, max_size=3)
    )
)
def test_every_literal_is_folded_to_a_value(value: Any) -> None:
    found = tree(repr(value).replace("inf", "1e999"))
    assert not isinstance(found, list)
    if not isinstance(value, list):
        assert found == literal(value)


def test_parameters_are_filled_in_and_folded_again() -> None:
    compiled = compile_call("s.send((-n, n), n, flags=n + 1, text='n')")
    assert substitute(compiled.tree, {"n": 5}) == [
        "call",
        ["get", S, "send"],
        [{"tuple": [-5, 5]}, 5],
        {"flags": 6, "text": "n"},
    ]


def test_texts_that_look_like_operations_stay_texts() -> None:
    compiled = compile_call('f("name", "n", n)')
    assert substitute(compiled.tree, {"n": 5}) == ["call", ["name", "f"], ["name", "n", 5]]
