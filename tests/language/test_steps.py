"""A step has one role, keys that exist, and a call that is text."""

from tests.language.writing import mistakes_of, steps_of


def test_a_key_that_is_misspelt_is_no_role() -> None:
    assert mistakes_of("""
        - server: socket.socket()
          retuns: 1
        - raise: TypeError
          server: socket.socket()
        - recrds: true
    """) == [
        "6:5: unknown key 'retuns'; did you mean 'returns'?",
        "7:5: unknown key 'raise'; did you mean 'raises'?",
        "9:5: 'recrds' is no role; did you mean 'records'?",
    ]


def test_a_step_has_one_role() -> None:
    assert mistakes_of("""
        - returns: 4
        - server: socket.socket()
          client: socket.socket()
        - Server: socket.socket()
        - server: {a: 1}
        - server:
        - [1]
        - server; socket.socket()
    """) == [
        "5:5: a step names no role; such as 'server: listener.listen(5)'",
        "7:5: unknown key 'client'; a step has one role, and this one has 'server'",
        "8:5: 'Server' is no name for a role; use small letters, digits and underscores",
        "9:13: the call of 'server' must be text; put it in single quotes",
        "10:12: the call of 'server' must be text; put it in single quotes",
        "11:5: a step must be a mapping; such as 'server: listener.listen(5)', with a blank behind the colon",
        "12:5: a step must be a mapping; such as 'server: listener.listen(5)', with a blank behind the colon",
    ]


def test_more_than_eight_roles_are_too_many() -> None:
    steps = "\n".join(f"- r{number}: socket.socket()" for number in range(9))
    assert mistakes_of(steps) == ["13:5: 'r8' would be the 9th role; a scenario has at most 8 roles"]


def test_a_constant_is_no_step_but_may_be_saved() -> None:
    assert mistakes_of("- server: 5\n- server: n = 5\n- server: n") == ["5:13: a step must call something or read a value"]


def test_a_repetition_is_bounded() -> None:
    assert mistakes_of("""
        - repeat: {times: 0, steps: [{server: socket.socket()}]}
        - repeat: {times: 1001, steps: [{server: socket.socket()}]}
        - repeat: {times: 2.5, steps: [{server: socket.socket()}]}
        - repeat: {times: 3}
        - repeat: {times: 3, steps: []}
        - repeat: 3
        - repeat: {times: 3, step: [], steps: [{server: socket.socket()}]}
          server: x
    """) == [
        "5:21: 'times' must be a whole number from 1 to 1000, not '0'",
        "6:21: 'times' must be a whole number from 1 to 1000, not '1001'",
        "7:21: 'times' must be a whole number from 1 to 1000, not '2.5'",
        "8:13: 'repeat' needs 'times' and 'steps'; write repeat: {times: 3, steps: […]}",
        "9:31: 'steps' must be a list of steps; such as '- server: listener.listen(5)'",
        "10:13: 'repeat' must be a mapping",
        "11:24: unknown key 'step'; did you mean 'steps'?",
        "12:5: unknown key 'server'; a repetition has repeat",
    ]


def test_five_thousand_steps_are_enough() -> None:
    inner = "{repeat: {times: %d, steps: [{server: socket.socket()}]}}"
    assert len(steps_of(f"- repeat: {{times: 1000, steps: [{inner % 5}]}}")) == 5000
    assert mistakes_of(f"- repeat: {{times: 1000, steps: [{inner % 6}]}}") == [
        "5:3: 6000 steps are too many; at most 5000 are allowed, repetitions counted"
    ]


def test_what_a_background_call_must_do_is_said_at_its_await() -> None:
    assert mistakes_of("""
        - server: socket.socket()
          background: job
          returns: 1
        - pending: job
          takes: ..1
        - await: job
          background: job
        - server: socket.socket()
          background: 1 2
    """) == [
        "7:5: a background call is seen to end at its 'await', so 'returns' belongs there",
        "9:5: unknown key 'takes'; 'pending' has pending",
        "11:5: unknown key 'background'; 'await' has await, returns, raises, takes, warns, records, varies",
        "13:17: '1 2' is no name for a background call; use letters, digits and underscores",
    ]


def test_a_step_is_shown_as_it_was_written() -> None:
    steps = steps_of("""
        - server: >-
            socket.socket(socket.AF_INET,
                          socket.SOCK_STREAM)
        - server: 'len("it''s")'
    """)
    assert [step.text for step in steps] == ["socket.socket(socket.AF_INET, socket.SOCK_STREAM)", 'len("it\'s")']
    assert [(step.place.line, step.place.column) for step in steps] == [(5, 5), (8, 5)]
