"""Commands that read a saved run."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Sockmatrix, save, write_scenario
from tests.reports.making import NEW, OLD, OTHER, REFUSED, TARGETS, plan_of, refused_on, run_of, small_run

PLAN = plan_of(REFUSED, "connect/refused")
INTERRUPTED = (
    "sockmatrix: the run in half was interrupted, or is still going on: 1 of 3 cells have a result;"
    " go on with: sockmatrix run --resume --out half\n"
)


def changed_run(folder: Path) -> Path:
    return save(run_of([refused_on(OLD), refused_on(NEW, "fail", kind="OSError"), refused_on(OTHER)], [PLAN]), folder)


@pytest.fixture
def half(tmp_path: Path) -> str:
    save(run_of([refused_on(OLD)], [PLAN], complete=False), tmp_path / "half")
    return "half"


def test_summary_shows_the_newest_run(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("summary")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Sockmatrix  1 scenario on 3 targets  2026-01-31 12:00:00 UTC, ")
    assert f"run   {saved}\nnext  sockmatrix show connect/refused --run {saved}\n" in ended.out


def test_a_run_may_be_named_without_its_folder(sockmatrix: Sockmatrix, saved: Path) -> None:
    assert sockmatrix("summary", saved.name).code == 0


def test_summary_as_json_has_the_exit_code_of_the_command(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    changed_run(tmp_path / "one")
    ended = sockmatrix("summary", "one", "--json")
    assert ended.code == 1
    data = json.loads(ended.out)
    assert (data["exit_code"], data["verdicts"], data["red"][0]["targets"]) == (1, {"pass": 2, "fail": 1}, [NEW])


def test_without_any_run_the_way_to_one_is_told(sockmatrix: Sockmatrix) -> None:
    message = "sockmatrix: there is no run in sockmatrix-runs/; name a run folder, or make one: sockmatrix run\n"
    assert sockmatrix("summary") == (2, "", message)
    assert sockmatrix("judge") == (2, "", message)


def test_what_is_no_run_is_refused(sockmatrix: Sockmatrix) -> None:
    found = "no run here (run.json: No such file or directory)"
    advice = "a run is the folder that 'sockmatrix run' names at its end"
    assert sockmatrix("summary", "nothing") == (2, "", f"sockmatrix: nothing: {found}; {advice}\n")


def test_an_interrupted_run_is_said_to_be_one_by_all(sockmatrix: Sockmatrix, half: str, saved: Path) -> None:
    summary = sockmatrix("summary", half)
    assert summary.code == 3
    assert "the run in half was interrupted, or is still going on: 1 of 3 cells have a result;" in summary.out
    for arguments in (("judge", half), ("show", "connect/refused", "--run", half), ("diff", half, str(saved))):
        assert sockmatrix(*arguments).err == INTERRUPTED


def test_diff_of_two_runs(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(small_run(), tmp_path / "before")
    changed_run(tmp_path / "after")
    ended = sockmatrix("diff", "before", "after")
    assert ended.code == 1
    assert " ✓ pass → ✗ fail  connect/refused  on cpython-3.12.1\n" in ended.out
    assert sockmatrix("diff", "before", "before").code == 0
    assert json.loads(sockmatrix("diff", "before", "after", "--json").out)["changed"][0]["after"] == "fail"


def test_diff_of_two_targets(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("diff", "--targets", NEW, OLD)
    assert ended.code == 1
    assert ended.out.startswith("before  cpython-3.12.1\nafter   cpython-2.7.18\n")
    message = "sockmatrix: the run has no target 'cpython-2.7.1'; did you mean 'cpython-2.7.18'?\n"
    assert sockmatrix("diff", "--targets", NEW, "cpython-2.7.1") == (2, "", message)


def test_diff_with_cells_that_nobody_knows_is_neither_equal_nor_changed(sockmatrix: Sockmatrix, half: str) -> None:
    assert sockmatrix("diff", half, half).code == 3


def test_diff_needs_two(sockmatrix: Sockmatrix, saved: Path) -> None:
    message = "sockmatrix: name two runs: sockmatrix diff BEFORE AFTER; or one and two of its targets: sockmatrix diff RUN --targets A B\n"
    assert sockmatrix("diff", str(saved)) == (2, "", message)


def test_judge_says_what_it_would_say_now(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    assert sockmatrix("judge") == (0, "✓ every verdict is as recorded  3 pass\nexit 0: as expected\n", "")
    write_scenario(tmp_path, "connect/refused", REFUSED.replace("raises: ECONNREFUSED", "raises: ETIMEDOUT"))
    ended = sockmatrix("judge", "--scenarios", "scenarios")
    assert ended.code == 1
    assert "✗ 3 cells of 3 judged otherwise  3 fail\n" in ended.out
    data = json.loads(sockmatrix("judge", "--scenarios", "scenarios", "--json").out)
    assert [each["after"] for each in data["changed"]] == ["fail", "fail", "fail"]


def test_judge_refuses_bad_scenarios(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    write_scenario(tmp_path, "connect/refused", REFUSED.replace("steps:", "step:"))
    ended = sockmatrix("judge", "--scenarios", "scenarios")
    assert ended.code == 2
    assert "mistake(s) in scenario files; nothing was judged; the first: scenarios/connect/refused.yaml:" in ended.err


def test_judge_leaves_undecided_what_was_not_played(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    write_scenario(tmp_path, "connect/refused", REFUSED.replace("s.close()", "s.fileno()"))
    ended = sockmatrix("judge", "--scenarios", "scenarios")
    assert ended.code == 3
    assert "  connect/refused  the scenario makes other calls now (all 3 targets)\n" in ended.out


def test_show_draws_the_newest_run(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("show", "connect/refused")
    assert (ended.code, ended.err) == (0, "")
    assert "     python < 3  socket.error: [ECONNREFUSED] Connection refused\n         1 target: cpython-2.7.18\n" in ended.out


def test_show_of_what_the_run_does_not_have(sockmatrix: Sockmatrix, saved: Path) -> None:
    message = "sockmatrix: no scenario 'connect/refusd'; did you mean 'connect/refused'?\n"
    assert sockmatrix("show", "connect/refusd", "--run", str(saved)) == (2, "", message)
    message = "sockmatrix: the run has no target 'pypy-3.9'; did you mean 'pypy-3.9.16'?\n"
    assert sockmatrix("show", "connect/refused", "-t", "pypy-3.9") == (2, "", message)


def test_show_without_a_run_is_the_plan(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    ended = sockmatrix("show", "scenarios/tcp/greeting.yaml")
    assert ended.code == 0
    assert "                                 address │▶\n" in ended.out


def test_show_takes_a_plan_or_a_run(sockmatrix: Sockmatrix) -> None:
    message = "sockmatrix: --plan is shown without a run; leave out --run and --target\n"
    assert sockmatrix("show", "connect/refused", "--plan", "-t", "a") == (2, "", message)


def test_cases_are_offered_where_only_their_file_is_named(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    cases = REFUSED.replace("steps:", "cases: {tcp: {kind: socket.SOCK_STREAM}, udp: {kind: socket.SOCK_DGRAM}}\nsteps:")
    write_scenario(
        tmp_path,
        "connect/refused",
        cases.replace("socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "socket.socket(socket.AF_INET, kind)"),
    )
    message = "sockmatrix: scenario 'connect/refused' has 2 cases, name one of them: connect/refused[tcp], connect/refused[udp]\n"
    assert sockmatrix("show", "scenarios/connect/refused.yaml") == (2, "", message)


def test_markup_and_escapes_of_a_target_stay_text(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    evil = refused_on(NEW, "fail", message="[bold red]x[/]\x1b]0;owned\x07")
    save(run_of([evil], [PLAN], targets=TARGETS[1:2]), tmp_path / "evil")
    for arguments in (("summary", "evil"), ("show", "connect/refused", "--run", "evil"), ("summary", "evil", "--json")):
        out = sockmatrix(*arguments).out
        assert "\x1b" not in out
        assert "\x07" not in out
    assert "[bold red]x[/]\\x1b]0;owned\\x07" in sockmatrix("show", "connect/refused", "--run", "evil").out
