"""A catalogue of one of each, held against scenarios."""

import pytest

from harness.coverage.catalogue import Catalogue, Name, Note, PosixCall
from harness.coverage.measure import Covered, Total, is_reached, measure
from harness.records.plan import Plan
from tests.language.writing import plan_of

CATALOGUE = Catalogue(
    names=(
        Name("socket.socket.listen", "method"),
        Name("TCP_*", "constants", members=("TCP_CORK", "TCP_NODELAY")),
        Name("socket.timeout", "exception"),
    ),
    notes=(Note("3.5:socket.socket.listen", "changed", ("listen",), "The backlog may be left out."),),
    calls=(PosixCall("listen", ("socket.socket.listen",), ("EBADF", "EINVAL"), ("ENOBUFS",), {"ENOBUFS": "needs luck"}),),
)

ASSERTS = """see: [since:3.5:socket.socket.listen]
steps:
  - a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - a: s.listen()
    returns: null
  - a: s.listen(socket.TCP_NODELAY)
    raises: EBADF
"""
EXERCISES = "steps:\n  - a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n  - a: s.listen(1)\n"


def of(name: str, *plans: Plan) -> Covered:
    return next(entry for entry in measure(CATALOGUE, plans).entries if entry.name == name)


def test_exercised_is_not_asserted() -> None:
    entry = of("socket.socket.listen", plan_of(EXERCISES))
    assert (entry.exercised, entry.asserted) == (("tcp/close",), ())


def test_cases_of_a_file_are_one_scenario() -> None:
    plan = plan_of(ASSERTS)
    assert of("socket.socket.listen", plan, plan).asserted == ("tcp/close",)


def test_a_note_counts_when_it_is_cited_and_its_names_are_said() -> None:
    assert of("3.5:socket.socket.listen", plan_of(ASSERTS)).asserted == ("tcp/close",)
    assert of("3.5:socket.socket.listen", plan_of(EXERCISES)).exercised == ()
    silent = of("3.5:socket.socket.listen", plan_of("see: [since:3.5:socket.socket.listen]\nsteps:\n  - a: len(b'')\n    returns: 0\n"))
    assert (silent.asserted, silent.missing) == ((), ("listen",))


def test_a_group_of_constants_tells_who_is_missing() -> None:
    assert of("TCP_*", plan_of(ASSERTS)).missing == ("TCP_CORK",)


def test_an_error_needs_its_own_call() -> None:
    assert of("listen EBADF", plan_of(ASSERTS)).asserted == ("tcp/close",)
    assert of("listen EINVAL", plan_of(ASSERTS)).asserted == ()


def test_what_cannot_be_provoked_does_not_count() -> None:
    coverage = measure(CATALOGUE, [plan_of(ASSERTS)])
    assert next(total for total in coverage.totals if total.kind == "error") == Total("error", 2, 1, 1, 90.0, 1)
    assert of("listen ENOBUFS", plan_of(ASSERTS)).reason == "needs luck"


def test_the_reason_goes_when_a_scenario_provokes_it_after_all() -> None:
    assert of("listen ENOBUFS", plan_of(ASSERTS.replace("EBADF", "ENOBUFS"))).reason == ""


@pytest.mark.parametrize(
    ("text", "reached"), [(ASSERTS, False), (ASSERTS + "  - a: s.listen(0)\n    raises: EINVAL\n", True), (EXERCISES, False)]
)
def test_the_goals(text: str, reached: bool) -> None:
    assert is_reached(measure(CATALOGUE, [plan_of(text)])) is reached


def test_oddities_are_told() -> None:
    coverage = measure(CATALOGUE, [plan_of("see: [since:9.9:nothing]\n" + EXERCISES)], ("XX_NEW",))
    assert (coverage.unknown_notes, coverage.without_expectation) == (("9.9:nothing",), ("tcp/close",))
    assert coverage.unknown_names == ("XX_NEW",)
    assert not is_reached(coverage)
