"""Old evidence, new opinions."""

from msgspec import structs

from harness.gates.gate import gate
from harness.records.observation import Judgement, Observation, Raised, Trouble
from harness.reports.rejudging import Rejudgement, Undecided, rejudge
from harness.reports.rejudging_text import print_rejudgement
from tests.reports.making import NEW, OLD, OTHER, REFUSED, TARGETS, paper, plan_of, printed, refused_on, run_of, small_run

from tests.reports.making import cell, raised, troubled  # isort: skip

STRICTER = REFUSED.replace("raises: ECONNREFUSED", "raises: ETIMEDOUT")
OTHERWISE = REFUSED.replace("s.close()", "s.fileno()")


def current(source: str, name: str = "connect/refused") -> dict[str, object]:
    return {name: plan_of(source, name)}


def shown(judged: Rejudgement, code: int) -> str:
    page, stream = paper(80)
    found = gate(judged.run).gate
    assert found.exit_code == code
    print_rejudgement(page, judged, found)
    return printed(stream)


def test_an_untouched_run_is_judged_as_before() -> None:
    judged = rejudge(small_run())
    assert (judged.revisions, judged.undecided) == ((), ())
    assert shown(judged, 0) == "✓ every verdict is as recorded  3 pass\nexit 0: as expected\n"


def test_a_verdict_that_the_evidence_does_not_bear_is_corrected() -> None:
    judged = rejudge(run_of([refused_on(NEW, "fail")], [plan_of(REFUSED, "connect/refused")], targets=TARGETS[1:2]))
    assert [(each.before.verdict, each.after.verdict) for each in judged.revisions] == [("fail", "pass")]
    assert shown(judged, 0).startswith("Judged otherwise\n ✗ fail → ✓ pass  connect/refused  on cpython-3.12.1\n")


def test_plays_that_came_to_the_same_are_judged_with_it() -> None:
    steady = structs.replace(refused_on(NEW, "fail"), plays=("fail", "fail"))
    flaky = structs.replace(refused_on(OLD, "fail"), plays=("fail", "pass"), flaky=("1 of 2 plays: pass",))
    judged = rejudge(run_of([flaky, steady], [plan_of(REFUSED, "connect/refused")], targets=TARGETS[:2]))
    assert [each.plays for each in judged.run.results.values()] == [("fail", "pass"), ("pass", "pass")]


def test_new_expectations_are_used_where_the_calls_are_the_same() -> None:
    judged = rejudge(small_run(), current(STRICTER))  # type: ignore[arg-type]
    assert [each.after.verdict for each in judged.revisions] == ["fail", "fail", "fail"]
    assert judged.undecided == ()
    assert (
        " ✓ pass → ✗ fail  connect/refused  on cpython-3.12.1, pypy-3.9.16\n"
        "     now: s.connect((HOST, unused_port())): expected socket.error ETIMEDOUT to\n"
        "       be raised, observed ConnectionRefusedError: [ECONNREFUSED] Connection\n"
        "       refused\n"
    ) in shown(judged, 1)


def test_other_calls_cannot_be_judged() -> None:
    judged = rejudge(small_run(), current(OTHERWISE))  # type: ignore[arg-type]
    assert judged.undecided[0] == Undecided("connect/refused", OLD, "the scenario makes other calls now")
    assert len(judged.run.missing) == 3
    assert shown(judged, 3) == (
        "\n"
        "Cannot be judged without playing it again\n"
        "  connect/refused  the scenario makes other calls now (all 3 targets)\n"
        "\n"
        "✗ every verdict is as recorded but for 3 cells that cannot be judged\n"
        "exit 3: the harness or its environment failed: some cells say nothing about\n"
        "their target\n"
    )


def test_a_scenario_that_is_gone_cannot_be_judged() -> None:
    assert {each.reason for each in rejudge(small_run(), {}).undecided} == {"the scenario is not there any more"}


def test_a_play_that_ended_where_it_would_now_go_on_cannot_be_judged() -> None:
    stopped = (Observation(0, value={"socket": 1}), raised(1, "ConnectionRefusedError", "no"))
    saved = cell("connect/refused", STRICTER, NEW, stopped, Judgement("fail"))
    run = run_of([saved], [plan_of(STRICTER, "connect/refused")], targets=TARGETS[1:2])
    assert rejudge(run, current(REFUSED)).undecided == (  # type: ignore[arg-type]
        Undecided("connect/refused", NEW, "the play ended at an exception that is allowed now"),
    )


def test_troubles_stay_what_they_were() -> None:
    cells = [
        troubled("connect/refused", REFUSED, OLD, Trouble("unsupported", "needs ipv4")),
        troubled("connect/refused", REFUSED, NEW, Trouble("crash", "killed by SIGSEGV", 1)),
        troubled("connect/refused", REFUSED, OTHER, Trouble("error", "the target could not be started: gone")),
    ]
    judged = rejudge(run_of(cells, [plan_of(REFUSED, "connect/refused")]))
    assert (judged.revisions, judged.undecided) == ((), ())


WHERE = """
title: A host that drops is not reached
about: A test.
see: [posix:connect]
needs: [network:filtered]
steps:
  - client: s = socket.socket()
  - client: s.connect((PEER, 80))
    raises: ECONNREFUSED
    varies:
      - when: network == "filtered"
        raises: ETIMEDOUT
        because: the packets are dropped
        see: [posix:connect]
"""


def test_a_cell_of_another_ground_is_judged_by_its_facts() -> None:
    timed_out = Observation(1, raises=Raised("TimeoutError", ("OSError", "Exception"), 110, ("ETIMEDOUT",), "timed out"))
    seen = (Observation(0, value={"socket": 1}), timed_out)
    here = TARGETS[1].facts
    assert here is not None
    there = structs.replace(here, network="filtered", one_host=False)
    target = structs.replace(TARGETS[1], grounds={"filtered": (there,)})
    plan = plan_of(WHERE, "connect/dropped")

    def verdict(ground: str) -> str:
        saved = cell("connect/dropped", WHERE, NEW, seen, Judgement("variation"), ground=ground)
        (after,) = rejudge(run_of([saved], [plan], targets=(target,))).run.results.values()
        assert after.ground == ground
        return after.verdict

    assert verdict("filtered") == "variation"
    assert verdict("") == "fail"
