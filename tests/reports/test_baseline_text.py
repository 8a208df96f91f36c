"""A run held against a baseline, in cases that no command of the tests comes to."""

from harness.records.baseline import BaselineReport, BaselineUpgrade, PendingChange
from harness.records.comparison import FactChange, StepChange
from harness.reports.baseline_text import print_report
from tests.reports.making import NEW, OLD, paper, printed

CHANGE = PendingChange("0123456789", "changed", "a/b", (NEW,), "unsupported", "pass", grounds="needs root")


def shown(*pending: PendingChange, strict: bool = False, everything: bool = False, **more: object) -> str:
    page, stream = paper(100)
    print_report(page, BaselineReport(1, "b.json", "runs/one", pending, **more), strict=strict, everything=everything)  # type: ignore[arg-type]
    return printed(stream).partition("\n\n")[2]


def test_what_cannot_be_played_any_more_says_why() -> None:
    assert shown(CHANGE) == (
        "Not as accepted\n"
        " ✓ pass → - unsupported  a/b  on cpython-3.12.1  0123456789\n"
        "     now: needs root\n"
        "\n"
        "✗ 1 cell not as accepted; 0 as accepted\n"
        "next  sockmatrix baseline review b.json runs/one\n"
    )


def test_an_upgrade_is_told_with_its_facts() -> None:
    upgrade = BaselineUpgrade(OLD, NEW, (FactChange("python", "2.7.18", "3.12.1"),))
    assert shown(same=3, upgraded=(upgrade,)) == (
        "upgraded: cpython-2.7.18 → cpython-3.12.1\n python  2.7.18 → 3.12.1\n\n✓ 0 cells not as accepted; 3 as accepted\n"
    )


def test_everything_that_was_not_compared_is_told() -> None:
    new = PendingChange("1", "new", "c/d", (OLD,), "pass")
    edited = PendingChange("2", "edited", "e/f", (OLD,), "pass")
    text = shown(
        new, edited, same=1, silent=2, missing=3, absent_targets=("pypy-3.9.16",), absent_scenarios=("g/h",), flaky=(("a/b", OLD),)
    )  # fmt: skip
    assert text == (
        "Not compared\n"
        " scenarios edited since  1  e/f\n"
        " scenarios new           1  c/d\n"
        " scenarios not played    1  g/h\n"
        " targets not played on   1  pypy-3.9.16\n"
        " cells without a result  3\n"
        " cells that say nothing  2\n"
        " flaky, as accepted      1  a/b on cpython-2.7.18\n"
        "\n"
        "? 0 cells not as accepted; 1 as accepted; 2 that there is nothing to compare with\n"
        "next  sockmatrix baseline review b.json runs/one\n"
    )


def test_a_new_target_is_told_as_such_and_not_as_new_scenarios() -> None:
    text = shown(PendingChange("1", "new", "c/d", (NEW,), "pass"), same=1, new_targets=(NEW,))
    assert "scenarios new" not in text
    assert " targets new  1  cpython-3.12.1\n" in text


def test_long_lists_are_cut_short() -> None:
    steps = (StepChange(0, "f()", "value", "1", "2"),)
    many = [PendingChange(f"{number}", "changed", f"a/{number}", (NEW,), "pass", "pass", steps) for number in range(33)]
    assert "\nand 3 more (--all shows them)\n" in shown(*many).replace("\n ", "\n")
    assert "more (--all" not in shown(*many, everything=True)


def test_what_is_red_only_because_somebody_asked_for_it_is_told() -> None:
    new, edited = PendingChange("1", "new", "c/d", (OLD, NEW), "pass"), PendingChange("2", "edited", "e/f", (OLD,), "pass")
    text = shown(new, edited, same=1, absent_targets=("pypy-3.9.16",), absent_scenarios=("g/h", "i/j"), strict=True)
    assert text.partition("\n\n")[2] == (
        "✗ 0 cells not as accepted; 1 as accepted; 3 that there is nothing to compare with\n"
        "strict  red as well: 1 cell edited, 2 cells new, 2 scenarios not played, 1 target not played on\n"
        "next  sockmatrix baseline review b.json runs/one\n"
    )
    assert shown(same=1, strict=True) == "✓ 0 cells not as accepted; 1 as accepted\n" == shown(same=1)
