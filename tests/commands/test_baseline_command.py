"""Accepting, reviewing, and being held against a baseline, as somebody at a terminal or a pipe sees it."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.commands.summing import show_summary
from harness.records.run import Result, TargetRecord
from tests.commands.conftest import Sockmatrix, save
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, facts, greeted_on, plan_of, refused_on, run_of, small_run

PLAN, GREETED = plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")

Answer = Callable[[str], None]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """What comes down the pipe."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.fixture
def changed(sockmatrix: Sockmatrix, tmp_path: Path) -> str:
    """A baseline `b.json` of `before`, and a run `after` in which two targets do something else."""
    save(small_run(), tmp_path / "before")
    results = [refused_on(OLD), refused_on(NEW, "fail", kind="OSError"), refused_on(OTHER, message="sorry")]
    save(run_of(results, [PLAN]), tmp_path / "after")
    assert sockmatrix("baseline", "accept", "b.json", "before") == (0, "b.json: 3 cells accepted, 0 as they were\n", "")
    return "after"


def pending(sockmatrix: Sockmatrix, *arguments: str) -> dict[str, str]:
    """Id by first target."""
    data = json.loads(sockmatrix("baseline", "review", "b.json", *arguments, "--json").out)
    return {change["targets"][0]: change["id"] for change in data.get("pending", [])}


def test_a_run_is_as_its_own_baseline_says(sockmatrix: Sockmatrix, changed: str) -> None:
    ended = sockmatrix("diff", "--baseline", "b.json", "before")
    assert ended == (0, "baseline  b.json\nrun       before\n\n✓ 0 cells not as accepted; 3 as accepted\n", "")


def test_what_nobody_has_accepted_fails(sockmatrix: Sockmatrix, changed: str) -> None:
    of = pending(sockmatrix, changed)
    ended = sockmatrix("diff", "--baseline", "b.json", changed)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == (
        "baseline  b.json\n"
        "run       after\n"
        "\n"
        "Not as accepted\n"
        f" ✓ pass → ✗ fail  connect/refused  on cpython-3.12.1  {of[NEW]}\n"
        "     step 2  s.connect((HOST, unused_port()))  exception\n"
        "       - ConnectionRefusedError: [ECONNREFUSED] Connection refused\n"
        "       + OSError: [ECONNREFUSED] Connection refused\n"
        "\n"
        "✗ 2 cells not as accepted, 1 of them in message or type only (--all-kinds shows\n"
        "  them); 1 as accepted\n"
        "next  sockmatrix baseline review b.json after\n"
    )
    assert (
        "       + ConnectionRefusedError: [ECONNREFUSED] sorry\n" in sockmatrix("diff", "--baseline", "b.json", changed, "--all-kinds").out
    )


def test_changes_are_accepted_and_rejected_one_by_one(sockmatrix: Sockmatrix, changed: str, answer: Answer) -> None:
    of = pending(sockmatrix, changed)
    answer("maybe\na\nreject\nit should say so\n")
    ended = sockmatrix("baseline", "review", "b.json", changed)
    assert ended.code == 1
    assert ended.out == (
        "1/2\n"
        f" ✓ pass → ✗ fail  connect/refused  on cpython-3.12.1  {of[NEW]}\n"
        "     step 2  s.connect((HOST, unused_port()))  exception\n"
        "       - ConnectionRefusedError: [ECONNREFUSED] Connection refused\n"
        "       + OSError: [ECONNREFUSED] Connection refused\n"
        "accept [a], accept beside what was [b], reject [r], skip [s], quit [q]? maybe\n"
        "please answer with one of: a b r s q\n"
        "accept [a], accept beside what was [b], reject [r], skip [s], quit [q]? a\n"
        "2/2\n"
        f" ✓ pass  connect/refused  on pypy-3.9.16  {of[OTHER]}\n"
        "     step 2  s.connect((HOST, unused_port()))  message\n"
        "       - ConnectionRefusedError: [ECONNREFUSED] Connection refused\n"
        "       + ConnectionRefusedError: [ECONNREFUSED] sorry\n"
        "accept [a], accept beside what was [b], reject [r], skip [s], quit [q]? reject\n"
        "reason: it should say so\n"
        "1 change accepted, 1 rejected, 0 left as they were\n"
    )
    again = sockmatrix("diff", "--baseline", "b.json", changed)
    assert again.code == 1
    assert "Rejected, and still so\n" in again.out
    assert "     rejected: it should say so\n" in again.out
    assert again.out.endswith("✗ 0 cells not as accepted; 1 rejected; 2 as accepted\nnext  sockmatrix baseline review b.json after\n")


def test_a_run_of_one_target_leaves_what_waits_of_the_other(
    sockmatrix: Sockmatrix, changed: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    save(run_of([refused_on(NEW)], [PLAN], targets=TARGETS[1:2]), tmp_path / "one")
    for run, waiting in ((changed, {NEW, OTHER}), ("one", {OTHER})):
        show_summary(tmp_path / run, as_json=True, baseline=Path("b.json"))
        capfd.readouterr()
        assert set(pending(sockmatrix)) == waiting


def test_what_comes_after_the_end_of_the_pipe_is_skipped(sockmatrix: Sockmatrix, changed: str, answer: Answer) -> None:
    before = Path("b.json").read_bytes()
    answer("s\n")
    ended = sockmatrix("baseline", "review", "b.json", changed)
    assert ended.code == 1
    assert ended.out.endswith("quit [q]? \nthe rest is skipped\n0 changes accepted, 0 rejected, 2 left as they were\n")
    assert Path("b.json").read_bytes() == before


def test_quitting_keeps_what_was_decided(sockmatrix: Sockmatrix, changed: str, answer: Answer) -> None:
    answer("b\nq\n")
    assert (
        "the rest is skipped\n1 change accepted, 0 rejected, 1 left as they were\n"
        in sockmatrix("baseline", "review", "b.json", changed).out
    )
    for run, same in (("before", 3), (changed, 2)):
        assert json.loads(sockmatrix("diff", "--baseline", "b.json", run, "--json").out)["same"] == same


def test_what_waits_beside_the_baseline_is_reviewed_without_the_run(sockmatrix: Sockmatrix, changed: str, answer: Answer) -> None:
    answer("s\ns\n")
    sockmatrix("baseline", "review", "b.json", changed)
    Path("after").rename("gone")
    assert len(pending(sockmatrix)) == 2
    ended = sockmatrix("baseline", "review", "b.json", "--accept-all")
    assert ended == (0, "2 changes accepted, 0 rejected, 0 left as they were\n", "")
    assert not Path("b.json.new").exists()
    assert sockmatrix("diff", "--baseline", "b.json", "gone").code == 0


def test_changes_are_decided_by_id_scenario_or_state(sockmatrix: Sockmatrix, changed: str) -> None:
    of = pending(sockmatrix, changed)
    ended = sockmatrix("baseline", "review", "b.json", changed, "--accept", of[NEW], "--reject", of[OTHER], "--reason", "bad grammar")
    assert ended == (1, "1 change accepted, 1 rejected, 0 left as they were\n", "")
    assert sockmatrix("baseline", "review", "b.json", changed, "--accept", "rejected").code == 0
    sockmatrix("baseline", "review", "b.json", "before", "--accept", "connect/*")
    assert sockmatrix("diff", "--baseline", "b.json", "before").code == 0


def test_accepting_everything_leaves_out_what_was_rejected(sockmatrix: Sockmatrix, changed: str) -> None:
    sockmatrix("baseline", "review", "b.json", changed, "--reject", "connect/refused", "--reason", "no")
    assert sockmatrix("baseline", "review", "b.json", changed, "--accept-all").code == 1
    ended = sockmatrix("baseline", "accept", "b.json", changed)
    assert ended.out == (
        "b.json: 0 cells accepted, 1 as they were\nleft out: 2 changes rejected before; see: sockmatrix baseline review b.json\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--accept", "connect/refusd"], "nothing that is pending has the id 'connect/refusd'; did you mean 'connect/refused'?"),
        (["--accept", "x"], "nothing that is pending has the id 'x'; see the list: sockmatrix baseline review FILE --json"),
        (["--reject", "connect/refused"], "a rejection is remembered with its reason; say it with --reason"),
    ],
)
def test_what_cannot_be_decided_is_said(sockmatrix: Sockmatrix, changed: str, arguments: list[str], message: str) -> None:
    assert sockmatrix("baseline", "review", "b.json", changed, *arguments) == (2, "", f"sockmatrix: {message}\n")


def test_nothing_is_both_accepted_and_rejected(sockmatrix: Sockmatrix, changed: str) -> None:
    first = sorted(pending(sockmatrix, changed).values())[0]
    ended = sockmatrix("baseline", "review", "b.json", changed, "--accept", "changed", "--reject", "changed", "--reason", "no")
    assert ended == (2, "", f"sockmatrix: '{first}' cannot be both accepted and rejected\n")


def test_without_a_baseline_the_way_to_one_is_told(sockmatrix: Sockmatrix, saved: Path) -> None:
    message = "sockmatrix: none.json: there is no baseline; make one of a run: sockmatrix baseline accept none.json\n"
    for arguments in (("diff", "--baseline", "none.json"), ("baseline", "review", "none.json"), ("run", "--baseline", "none.json")):
        assert sockmatrix(*arguments) == (2, "", message)


def test_new_and_edited_scenarios_are_told_and_not_red(sockmatrix: Sockmatrix, changed: str, tmp_path: Path, answer: Answer) -> None:
    edited = plan_of(REFUSED.replace("raises: ECONNREFUSED", "raises: OSError"), "connect/refused")
    targets = (OLD, NEW, OTHER)
    results = [refused_on(target) for target in targets] + [greeted_on(target) for target in targets]
    save(run_of(results, [edited, GREETED]), tmp_path / "later")
    ended = sockmatrix("diff", "--baseline", "b.json", "later")
    assert ended.code == 3  # nothing at all was compared
    assert ended.out.partition("\n\n")[2] == (
        "Not compared\n"
        " scenarios edited since  1  connect/refused\n"
        " scenarios new           1  tcp/greeting\n"
        "\n"
        "? 0 cells not as accepted; 0 as accepted; 6 that there is nothing to compare\n"
        "  with\n"
        "next  sockmatrix baseline review b.json later\n"
    )
    answer("a\no\na\n")
    ended = sockmatrix("baseline", "review", "b.json", "later")
    assert (
        "3 cells of scenarios that were edited since: connect/refused\naccept all [a], skip them [s], one by one [o], quit [q]? a\n"
        in ended.out
    )
    assert (
        "3 cells that the baseline does not know: tcp/greeting\naccept all [a], skip them [s], one by one [o], quit [q]? o\n" in ended.out
    )
    assert ended.code == 0


def test_what_is_new_is_red_if_that_is_asked_for(sockmatrix: Sockmatrix, changed: str, tmp_path: Path) -> None:
    targets = (OLD, NEW, OTHER)
    results = [refused_on(target) for target in targets] + [greeted_on(target) for target in targets]
    save(run_of(results, [PLAN, GREETED]), tmp_path / "later")
    assert sockmatrix("diff", "--baseline", "b.json", "later").code == 0
    assert sockmatrix("diff", "--baseline", "b.json", "later", "--strict").code == 1
    for command in (("diff", "before", "later"), ("run",)):
        assert sockmatrix(*command, "--strict") == (2, "", "sockmatrix: --strict goes with --baseline\n")


def test_cells_that_say_nothing_are_left_out_and_told(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(run_of([refused_on(OLD), refused_on(NEW, "error")], [PLAN], complete=False), tmp_path / "half")
    ended = sockmatrix("baseline", "accept", "b.json", "half")
    assert (ended.code, ended.out) == (
        3,
        "b.json: 1 cell accepted, 0 as they were\nleft out: 1 that say nothing of their target, 1 without a result\n",
    )
    assert sockmatrix("diff", "--baseline", "b.json", "half").code == 3


@pytest.mark.parametrize("silent", [[], [refused_on(OTHER, "error")]], ids=["without a result", "error"])
def test_a_review_ends_as_its_list_does_where_cells_say_nothing(
    sockmatrix: Sockmatrix, changed: str, tmp_path: Path, answer: Answer, silent: list[Result]
) -> None:
    save(run_of([refused_on(OLD), refused_on(NEW), *silent], [PLAN], complete=bool(silent)), tmp_path / "half")
    answer("")
    assert sockmatrix("baseline", "review", "b.json", "half")[:2] == (3, "0 changes accepted, 0 rejected, 0 left as they were\n")
    for command in (("baseline", "review", "b.json", "half", "--json"), ("diff", "--baseline", "b.json", "half")):
        assert sockmatrix(*command).code == 3


def test_accepting_all_there_is_does_not_hide_that_cells_say_nothing(sockmatrix: Sockmatrix, changed: str, tmp_path: Path) -> None:
    save(run_of([refused_on(OLD), refused_on(NEW, "fail", kind="OSError"), refused_on(OTHER, "error")], [PLAN]), tmp_path / "half")
    ended = sockmatrix("baseline", "review", "b.json", "half", "--accept-all")
    assert ended == (3, "1 change accepted, 0 rejected, 0 left as they were\n", "")


def test_a_bad_scenario_is_no_failure_of_the_harness(sockmatrix: Sockmatrix, changed: str, tmp_path: Path, answer: Answer) -> None:
    good = [refused_on(OLD), refused_on(NEW)]
    ends = {}
    for name, results in (
        ("bug", [*good, refused_on(OTHER, "bug")]),
        ("error too", [refused_on(OLD), refused_on(NEW, "error"), refused_on(OTHER, "bug")]),
        ("changed too", [refused_on(OLD), refused_on(NEW, "fail", kind="OSError"), refused_on(OTHER, "bug")]),
    ):
        folder = save(run_of(results, [PLAN]), tmp_path / name)
        answer("")
        ends[name] = (
            show_summary(folder, as_json=True),
            show_summary(folder, as_json=True, baseline=Path("b.json")),
            sockmatrix("diff", "--baseline", "b.json", str(folder)).code,
            sockmatrix("baseline", "review", "b.json", str(folder)).code,
        )
    assert ends == {"bug": (2, 2, 2, 2), "error too": (3, 3, 3, 3), "changed too": (1, 1, 1, 1)}


def test_what_is_not_there_any_more_is_red_if_that_is_asked_for(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    both = [*map(refused_on, (OLD, NEW, OTHER)), *map(greeted_on, (OLD, NEW, OTHER))]
    save(run_of(both, [PLAN, GREETED]), tmp_path / "before")
    sockmatrix("baseline", "accept", "b.json", "before")
    save(run_of([refused_on(OLD), refused_on(NEW), refused_on(OTHER)], [PLAN]), tmp_path / "scenario")
    save(run_of([*map(refused_on, (OLD, NEW)), *map(greeted_on, (OLD, NEW))], [PLAN, GREETED], targets=TARGETS[:2]), tmp_path / "target")
    for name, told in (("scenario", "1 scenario not played"), ("target", "1 target not played on")):
        assert sockmatrix("diff", "--baseline", "b.json", name).code == 0
        ended = sockmatrix("diff", "--baseline", "b.json", name, "--strict")
        assert (ended.code, ended.err) == (1, "")
        assert ended.out.endswith(f"as accepted\nstrict  red as well: {told}\n")
        assert show_summary(tmp_path / name, as_json=True, baseline=Path("b.json"), strict=True) == 1
    assert sockmatrix("diff", "--baseline", "b.json", "before", "--strict").code == 0


def test_an_upgraded_target_on_which_something_rejected_is_left_is_not_taken_over(
    sockmatrix: Sockmatrix, changed: str, tmp_path: Path
) -> None:
    patched = TargetRecord("cpython-3.12.4", "python3.12", facts("3.12.4"))
    results = [refused_on(OLD), refused_on(patched.id, "fail", kind="OSError"), refused_on(OTHER)]
    save(run_of(results, [PLAN], targets=(TARGETS[0], patched, TARGETS[2])), tmp_path / "upgraded")
    sockmatrix("baseline", "review", "b.json", "upgraded", "--reject", "changed", "--reason", "a bug of theirs")
    sockmatrix("baseline", "accept", "b.json", "upgraded")
    assert list(json.loads(Path("b.json").read_text())["targets"]) == [OLD, NEW, OTHER]
    assert "upgraded: cpython-3.12.1 → cpython-3.12.4\n" in sockmatrix("diff", "--baseline", "b.json", "upgraded").out
    sockmatrix("baseline", "review", "b.json", "upgraded", "--accept", "rejected")
    assert list(json.loads(Path("b.json").read_text())["targets"]) == [OLD, patched.id, OTHER]


def test_pruning_forgets_what_the_run_did_not_have(sockmatrix: Sockmatrix, changed: str, tmp_path: Path) -> None:
    save(run_of([greeted_on(target) for target in (OLD, NEW, OTHER)], [GREETED]), tmp_path / "other")
    sockmatrix("baseline", "accept", "b.json", "other", "--prune")
    assert list(json.loads(Path("b.json").read_text())["scenarios"]) == ["tcp/greeting"]


def test_a_baseline_goes_with_one_run(sockmatrix: Sockmatrix, changed: str) -> None:
    message = "sockmatrix: --baseline is compared with one run; leave out --targets, and name one run, or none for the newest\n"
    assert sockmatrix("diff", "--baseline", "b.json", "before", "after") == (2, "", message)


def test_a_damaged_baseline_is_said(sockmatrix: Sockmatrix, saved: Path) -> None:
    Path("b.json").write_text('{"baseline": 1, "scenarios": {"a/b": {}}}')
    ended = sockmatrix("diff", "--baseline", "b.json")
    assert ended.code == 2
    assert ended.err.startswith("sockmatrix: b.json: Object missing required field `digest`")
