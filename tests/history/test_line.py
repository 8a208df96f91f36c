"""Lines that keep only what came to something else, held against keeping everything."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as some

from harness.history.line import Edit, Line, Moment, edited, in_force, put_in, take_out

DAYS = [("2026-01-01", 1), ("2026-01-02", 2), ("2026-01-03", 3), ("2026-01-04", 4)]


def line_of(outcomes: Mapping[Moment, int]) -> Line:
    """What a line must be, from everything that was seen."""
    line: Line = []
    for moment, outcome in sorted(outcomes.items()):
        if not line or line[-1][1] != outcome:
            line.append((moment, outcome))
    return line


def following(outcomes: Mapping[Moment, int], moment: Moment) -> Moment | None:
    return min((each for each in outcomes if each > moment), default=None)


def test_a_run_that_changes_nothing_leaves_no_trace() -> None:
    assert put_in([(DAYS[0], 7)], DAYS[1], 7, None) == Edit()


def test_a_run_between_two_that_agree_takes_them_apart() -> None:
    assert put_in([(DAYS[0], 7)], DAYS[1], 8, DAYS[2]) == Edit(added=((DAYS[1], 8), (DAYS[2], 7)))


def test_an_earlier_run_can_be_where_it_was_first_seen() -> None:
    assert put_in([(DAYS[0], 7), (DAYS[2], 8)], DAYS[1], 8, DAYS[2]) == Edit((DAYS[2],), ((DAYS[1], 8),))


def test_what_is_taken_out_is_seen_first_by_the_next() -> None:
    assert take_out([(DAYS[0], 7), (DAYS[1], 8)], DAYS[1], DAYS[2]) == Edit((DAYS[1],), ((DAYS[2], 8),))
    assert take_out([(DAYS[0], 7), (DAYS[1], 8), (DAYS[2], 7)], DAYS[1], DAYS[2]) == Edit((DAYS[1], DAYS[2]))
    assert take_out([(DAYS[0], 7)], DAYS[1], None) == Edit()


def test_what_is_in_force_is_what_came_last_before() -> None:
    assert in_force([(DAYS[0], 7), (DAYS[2], 8)], DAYS[2]) == 7
    assert in_force([(DAYS[0], 7)], DAYS[0]) is None


@settings(deadline=None)
@given(some.lists(some.tuples(some.integers(0, 12), some.integers(1, 3), some.booleans()), max_size=40))
def test_a_line_is_the_same_however_its_runs_came_and_went(told: list[tuple[int, int, bool]]) -> None:
    outcomes: dict[Moment, int] = {}
    line: Line = []
    for day, outcome, comes in told:
        moment = (f"2026-01-{day + 1:02}", day)
        if comes and moment not in outcomes:
            line = edited(line, put_in(line, moment, outcome, following(outcomes, moment)))
            outcomes[moment] = outcome
        elif not comes and moment in outcomes:
            del outcomes[moment]
            line = edited(line, take_out(line, moment, following(outcomes, moment)))
        assert line == line_of(outcomes)
