"""What changed, and what only came or went."""

from msgspec import structs

from harness.comparing.diff import diff
from harness.records.comparison import CellChange, FactChange, RunDiff, StepChange, Upgrade
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
        "? 0 cells changed; 0 unchanged; 2 said nothing after; nothing could be compared\n"
    )


def test_what_is_new_edited_or_upgraded_is_no_change() -> None:
    upgrade = Upgrade("cpython-3.8.18", "cpython-3.8.20", (FactChange("python", "3.8.18", "3.8.20"),), unchanged=3)
    found = RunDiff(
        "a", "b", (), edited=("x/y",), added_scenarios=("a/b",), added_targets=(NEW,), upgraded=(upgrade,), unchanged_scenarios=("c/d",)
    )
    assert not has_changed(found)
    assert shown(found) == (
        "before  a\n"
        "after   b\n"
        "\n"
        "targets added     1  cpython-3.12.1\n"
        "scenarios added   1  a/b\n"
        "scenarios edited  1  x/y\n"
        "cells of edited scenarios are not compared\n"
        "\n"
        "upgraded: cpython-3.8.18 → cpython-3.8.20\n"
        " python  3.8.18 → 3.8.20\n"
        " no cell changed with it, 3 did not\n"
        "\n"
        "✓ 0 cells changed; 3 unchanged\n"
    )


def test_what_changed_with_an_upgrade_is_below_it() -> None:
    change = CellChange("a/b", OTHER, "pass", "fail", (StepChange(1, "s.close()", "value", "1", "2"),))
    facts = (FactChange("kernel", "6.1", "6.5"), FactChange("setting net.core.somaxconn", "", "128"), FactChange("names", "socket.a", ""))
    found = RunDiff("a", "b", (), upgraded=(Upgrade(OTHER, OTHER, facts, (change,)),), changed_scenarios=("a/b",))
    assert has_changed(found)
    assert shown(found).partition("\n\n")[2] == (
        "other facts: pypy-3.9.16\n"
        " kernel                      6.1 → 6.5\n"
        " setting net.core.somaxconn  not known → 128\n"
        " names                       gone: socket.a\n"
        " 1 cell changed with it, 0 did not\n"
        " ✓ pass → ✗ fail  a/b  on pypy-3.9.16\n"
        "     step 2  s.close()  value\n"
        "       - 1\n"
        "       + 2\n"
        "\n"
        "≈ 1 cell changed; 0 unchanged\n"
    )


def test_long_lists_of_facts_are_cut_short() -> None:
    facts = tuple(FactChange(f"setting {number}", "0", "1") for number in range(10))
    found = RunDiff("a", "b", (), upgraded=(Upgrade(OTHER, OTHER, facts, unchanged=1),), unchanged_scenarios=("a/b",))
    assert "\n and 2 more facts (--all shows them)\n" in shown(found)
    assert "more facts" not in shown(found, everything=True)


def test_other_words_are_only_counted_beside_a_change_of_another_kind() -> None:
    worded = structs.replace(refused_on(NEW, message="sorry"))
    words, both = (run_of([worded, of], [PLAN]) for of in (refused_on(OLD), refused_on(OLD, kind="OSError")))
    before = run_of([refused_on(NEW), refused_on(OLD)], [PLAN])
    assert "1 of them in message or type only (--all-kinds shows them)" in shown(diff(before, both)).replace("\n  ", " ")
    assert "sorry" not in shown(diff(before, both))
    assert "       + ConnectionRefusedError: [ECONNREFUSED] sorry\n" in shown(diff(before, both), all_kinds=True)
    alone = shown(diff(before, words))
    assert "       + ConnectionRefusedError: [ECONNREFUSED] sorry\n" in alone
    assert "≈ 1 cell changed; 1 unchanged" in alone
