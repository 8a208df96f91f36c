"""How often versions do otherwise than the newest CPython."""

from harness.compat.departures import columns, departures, reference_order
from tests.comparing.telling import raised, seen
from tests.compat.showing import data, scenario, target

HTONS = scenario("- a: socket.htons(1)\n  returns: 256")
OLD, NEW, OTHER = target("cpython-2.7.18"), target("cpython-3.8.18"), target("pypy-3.9.16")
FAMILY, PYPY = "cpython-linux-glibc", "pypy-linux-glibc"
RIGHT, WRONG = [seen(0, 256)], [raised(0, "OverflowError", "too large")]


def test_columns_are_versions_family_by_family_and_the_newest_cpython_is_the_measure() -> None:
    found = data([OTHER, NEW, OLD])
    assert columns(found) == ((FAMILY, "2.7.18"), (FAMILY, "3.8.18"), (PYPY, "3.9.16"))
    assert reference_order(found)[0] == (FAMILY, "3.8.18")


def test_those_in_another_behaviour_depart() -> None:
    found = data([OLD, NEW, OTHER], (HTONS, [WRONG, RIGHT, WRONG]))
    assert departures(found) == {"socket.htons": {(FAMILY, "2.7.18"): 1, (PYPY, "3.9.16"): 1}}


def test_where_the_newest_was_not_played_the_next_older_is_the_measure() -> None:
    found = data([OLD, NEW, OTHER], (HTONS, [RIGHT, None, WRONG]))
    assert departures(found) == {"socket.htons": {(PYPY, "3.9.16"): 1}}


def test_what_surroundings_explain_is_no_departure() -> None:
    on = [target("cpython-3.8.1", root=True), target("cpython-3.8.2")]
    assert departures(data(on, (HTONS, [RIGHT, WRONG]))) == {}
