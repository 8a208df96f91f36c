"""A history as somebody at a terminal sees it."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from harness.records.run import TargetRecord
from harness.runs.folder import Run
from tests.commands.conftest import Sockmatrix, save
from tests.reports.making import NEW, OLD, OTHER, REFUSED, TARGETS, facts, plan_of, refused_on, run_of

PLAN = plan_of(REFUSED, "connect/refused")
PATCHED = TargetRecord("cpython-3.12.4", "python3.12", facts("3.12.4"))


def on_day(day: int, *results: object, targets: tuple[TargetRecord, ...] = TARGETS) -> Run:
    made = run_of(list(results), [PLAN], targets=targets)  # type: ignore[arg-type]
    header = structs.replace(made.header, started=f"2026-01-{day:02}T12:00:00+00:00")
    return Run(made.folder, header, made.plans, made.results, made.footer)


@pytest.fixture
def three_days(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    """On the second a target is upgraded, and on the third another one is flaky and says something else."""
    plain = [refused_on(OLD), refused_on(NEW), refused_on(OTHER)]
    upgraded = [plain[0], refused_on(PATCHED.id, "fail", kind="OSError"), plain[2]]
    flaky = [plain[0], upgraded[1], structs.replace(refused_on(OTHER, message="sorry"), flaky=("fail: no",))]
    save(on_day(1, *plain), tmp_path / "one")
    save(on_day(2, *upgraded, targets=(TARGETS[0], PATCHED, TARGETS[2])), tmp_path / "two")
    save(on_day(3, *flaky, targets=(TARGETS[0], PATCHED, TARGETS[2])), tmp_path / "three")
    ended = sockmatrix("history", "add", "one", "two", "three", "--file", "h")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "one: added as run 1, 0 cells came to something else than before\n"
        "two: added as run 2, 1 cell came to something else than before\n"
        "three: added as run 3, 1 cell came to something else than before\n"
    )


def test_a_run_is_added_once(sockmatrix: Sockmatrix, three_days: None) -> None:
    Path("two").rename("elsewhere")
    assert sockmatrix("history", "add", "elsewhere", "--file", "h") == (0, "elsewhere: is there already: run 2\n", "")


def test_what_became_of_runs_is_told_as_data(sockmatrix: Sockmatrix, three_days: None) -> None:
    found = json.loads(sockmatrix("history", "add", "one", "--file", "h", "--json").out)
    assert found == {"history": 1, "file": "h", "runs": [{"folder": "one", "state": "known", "number": 1}]}


def test_what_came_before_a_folder_that_is_no_run_is_kept_and_told(sockmatrix: Sockmatrix, three_days: None) -> None:
    ended = sockmatrix("history", "add", "one", "h", "two", "--file", "other")
    assert (ended.code, ended.out) == (2, "one: added as run 1, 0 cells came to something else than before\n")
    assert ended.err.startswith("sockmatrix: h: no run here (run.json: ")
    sockmatrix("history", "add", "nothing", "--file", "never-made")
    assert not Path("never-made").exists()


def test_an_interrupted_run_is_added_and_said_to_be_one(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(run_of([refused_on(OLD)], [PLAN], complete=False), tmp_path / "half")
    ended = sockmatrix("history", "add", "half", "--file", "h")
    assert (ended.code, ended.out) == (0, "half: added as run 1, 0 cells came to something else than before\n")
    assert "was interrupted, or is still going on" in ended.err
    assert sockmatrix("history", "list", "--file", "h").out.endswith(" 2\n     half  (interrupted)\n")


def test_an_older_copy_of_a_run_is_there_already(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(run_of([refused_on(OLD), refused_on(NEW)], [PLAN], complete=False), tmp_path / "part2")
    save(run_of([refused_on(OLD)], [PLAN], complete=False), tmp_path / "part")
    assert sockmatrix("history", "add", "part2", "part", "--file", "h").out == (
        "part2: added as run 1, 0 cells came to something else than before\npart: is there already: run 1\n"
    )


def test_without_a_name_it_is_the_newest_run_and_the_usual_file(sockmatrix: Sockmatrix, saved: Path) -> None:
    assert sockmatrix("history", "add").code == 0
    assert Path("sockmatrix-runs/history.sqlite").is_file()
    assert len(json.loads(sockmatrix("history", "list", "--json").out)["runs"]) == 1
    assert sockmatrix("summary").code == 0


def test_a_history_among_the_runs_is_not_taken_for_one(sockmatrix: Sockmatrix, saved: Path) -> None:
    sockmatrix("history", "add")
    everything = sorted(str(each) for each in Path("sockmatrix-runs").iterdir())
    assert everything[-1] == "sockmatrix-runs/history.sqlite"
    assert sockmatrix("history", "add", *everything) == (0, f"{saved}: is there already: run 1\n", "")
    assert sockmatrix("history", "add", everything[-1]) == (0, "", "")


def test_the_settings_can_name_the_file(sockmatrix: Sockmatrix, saved: Path) -> None:
    Path("sockmatrix.toml").write_text('history = "kept/all.sqlite"\n')
    assert sockmatrix("history", "add").code == 0
    assert Path("kept/all.sqlite").is_file()


def test_runs_are_listed_the_last_first(sockmatrix: Sockmatrix, three_days: None) -> None:
    ended = sockmatrix("history", "list", "--file", "h")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "history  h\n"
        "3 runs, 2026-01-01 12:00:00 to 2026-01-03 12:00:00\n"
        "\n"
        " run  started              scenarios  targets  cells  say nothing  folder\n"
        "   3  2026-01-03 12:00:00          1        3      3               three\n"
        "   2  2026-01-02 12:00:00          1        3      3               two\n"
        "   1  2026-01-01 12:00:00          1        3      3               one\n"
    )


def test_what_changed_is_told_with_what_may_explain_it(sockmatrix: Sockmatrix, three_days: None) -> None:
    ended = sockmatrix("history", "show", "--file", "h")
    assert ended.code == 0
    assert ended.out == (
        "history  h\n"
        "3 runs, 2026-01-01 12:00:00 to 2026-01-03 12:00:00\n"
        "\n"
        "run 2  2026-01-02 12:00:00  two\n"
        " upgraded: cpython-3.12.1 → cpython-3.12.4 (python 3.12.1 → 3.12.4)\n"
        " first seen differing here; run 1 of 2026-01-01 12:00:00 was the last to see\n"
        "   what was before\n"
        " ✓ pass → ✗ fail  connect/refused  on cpython-3.12.4\n"
        "     step 2  s.connect((HOST, unused_port()))  exception\n"
        "       - ConnectionRefusedError: [ECONNREFUSED] Connection refused\n"
        "       + OSError: [ECONNREFUSED] Connection refused\n"
        "\n"
        "Flaky\n"
        " 1 of 4 plays  25 %  in 1 run  connect/refused on pypy-3.9.16\n"
        "\n"
        "2 turns in 2 cells, 1 of them in message or type only (--all-kinds shows them);\n"
        "  1 cell never came to anything else\n"
    )


def test_a_quiet_change_is_shown_if_it_is_asked_for(sockmatrix: Sockmatrix, three_days: None) -> None:
    out = sockmatrix("history", "show", "--file", "h", "--all-kinds").out
    assert " flaky in one of the two runs\n" in out
    assert "       + ConnectionRefusedError: [ECONNREFUSED] sorry\n" in out


def test_one_target_is_looked_at_since_when_it_does_what_it_does(sockmatrix: Sockmatrix, three_days: None) -> None:
    for name in ("cpython-3.12.1", "cpython-3.12", "python3.12"):
        ended = sockmatrix("history", "show", "--file", "h", "-t", name)
        assert "\nconnect/refused\n ✗ fail  since run 2 of 2026-01-02 12:00:00  3 runs  cpython-3.12.4\n" in ended.out
        assert ended.out.endswith("\n1 turn in 1 cell; 0 cells never came to anything else\n")


def test_scenarios_are_chosen_by_id_or_pattern(sockmatrix: Sockmatrix, three_days: None) -> None:
    for name in ("connect/refused", "connect/*"):
        found = json.loads(sockmatrix("history", "show", "--file", "h", "--scenario", name, "--json").out)
        assert [line["target"] for line in found["lines"]] == [OLD, "cpython-3.12.4", OTHER]


@pytest.mark.parametrize(
    ("query", "targets"),
    [
        ("area:connect", [OLD, "cpython-3.12.4", OTHER]),
        ("verdict:red", ["cpython-3.12.4"]),
        ("kind:exception", ["cpython-3.12.4"]),
        ("kind:message", [OTHER]),
        ("differs:yes", ["cpython-3.12.4"]),
        ("cause:upgrade", ["cpython-3.12.4"]),
        ("flaky:yes cause:flaky", [OTHER]),
        ("call:connect target:pypy*", [OTHER]),
        ("explained:no", []),
    ],
)
def test_lines_are_picked_by_a_query(sockmatrix: Sockmatrix, three_days: None, query: str, targets: list[str]) -> None:
    found = json.loads(sockmatrix("history", "show", "--file", "h", "--where", query, "--json").out)
    assert [line["target"] for line in found.get("lines", [])] == targets


def test_a_query_that_cannot_be_read_is_said(sockmatrix: Sockmatrix, three_days: None) -> None:
    message = "sockmatrix: unknown word 'aera:' in query 'aera:udp', character 1; did you mean 'area:'?\n"
    assert sockmatrix("history", "show", "--file", "h", "--where", "aera:udp") == (2, "", message)


def test_since_when_targets_part_over_a_scenario(sockmatrix: Sockmatrix, three_days: None) -> None:
    ended = sockmatrix("history", "show", "--file", "h", "-s", "connect/refused")
    assert ended.out.partition("\n\n")[2].startswith(
        "connect/refused\n"
        " ✓ pass  since run 1 of 2026-01-01 12:00:00  3 runs\n"
        "     cpython-2.7.18\n"
        " ✗ fail  since run 2 of 2026-01-02 12:00:00  3 runs\n"
        "     cpython-3.12.4\n"
        " ✓ pass  since run 3 of 2026-01-03 12:00:00  3 runs  flaky: 1 of 4 plays, 25 %\n"
        "     pypy-3.9.16\n"
        " targets part: exception, first seen in run 1 of 2026-01-01 12:00:00, and do so\n"
        "   still\n"
    )


def test_only_what_changed_since_a_day(sockmatrix: Sockmatrix, three_days: None) -> None:
    lines = {
        day: json.loads(sockmatrix("history", "show", "--file", "h", "--json", "--since", f"2026-01-{day}").out).get("lines", [])
        for day in ("02", "03", "04")
    }
    assert {day: [line["target"] for line in found] for day, found in lines.items()} == {
        "02": ["cpython-3.12.4", OTHER],
        "03": [OTHER],
        "04": [],
    }


def test_what_changed_earlier_is_not_said_to_have_never_changed(sockmatrix: Sockmatrix, three_days: None) -> None:
    save(on_day(7, refused_on(OLD), refused_on(NEW), refused_on(OTHER, message="sorry")), Path("seven"))
    sockmatrix("history", "add", "seven", "--file", "h")
    ended = sockmatrix("history", "show", "--file", "h", "--since", "2026-01-05")
    assert "Flaky" not in ended.out  # it was on the third
    assert ended.out.endswith("\n\n1 turn in 1 cell; 1 cell unchanged since 2026-01-05; 1 cell never came to\n  anything else\n")
    nothing = sockmatrix("history", "show", "--file", "h", "--since", "2026-01-08", "-t", "pypy-3.9.16")
    assert nothing.code == 0
    assert nothing.out.endswith("\n0 turns in 0 cells; 1 cell unchanged since 2026-01-08; 0 cells never came to\n  anything else\n")
    data = json.loads(sockmatrix("history", "show", "--file", "h", "--since", "2026-01-05", "--json").out)
    assert (data["since"], data["steady"], data["unchanged"]) == ("2026-01-05", 1, 1)


def test_a_flake_is_told_by_the_run_in_which_it_was_seen(sockmatrix: Sockmatrix, three_days: None) -> None:
    told = " 1 of 2 plays  50 %  in 1 run  connect/refused on pypy-3.9.16\n"
    assert told in sockmatrix("history", "show", "--file", "h", "--since", "2026-01-03").out
    for query in ("flaky:yes", "kind:exception"):
        found = json.loads(sockmatrix("history", "show", "--file", "h", "--since", "2026-01-03", "--where", query, "--json").out)
        assert [line["target"] for line in found.get("lines", [])] == ([OTHER] if query == "flaky:yes" else [])


def test_everything_can_be_exported(sockmatrix: Sockmatrix, three_days: None) -> None:
    found = json.loads(sockmatrix("history", "export", "--file", "h").out)
    assert [line.get("turns", []) != [] for line in found["lines"]] == [False, True, True]
    assert sockmatrix("history", "export", "--json", "--file", "h").out == sockmatrix("history", "export", "--file", "h").out


def test_a_run_can_be_taken_out(sockmatrix: Sockmatrix, three_days: None) -> None:
    assert sockmatrix("history", "remove", "2", "--file", "h") == (0, "run 2 is taken out\n", "")
    message = "sockmatrix: the history has no run 2; see: sockmatrix history list\n"
    assert sockmatrix("history", "remove", "2", "--file", "h") == (2, "", message)
    assert "\nrun 3  2026-01-03 12:00:00  three\n upgraded: cpython-3.12.1" in sockmatrix("history", "show", "--file", "h").out


def test_runs_are_taken_out_all_or_none(sockmatrix: Sockmatrix, three_days: None) -> None:
    before = sockmatrix("history", "export", "--file", "h").out
    message = "sockmatrix: the history has no run 99; nothing was taken out; see: sockmatrix history list\n"
    assert sockmatrix("history", "remove", "1", "99", "--file", "h") == (2, "", message)
    assert sockmatrix("history", "export", "--file", "h").out == before
    assert sockmatrix("history", "remove", "1", "3", "1", "--file", "h") == (0, "run 1 is taken out\nrun 3 is taken out\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-s", "connect/refusd"], "the history has nothing of 'connect/refusd'; did you mean 'connect/refused'?"),
        (["-t", "pypy-3.9.17"], "the history has nothing of 'pypy-3.9.17'; did you mean 'pypy-3.9.16'?"),
        (["-t", "x"], "the history has nothing of 'x'; see: sockmatrix history list"),
        (["--since", "yesterday"], "'yesterday' is no day; write it as 2026-01-31"),
    ],
)
def test_what_is_not_there_is_said(sockmatrix: Sockmatrix, three_days: None, arguments: list[str], message: str) -> None:
    assert sockmatrix("history", "show", "--file", "h", *arguments) == (2, "", f"sockmatrix: {message}\n")


def test_without_a_history_the_way_to_one_is_told(sockmatrix: Sockmatrix) -> None:
    message = (
        "sockmatrix: sockmatrix-runs/history.sqlite: there is no history;"
        " make one of runs: sockmatrix history add RUN --file sockmatrix-runs/history.sqlite\n"
    )
    for command in ("list", "show", "export"):
        assert sockmatrix("history", command) == (2, "", message)


def test_a_damaged_history_is_the_environments_fault(sockmatrix: Sockmatrix, saved: Path) -> None:
    Path("h").write_text("no database " * 100)
    for arguments in (("show",), ("list",), ("add",)):
        ended = sockmatrix("history", *arguments, "--file", "h")
        assert ended.code == 3
        assert ended.err.startswith("sockmatrix: h: not a history that can be read (file is not a database); the file is damaged")


def test_what_targets_said_stays_text(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    evil = refused_on(NEW, "fail", message="[red]x[/]\x1b]0;owned\x07\u202e")
    save(on_day(1, refused_on(NEW), targets=TARGETS[1:2]), tmp_path / "one")
    save(on_day(2, evil, targets=TARGETS[1:2]), tmp_path / "two")
    sockmatrix("history", "add", "one", "two", "--file", "h")
    for arguments in (("show", "--all-kinds"), ("show", "--json"), ("export",)):
        out = sockmatrix("history", *arguments, "--file", "h").out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert "[red]x[/]\\x1b]0;owned\\x07\\u202e" in sockmatrix("history", "show", "--file", "h", "--all-kinds").out
