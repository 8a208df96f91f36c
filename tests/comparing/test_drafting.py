"""Known failures drafted from a run: the simplest condition that picks the red targets, and nothing left out."""

from collections.abc import Sequence

from msgspec import structs

from harness.comparing.drafting import Drafts, draft
from harness.gates.gate import gate
from harness.records.known import Known
from harness.records.observation import Verdict
from harness.records.run import Result, TargetRecord
from harness.runs.folder import Run
from tests.reports.making import GREETING, facts, plan_of, run_of

PLAN = plan_of(GREETING, "tcp/greeting")
TARGETS = tuple(
    TargetRecord(f"{kind}-{python}", kind, facts(python, kind))
    for kind, python in (("cpython", "2.7.18"), ("cpython", "3.8.18"), ("cpython", "3.12.1"), ("pypy", "3.9.16"))
)
IDS = tuple(target.id for target in TARGETS)


def cell(target: str, verdict: Verdict, *plays: Verdict, scenario: str = "tcp/greeting") -> Result:
    flaky = tuple(dict.fromkeys(each for each in plays if each != verdict))
    return Result(scenario, target, verdict, (), reason=f"so on {target}", plays=plays, flaky=flaky)


def run(*verdicts: Verdict, targets: Sequence[TargetRecord] = TARGETS) -> Run:
    return run_of([cell(target.id, verdict) for target, verdict in zip(targets, verdicts, strict=False)], [PLAN], targets=tuple(targets))


def drafts(of: Run, *known: Known) -> Drafts:
    return draft(of, gate(of, known=known))


def conditions(of: Run) -> list[str]:
    return [each.known.when for each in drafts(of).drafts]


def test_a_green_run_needs_none() -> None:
    assert drafts(run("pass", "variation", "unsupported", "pass")) == Drafts((), {})


def test_the_simplest_condition_is_found() -> None:
    assert conditions(run("fail", "pass", "pass", "pass")) == ["python < 3"]
    assert conditions(run("pass", "pass", "pass", "fail")) == ['implementation == "pypy"']
    assert conditions(run("fail", "fail", "fail", "pass")) == ['implementation == "cpython"']
    assert conditions(run("pass", "fail", "pass", "pass")) == ["python >= 3 and python < 3.9"]


def test_what_is_red_everywhere_has_a_condition_that_always_holds() -> None:
    (only,) = drafts(run("fail", "fail", "fail", "fail")).drafts
    assert (only.known, only.targets) == (Known("tcp/greeting", "python >= 2.7", "xfail", "", ""), IDS)
    assert only.seen == "fail: so on cpython-2.7.18"


def test_targets_that_did_not_play_it_do_not_matter() -> None:
    assert conditions(run("fail", "unsupported", "error", "pass")) == ["python < 3"]


def test_the_verdicts_that_were_seen_are_named() -> None:
    (only,) = drafts(run("hang", "fail", "pass", "pass")).drafts
    assert only.known.verdicts == ("fail", "hang")


def test_the_step_at_which_all_of_them_depart_is_named() -> None:
    def at(*steps: int | None) -> Drafts:
        results = [structs.replace(cell(each, "fail"), step=step) for each, step in zip(IDS, steps, strict=True)]
        return drafts(run_of(results, [PLAN], targets=TARGETS))

    assert [each.known.step for each in at(4, 4, 4, 4).drafts] == [5]
    assert [each.known.step for each in at(4, 4, 4, 5).drafts] == [0]
    assert [each.known.step for each in at(None, None, None, None).drafts] == [0]


def test_what_is_red_now_and_then_has_a_rate() -> None:
    results = [cell(IDS[0], "fail", "fail", "pass", "pass", "pass"), *(cell(each, "pass") for each in IDS[1:])]
    (only,) = drafts(run_of(results, [PLAN], targets=TARGETS)).drafts
    assert (only.known.kind, only.known.rate, only.known.when) == ("flaky", 0.3, "python < 3")


def test_a_second_play_that_passed_is_flaky_too() -> None:
    results = [cell(IDS[0], "pass", "fail", "pass"), *(cell(each, "pass") for each in IDS[1:])]
    (only,) = drafts(run_of(results, [PLAN], targets=TARGETS)).drafts
    assert (only.known.kind, only.known.rate) == ("flaky", 0.55)


def test_what_is_known_already_is_not_drafted_again() -> None:
    made = run("fail", "pass", "pass", "fail")
    known = Known("tcp/greeting", "python < 3", "xfail", "so", "https://example.org")
    assert [each.known.when for each in drafts(made, known).drafts] == ['implementation == "pypy"']


def test_where_no_condition_tells_them_apart_each_has_its_own_facts() -> None:
    twins = (*TARGETS[:2], structs.replace(TARGETS[1], id="again"))
    (only,) = drafts(run("pass", "fail", "pass", targets=twins)).drafts
    assert only.known.when == 'implementation == "cpython" and python == 3.8.18 and os == "linux"'
    assert only.also == ("again",)


def test_what_says_nothing_of_its_target_is_counted() -> None:
    assert drafts(run("error", "bug", "inconclusive")).silent == {"bug": 1, "error": 1, "inconclusive": 1, "without a result": 1}


def test_all_cases_that_want_the_same_share_an_entry() -> None:
    plans = [structs.replace(PLAN, id=f"tcp/x[{name}]") for name in ("one", "two")]
    results = [cell(target, "fail", scenario=plan.id) for plan in plans for target in IDS]
    (only,) = drafts(run_of(results, plans, targets=TARGETS)).drafts
    assert only.known.scenario == "tcp/x[*]"


def test_some_cases_do_not_speak_for_all() -> None:
    plans = [structs.replace(PLAN, id=f"tcp/x[{name}]") for name in ("one", "two", "three")]
    results = [cell(target, "pass" if plan.id == "tcp/x[one]" else "fail", scenario=plan.id) for plan in plans for target in IDS]
    assert [each.known.scenario for each in drafts(run_of(results, plans, targets=TARGETS)).drafts] == ["tcp/x[two]", "tcp/x[three]"]


def test_drafts_with_a_reason_make_the_run_green() -> None:
    for verdicts in (("fail", "pass", "hang", "pass"), ("fail", "fail", "fail", "crash"), ("pass", "fail", "unsupported", "fail")):
        made = run(*verdicts)
        known = tuple(structs.replace(each.known, reason="so", see="https://example.org") for each in drafts(made).drafts)
        found = gate(made, known=known).gate
        assert (found.exit_code, found.failing, {use.state for use in found.known}) == (0, {}, {"used"})


def test_pairs_are_told_apart_by_either() -> None:
    def pair(one: int, other: int) -> TargetRecord:
        server, client = TARGETS[one], TARGETS[other]
        assert client.facts is not None
        return TargetRecord(
            f"{server.id}>{client.id}", "", server.facts, server=server.id, client=client.id, partners=(client.facts,)
        )  # fmt: skip

    pairs = (pair(1, 1), pair(1, 3), pair(3, 1), pair(3, 3))
    assert conditions(run("pass", "fail", "fail", "fail", targets=pairs)) == ["python >= 3.9"]
