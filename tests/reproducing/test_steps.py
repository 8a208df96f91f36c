"""Steps as the body of a program."""

from harness.reproducing.steps import Marked, changes_of_role, chunks, laid_out, lists, rolled
from tests.reports.making import plan_of

HEAD = "title: T\nabout: A.\nsee: [posix:accept]\n"


def body(steps: str, marked: Marked | None = None) -> list[str]:
    plan = plan_of(HEAD + steps, "tcp/story")
    return [*lists(plan), *laid_out(rolled(chunks(plan, marked)), changes_of_role(plan))]


def test_one_role_needs_no_names_of_roles() -> None:
    assert body("steps:\n  - any: a, b = socket.socketpair()\n  - any: a.close()\n  - any: b.recv(1)\n    returns: b''\n") == [
        "a, b = show(socket.socketpair())",
        "show(a.close())",
        "show(b.recv(1))",
    ]


def test_who_acts_is_printed_when_it_changes() -> None:
    steps = "steps:\n  - server: s = socket.socket()\n  - server: address = s.getsockname()\n  - client: len(address)\n"
    assert body(steps) == [
        'print("server")',
        "s = show(socket.socket())",
        "address = show(s.getsockname())",
        "",
        'print("client")',
        "show(len(address))",
    ]


def test_a_step_that_may_raise_is_tried() -> None:
    assert body("steps:\n  - any: socket.inet_aton(5)\n    raises: TypeError\n") == [
        "try:",
        "    show(socket.inet_aton(5))",
        "except Exception as error:",
        "    show_error(error)",
    ]


def test_a_departure_that_may_raise_is_tried_as_well() -> None:
    varies = "    varies:\n      - {when: python < 3, raises: TypeError, because: why, see: [python:socket]}\n"
    assert body("steps:\n  - any: socket.htonl(1)\n" + varies)[0] == "try:"


def test_names_of_two_roles_are_told_apart_and_each_reads_its_own() -> None:
    lines = body(
        "steps:\n  - server: s = socket.socket()\n  - client: s = socket.socket()\n  - server: s.close()\n  - client: s.fileno()\n"
    )
    assert [line for line in lines if "show" in line] == [
        "server_s = show(socket.socket())",
        "client_s = show(socket.socket())",
        "show(server_s.close())",
        "show(client_s.fileno())",
    ]


def test_a_name_of_the_program_itself_is_not_taken() -> None:
    assert body("steps:\n  - any: error = socket.socket()\n  - any: error.close()\n") == [
        "error_ = show(socket.socket())",
        "show(error_.close())",
    ]


def test_background_calls_are_jobs() -> None:
    steps = (
        "steps:\n  - any: a, b = socket.socketpair()\n  - any: data = a.recv(10)\n    background: reading\n  - pending: reading\n"
        "  - any: b.send(b'x')\n  - await: reading\n  - any: len(data)\n"
    )
    assert body(steps)[1:] == [
        "reading = start(a.recv, 10)",
        "show(reading.is_pending())",
        'show(b.send(b"x"))',
        "data = show(reading.result())",
        "show(len(data))",
    ]


def test_calls_inside_a_background_call_are_made_in_its_thread() -> None:
    steps = "steps:\n  - any: s = socket.socket()\n  - any: s.accept()[0].close()\n    background: one\n  - await: one\n"
    assert body(steps)[1] == "one = start(lambda: s.accept()[0].close())"


def test_rounds_become_loops_again_nested_ones_too() -> None:
    steps = (
        "steps:\n  - repeat:\n      times: 3\n      steps:\n        - any: socket.htons(1)\n"
        "        - repeat: {times: 2, steps: [{any: socket.htons(2)}]}\n"
    )
    assert body(steps) == ["for _ in range(3):", "    show(socket.htons(1))", "    for _ in range(2):", "        show(socket.htons(2))"]


def test_the_round_that_is_marked_stands_alone() -> None:
    steps = "steps:\n  - repeat: {times: 4, steps: [{any: socket.htons(1)}]}\n"
    assert body(steps, Marked(2, ("# HERE",))) == [
        "for _ in range(2):",
        "    show(socket.htons(1))",
        "# HERE",
        "show(socket.htons(1))",
        "show(socket.htons(1))",
    ]


def test_a_marked_step_is_compared() -> None:
    steps = "steps:\n  - any: number = socket.htons(1)\n  - any: number + 1\n"
    assert body(steps, Marked(0, ("# HERE",), "outcome == 256"))[:6] == [
        "# HERE",
        "try:",
        "    outcome = number = show(socket.htons(1))",
        "except Exception as error:",
        "    outcome = show_error(error)",
        "as_reported(outcome == 256)",
    ]


def test_members_of_a_role_act_one_after_the_other_and_others_read_all_of_them() -> None:
    steps = "roles: {client: 3}\nsteps:\n  - client: s = socket.socket()\n  - client: own = s.fileno() + INDEX\n  - server: len(own)\n"
    assert body(steps) == [
        "s = [None] * 3",
        "own = [None] * 3",
        'print("client")',
        "for me in range(3):",
        "    s[me] = show(socket.socket())",
        "for me in range(3):",
        "    own[me] = show(s[me].fileno() + me)",
        "",
        'print("server")',
        "show(len(own))",
    ]


def test_a_socket_that_nothing_holds_is_kept() -> None:
    steps = "steps:\n  - any: socket.socket()\n  - repeat: {times: 2, steps: [{any: s = socket.socket()}]}\n  - any: s.close()\n"
    assert body(steps) == [
        "show(keep(socket.socket()))",
        "for _ in range(2):",
        "    s = show(keep(socket.socket()))",
        "show(s.close())",
    ]


def test_what_is_forgotten_is_deleted_and_collected() -> None:
    assert body("steps:\n  - any: s = socket.socket()\n  - any: forget(s)\n")[1:] == ["del s", "show(collect())"]


def test_a_default_timeout_is_that_of_its_role() -> None:
    steps = "process: own\nsteps:\n  - server: socket.setdefaulttimeout(1)\n  - client: socket.getdefaulttimeout()\n"
    assert body(steps)[0] == 'act("server")'


def test_an_alarm_may_interrupt_and_what_java_raises_is_no_python_exception() -> None:
    steps = "process: own\nsteps:\n  - any: alarm(5, raises=True)\n  - any: socket.inet_aton(5)\n    raises: TypeError\n"
    assert body(steps)[3] == "except (Exception, KeyboardInterrupt) as error:"
    varies = '    varies: [{when: implementation == "jython", records: true, because: why, see: [jython:x]}]\n'
    assert body("steps:\n  - any: socket.inet_aton(5)\n    raises: TypeError\n" + varies)[2] == "except ERRORS as error:"


def test_what_is_forgotten_later_is_not_held_by_the_comparison() -> None:
    steps = "steps:\n  - any: s = socket.socket()\n  - any: forget(s)\n"
    assert body(steps, Marked(0, (), "outcome is None"))[-4:] == ["as_reported(outcome is None)", "del outcome", "del s", "show(collect())"]
