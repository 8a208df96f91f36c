"""A run narrowed to what a query picks."""

from harness.comparing.behaviours import compare
from harness.query.narrow import narrow
from harness.query.parse import parse
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, greeted_on, plan_of, refused_on, run_of

RUN = run_of(
    [*(refused_on(target.id) for target in TARGETS), *(greeted_on(target.id) for target in TARGETS)],
    [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")],
)


def test_rows_and_columns() -> None:
    part, comparison = narrow(parse("area:tcp !target:pypy"), RUN, compare(RUN))
    assert (list(part.plans), [target.id for target in part.header.targets]) == (["tcp/greeting"], [OLD, NEW])
    assert (part.header.cells, sorted(part.results), part.missing) == (2, [("tcp/greeting", OLD), ("tcp/greeting", NEW)], ())
    assert comparison.groups == ()


def test_differences_keep_all_their_behaviours() -> None:
    _, comparison = narrow(parse("kind:exception target:pypy"), RUN, compare(RUN))
    assert [group.parts for group in comparison.groups] == [((NEW, OTHER), (OLD,))]


def test_nothing_may_be_picked() -> None:
    part, comparison = narrow(parse("verdict:crash"), RUN, compare(RUN))
    assert (part.header.cells, part.plans, part.results, comparison.groups) == (0, {}, {}, ())
