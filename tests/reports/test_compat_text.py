"""Compatibility data in the terminal."""

from msgspec import structs

from harness.compat.building import build
from harness.compat.records import CompatData, RunConflict
from harness.records.observation import Judgement, Observation
from harness.reports.compat_text import print_feature, print_features
from tests.reports.making import GREETING, OTHER, REFUSED, TARGETS, cell, greeted_on, paper, plan_of, printed, raised, run_of, small_run


def table(data: CompatData, *names: str, everything: bool = True) -> str:
    page, stream = paper(100)
    print_features(page, data, names or list(data.features), everything=everything)
    return printed(stream)


def of_one(data: CompatData, name: str) -> str:
    page, stream = paper(100)
    print_feature(page, data, name, everything=False)
    return printed(stream)


DATA = build([small_run()])


def test_one_feature_with_its_notes() -> None:
    assert of_one(DATA, "socket.socket.connect: ECONNREFUSED") == (
        "socket.socket.connect: ECONNREFUSED  error\n"
        " cpython-linux  since 2.7.18 or before\n"
        " pypy-linux     since 3.9.16 or before\n"
        " proved by connect/refused\n"
        "\n"
        "Notes  1 observed difference\n"
        "connect/refused  scenarios/connect/refused.yaml:7  exception\n"
        "  s.connect((HOST, unused_port()))\n"
        "   python >= 3  ConnectionRefusedError: [ECONNREFUSED] Connection refused  cpython-linux 3.12.1;\n"
        "     pypy-linux 3.9.16\n"
        "   python < 3  socket.error: [ECONNREFUSED] Connection refused  cpython-linux 2.7.18\n"
    )


def test_a_feature_that_only_its_name_is_known_of() -> None:
    assert of_one(DATA, "socket.create_server") == (
        "socket.create_server  function  documented as new in Python 3.8\n"
        " cpython-linux  on none that was run\n"
        " pypy-linux     on none that was run\n"
        " no scenario asserts it: its name was seen, or was not\n"
    )


def test_a_table_of_features() -> None:
    assert table(DATA, "socket.create_server", "socket.socket.connect: ECONNREFUSED") == (
        "Compatibility  " + f"{len(DATA.features)} features, 3 versions of 2 families, 1 note  1 run of 2026-01-31\n"
        " cpython-linux  2.7.18, 3.12.1\n"
        " pypy-linux  3.9.16\n"
        "\n"
        "Functions\n"
        " socket.create_server  cpython-linux, pypy-linux no\n"
        "\n"
        "Errors of calls\n"
        " socket.socket.connect: ECONNREFUSED  cpython-linux, pypy-linux yes · 1 note\n"
        "\n"
        "2 features\n"
        "yes: all versions that were run; 3.8.18: the first that was seen with it; some: no one span of\n"
        "versions; *: not known of all\n"
        "one feature, with its notes: sockmatrix compat --feature NAME\n"
    )


def test_what_is_the_same_everywhere_is_counted() -> None:
    text = table(DATA, "socket.create_server", "socket.socket.connect: ECONNREFUSED", everything=False)
    assert "1 feature that differs; 1 of 2 are the same on all that were run (--all shows them)\n" in text


def test_doubts_are_said_first() -> None:
    doubtful = structs.replace(
        DATA,
        left_out={"pair": "its roles are played by two interpreters"},
        conflicts=(RunConflict(OTHER, ("a/b",)),),
        unsure={OTHER: ("a/b",)},
        unplayed={OTHER: 2},
    )
    assert (
        " left out pair: its roles are played by two interpreters\n"
        " conflict pypy-3.9.16 did otherwise in another run, in 1 scenario: a/b\n"
        " unsure pypy-3.9.16 1\n"
        " never played pypy-3.9.16 2\n"
    ) in table(doubtful)


def test_what_targets_say_is_harmless() -> None:
    evil = "\x1b[31m\u202e|`<script>"
    steps = (Observation(0, value={"socket": 1}), raised(1, "OSError", evil), Observation(2, value=None))
    results = [cell("connect/refused", REFUSED, TARGETS[0].id, steps, Judgement("fail")), *list(small_run().results.values())[1:]]
    text = of_one(build([run_of(results, [plan_of(REFUSED, "connect/refused")])]), "socket.socket.connect")
    assert "\\x1b[31m\\u202e|`<script>" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_an_option_of_a_greeting_is_no_feature() -> None:
    data = build([run_of([greeted_on(each.id) for each in TARGETS], [plan_of(GREETING, "tcp/greeting")])])
    assert data.features["socket.socket.recv"].scenarios == ("tcp/greeting",)
