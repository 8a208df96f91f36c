"""The walk knows who sets and reads which name, and which calls still run, before anything is started."""

from harness.records.plan import Step
from tests.language.writing import mistakes_of, steps_of


def saved(steps: tuple[Step, ...]) -> list[tuple[str, tuple[str, ...], tuple[str, ...], str]]:
    return [(step.role, step.export, step.reads, step.yields) for step in steps]


def test_a_value_that_another_role_reads_is_exported() -> None:
    steps = steps_of("""
        - server: s = socket.socket()
        - server: address = s.getsockname()
        - server: s.bind(address)
        - client: c = socket.socket()
        - client: c.connect(address)
    """)
    assert saved(steps)[1] == ("server", ("address",), (), "")
    assert saved(steps)[2] == ("server", (), (), "")
    assert saved(steps)[4] == ("client", (), ("address",), "")


def test_a_role_s_own_value_comes_before_another_s() -> None:
    steps = steps_of("""
        - a: n = socket.gethostname()
        - b: n = socket.getfqdn()
        - a: len(n)
        - c: len(n)
        - b: len(n)
    """)
    assert [(step.export, step.reads) for step in steps] == [((), ()), (("n",), ()), ((), ()), ((), ("n",)), ((), ())]


def test_ports_descriptors_and_process_ids_are_marked() -> None:
    steps = steps_of("""
        - server: s = socket.socket()
        - server: address = s.getsockname()
        - server: address[1]
        - server: s.getsockname()[1]
        - server: host, port = s.getpeername()
        - server: (host, port)
        - server: port
        - server: s.accept()[1][1]
        - server: unused_port()
        - server: s.fileno()
        - server: os.dup(s.fileno())
        - server: r, w = os.pipe()
        - server: r
        - server: os.getpid()
        - server: s.detach()
        - client: address[1]
        - client: address[0]
        - server: t = s.dup()
        - server: t.fileno()
    """)
    assert [step.yields for step in steps] == [
        "", "", "port", "port", "", "", "port", "port", "port", "fd", "fd", "fd,fd,", "fd", "pid", "fd", "port", "", "", "fd",
    ]  # fmt: skip


def test_an_item_of_what_several_members_saved_is_no_port() -> None:
    steps = steps_of(
        """
        - client: address = socket.socket().getsockname()
        - client: address[1]
        - server: address[1]
        """,
        "roles: {client: 3}\n",
    )
    assert [step.yields for step in steps] == ["", "port", ""]


def test_a_socket_stays_in_its_role() -> None:
    hint = "save what the other role needs as a value, such as an address"
    assert mistakes_of("""
        - server: conn, peer = socket.socket().accept()
        - client: peer[1]
        - client: conn.close()
    """) == [f"7:13: 'conn' is a socket of 'server', and a socket stays in its role; {hint}"]


def test_names_are_set_before_they_are_read() -> None:
    assert mistakes_of("""
        - server: s.close()
        - server: s = socket.socket()
        - server: t.close()
        - server: recv_al(s, 1)
        - server: AF_INET
        - server: time.sleep
    """) == [
        "5:13: 's' is used before it is set in line 6",
        "7:13: unknown name 't'; a name is set by an earlier step: 'name = call'",
        "8:13: unknown name 'recv_al'; did you mean 'recv_all'?",
        "9:13: unknown name 'AF_INET'; did you mean 'socket.AF_INET'?",
        "10:18: attribute 'sleep' is not part of the language",
    ]


def test_a_scenario_has_no_sleeps() -> None:
    assert mistakes_of("- server: sleep(1)") == [
        "5:13: unknown name 'sleep'; a scenario has no sleeps: a step starts when the one above it has finished"
    ]


def test_text_without_quotes_is_no_name() -> None:
    assert mistakes_of("""
        - server: socket.gethostname()
          returns: text
        - server: socket.gethostname()
          returns: "host"
    """) == [
        "6:14: unknown name 'text'; a text value is written '\"text\"'",
        "8:15: unknown name 'host'; did you mean 'HOST'? a text value is written '\"host\"'",
    ]


def test_a_name_that_nothing_reads_is_a_mistake() -> None:
    assert mistakes_of("""
        - server: n = socket.gethostname()
        - server: n = socket.gethostname()
        - server: len(n)
        - server: a, b = socket.getservbyname("a"), 1
    """) == [
        "5:13: 'n' is set and never read; leave out 'n ='",
        "8:13: 'a' is set and never read; leave the names out",
        "8:16: 'b' is set and never read; leave the names out",
    ]


def test_some_names_need_no_reader() -> None:
    assert (
        mistakes_of("""
        - server: kept_open = socket.socket()
        - server: a, b = socket.gethostbyaddr("127.0.0.1"), 1
          returns: anything()
        - server: c, d = socket.gethostbyaddr("127.0.0.1"), 1
        - server: d
        - server: n = socket.gethostname()
        - server: socket.gethostname()
          returns: n
        - server: x, y = socket.gethostname()
          raises: ValueError
    """)
        == []
    )


def test_a_step_that_must_raise_sets_nothing() -> None:
    assert mistakes_of("""
        - server: s = socket.socket()
          raises: TypeError
        - server: s.close()
    """) == [
        "5:13: 's' is never set, as this step must raise; leave out 's ='",
        "7:13: 's' is never set: the step in line 5 must raise",
    ]


def test_a_step_that_raises_on_some_targets_sets_its_name() -> None:
    assert (
        mistakes_of("""
        - server: s = socket.socket()
          raises: TypeError
          varies: [{when: python < 3, returns: anything(), because: It was so., see: [posix:socket]}]
        - server: s.close()
    """)
        == []
    )


def test_a_forgotten_name_is_gone_until_it_is_set_again() -> None:
    assert mistakes_of("""
        - server: s = socket.socket()
        - server: forget(s)
        - server: s.close()
        - server: s = socket.socket()
        - server: s.close()
        - client: forget(s)
    """) == [
        "7:13: 's' was forgotten in line 6",
        "10:13: 's' is a value of 'server', which alone can forget it",
        "10:20: 's' is a socket of 'server', and a socket stays in its role; save what the other role needs as a value, such as an address",
    ]


def test_a_background_call_is_awaited_once() -> None:
    assert mistakes_of("""
        - server: s = socket.socket()
        - await: reading
        - server: s.recv(1)
          background: reading
        - pending: readng
        - server: s.recv(1)
          background: reading
        - await: reading
        - pending: reading
        - await: reading
        - server: s.recv(1)
          background: forgotten
    """) == [
        "6:12: no background call 'reading' is under way; its step 'background: reading' comes later",
        "9:14: no background call 'readng' is under way; did you mean 'reading'?",
        "10:5: background call 'reading' of line 7 has not been awaited yet; await it first, or choose another name",
        "13:14: background call 'reading' was awaited in line 12; a call ends once",
        "14:12: background call 'reading' was awaited in line 12; a call ends once",
        "15:5: background call 'forgotten' is never awaited; add a step 'await: forgotten'",
    ]


def test_the_names_of_a_background_call_are_set_when_it_is_awaited() -> None:
    steps = steps_of("""
        - server: s = socket.socket()
        - server: conn, peer = s.accept()
          background: accepting
        - pending: accepting
        - await: accepting
          takes: ..1.5
        - server: conn.fileno()
        - client: peer
    """)
    started, pending, awaited = (step.call for step in steps[1:4])
    assert (started.kind, started.job, started.save, started.do) == (
        "background",
        "accepting",
        (),
        ["call", ["get", ["name", "s"], "accept"], []],
    )
    assert (pending.kind, pending.job, pending.do) == ("pending", "accepting", None)
    assert (awaited.kind, awaited.job, awaited.save, awaited.unpack) == ("await", "accepting", ("conn", "peer"), True)
    assert [step.role for step in steps[1:4]] == ["server", "server", "server"]
    assert steps[3].export == ("peer",)
    assert [step.text for step in steps[1:4]] == ["conn, peer = s.accept()", "pending accepting", "await accepting"]
    assert mistakes_of("""
        - server: data = socket.socket().recv(1)
          background: reading
        - server: len(data)
        - await: reading
    """) == ["7:17: 'data' is used before it is set in line 8"]


def test_a_name_set_in_a_repetition_is_read_in_it() -> None:
    steps = steps_of("""
        - repeat:
            times: 3
            steps:
              - server: s = socket.socket()
              - server: s.close()
              - repeat: {times: 2, steps: [{server: s.fileno()}]}
    """)
    assert [step.call.n for step in steps] == list(range(12))
    assert [step.place.line for step in steps[:4]] == [8, 9, 10, 10]


def test_a_name_set_at_the_end_of_a_repetition_is_missing_in_its_first_round() -> None:
    assert mistakes_of("""
        - repeat:
            times: 3
            steps:
              - server: len(n)
              - server: n = socket.gethostname()
    """) == ["8:23: 'n' is used before it is set in line 9"]


def test_what_changes_the_process_says_so() -> None:
    steps = """
        - server: alarm(1)
        - server: socket.setdefaulttimeout(1)
        - server: os.umask(1)
    """
    assert mistakes_of(steps) == [
        "5:13: 'alarm' changes the state of the whole process; say 'process: own' at the top",
        "6:13: 'socket.setdefaulttimeout' changes the state of the whole process; say 'process: own' at the top",
        "7:13: 'os.umask' changes the state of the whole process; say 'process: own' at the top",
    ]
    assert mistakes_of(steps, "process: own\n") == []


def test_a_mistake_in_a_call_does_not_bring_others_with_it() -> None:
    assert mistakes_of("""
        - server: s = socket.sockt()
        - server: n = s.fileno(
        - server: len(n)
        - server: unread = s.fileno()
    """) == [
        "5:24: 'socket.sockt' is not part of the language; did you mean 'socket.socket'?",
        (
            "6:25: cannot be read as Python ('(' was never closed): n = s.fileno(; "
            "in YAML ' #' starts a comment and quotes are taken off: put the whole text in single quotes"
        ),
    ]


def test_an_expectation_that_could_mean_either_role_s_value_is_refused() -> None:
    assert mistakes_of("""
        - a: n = socket.gethostname()
        - b: n = socket.getfqdn()
        - a: socket.gethostname()
          returns: n
        - b: socket.getfqdn()
          returns: n
        - a: len(n)
    """) == ["8:14: 'n' may be that of 'a' or of 'b', which set it later; give one of them another name"]


def test_what_another_role_forgot_is_gone_for_all() -> None:
    assert mistakes_of("""
        - a: n = socket.gethostname()
        - a: forget(n)
        - b: len(n)
    """) == ["7:12: 'n' was forgotten in line 6"]
