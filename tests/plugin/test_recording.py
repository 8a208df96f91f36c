"""The results of a session are a run folder: whole if every planned cell has a result, and never more than was planned."""

from itertools import permutations
from pathlib import Path

import pytest
from msgspec import structs

from harness.engine.order import Cast
from harness.gates.gate import gate
from harness.language.library import load
from harness.plugin.recording import Planned, Recorder, Setting, packed, planned, record_of_text, result_of_text
from harness.plugin.stage import Cell
from harness.plugin.summary import run_lines
from harness.records.facts import Facts
from harness.records.known import Known
from harness.records.run import Result, TargetRecord
from harness.runs.folder import RunError, read
from harness.targets.spec import TargetSpec
from tests.plugin.projects import GOOD, WRONG, write

CASTS = tuple(Cast(name, name, (TargetSpec(name, name, ("python",)),)) for name in ("one", "two", "unused"))
FACTS = Facts(python="3.8.18", implementation="cpython", implementation_version="3.8.18", os="linux")
SKIP = Known("mine/wrong", "python < 3.9", "skip", "it is known", "https://example.org/1")


@pytest.fixture
def what(tmp_path: Path) -> Planned:
    """Of four cells three."""
    good, wrong = load([write(tmp_path, {"mine/good": GOOD, "mine/wrong": WRONG})], cache=False).plans
    return planned([Cell(good, "one"), Cell(good, "two"), Cell(wrong, "one")], ["scenarios", "scenarios"], "library")


def recorder(folder: Path, what: Planned, *known: Known) -> Recorder:
    return Recorder(folder, what, Setting(CASTS, {}, known, 8, 2))


def result(scenario: str, target: str) -> Result:
    return Result(scenario, target, "pass", ())


def test_a_run_with_all_that_was_planned_is_whole(tmp_path: Path, what: Planned) -> None:
    keeper = recorder(tmp_path / "run", what)
    for scenario, target in what.cells:
        keeper.take(result(scenario, target))
    keeper.end()
    run = read(tmp_path / "run")
    assert run.complete
    assert not run.missing
    assert [target.id for target in run.header.targets] == ["one", "two"]
    assert run.header.unplanned == {"two": ("mine/wrong",)}
    assert run.header.options["paths"] == ["scenarios"]
    assert run.header.options["k"] == ["id:mine/good", "id:mine/wrong"]
    assert run_lines(keeper, "run") == ["3 cells: 3 pass", "run   run", "next  sockmatrix summary run"]


def test_a_run_that_lacks_a_cell_is_seen_to_be_interrupted(tmp_path: Path, what: Planned) -> None:
    keeper = recorder(tmp_path / "run", what)
    keeper.take(result("mine/good", "one"))
    keeper.end()
    assert not read(tmp_path / "run").complete
    assert run_lines(keeper, "a run")[:2] == ["3 cells: 1 pass", "2 of them without a result: the run is marked as interrupted"]
    assert run_lines(keeper, "a run")[-1] == "next  sockmatrix summary 'a run'"


def test_what_comes_twice_or_was_not_planned_is_not_in_the_run(tmp_path: Path, what: Planned) -> None:
    keeper = recorder(tmp_path / "run", what)
    for scenario, target in [*what.cells, ("mine/good", "one"), ("mine/other", "one"), ("mine/good", "three"), ("mine/wrong", "two")]:
        keeper.take(result(scenario, target))
    keeper.end()
    assert list(read(tmp_path / "run").results) == [("mine/good", "one"), ("mine/good", "two"), ("mine/wrong", "one")]
    assert keeper.repeated == 1


def test_grounds_that_several_processes_know_come_together(tmp_path: Path, what: Planned) -> None:
    keeper = recorder(tmp_path / "run", what)
    for ground in ("filtered", "slow"):
        keeper.introduce(TargetRecord("one", "one", FACTS, grounds={ground: (FACTS,)}))
    keeper.introduce(TargetRecord("three", "three", FACTS))
    keeper.end()
    one, two = read(tmp_path / "run").header.targets
    assert sorted(one.grounds) == ["filtered", "slow"]
    assert two.facts is None


def test_what_is_known_not_to_be_played_leaves_the_plan(tmp_path: Path, what: Planned) -> None:
    keeper = recorder(tmp_path / "run", what, SKIP)
    for target in ("one", "two"):
        keeper.introduce(TargetRecord(target, target, FACTS))
        keeper.take(result("mine/good", target))
    keeper.end()
    run = read(tmp_path / "run")
    assert (run.complete, run.header.cells) == (True, 2)
    assert run.excused == {("mine/wrong", "one"): "it is known"}
    assert run_lines(keeper, "run")[:2] == ["3 cells: 2 pass", "1 of them not played, since they are known"]


STARTED, NOT_STARTED = TargetRecord("one", "one", FACTS), TargetRecord("one", "one", trouble="the agent died")


def not_known(scenario: str) -> Result:
    """Of a process that could not start the target."""
    return Result(scenario, "one", "error", (), "the target could not be started: the agent died")


@pytest.mark.parametrize("records", list(permutations([STARTED, NOT_STARTED])), ids=["started-first", "not-started-first"])
class TestAProcessThatCouldNotStartATarget:
    def test_takes_nothing_from_what_another_knows(self, tmp_path: Path, what: Planned, records: tuple[TargetRecord, ...]) -> None:
        keeper = recorder(tmp_path / "run", what)
        for record in records:
            keeper.introduce(record)
        for scenario, target in what.cells:
            keeper.take(not_known(scenario) if (scenario, target) == ("mine/good", "one") else result(scenario, target))
        keeper.end()
        run = read(tmp_path / "run")
        assert run.header.targets[0] == STARTED
        assert (run.complete, gate(run).gate.exit_code, gate(run).gate.failing) == (True, 3, {"error": 1})

    def test_has_an_error_also_for_what_is_known_not_to_be_played(
        self, tmp_path: Path, what: Planned, records: tuple[TargetRecord, ...]
    ) -> None:
        keeper = recorder(tmp_path / "run", what, SKIP)
        for record in records:
            keeper.introduce(record)
            if record is NOT_STARTED:
                keeper.take(not_known("mine/wrong"))
        for target in ("one", "two"):
            keeper.take(result("mine/good", target))
        keeper.end()
        run = read(tmp_path / "run")
        assert (run.complete, run.excused, gate(run).gate.exit_code) == (True, {}, 3)
        assert run.results["mine/wrong", "one"].verdict == "error"
        assert run_lines(keeper, "run")[0] == "3 cells: 2 pass, 1 error"

    def test_does_not_keep_the_others_from_skipping(self, tmp_path: Path, what: Planned, records: tuple[TargetRecord, ...]) -> None:
        keeper = recorder(tmp_path / "run", what, SKIP)
        for record in records:
            keeper.introduce(record)
        for target in ("one", "two"):
            keeper.take(result("mine/good", target))
        keeper.end()
        run = read(tmp_path / "run")
        assert (run.complete, run.excused) == (True, {("mine/wrong", "one"): "it is known"})


def test_what_is_flaky_is_counted(tmp_path: Path, what: Planned) -> None:
    keeper = recorder(tmp_path / "run", what)
    for scenario, target in what.cells:
        keeper.take(structs.replace(result(scenario, target), plays=("fail", "pass"), flaky=("fail: a reason",)))
        keeper.take(structs.replace(result(scenario, target), plays=("fail", "pass"), flaky=("fail: a reason",)))
    keeper.end()
    assert run_lines(keeper, "run")[:2] == ["3 cells: 3 pass", "3 of them flaky: other plays came to something else"]


def test_a_folder_that_has_a_run_is_left_alone(tmp_path: Path, what: Planned) -> None:
    recorder(tmp_path / "run", what).end()
    with pytest.raises(RunError, match="there is a run in it already"):
        recorder(tmp_path / "run", what)


def test_a_run_of_the_library_alone_names_no_path(what: Planned) -> None:
    plans = {plan.id: plan for plan in what.plans}
    cells = [Cell(plans[scenario], target) for scenario, target in what.cells]
    assert planned(cells, ["library"], "library").paths == ()
    assert planned(cells, ["library", "mine"], "library").paths == ("library", "mine")


def test_records_survive_the_way_between_processes() -> None:
    seen = structs.replace(result("mine/good", "one"), reason="\x1b[31m ✓ \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"))
    assert result_of_text(packed(seen)) == seen
    record = TargetRecord("one", "one", FACTS)
    assert record_of_text(packed(record)) == record
