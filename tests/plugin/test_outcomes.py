"""What pytest is told of each verdict, and what an entry of the settings makes of it."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from harness.language.library import load
from harness.plugin.outcomes import Outcome, is_flaky, known_verdict_words, other_plays, outcome_of
from harness.plugin.stage import Cell, Settled
from harness.records.facts import Facts
from harness.records.known import Known, KnownKind
from harness.records.observation import VERDICTS, Verdict
from harness.records.run import Result, TargetRecord
from tests.plugin.projects import UNMET, WRONG, write

FACTS = Facts(python="3.8.18", implementation="cpython", implementation_version="3.8.18", os="linux")
RECORD = TargetRecord("here", "current", FACTS)
WAYS = {
    "pass": "passed", "variation": "passed", "unsupported": "skipped", "error": "error", "stale": "failed", "fail": "failed",
    "hang": "failed", "crash": "failed", "inconclusive": "failed", "bug": "failed",
}  # fmt: skip


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    [plan] = load([write(tmp_path, {"mine/wrong": WRONG})], cache=False).plans
    return Cell(plan, "here")


def known(kind: KnownKind, *verdicts: Verdict) -> Known:
    return Known("mine/wrong", "python >= 2.7", kind, "it is known", "https://example.org/1", verdicts=verdicts or ("fail",), place="x:1")


def outcome(cell: Cell, verdict: Verdict, entry: Known | None = None, **more: Any) -> Outcome:
    return outcome_of(cell, Settled(Result("mine/wrong", "here", verdict, (), "a reason", 1, **more), RECORD, entry))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_way(cell: Cell, verdict: Verdict) -> None:
    assert (outcome(cell, verdict).way, outcome(cell, verdict).line) == (WAYS[verdict], 6)


def test_an_unmet_need_is_told_with_its_line(tmp_path: Path) -> None:
    [plan] = load([write(tmp_path, {"mine/unmet": UNMET})], cache=False).plans
    settled = Settled(Result("mine/unmet", "here", "unsupported", (), "needs socket.fromshare"), RECORD)
    assert outcome_of(Cell(plan, "here"), settled) == Outcome("skipped", "needs socket.fromshare", 4, 15)


@pytest.mark.parametrize(
    ("verdict", "plays", "told", "others"),
    [
        ("pass", ("fail", "pass"), ("fail: a reason",), ("fail: a reason",)),
        ("pass", ("fail", "pass"), (), ("fail, pass",)),
        ("fail", ("fail", "fail"), ("fail, but step 2 came to something else",), ("fail, but step 2 came to something else",)),
        ("fail", ("fail", "fail", "pass"), ("1 of 3 plays: pass",), ("1 of 3 plays: pass",)),
    ],
)
def test_what_came_to_several_things_is_flaky(
    verdict: Verdict, plays: tuple[Verdict, ...], told: tuple[str, ...], others: tuple[str, ...]
) -> None:
    result = Result("mine/wrong", "here", verdict, (), plays=plays, flaky=told)
    assert is_flaky(result)
    assert other_plays(result) == others


@pytest.mark.parametrize(
    ("verdict", "plays"), [("pass", ()), ("pass", ("pass", "variation")), ("fail", ("fail", "fail")), ("error", ("error", "pass"))]
)
def test_what_comes_to_one_thing_is_not_flaky(verdict: Verdict, plays: tuple[Verdict, ...]) -> None:
    assert not is_flaky(Result("mine/wrong", "here", verdict, (), plays=plays))


class TestKnown:
    @pytest.mark.parametrize("kind", ["xfail", "flaky"])
    def test_what_fails_as_it_is_known_is_excused(self, cell: Cell, kind: KnownKind) -> None:
        assert outcome(cell, "fail", known(kind)).excused

    @pytest.mark.parametrize("verdict", ["hang", "error", "bug", "inconclusive"])
    def test_another_verdict_never_is(self, cell: Cell, verdict: Verdict) -> None:
        found = outcome(cell, verdict, known("xfail"))
        assert (found.excused, found.known) == (False, None)

    def test_a_failure_at_another_step_never_is(self, cell: Cell) -> None:
        entries = [structs.replace(known("xfail"), step=step) for step in (2, 3)]
        assert [outcome(cell, "fail", entry).excused for entry in entries] == [True, False]

    def test_what_passes_is_told_to_be_known(self, cell: Cell) -> None:
        assert outcome(cell, "pass", known("xfail")).known == known("xfail")

    def test_what_fails_now_and_then_is_no_xfail_that_passes(self, cell: Cell) -> None:
        unsteady = ("pass", "fail")
        assert outcome(cell, "pass", known("xfail"), plays=unsteady).known is None
        assert outcome(cell, "pass", known("flaky"), plays=unsteady).known is not None

    def test_what_is_not_played_is_skipped(self, cell: Cell) -> None:
        found = outcome_of(cell, Settled(None, RECORD, known("skip")))
        assert (found.way, found.reason) == ("skipped", "not played, known: it is known (https://example.org/1)")

    def test_the_verdict_is_told_with_what_the_entry_makes_of_it(self) -> None:
        red, good = Result("mine/wrong", "here", "fail", ()), Result("mine/wrong", "here", "pass", ())
        assert known_verdict_words(known("xfail"), red) == "fail, known: it is known (https://example.org/1)"
        told = "pass, and x:1 says that it fails: remove the entry or narrow its condition; it is known (https://example.org/1)"
        assert known_verdict_words(known("xfail"), good) == told
        assert known_verdict_words(known("flaky"), good) == "pass, known to depart now and then: it is known (https://example.org/1)"
