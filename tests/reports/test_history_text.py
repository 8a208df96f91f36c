"""A history on a page, in cases that no command of the tests comes to."""

from msgspec import structs

from harness.records.comparison import FactChange, StepChange
from harness.records.history import Differing, History, HistoryRun, Line, Turn, TurnCause
from harness.reports.history_text import moment, print_history, print_runs
from tests.reports.making import paper, printed

RUNS = tuple(
    HistoryRun(number, f"2026-01-{number:02}T12:00:00+00:00", f"runs/{number}", "0.1.0", 1, 1, 0, ("cpython-3.12.1",)) for number in (1, 2)
)


def turn(*causes: TurnCause, steps: tuple[StepChange, ...] = (StepChange(0, "f()", "value", "1", "2"),)) -> Turn:
    return Turn(2, RUNS[1].started, 1, RUNS[0].started, "cpython-3.12.1", "pass", "fail", steps, causes)


def line(*turns: Turn, platform: str = "linux x86_64", flaky: int = 0) -> Line:
    return Line("a/b", "cpython-3.12.1", platform, 1, 2, 2, RUNS[1].started, 2, 2, "fail", flaky, min(flaky, 1), turns)


def shown(
    *lines: Line, narrow: bool = False, everything: bool = False, encoding: str = "utf-8", differing: tuple[Differing, ...] = ()
) -> str:
    page, stream = paper(100, encoding)
    print_history(page, History(1, "h", RUNS, lines, differing, 3), narrow=narrow, everything=everything)
    return printed(stream)


def test_what_nothing_explains_is_said_to_be_so() -> None:
    assert "\n not explained by anything that is known of the two runs\n" in shown(line(turn()))


def test_everything_that_may_explain_a_turn_is_told() -> None:
    facts = tuple(FactChange(f"setting {number}", "0", "1") for number in range(5))
    causes = (
        TurnCause("upgrade", "cpython-3.12.1", "cpython-3.12.1", facts),
        TurnCause("sockmatrix", "0.1.0", "0.2.0"),
        TurnCause("flaky"),
    )
    text = " ".join(shown(line(turn(*causes))).split())
    told = "other facts: cpython-3.12.1 (setting 0 0 → 1, setting 1 0 → 1, setting 2 0 → 1, 2 more); sockmatrix 0.1.0 → 0.2.0; flaky in one"
    assert told in text


def test_an_edited_scenario_is_told_once_whatever_else_was_other() -> None:
    edited = turn(TurnCause("edited"), TurnCause("sockmatrix", "0.1.0", "0.2.0"), steps=())
    text = shown(line(edited), line(turn(TurnCause("edited"), steps=())))
    assert text.count("the scenario was edited\n") == 1
    assert "   not compared with what was before: 2 cells of a/b\n" in text


def test_many_steps_are_cut_short() -> None:
    steps = tuple(StepChange(number, "f()", "value", "1", "2") for number in range(5))
    assert "     and 2 more steps (--all shows them)\n" in shown(line(turn(steps=steps)))
    assert "more steps" not in shown(line(turn(steps=steps)), everything=True)


def test_the_platform_is_told_where_there_are_several() -> None:
    assert "cpython-3.12.1 (linux x86_64)" not in shown(line(), narrow=True)
    text = " ".join(shown(line(), line(platform="linux aarch64"), narrow=True).split())
    assert "cpython-3.12.1 (linux x86_64)" in text
    assert "cpython-3.12.1 (linux aarch64)" in text


def test_since_when_targets_part_is_told() -> None:
    parted = Differing("a/b", "exception", 1, RUNS[0].started, 1, RUNS[0].started, True)
    first = "\n targets part: exception, first seen in run 1 of 2026-01-01 12:00:00, and "
    assert first + "do so still\n" in shown(line(), narrow=True, differing=(parted,))
    again = structs.replace(parted, since=2, since_started=RUNS[1].started)
    assert first + "do so again since run 2 of\n   2026-01-02 12:00:00\n" in shown(line(), narrow=True, differing=(again,))
    no_more = structs.replace(again, now=False)
    assert first + "do no more since run 2 of\n   2026-01-02 12:00:00\n" in shown(line(), narrow=True, differing=(no_more,))


def test_targets_that_stand_alike_are_told_together() -> None:
    other = structs.replace(line(), target="pypy-3.9.16")
    assert ("\na/b\n ✗ fail  since run 2 of 2026-01-02 12:00:00  2 runs  cpython-3.12.1, pypy-3.9.16\n") in shown(
        line(), other, narrow=True
    )


def test_a_terminal_without_signs_gets_plain_ones() -> None:
    text = shown(line(turn(TurnCause("sockmatrix", "0.1.0", "0.2.0")), flaky=1), encoding="ascii")
    assert " sockmatrix 0.1.0 -> 0.2.0\n" in text
    assert " + pass -> x fail  a/b  on cpython-3.12.1\n" in text


def test_lines_that_never_changed_are_counted() -> None:
    assert shown().endswith("\n0 turns in 0 cells; 3 cells never came to anything else\n")


def test_many_runs_are_cut_short() -> None:
    many = tuple(HistoryRun(number, RUNS[0].started, f"runs/{number}", "0.1.0", 1, 1, 0, ()) for number in range(25))
    page, stream = paper(100)
    print_runs(page, History(1, "h", many))
    assert printed(stream).endswith("\n and 5 more (--all shows them)\n")


def test_moments_are_told_shortly() -> None:
    assert moment("2026-01-31T12:00:00+00:00") == "2026-01-31 12:00:00"
