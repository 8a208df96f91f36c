"""What changed, and what only came or went."""

from msgspec import structs

from harness.comparing.diff import diff
from harness.records.comparison import RunDiff
from harness.reports.diff_text import has_changed, print_diff
from harness.runs.folder import Run
from tests.reports.making import NEW, OLD, OTHER, REFUSED, paper, plan_of, printed, refused_on, run_of, small_run

PLAN = plan_of(REFUSED, "connect/refused")


def shown(found: RunDiff, **options: bool) -> str:
    page, stream = paper(80)
    print_diff(page, found, **options)
    return printed(stream)


def later_run(kind: str = "OSError", verdict: str = "fail") -> Run:
    return run_of([refused_on(OLD), refused_on(NEW, verdict, kind=kind), refused_on(OTHER, verdict, kind=kind)], [PLAN])


def test_cells_that_changed_alike_are_told_together() -> None:
    found = diff(small_run(), later_run())
    assert has_changed(found)
    assert shown(found) == (
        "before  runs/one\n"
        "after   runs/one\n"
        "\n"
        "Changed\n"
        " ✓ pass → ✗ fail  connect/refused  on cpython-3.12.1, pypy-3.9.16  2 cells\n"
        "     step 2  s.connect((HOST, unused_port()))  exception\n"
        "       - ConnectionRefusedError: [ECONNREFUSED] Connection refused\n"
        "       + OSError: [ECONNREFUSED] Connection refused\n"
        "\n"
        "≈ 2 cells changed; 1 unchanged\n"
    )


def test_nothing_changed() -> None:
    found = diff(small_run(), small_run())
    assert not has_changed(found)
    assert shown(found) == "before  runs/one\nafter   runs/one\n\n✓ 0 cells changed; 3 unchanged\n"


def test_what_came_and_went_is_a_change() -> None:
    found = RunDiff("a", "b", (), edited=("x/y",), gone_targets=(OLD,), added_scenarios=("a/b", "c/d"), missing_after=2)
    assert has_changed(found)
    assert shown(found) == (
        "before  a\n"
        "after   b\n"
        "\n"
        "targets gone      1  cpython-2.7.18\n"
        "scenarios added   2  a/b, c/d\n"
        "scenarios edited  1  x/y\n"
        "cells of edited scenarios are not compared\n"
        "\n"
        "≈ 0 cells changed; 0 unchanged; 2 without a result after\n"
    )


def test_other_words_alone_are_only_counted() -> None:
    after = structs.replace(refused_on(NEW, message="sorry"))
    found = diff(run_of([refused_on(NEW)], [PLAN]), run_of([after], [PLAN]))
    assert "≈ 1 cell changed, 1 of them in message or type only (--all-kinds shows them); 0 unchanged" in shown(found).replace("\n  ", " ")
    assert "       + ConnectionRefusedError: [ECONNREFUSED] sorry\n" in shown(found, all_kinds=True)
