"""A real run that is held against a baseline and added to a history."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Sockmatrix, write_scenario
from tests.reports.making import GREETING

pytestmark = pytest.mark.end_to_end

RUN = ("run", "scenarios", "-t", "current", "-q")


def test_a_run_is_held_against_a_baseline_and_remembered(sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path) -> None:
    assert sockmatrix(*RUN, "--out", "one", "--history", "h").code == 0
    assert sockmatrix("baseline", "accept", "b.json", "one").code == 0
    again = sockmatrix(*RUN, "--out", "two", "--history", "h", "--baseline", "b.json")
    assert (again.code, again.err) == (0, "")
    assert again.out.endswith(
        "\nbaseline  b.json\nrun       two\n\n✓ 0 cells not as accepted; 2 as accepted\nexit 0: as expected\nhistory  h: run 2\n"
    )
    assert not Path("b.json.new").exists()
    # What the server sends is another text, so that the client hears another one, as the scenario expects.
    accepted = Path("b.json").read_text("utf-8")
    assert '"value": 6' in accepted
    Path("b.json").write_text(accepted.replace('"value": 6', '"value": 7'), "utf-8")
    changed = sockmatrix(*RUN, "--out", "three", "--history", "h", "--baseline", "b.json")
    assert changed.code == 1
    assert '     step 8  conn.send(utf8("网络"))  value\n       - 7\n       + 6\n' in changed.out
    assert changed.out.endswith("exit 1: conformance failures, stale excuses or unreviewed differences\nhistory  h: run 3\n")
    assert json.loads(Path("b.json.new").read_text("ascii"))["report"]["run"] == "three"
    runs = json.loads(sockmatrix("history", "list", "--file", "h", "--json").out)["runs"]
    assert [run["folder"] for run in runs] == ["one", "two", "three"]
    assert json.loads(sockmatrix("history", "export", "--file", "h").out)["lines"][0].get("turns", []) == []


def test_the_summary_as_json_holds_what_the_baseline_says(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    sockmatrix(*RUN, "--out", "one")
    sockmatrix("baseline", "accept", "b.json", "one")
    write_scenario(scenarios.parent, "tcp/another", GREETING)
    summary = json.loads(sockmatrix(*RUN, "--out", "two", "--baseline", "b.json", "--json").out)
    assert (summary["exit_code"], summary["baseline"]["same"]) == (0, 2)
    assert [change["state"] for change in summary["baseline"]["pending"]] == ["new"]


def test_a_history_that_cannot_be_used_is_found_before_anything_is_played(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    Path("h").write_text("no database " * 100)
    ended = sockmatrix(*RUN, "--out", "one", "--history", "h")
    assert ended.code == 3
    assert ended.err.startswith("sockmatrix: h: not a history that can be read (file is not a database)")
    assert not Path("one").exists()


def test_a_history_that_fails_afterwards_hides_no_summary(sockmatrix: Sockmatrix, scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.commands import keeping
    from harness.history.errors import KeptError

    def fail(file: Path, run: object) -> None:
        raise KeptError(str(file), "the disk is full", "make room", environment=True)

    monkeypatch.setattr(keeping, "remember", fail)
    ended = sockmatrix(*RUN, "--out", "one", "--history", "h")
    again = "add it later: sockmatrix history add one --file h"
    message = f"sockmatrix: the run was not added to the history: h: the disk is full; make room; {again}\n"
    assert (ended.code, ended.err) == (3, message)
    assert "✓ as expected in 2 cells  exit 0\n" in ended.out


def test_the_settings_can_ask_for_a_history(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    Path("sockmatrix.toml").write_text('history = "h.sqlite"\n')
    assert sockmatrix(*RUN, "--out", "one").code == 0
    assert len(json.loads(sockmatrix("history", "list", "--json").out)["runs"]) == 1
