"""What a scenario touches is read from its steps, and only what it expects counts as asserted."""

from harness.coverage.usage import StepUse, Usage, usage_of, uses_of_steps
from tests.language.writing import plan_of

LISTEN = "  - a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n"


def usage(steps: str, more: str = "") -> Usage:
    return usage_of(plan_of(f"{more}steps:\n{steps}"))


def test_a_call_without_an_expectation_is_exercised_only() -> None:
    seen = usage(f"{LISTEN}  - a: s.listen(1)\n")
    assert seen.exercised == {"socket.socket", "socket.AF_INET", "socket.SOCK_STREAM", "socket.socket.listen"}
    assert seen.asserted == frozenset()
    assert not seen.expects


def test_a_call_inside_another_is_asserted_with_it() -> None:
    seen = usage(f"{LISTEN}  - a: typename(s.gettimeout())\n    returns: '\"NoneType\"'\n")
    assert seen.asserted == {"socket.socket.gettimeout"}
    assert seen.expects


def test_what_is_recorded_is_not_asserted() -> None:
    assert usage(f"{LISTEN}  - a: s.listen(1)\n    records: true\n").asserted == frozenset()


def test_a_method_of_the_class_is_the_method() -> None:
    assert "socket.socket.fileno" in usage(f"{LISTEN}  - a: socket.socket.fileno(s)\n    returns: any_int()\n").asserted


def test_closing_a_file_closes_no_socket() -> None:
    seen = usage(f'{LISTEN}  - a: f = s.makefile("rb")\n  - a: f.close()\n    returns: null\n')
    assert "socket.socket.close" not in seen.exercised
    assert "socket.socket.makefile" in seen.exercised


def test_an_accepted_connection_is_a_socket() -> None:
    seen = usage(f"{LISTEN}  - a: c, peer = s.accept()\n  - a: c.close()\n    returns: null\n  - a: len(peer)\n    returns: 2\n")
    assert "socket.socket.close" in seen.asserted


def test_a_background_call_is_asserted_where_it_is_awaited() -> None:
    steps = "  - a: s.accept()\n    background: job\n  - await: job\n    raises: TimeoutError\n"
    assert "socket.socket.accept" in usage(LISTEN + steps).asserted


def test_helpers_stand_for_what_they_call() -> None:
    seen = usage(f'{LISTEN}  - a: recv_until_eof(s)\n    returns: b""\n  - a: leave(s)\n    returns: null\n')
    assert {"socket.socket.recv", "socket.socket.__exit__"} <= seen.asserted


def test_an_error_belongs_to_the_outermost_call() -> None:
    seen = usage(f"{LISTEN}  - a: s.connect(s.getsockname())\n    raises: {{errno: 'one_of(EWOULDBLOCK, ECONNREFUSED)'}}\n")
    assert seen.errors == {("socket.socket.connect", "EAGAIN"), ("socket.socket.connect", "ECONNREFUSED")}


def test_an_error_may_be_returned() -> None:
    seen = usage(f"{LISTEN}  - a: s.connect_ex((HOST, 1))\n    returns: one_of(errno.ECONNREFUSED, errno.EINTR)\n")
    assert seen.errors == {("socket.socket.connect_ex", "ECONNREFUSED"), ("socket.socket.connect_ex", "EINTR")}


def test_an_error_that_nobody_has_seen_is_only_documented() -> None:
    departure = 'varies: [{when: os == "windows", raises: EACCES, because: so, see: ["posix:x"], observed: false}]'
    seen = usage(f"{LISTEN}  - a: s.listen(1)\n    raises: EINVAL\n    {departure}\n")
    assert seen.errors == {("socket.socket.listen", "EINVAL")}
    assert seen.documented_errors == {("socket.socket.listen", "EACCES")}


def test_conditions_and_hasattr_mention_names() -> None:
    seen = usage('  - a: hasattr(socket, "share")\n    returns: false\n', "needs: ['\"AF_VSOCK\" in socket', has:socket.SO_MARK]\n")
    assert {"share", "AF_VSOCK", "SO_MARK"} <= seen.mentioned


def use(step: str) -> StepUse:
    """What one step on a socket `s` touches."""
    return uses_of_steps(plan_of(f"steps:\n{LISTEN}{step}"))[1]


def test_a_step_is_about_its_outermost_call() -> None:
    assert use("  - a: s.bind((HOST, socket.htons(1)))\n").outermost == "socket.socket.bind"
    inner = use("  - a: typename(s.gettimeout())\n")
    assert (inner.outermost, inner.used) == ("", frozenset({"socket.socket.gettimeout"}))


def test_options_are_level_and_name() -> None:
    assert use("  - a: s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 1)\n").options == {"SOL_SOCKET/SO_LINGER"}
    assert use("  - a: len(s.getsockopt(socket.SOL_IP, socket.IP_TTL, 4))\n").options == {"IPPROTO_IP/IP_TTL"}
    assert use("  - a: s.getsockopt(socket.SOL_SOCKET, 13)\n").options == frozenset()


def test_errors_of_departures_are_possible_and_not_expected() -> None:
    varied = "    varies:\n    - {when: python < 3, raises: EINVAL, because: it was so, see: ['man:recv(2)']}\n"
    seen = use(f"  - a: s.recv(1)\n    raises: EWOULDBLOCK\n{varied}")
    assert (seen.expected, seen.possible) == (frozenset({"EAGAIN"}), frozenset({"EAGAIN", "EINVAL"}))


def test_what_or_may_leave_out_makes_a_step_less_than_whole() -> None:
    assert use("  - a: s.fileno() > 0\n").whole
    assert not use("  - a: s.fileno() > 0 or s.fileno() == 0\n").whole
