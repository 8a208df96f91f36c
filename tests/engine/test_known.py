"""What is known to fail is not played, or not played again; what is red and unknown is played again on demand, and every play is kept."""

import asyncio
from pathlib import Path

from msgspec import structs

from harness.engine.run import perform
from harness.gates.gate import gate
from harness.records.known import Known, KnownKind
from harness.runs.folder import Run, read
from tests.engine.playing import Stage, current, miniature
from tests.engine.test_run import SLOW

RIGHT = "steps:\n  - client: len(fill(666))\n    returns: 666\n"
WRONG = "steps:\n  - client: len(fill(666))\n    returns: 1\n"


def known(kind: KnownKind, scenario: str = "area/topic", when: str = "python >= 3") -> Known:
    rate = 0.9 if kind == "flaky" else 0.0
    return Known(scenario, when, kind, "a bug of ours", "https://example.org/1", rate, place="sockmatrix.toml:1")


def wrong_at_first(folder: Path, times: int, retry: int, *entries: Known) -> Run:
    """The run of a target that is wrong so many times."""
    folder.mkdir(parents=True, exist_ok=True)
    target = miniature("wrong_at_first", str(folder / "count"), str(times))
    return Stage(folder).play([target], {"area/topic": RIGHT}, retry=retry, known=entries, options={"retry": retry})


class TestRetrying:
    def test_what_is_right_at_last_stays_red_and_is_flaky(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 3, 5)
        (result,) = run.results.values()
        assert (result.verdict, result.plays, result.retried) == ("fail", ("fail", "fail", "fail", "pass"), 2)
        assert result.flaky == ("1 of 4 plays: pass",)
        assert result.observed == "0"

    def test_what_is_red_every_time_is_played_as_often_as_was_asked_for(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 99, 3)
        (result,) = run.results.values()
        assert (result.verdict, result.plays, result.retried, result.flaky) == ("fail", ("fail",) * 5, 3, ())

    def test_what_is_right_at_the_second_play_is_not_played_again(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 1, 3)
        (result,) = run.results.values()
        assert (result.verdict, result.plays, result.retried) == ("pass", ("fail", "pass"), 0)
        assert result.flaky == ("fail: len(fill(666)): expected 666, observed 0",)

    def test_what_is_known_is_not_played_again(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 99, 3, known("xfail"))
        (result,) = run.results.values()
        assert (result.verdict, result.plays, result.retried) == ("fail", ("fail", "fail"), 0)

    def test_what_fails_at_the_very_step_that_is_known_is_not_even_played_a_second_time(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 99, 3, structs.replace(known("xfail"), step=1))
        (result,) = run.results.values()
        assert (result.verdict, result.plays, result.retried, result.flaky) == ("fail", (), 0, ())
        assert [use.state for use in gate(run).gate.known] == ["used"]

    def test_what_fails_at_another_step_is_played_a_second_time(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 99, 0, structs.replace(known("xfail"), step=2))
        (result,) = run.results.values()
        assert (result.verdict, result.plays) == ("fail", ("fail", "fail"))

    def test_what_is_known_to_hang_hangs_where_nobody_else_plays(self, tmp_path: Path) -> None:
        hangs = "limit: 1\nsteps:\n  - client: len(fill(666))\n    returns: 666\n"
        entry = structs.replace(known("xfail", "area/hangs"), verdicts=("hang",), step=1)
        run = Stage(tmp_path).play([miniature("never_returns")], {"area/hangs": hangs, **SLOW}, known=(entry,))
        assert (run.results["area/hangs", "never_returns"].verdict, run.results["area/hangs", "never_returns"].plays) == ("hang", ())
        assert {result.verdict for result in run.results.values()} == {"hang", "pass"}

    def test_what_fails_at_another_step_than_the_known_one_is_played_again(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path / "there", 99, 1, structs.replace(known("xfail"), step=1))
        assert [result.retried for result in run.results.values()] == [0]
        run = wrong_at_first(tmp_path / "elsewhere", 99, 1, structs.replace(known("xfail"), step=2))
        assert [result.retried for result in run.results.values()] == [1]

    def test_an_entry_for_other_targets_does_not_keep_it_from_being_played_again(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 99, 1, known("xfail", when="python < 3"))
        (result,) = run.results.values()
        assert result.retried == 1

    def test_without_being_asked_nothing_is_played_a_third_time(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 99, 0)
        (result,) = run.results.values()
        assert (result.plays, result.retried) == (("fail", "fail"), 0)

    def test_both_plays_count_against_a_rate(self, tmp_path: Path) -> None:
        run = wrong_at_first(tmp_path, 99, 0, known("flaky"))
        (use,) = gate(run).gate.known
        assert (use.departures, use.plays) == (2, 2)

    def test_what_passes_at_once_was_played_once(self, tmp_path: Path) -> None:
        (result,) = wrong_at_first(tmp_path, 0, 3).results.values()
        assert (result.verdict, result.plays, result.retried) == ("pass", (), 0)

    def test_every_play_of_a_repetition_is_kept(self, tmp_path: Path) -> None:
        target = miniature("wrong_at_first", str(tmp_path / "count"), "2")
        run = Stage(tmp_path).play([target], {"area/topic": RIGHT}, repeat=4)
        (result,) = run.results.values()
        assert (result.plays, result.retried) == (("fail", "fail", "pass", "pass"), 0)


class TestSkipping:
    def test_what_is_to_be_skipped_is_not_played_and_not_missing(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        run = stage.play([current()], {"area/topic": WRONG, "area/other": RIGHT}, known=(known("skip"),))
        assert list(run.results) == [("area/other", "here")]
        assert run.excused == {("area/topic", "here"): "a bug of ours"}
        assert (run.header.cells, run.missing, run.complete) == (1, (), True)
        assert run.header.known == (known("skip"),)
        assert [use.state for use in gate(run).gate.known] == ["used"]

    def test_other_targets_play_it(self, tmp_path: Path) -> None:
        run = Stage(tmp_path).play([current()], {"area/topic": RIGHT}, known=(known("skip", when="python < 3"),))
        assert run.results["area/topic", "here"].verdict == "pass"
        assert run.header.excused == {}

    def test_the_observer_is_told(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        order = stage.order([current()], {"area/topic": WRONG, "area/other": RIGHT}, known=(known("skip"),))
        told: list[int] = []
        asyncio.run(perform(order, structs.replace(stage.observer(), excused=told.append)))
        assert (stage.planned, told) == (2, [1])

    def test_a_run_that_is_gone_on_with_keeps_what_it_was_begun_with(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        scenarios = {"area/topic": WRONG, **SLOW}
        order = stage.order([current()], scenarios, jobs=1, known=(known("skip"),))
        stage.interrupt(order, 1)
        assert not read(order.folder).complete
        run = stage.perform(stage.order([current()], scenarios, resume=True, known=()))
        assert run.complete
        assert run.header.known == (known("skip"),)
        assert list(run.excused) == [("area/topic", "here")]
        assert run.header.cells == len(run.results) == len(SLOW)
