"""The mutants themselves: enough of them, each with its name, and a few of them noticed from end to end."""

import sys
from pathlib import Path

import pytest

from harness.language.library import bundled, load
from tests.mutants import measure
from tests.mutants.catalogue import HARMLESS, MUTANTS, Mutant, find

WAY = measure.Way(sys.executable)
FEW = (
    "shutdown/twice",
    "shutdown/needs_a_connection",
    "shutdown/peer_of_shut_wr_can_still_send",
    "timeouts/recv_times_out",
    "tcp/answers_a_client",
)


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


@pytest.fixture
def few_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of a few scenarios, and no settings of mutants left behind."""
    library = load([bundled() / f"{name}.yaml" for name in FEW], cache=False)
    assert not library.mistakes
    monkeypatch.setattr(measure, "plans", lambda: library.plans)
    for name in ("FORM", "SCOPE", "REPORT"):
        monkeypatch.setenv(f"SOCKMATRIX_MUTANT_{name}", "")


@pytest.mark.usefixtures("few_plans")
def test_scenarios_that_use_what_is_changed_come_first() -> None:
    before = measure.prepared({}, frozenset(), measure.plans())
    first, others = measure.rounds(find("shutdown-swapped"), before)
    assert {plan.area for plan in first} == {"shutdown"}
    assert {plan.area for plan in others} == {"tcp", "timeouts"}


@pytest.mark.end_to_end
@pytest.mark.usefixtures("few_plans")
@pytest.mark.parametrize("name", ["shutdown-needs-no-connection", "shutdown-returns-zero", "timeout-too-early", "recv-loses-last-byte"])
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
