"""What a query looks at, made of a run."""

from harness.comparing.behaviours import compare
from harness.query.subject import Cell, odd_ones, subjects
from harness.records.comparison import Behaviour
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, greeted_on, plan_of, refused_on, run_of


def test_scenarios_cells_and_differences() -> None:
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
    results = [refused_on(OLD), refused_on(NEW), refused_on(OTHER), greeted_on(OLD), greeted_on(NEW, 5, flaky=("pass",))]
    run = run_of(results, plans)
    refused, greeting = subjects(run, compare(run))
    assert (refused.id, refused.area, refused.differs) == ("connect/refused", "connect", True)
    assert [(each.kind, each.odd, each.causes) for each in refused.differences] == [
        ("exception", (OLD,), ("python >= 3", "python < 3")),
    ]
    assert greeting.cells == (Cell(OLD, "pass"), Cell(NEW, "fail", flaky=True), Cell(OTHER))
    assert greeting.calls == ("accept", "bind", "connect", "getsockname", "listen", "recv", "send", "socket", "utf8")


def behaviours(*sizes: int) -> list[Behaviour]:
    return [Behaviour(tuple(f"{size}.{at}" for at in range(size)), "") for size in sizes]


def test_those_with_the_most_are_not_odd() -> None:
    assert odd_ones(behaviours(3, 1)) == ("1.0",)


def test_where_several_have_the_most_all_of_them_stand_apart() -> None:
    assert odd_ones([Behaviour(("a",), ""), Behaviour(("b",), "")]) == ("a", "b")
