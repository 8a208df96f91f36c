"""Machines of one merged run that do not know the same failures: each cell is judged by what its own machine knew."""

from pathlib import Path
from typing import Any

from msgspec import structs

from harness.gates.gate import Outcome, gate
from harness.records.known import Known
from harness.runs.folder import HEADER, header_bytes, read_header
from tests.merging.making import ONE, THREE, TWO, everything, facts, merged, save, target

OLD = "cpython-3.8.18"
ARM = target(facts=facts(machine="arm64"))
LATER = "2026-02-01T00:00:00+00:00"


def known(scenario: str = ONE.id, **more: Any) -> Known:
    fields: dict[str, Any] = {"when": "python < 3.9", "kind": "xfail", "reason": "told", "see": "https://example.org", **more}
    return Known(scenario, **fields)


def red(*scenarios: str) -> dict[tuple[str, str], Any]:
    return everything() | everything(verdict="fail", scenarios=scenarios)


def states(found: Outcome) -> list[tuple[str, str, str]]:
    return [(use.known.reason, use.state, use.note) for use in found.gate.known]


def test_an_entry_of_one_machine_excuses_nothing_on_another(tmp_path: Path) -> None:
    first = save(tmp_path / "1", red(ONE.id), job="linux", known=(known(),))
    second = save(tmp_path / "2", red(ONE.id), job="mac", targets=[ARM])
    assert [gate(merged(tmp_path / name, folder)).gate.exit_code for name, folder in (("a", first), ("b", second))] == [0, 1]
    found = gate(merged(tmp_path / "all", first, second))
    assert (found.gate.failing, list(found.expected)) == ({"fail": 1}, [(ONE.id, f"{OLD}@linux")])
    assert states(found) == [("told", "used", "")]


def test_other_entries_that_are_named_are_for_all(tmp_path: Path) -> None:
    first = save(tmp_path / "1", red(ONE.id), job="linux", known=(known(),))
    second = save(tmp_path / "2", red(ONE.id), job="mac", targets=[ARM])
    assert gate(merged(tmp_path / "all", first, second), known=[known()]).gate.exit_code == 0


def test_each_machine_has_its_own_order_of_entries(tmp_path: Path) -> None:
    """The first that fits a cell is that cell's, on each machine the first of its own file."""
    wide, narrow = known("area/*", verdicts=("fail",), reason="wide"), known(verdicts=("hang",), reason="narrow")
    hang = everything(verdict="fail") | everything(verdict="hang", scenarios=[ONE.id])
    first = save(tmp_path / "1", hang, job="linux", known=(narrow, wide))
    second = save(tmp_path / "2", hang, job="mac", targets=[ARM], known=(wide, narrow))
    found = gate(merged(tmp_path / "all", first, second))
    assert found.gate.failing == {"hang": 1}
    assert found.expected[ONE.id, f"{OLD}@linux"] == narrow
    assert (ONE.id, f"{OLD}@mac") not in found.expected


def test_the_newest_run_of_a_target_says_what_is_known_whatever_the_digests(tmp_path: Path) -> None:
    for number in range(6):
        reason = f"number {number}"
        first = save(tmp_path / f"{number}-1", red(ONE.id), known=(known(reason=f"old {number}", verdicts=("hang",)),))
        second = save(tmp_path / f"{number}-2", red(ONE.id), known=(known(reason=reason),), started=LATER)
        found = gate(merged(tmp_path / f"{number}", first, second))
        assert (found.gate.exit_code, states(found)) == (0, [(reason, "used", "")])


def test_an_entry_that_was_removed_since_is_not_unused(tmp_path: Path) -> None:
    """Of two shards one is played again, after its entry was taken out; what is of the other shard still counts."""
    one = save(tmp_path / "1", red(ONE.id), known=(known(when="python >= 3", reason="removed"), known(THREE.id, reason="kept")))
    two = save(tmp_path / "2", everything(scenarios=[ONE.id]), plans=[ONE], started=LATER, known=(known(TWO.id, reason="elsewhere"),))
    found = gate(merged(tmp_path / "all", one, two))
    assert states(found) == [
        ("elsewhere", "elsewhere", "those who play its cells do not know it"),
        ("removed", "elsewhere", "those who play its cells do not know it"),
        ("kept", "stale", f"passes on {OLD}; narrow its condition, or remove it"),
    ]


def test_a_list_that_no_cell_is_judged_by_is_no_longer_in_force(tmp_path: Path) -> None:
    wrong = save(tmp_path / "1", red(ONE.id), known=(known("area/onne", reason="a slip"),))
    right = save(tmp_path / "2", red(ONE.id), known=(known(),), started=LATER)
    found = gate(merged(tmp_path / "all", wrong, right))
    assert (found.gate.exit_code, states(found)) == (0, [("told", "used", "")])


def test_an_entry_for_nothing_is_unused_whichever_machine_knows_it(tmp_path: Path) -> None:
    first = save(tmp_path / "1", everything(), job="linux", known=(known("area/onne"),))
    second = save(tmp_path / "2", everything(), job="mac", targets=[ARM])
    assert states(gate(merged(tmp_path / "all", first, second))) == [("told", "unused", "no scenario of the run is meant")]


def test_what_one_machine_skips_another_that_does_not_know_it_owes(tmp_path: Path) -> None:
    skip = known(kind="skip")
    first = save(tmp_path / "1", everything(scenarios=[TWO.id, THREE.id]), job="linux", known=(skip,), shard=("1/1", [ONE.id]))
    head = structs.replace(read_header(first), shard="", excused={OLD: {ONE.id: "told"}})
    (first / HEADER).write_bytes(header_bytes(head))
    second = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), job="mac", targets=[ARM], complete=False)
    run = merged(tmp_path / "all", first, second)
    assert (run.missing, list(run.excused)) == (((ONE.id, f"{OLD}@mac"),), [(ONE.id, f"{OLD}@linux")])
    found = gate(run)
    assert (found.gate.failing, states(found)) == ({"missing": 1}, [("told", "used", "")])
