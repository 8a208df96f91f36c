"""A whole file becomes plans, one for each case, or gives all its mistakes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.language.compile import compile_file
from harness.language.mistakes import MOST_PER_FILE
from harness.records.plan import Need, Place
from tests.language.writing import EVERYTHING, FILE, GREETING, HEAD, compile_text, mistakes_of


def test_the_greeting_of_the_tutorials_is_a_plan() -> None:
    (plan,), mistakes = compile_text(GREETING)
    assert mistakes == []
    assert (plan.id, plan.file, plan.version, plan.limit, plan.own_process) == ("tcp/close", FILE, 1, 10.0, False)
    assert plan.title == "A TCP server greets each client, then closes"
    assert plan.see == ("python:socket.socket.accept", "posix:accept", "seed:000")
    assert plan.needs == (Need("ipv4", Place(4, 9)),)
    assert plan.roles == {"server": 1, "client": 1}
    assert [step.call.n for step in plan.steps] == list(range(11))
    assert plan.steps[7].expect.returns == 23
    assert plan.steps[9].expect.returns == ["help", "utf8", ["网络编程测试。\r\n"]]


def test_a_file_may_use_everything_at_once() -> None:
    (small, large), mistakes = compile_text(EVERYTHING)
    assert mistakes == []
    assert (small.id, large.id) == ("tcp/close[small]", "tcp/close[large]")
    assert (small.limit, small.own_process, small.roles, small.tags) == (20.0, True, {"server": 1, "client": 2}, ("wake", "all-keys"))
    assert small.many
    assert [need.text for need in large.needs] == [*(need.text for need in small.needs), "unix"]
    assert [step.call.do for step in small.steps[4:5]] != [step.call.do for step in large.steps[4:5]]
    assert small.steps[4].expect.returns == ["match", "between", [1, 5]]
    raised = [plan.steps[11].expect.raises for plan in (small, large)]
    assert raised[0] is not None
    assert raised[1] is not None
    assert (raised[0].errno, raised[1].errno) == ("EAGAIN", ["match", "one_of", ["EAGAIN", "EWOULDBLOCK"]])


def test_what_is_missing_is_named() -> None:
    assert compile_text("{}") == (
        (),
        [
            f"{FILE}:1:1: 'about' is missing; say why the behaviour matters",
            f"{FILE}:1:1: 'see' is missing; say who promises the behaviour, such as [python:socket.socket.accept]",
            f"{FILE}:1:1: 'steps' is missing; the timeline, such as '- server: listener.listen(5)'",
            f"{FILE}:1:1: 'title' is missing; one line such as 'A TCP server greets each client'",
        ],
    )
    assert compile_text("- a")[1] == [f"{FILE}:1:1: a scenario must be a mapping; it starts with 'title: …'"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("titel: x\n", "4:1: unknown key 'titel'; did you mean 'title'?"),
        ("needs: ipv4\n", "4:8: 'needs' must be a list; write needs: […]"),
        ("needs: [{os: linux}]\n", "4:9: each item of 'needs' must be text; write it without a blank behind the colon"),
        ("needs: [ipv5]\n", "4:9: unknown fact 'ipv5'; did you mean 'ipv6'?"),
        ("needs: [has:socket.sendfds]\n", "4:13: no system has 'socket.sendfds'; did you mean 'socket.send_fds'?"),
        ("tags: [Big]\n", "4:8: 'Big' is no tag; use small letters, digits, '-' and '_'"),
        ("roles: {server: 0}\n", "4:17: 'server' must be a whole number from 1 to 100, not '0'"),
        ("roles: {returns: 2}\n", "4:9: 'returns' is no name for a role; use small letters, and no key of the language"),
        ("roles: {servr: 2}\n", "4:9: role 'servr' never acts; roles that act: server"),
        ("roles: [server]\n", "4:8: 'roles' must be a mapping"),
        ("process: other\n", "4:10: 'process' takes only own, not 'other'; leave it out where the process stays as it is"),
        ("limit: 0\n", "4:8: 'limit' must be a number from 0.1 to 600, not '0'"),
        ("limit: soon\n", "4:8: 'limit' must be a number from 0.1 to 600, not 'soon'"),
        ("cases: {}\n", "4:8: 'cases' has no rows; write each as 'name: {parameter: value}'"),
        ("cases: {a b: {}}\n", "4:9: 'a b' is no name for a case; use letters, digits, '.', '+', '-' and '_'"),
        ("cases: {a: {n: 1}}\n", "4:16: parameter 'n' is used by no step; leave it out, or use it in a call or an expectation"),
        ("cases: {a: {socket: 1}}\n", "4:13: 'socket' is a word of the language; choose another name"),
        ("cases: {a: {_x: 1}}\n", "4:13: '_x' is no name for a parameter; use letters, digits and underscores"),
    ],
)
def test_a_mistake_at_the_top_has_its_place(head: str, expected: str) -> None:
    assert expected in mistakes_of("- server: socket.socket()", head)


def test_all_mistakes_are_reported_at_once() -> None:
    assert compile_text("title: |\n  a\n  b\nabout: ''\nsee: []\nlimit: x\nsteps:\n  - server: fill()\n    retuns: 1\n")[1] == [
        f"{FILE}:1:8: 'title' must be one line of at most 120 characters; what is longer belongs under 'about'",
        f"{FILE}:4:8: 'about' is empty",
        f"{FILE}:5:6: 'see' is empty; say who promises the behaviour, such as python:socket.socket.accept",
        f"{FILE}:6:8: 'limit' must be a number from 0.1 to 600, not 'x'",
        f"{FILE}:8:13: fill() lacks its argument 'n'; write fill(n)",
        f"{FILE}:9:5: unknown key 'retuns'; did you mean 'returns'?",
    ]


def test_a_file_that_is_no_scenario_is_not_reported_line_by_line() -> None:
    plans, mistakes = compile_file("\n".join(f"k{n}: 1" for n in range(1000)).encode(), FILE, "tcp/close")
    assert plans == ()
    assert len(mistakes) == MOST_PER_FILE + 1
    assert str(mistakes[-1]) == f"{FILE}: has more mistakes than the first 200"


CASES = "cases: {a: {n: 1, error: TypeError}, b: {n: bytes(3), error: EPIPE}}\n"


def test_a_parameter_is_filled_in_where_it_stands() -> None:
    plans, mistakes = compile_text(HEAD + CASES + "steps:\n  - server: socket.socket(-n)\n    raises: error\n")
    assert mistakes == []
    socket = ["get", ["module", "socket"], "socket"]
    assert plans[0].steps[0].call.do == ["call", socket, [-1]]
    assert plans[1].steps[0].call.do == ["call", socket, [["neg", ["help", "bytes", [3]]]]]
    assert [plan.steps[0].expect.raises and plan.steps[0].expect.raises.errno for plan in plans] == [None, "EPIPE"]


def test_the_rows_of_cases_have_the_same_parameters() -> None:
    head = "cases:\n  a: {n: 1}\n  b: {m: 1, n: 1}\n"
    assert mistakes_of("- server: len(n, m)", head) == [
        "5:3: case 'a' lacks the parameter 'm', which case 'b' has",
        "8:13: len() takes at most 1 arguments, not 2; write len(x)",
    ]


def test_a_mistake_in_a_parameter_is_reported_where_it_is_written() -> None:
    assert mistakes_of("- server: socket.socket(n)", "cases:\n  a: {n: socket.AF_INT}\n") == [
        "5:17: 'socket.AF_INT' is not part of the language; did you mean 'socket.AF_INET'?"
    ]
    assert mistakes_of("- server: socket.socket(n)", "cases:\n  a: {n: any_int()}\n") == [
        "5:10: matcher 'any_int' stands outside an expectation; matchers belong under 'returns' or 'raises'"
    ]
    assert mistakes_of("- server: socket.socket(n)\n  returns: m", "cases:\n  a: {n: m, m: 1}\n") == [
        "5:10: a parameter cannot use the parameter 'm'"
    ]


def test_parameters_are_neither_set_nor_times() -> None:
    assert mistakes_of("- server: n = socket.socket(n)\n  takes: n", "cases: {a: {n: 1}}\n") == [
        "6:13: 'n' is a parameter of the cases; choose another name",
        "7:12: 'takes' cannot use the parameter 'n'; write 0.2..0.6, ..0.5 or 0.2..",
    ]


def test_the_digest_is_of_what_is_done_and_expected_alone() -> None:
    def digest(text: str) -> str:
        return compile_text(text)[0][0].digest

    same = digest(GREETING)
    assert (
        digest(GREETING.replace("greets each", "welcomes every").replace("# a name", "# the name").replace("seed:000", "seed:0.2")) == same
    )
    assert digest("# a comment above\n" + GREETING.replace("address", "place").replace("place", "address")) == same
    assert compile_file(GREETING.encode(), "other.yaml", "other/id")[0][0].digest == same
    others = [
        digest(GREETING.replace("listen(5)", "listen(6)")),
        digest(GREETING.replace("returns: 23", "returns: 24")),
        digest(GREETING.replace("returns: 23", "returns: 23.0")),
        digest(GREETING.replace("[ipv4]", "[ipv6]")),
        digest(GREETING.replace("steps:", "limit: 3\nsteps:")),
        digest(GREETING.replace("steps:", "process: own\nsteps:")),
        digest(GREETING.replace("steps:", "roles: {client: 2}\nsteps:")),
    ]
    assert len({same, *others}) == 8


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    plans, mistakes = compile_file(data, FILE, "tcp/close")
    assert plans == ()
    assert mistakes


@settings(deadline=None)
@given(st.integers(0, len(EVERYTHING)), st.integers(0, 30), st.text(alphabet="ab:[]{}'\"-|>&*!#% \n,()=.1", max_size=5))
def test_no_damage_to_a_good_file_raises(start: int, length: int, inserted: str) -> None:
    plans, mistakes = compile_text(EVERYTHING[:start] + inserted + EVERYTHING[start + length :])
    assert bool(plans) is not bool(mistakes)
