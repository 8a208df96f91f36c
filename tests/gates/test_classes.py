"""What makes a run fail, by name; and which of it a cell is."""

from typing import Any

import pytest

from harness.gates.classes import FailOnError, classes_of, default, fails, parse, plays_of
from harness.records.observation import Verdict
from harness.records.run import Result

ORDINARY = ("fail", "stale", "hang", "crash", "bug", "inconclusive", "known-unused", "new-difference")
THERE_ARE = "fail, stale, hang, crash, bug, inconclusive, flaky, known-unused, unsupported, new-difference, default, all, none"


def result(verdict: Verdict, *plays: Verdict, flaky: tuple[str, ...] = ()) -> Result:
    return Result("tcp/greeting", "here", verdict, (), plays=plays, flaky=flaky)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("fail", ("fail",)),
        ("crash,fail, hang", ("fail", "hang", "crash")),
        ("default", ORDINARY),
        ("none", ()),
        ("missing,error", ("missing", "error")),
        ("!stale", tuple(each for each in ORDINARY if each != "stale")),
        ("fail,!flaky", ("fail", "!flaky")),
    ],
)
def test_a_list_of_classes(text: str, chosen: tuple[str, ...]) -> None:
    assert parse(text, {}) == tuple(each for each in chosen if each not in ("missing", "error"))


def test_all_of_them_and_more_than_by_default() -> None:
    assert len(parse("all", {})) == 10
    assert parse("default,flaky", {}) == (*ORDINARY[:6], "flaky", *ORDINARY[6:])


@pytest.mark.parametrize(
    ("options", "is_asked"), [({}, False), ({"repeat": 1, "retry": 0}, False), ({"repeat": 2}, True), ({"retry": 1}, True)]
)
def test_whoever_plays_cells_several_times_wants_to_be_told_of_flaky_ones(options: dict[str, Any], is_asked: bool) -> None:
    assert ("flaky" in default(options)) is is_asked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faill", "--fail-on: there is no 'faill'; did you mean 'fail'?"),
        (
            "zzz",
            f"--fail-on: there is no 'zzz'; there are {THERE_ARE}",
        ),
        ("!flakey", "--fail-on: there is no 'flakey'; did you mean 'flaky'?"),
        (
            " , ",
            f"--fail-on names nothing; there are {THERE_ARE}",
        ),
        ("none,fail", "--fail-on none goes alone"),
    ],
)
def test_what_cannot_be_understood(text: str, said: str) -> None:
    with pytest.raises(FailOnError) as caught:
        parse(text, {})
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("of", "classes"),
    [
        (result("pass"), ()),
        (result("variation"), ()),
        (result("unsupported"), ("unsupported",)),
        (result("fail"), ("fail",)),
        (result("error"), ("error",)),
        (result("pass", "fail", "pass", flaky=("fail: x",)), ("flaky",)),
        (result("fail", "fail", "pass", flaky=("1 of 2 plays: pass",)), ("fail", "flaky")),
        (result("fail", "crash", "fail", flaky=("crash: x",)), ("fail", "flaky")),
        (result("inconclusive", "pass", "inconclusive", flaky=("pass",)), ("inconclusive",)),
    ],
)
def test_the_classes_of_a_cell(of: Result, classes: tuple[str, ...]) -> None:
    assert classes_of(of) == classes


def test_what_is_red_in_some_plays_is_overlooked_only_by_name() -> None:
    assert fails(("fail", "flaky"), ("fail",), unsteady=True) == "fail"
    assert fails(("fail", "flaky"), ("fail", "!flaky"), unsteady=True) == ""
    assert fails(("fail", "flaky"), ("fail", "!flaky"), unsteady=False) == "fail"
    assert fails(("error",), ("!flaky",), unsteady=False) == "error"
    assert fails(("missing",), (), unsteady=False) == "missing"


def test_runs_of_older_versions_tell_their_plays_in_words_only() -> None:
    old = result("fail", flaky=("pass", "3 of 20 plays: crash: it died", "2 of 20 plays: fail, but step 2 came to something else"))
    assert plays_of(old) == ("fail", "pass", "crash", "fail")
