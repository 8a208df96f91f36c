"""The mutants themselves: enough of them, each with its name, and a few of them noticed from end to end."""

import sys
from pathlib import Path

import pytest

from tests.mutants import measure
from tests.mutants.catalogue import HARMLESS, MUTANTS, Mutant, find

WAY = measure.Way(sys.executable)
AREAS = ("shutdown/", "timeouts/recv_times_out", "tcp/greets")


def test_there_are_enough_mutants_and_each_has_a_name_of_its_own() -> None:
    names = [mutant.name for mutant in HARMLESS + MUTANTS]
    assert len(MUTANTS) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_says_what_it_changes(mutant: Mutant) -> None:
    assert mutant.about
    assert measure.touched(mutant)


def test_a_misspelt_name_is_told_with_the_nearest() -> None:
    with pytest.raises(LookupError, match=r"^no mutant 'shutdown-swaped'; did you mean shutdown-swapped"):
        find("shutdown-swaped")


def test_scenarios_that_use_what_is_changed_come_first() -> None:
    first = next(measure.rounds(find("shutdown-swapped"), measure.plans()))
    assert all("shutdown" in measure.vocabulary()[plan.id] for plan in first)


@pytest.fixture
def few_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = tuple(plan for plan in measure.plans() if plan.id.startswith(AREAS))
    monkeypatch.setattr(measure, "plans", lambda: chosen)
    monkeypatch.setenv("SOCKMATRIX_MUTANT_FORM", "")
    monkeypatch.setenv("SOCKMATRIX_MUTANT_SCOPE", "")
    monkeypatch.setenv("SOCKMATRIX_MUTANT_REPORT", "")


@pytest.mark.end_to_end
@pytest.mark.usefixtures("few_plans")
@pytest.mark.parametrize("name", ["shutdown-swapped", "shutdown-returns-zero", "timeout-too-early", "recv-loses-last-byte"])
def test_a_mutant_is_met_and_fails(name: str) -> None:
    seen = measure.try_out(name, WAY, measure.unmutated(WAY))
    assert (seen.outcome, seen.met > 0) == ("fail", True)


@pytest.mark.end_to_end
@pytest.mark.usefixtures("few_plans")
@pytest.mark.parametrize("mutant", HARMLESS, ids=lambda mutant: mutant.name)
def test_another_form_of_a_right_layer_makes_no_difference(mutant: Mutant) -> None:
    everything = measure.Way(sys.executable, catches=0)
    seen = measure.try_out(mutant.name, everything, measure.unmutated(everything))
    assert (seen.outcome, seen.caught) == ("survived", {})


@pytest.mark.end_to_end
@pytest.mark.usefixtures("few_plans")
def test_the_command_ends_with_1_when_a_mutant_survives(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    outcomes = tmp_path / "outcomes.json"
    status = measure.main(["none", "--python", sys.executable, "--jobs", "1", "--json", str(outcomes)])
    assert status == 1
    assert "killed by fail: 0 of 1 = 0.0%   (1 survived)" in capsys.readouterr().out
    assert '"outcome": "survived"' in outcomes.read_text(encoding="utf-8")
