"""A run summed up: what is red and why, what is left out, and how it reads."""

from msgspec import structs

from harness.comparing.behaviours import compare
from harness.records.observation import Trouble
from harness.records.run import TargetRecord
from harness.reports.summary import PairTable, RedEntry, Summary, UnmetNeed, UnsteadyCell, headline, summarise
from harness.reports.summary_text import print_summary
from harness.runs.folder import Run
from tests.reports.making import (
    GREETING,
    NEW,
    OLD,
    OTHER,
    REFUSED,
    TARGETS,
    greeted_on,
    paired_run,
    paper,
    plan_of,
    printed,
    refused_on,
    run_of,
    small_run,
    troubled,
)

PLANS = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]


def summary_of(run: Run) -> Summary:
    return summarise(run, compare(run))


def page_of(run: Run, width: int = 80, **options: bool) -> str:
    page, stream = paper(width)
    print_summary(page, summary_of(run), **options)
    return printed(stream)


def interrupted_run() -> Run:
    """Something of everything."""
    nothing = TargetRecord("cmd:nothing", "cmd:nothing", None, "nothing: No such file\x1b")
    hang = troubled("tcp/greeting", GREETING, OTHER, Trouble("hang", "step 7 took longer than 10 s", 6))
    results = [*(refused_on(target.id) for target in TARGETS), greeted_on(OLD), greeted_on(NEW, 3, flaky=("pass",)), hang]
    skipped = {"/usr/bin/python2.6": "Python 2.6.6 is too old"}
    return run_of(results, PLANS, targets=(*TARGETS, nothing), complete=False, skipped=skipped)


def test_a_good_run_at_first_sight() -> None:
    assert page_of(small_run()) == (
        "Sockmatrix  1 scenario on 3 targets  2026-01-31 12:00:00 UTC, 3.0 s\n"
        "\n"
        " target          ✓ pass\n"
        " cpython-2.7.18       1\n"
        " cpython-3.12.1       1\n"
        " pypy-3.9.16          1\n"
        "\n"
        "Where targets differ\n"
        " exception · 1 step in 1 scenario\n"
        "   python >= 3  2  ConnectionRefusedError: [ECONNREFUSED] Connection refused\n"
        "   python < 3   1  socket.error: [ECONNREFUSED] Connection refused\n"
        "   in connect/refused  scenarios/connect/refused.yaml:7  s.connect((HOST,\n"
        "      unused_port()))\n"
        "\n"
        "✓ as expected in 3 cells  exit 0\n"
        "run   runs/one\n"
        "next  sockmatrix show connect/refused --run runs/one\n"
        "      sockmatrix report runs/one\n"
    )


def test_a_bad_and_interrupted_run_at_first_sight() -> None:
    shown = page_of(interrupted_run())
    assert shown.startswith(
        "Sockmatrix  2 scenarios on 4 targets  2026-01-31 12:00:00 UTC\n"
        "the run in runs/one was interrupted, or is still going on: 6 of 8 cells have a result;"
        " go on with: sockmatrix run --resume --out runs/one\n"
        "\n"
        " target          ✓ pass  ✗ fail  ∞ hang  no result\n"
        " cpython-2.7.18       2\n"
        " cpython-3.12.1       1       1\n"
        " pypy-3.9.16          1               1\n"
        " cmd:nothing                                     2\n"
        " fail: not as expected; hang: did not end in time\n"
        "\n"
        "Could not be started\n"
        "  cmd:nothing  nothing: No such file\\x1b\n"
        "\n"
        "Left out\n"
        "  /usr/bin/python2.6  Python 2.6.6 is too old\n"
        "\n"
        "Not as expected  2 cells in tcp\n"
        " ∞ hang  tcp/greeting  scenarios/tcp/greeting.yaml:11\n"
        "     step 7  server: conn, peer = listener.accept()\n"
        "     step 7 took longer than 10 s\n"
        "     on pypy-3.9.16\n"
        " ✗ fail  tcp/greeting  scenarios/tcp/greeting.yaml:12\n"
        '     step 8  server: conn.send(utf8("网络"))\n'
        "     expected  6\n"
        "     observed  3\n"
        "     on cpython-3.12.1\n"
    )
    assert shown.endswith(
        "Flaky  other plays of the same cell in this run ended otherwise\n"
        "  tcp/greeting  cpython-3.12.1  fail, also pass\n"
        "\n"
        "✗ 1 fail, 1 hang, 2 without a result in 8 cells  exit 3: the harness or its\n"
        "  environment failed: some cells say nothing about their target\n"
        "run   runs/one\n"
        "next  sockmatrix run --resume --out runs/one\n"
    )


def test_without_room_for_names_the_table_has_a_legend() -> None:
    lines = page_of(interrupted_run(), width=45).splitlines()
    assert lines[lines.index("") + 1 :][:6] == [
        " target          ✓  ✗  ∞  no result",
        " cpython-2.7.18  2",
        " cpython-3.12.1  1  1",
        " pypy-3.9.16     1     1",
        " cmd:nothing                      2",
        " ✓ pass   ✗ fail   ∞ hang",
    ]


def test_equal_failures_share_an_entry() -> None:
    run = run_of([refused_on(target.id, "fail", kind="OSError") for target in TARGETS], PLANS[:1])
    assert [(entry.verdict, entry.targets) for entry in summary_of(run).red] == [("fail", (OLD, NEW, OTHER))]
    assert "     on all 3 targets\n" in page_of(run)


def test_a_target_that_never_started_is_told_once() -> None:
    nothing = TargetRecord("cmd:nothing", "cmd:nothing", None, "No such file")
    cell = troubled("connect/refused", REFUSED, "cmd:nothing", Trouble("error", "the target could not be started: No such file"))
    summary = summary_of(run_of([cell], PLANS[:1], targets=(nothing,)))
    assert (summary.red, summary.exit_code, summary.targets[0].trouble) == ((), 3, "No such file")


def test_a_red_entry_has_its_grounds() -> None:
    entry = summary_of(interrupted_run()).red[1]
    assert structs.replace(entry, reason="") == RedEntry(
        "tcp/greeting", "fail", (NEW,), "scenarios/tcp/greeting.yaml", 12, "", 7, 'server: conn.send(utf8("网络"))', "6", "3", column=5
    )  # fmt: skip


def test_long_lists_are_cut_unless_asked() -> None:
    plans = [plan_of(REFUSED, f"connect/refused{number:02}") for number in range(25)]
    cells = [structs.replace(refused_on(NEW, "fail"), scenario=plan.id, reason="so") for plan in plans]
    run = run_of(cells, plans, targets=TARGETS[1:2])
    short, long = page_of(run), page_of(run, everything=True)
    assert short.count("✗ fail  ") == 20
    assert "  and 5 more: sockmatrix summary --all runs/one\n" in short
    assert long.count("✗ fail  connect") == 25


def test_quiet_differences_are_counted_and_shown_when_asked() -> None:
    run = run_of([refused_on(NEW), refused_on(OTHER, message="refused, sorry")], PLANS[:1], targets=TARGETS[1:])
    assert "Where targets differ" not in page_of(run)
    assert "\nQuiet differences: 1 step in message only (--all-kinds shows them)\n" in page_of(run)
    assert " message · 1 step in 1 scenario\n" in page_of(run, all_kinds=True)


def test_cells_that_were_late_are_counted() -> None:
    cell = structs.replace(refused_on(NEW), volatile=structs.replace(refused_on(NEW).volatile, late=1))
    run = run_of([cell], PLANS[:1], targets=TARGETS[1:2])
    assert summary_of(run).unsteady == (UnsteadyCell("connect/refused", NEW, "pass", late=1),)
    assert "1 cell played again only because a time bound was missed\n" in page_of(run)


def test_an_id_that_a_shell_would_change_is_quoted() -> None:
    plan = structs.replace(PLANS[0], id="connect/refused[tcp]")
    run = run_of([structs.replace(refused_on(NEW, "fail"), scenario=plan.id)], [plan], targets=TARGETS[1:2])
    assert "next  sockmatrix show 'connect/refused[tcp]' --run runs/one\n" in page_of(run)


def test_pairs_are_a_table_of_who_served_whom() -> None:
    summary = summary_of(paired_run())
    names, cells = (OLD, NEW), ((f"{OLD}>{OLD}", f"{OLD}>{NEW}"), (f"{NEW}>{OLD}", f"{NEW}>{NEW}"))
    assert summary.pairs == (PairTable("", names, names, cells),)
    page, stream = paper(80)
    print_summary(page, summary)
    assert printed(stream).split("\n\n")[1] == (
        "Servers down, clients across\n"
        "                      1          2\n"
        " cpython-2.7.18  1  ✓ 1        ✓ 1\n"
        " cpython-3.12.1  2  ✗ 1  1 without"
    )


def unplayed_run() -> Run:
    """Nobody had what the only scenario needs."""
    reason = "needs unix, which is not usable here"
    cells = [troubled("connect/refused", REFUSED, target.id, Trouble("unsupported", reason)) for target in TARGETS]
    return run_of(cells, PLANS[:1])


def test_a_run_in_which_nothing_was_played_says_why_and_what_to_do() -> None:
    assert page_of(unplayed_run()) == (
        "Sockmatrix  1 scenario on 3 targets  2026-01-31 12:00:00 UTC, 3.0 s\n"
        "\n"
        " target          - unsupported\n"
        " cpython-2.7.18              1\n"
        " cpython-3.12.1              1\n"
        " pypy-3.9.16                 1\n"
        " unsupported: not played, a need is not met\n"
        "\n"
        "Not played\n"
        "  3 cells  needs unix, which is not usable here (all 3 targets)\n"
        "  try  sockmatrix doctor says why, and what to do\n"
        "\n"
        "✗ nothing was played: all 3 cells are unsupported  exit 3: no scenario could be\n"
        "  played, so that nothing is known of the targets\n"
        "run   runs/one\n"
        "next  sockmatrix list\n"
        "      sockmatrix diff runs/one OTHER_RUN\n"
        "      sockmatrix report runs/one\n"
    )


def test_a_run_without_scenarios_is_not_as_expected() -> None:
    summary = summary_of(run_of([], []))
    assert (summary.exit_code, summary.meaning) == (3, "there was no cell to play, so that nothing is known of the targets")
    assert headline(summary) == "nothing was played: the run has no cells"
    assert "✗ nothing was played: the run has no cells  exit 3: there was no cell to play, so" in page_of(run_of([], []), 120)


def test_unmet_needs_of_other_runs_are_told_when_all_is_asked_for() -> None:
    cell = troubled("connect/refused", REFUSED, OTHER, Trouble("unsupported", "needs root, and here root is false"))
    run = run_of([refused_on(OLD), refused_on(NEW), cell], PLANS[:1])
    assert "Not played" not in page_of(run)
    assert "Not played\n  1 cell  needs root, and here root is false (pypy-3.9.16)\n" in page_of(run, everything=True)
    assert summary_of(run).unmet == (UnmetNeed("needs root, and here root is false", 1, (OTHER,)),)


def test_the_areas_with_the_most_red_cells_are_told_first() -> None:
    plans = [plan_of(REFUSED, f"area{number}/refused{case}") for number in range(6) for case in range(1 + (number == 3))]
    cells = [structs.replace(refused_on(NEW, "fail"), scenario=plan.id, reason="so") for plan in plans]
    text = page_of(run_of(cells, plans, targets=TARGETS[1:2]), width=120)
    note = "2 cells in area3, 1 cell in area0, 1 cell in area1, 1 cell in area2 and 2 more areas"
    assert f"\nNot as expected  {note}\n" in text
