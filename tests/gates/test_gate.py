"""What a run comes to: what is known, what holds no longer, what makes it fail."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import structs

from harness.gates.gate import Outcome, gate
from harness.records.gate import KnownUse
from harness.records.known import Known, KnownKind
from harness.records.observation import Verdict
from harness.records.run import Part, Result, TargetRecord
from harness.runs.folder import Run
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, facts, plan_of, run_of

GREETED, CONNECTED = plan_of(GREETING, "tcp/greeting"), plan_of(REFUSED, "connect/refused")


def known(scenario: str = "tcp/greeting", when: str = "python < 3", kind: KnownKind = "xfail", **more: Any) -> Known:
    fields: dict[str, Any] = {"rate": 0.2 if kind == "flaky" else 0.0, "place": "sockmatrix.toml:1", **more}
    return Known(scenario, when, kind, "told upstream", "https://example.org/1", **fields)


def cell(target: str, verdict: Verdict, *plays: Verdict, scenario: str = "tcp/greeting") -> Result:
    """A cell of these plays, the first of which made the others necessary."""
    others = tuple(dict.fromkeys(each for each in plays if each != verdict))
    return Result(scenario, target, verdict, (), plays=plays, flaky=others)


def run(results: Sequence[Result], *entries: Known, **more: Any) -> Run:
    options = more.pop("options", {})
    made = run_of(list(results), [GREETED], **more)
    header = structs.replace(made.header, options=options, known=entries)
    return Run(made.folder, header, made.plans, made.results, made.footer)


def three(old: Verdict, new: Verdict = "pass", other: Verdict = "pass") -> list[Result]:
    return [cell(OLD, old), cell(NEW, new), cell(OTHER, other)]


def use(found: Outcome) -> KnownUse:
    (only,) = found.gate.known
    return only


class TestWithoutEntries:
    @pytest.mark.parametrize(
        ("verdict", "code", "failing"),
        [
            ("pass", 0, {}),
            ("variation", 0, {}),
            ("unsupported", 0, {}),
            ("fail", 1, {"fail": 1}),
            ("stale", 1, {"stale": 1}),
            ("hang", 1, {"hang": 1}),
            ("crash", 1, {"crash": 1}),
            ("bug", 2, {"bug": 1}),
            ("inconclusive", 3, {"inconclusive": 1}),
            ("error", 3, {"error": 1}),
        ],
    )
    def test_the_verdicts_decide(self, verdict: Verdict, code: int, failing: dict[str, int]) -> None:
        found = gate(run(three(verdict))).gate
        assert (found.exit_code, found.failing, found.overlooked) == (code, failing, {})

    def test_a_cell_without_a_result_is_never_overlooked(self) -> None:
        found = gate(run(three("pass")[:2]), ()).gate
        assert (found.exit_code, found.failing) == (3, {"missing": 1})

    def test_an_error_is_never_overlooked(self) -> None:
        assert gate(run(three("error")), ()).gate.exit_code == 3

    def test_nothing_played_says_nothing(self) -> None:
        found = gate(run(three("unsupported", "unsupported", "unsupported"))).gate
        assert (found.exit_code, found.meaning) == (3, "no scenario could be played, so that nothing is known of the targets")

    def test_what_is_overlooked_is_counted(self) -> None:
        found = gate(run(three("fail", "hang", "crash")), ("crash",)).gate
        assert (found.exit_code, found.failing, found.overlooked) == (1, {"crash": 1}, {"fail": 1, "hang": 1})

    def test_unsupported_fails_where_it_is_named(self) -> None:
        found = gate(run(three("unsupported")), ("unsupported",)).gate
        assert (found.exit_code, found.failing) == (1, {"unsupported": 1})

    def test_a_bug_can_be_overlooked_and_so_can_what_is_inconclusive(self) -> None:
        found = gate(run(three("bug", "inconclusive")), ("fail",)).gate
        assert (found.exit_code, found.overlooked) == (0, {"bug": 1, "inconclusive": 1})

    def test_the_list_that_the_run_was_made_with_is_used(self) -> None:
        assert gate(run(three("fail"), options={"fail_on": "crash"})).gate.exit_code == 0
        assert gate(run(three("fail"), options={"fail_on": "crash"}), ("fail",)).gate.exit_code == 1
        assert gate(run(three("fail"), options={"fail_on": None})).gate.exit_code == 1


class TestFlaky:
    FLAKY = (cell(OLD, "pass", "fail", "pass"), cell(NEW, "pass"), cell(OTHER, "pass"))
    UNSTEADY = (cell(OLD, "fail", "fail", "fail", "pass"), cell(NEW, "pass"), cell(OTHER, "pass"))

    def test_a_second_play_that_passes_is_told_and_does_not_fail(self) -> None:
        found = gate(run(self.FLAKY)).gate
        assert (found.exit_code, found.overlooked) == (0, {"flaky": 1})

    @pytest.mark.parametrize("options", [{"repeat": 20}, {"retry": 3}])
    def test_it_fails_where_cells_were_played_several_times_on_purpose(self, options: dict[str, int]) -> None:
        found = gate(run(self.FLAKY, options=options)).gate
        assert (found.exit_code, found.failing) == (1, {"flaky": 1})

    def test_it_fails_where_it_is_named(self) -> None:
        assert gate(run(self.FLAKY), ("flaky",)).gate.failing == {"flaky": 1}

    def test_what_is_red_fails_though_another_play_was_not(self) -> None:
        assert gate(run(self.UNSTEADY)).gate.failing == {"fail": 1}
        assert gate(run(self.UNSTEADY), ("fail",)).gate.failing == {"fail": 1}

    def test_but_not_where_flaky_cells_are_left_out_by_name(self) -> None:
        found = gate(run(self.UNSTEADY), ("fail", "!flaky")).gate
        assert (found.exit_code, found.overlooked) == (0, {"flaky": 1})


class TestXfail:
    def test_a_failure_that_is_known_does_not_fail(self) -> None:
        found = gate(run(three("fail"), known()))
        assert (found.gate.exit_code, found.gate.failing, found.gate.overlooked, found.gate.expected) == (0, {}, {}, 1)
        assert found.expected == {("tcp/greeting", OLD): known()}
        assert (use(found).state, use(found).cells, use(found).departed) == ("used", 1, 1)

    def test_only_on_the_targets_that_are_meant(self) -> None:
        found = gate(run(three("fail", "fail"), known())).gate
        assert (found.exit_code, found.failing, found.expected) == (1, {"fail": 1}, 1)

    @pytest.mark.parametrize("verdict", ["hang", "crash", "stale"])
    def test_only_the_verdicts_that_are_named(self, verdict: Verdict) -> None:
        assert gate(run(three(verdict), known())).gate.failing == {verdict: 1}
        assert gate(run(three(verdict), known(verdicts=(verdict,)))).gate.failing == {}

    @pytest.mark.parametrize(("verdict", "code"), [("error", 3), ("bug", 2), ("inconclusive", 3)])
    def test_never_what_says_nothing_of_the_target(self, verdict: Verdict, code: int) -> None:
        found = gate(run(three(verdict), known(verdicts=("fail", "stale", "hang", "crash"))))
        assert (found.gate.exit_code, use(found).state, use(found).note) == (code, "unplayed", "its cells say nothing of their targets")

    def test_never_a_cell_without_a_result(self) -> None:
        found = gate(run(three("fail")[1:], known()))
        assert (found.gate.exit_code, use(found).cells, use(found).state) == (3, 1, "unplayed")

    @pytest.mark.parametrize("verdict", ["pass", "variation"])
    def test_one_that_passes_is_stale_and_red(self, verdict: Verdict) -> None:
        found = gate(run(three(verdict), known()))
        assert (found.gate.exit_code, found.gate.failing) == (1, {"stale": 1})
        assert found.stale == {("tcp/greeting", OLD): known()}
        assert (use(found).state, use(found).note) == ("stale", "passes on cpython-2.7.18; narrow its condition, or remove it")

    def test_a_broad_one_is_stale_where_it_passes(self) -> None:
        found = gate(run(three("fail"), known("tcp/*", "python >= 2.7")))
        assert (found.gate.failing, found.gate.expected) == ({"stale": 2}, 1)
        assert use(found).note == (
            "passes on cpython-3.12.1 (tcp/greeting), pypy-3.9.16 (tcp/greeting); narrow its condition, or remove it"
        )

    def test_one_that_is_stale_can_be_overlooked_and_is_told(self) -> None:
        found = gate(run(three("pass"), known()), ("fail",)).gate
        assert (found.exit_code, found.overlooked) == (0, {"stale": 1})

    def test_where_it_is_unsupported_nothing_can_be_said(self) -> None:
        found = gate(run(three("unsupported"), known()))
        assert (found.gate.exit_code, use(found).state, use(found).note) == (0, "unplayed", "unsupported wherever it is known")

    def test_one_that_departs_now_and_then_is_of_another_kind(self) -> None:
        results = (cell(OLD, "fail", "fail", "pass"), *three("pass")[1:])
        found = gate(run(results, known(), options={"repeat": 2}))
        assert found.gate.failing == {"fail": 1}
        assert (use(found).state, use(found).note) == (
            "used", 'departs only now and then on cpython-2.7.18; that is kind = "flaky"',
        )  # fmt: skip

    def test_a_play_that_came_to_another_red_verdict_is_not_excused(self) -> None:
        results = (cell(OLD, "fail", "crash", "fail"), *three("pass")[1:])
        assert gate(run(results, known())).gate.failing == {"fail": 1}
        assert gate(run(results, known(verdicts=("fail", "crash")))).gate.failing == {}

    def test_a_play_that_said_nothing_of_the_target_is_no_reason_against_it(self) -> None:
        results = (cell(OLD, "fail", "error", "fail"), *three("pass")[1:])
        assert gate(run(results, known())).gate.failing == {}

    def test_a_failure_at_another_step_is_another_failure(self) -> None:
        results = (structs.replace(cell(OLD, "fail", "fail", "fail"), step=4), *three("pass")[1:])
        assert gate(run(results, known())).gate.failing == {}
        assert gate(run(results, known(step=5))).gate.failing == {}
        found = gate(run(results, known(step=3)))
        assert (found.gate.exit_code, found.gate.failing, found.expected) == (1, {"fail": 1}, {})
        assert (use(found).state, use(found).departed, use(found).note) == (
            "quiet", 0, "departs otherwise on cpython-2.7.18; the entry says fail at step 3",
        )  # fmt: skip

    def test_an_entry_of_which_nothing_is_seen_is_not_used(self) -> None:
        found = gate(run(three("crash"), known(verdicts=("fail", "hang"))))
        assert (use(found).state, use(found).note) == ("quiet", "departs otherwise on cpython-2.7.18; the entry says fail or hang")

    def test_one_that_is_seen_somewhere_is_used(self) -> None:
        found = gate(run(three("fail", "crash", "fail"), known(when="python >= 2.7")))
        assert (found.gate.failing, use(found).state, use(found).departed) == ({"crash": 1}, "used", 2)
        assert use(found).note == "departs otherwise on cpython-3.12.1; the entry says fail"

    def test_other_entries_than_those_of_the_run_can_be_asked(self) -> None:
        assert gate(run(three("fail")), known=(known(),)).gate.exit_code == 0
        assert gate(run(three("fail"), known()), known=()).gate.exit_code == 1


class TestPairs:
    PAIR = TargetRecord("old>new", "old>new", facts("2.7.18"), server=OLD, client=NEW, partners=(facts("3.12.1"),))
    SAME = TargetRecord("old>old", "old>old", facts("2.7.18"), server=OLD, client=OLD, partners=(facts("2.7.18"),))

    def test_one_of_two_is_enough_to_excuse(self) -> None:
        assert gate(run([cell("old>new", "fail")], known(), targets=(self.PAIR,))).gate.exit_code == 0

    def test_but_both_are_needed_to_be_stale(self) -> None:
        found = gate(run([cell("old>new", "pass")], known(), targets=(self.PAIR,)))
        assert (found.gate.exit_code, use(found).state, use(found).departed, use(found).note) == (
            0, "quiet", 0, "passes on old>new, where one of the two interpreters is meant; if it departs nowhere, remove it",
        )  # fmt: skip
        assert gate(run([cell("old>old", "pass")], known(), targets=(self.SAME,))).gate.failing == {"stale": 1}

    def test_one_that_departs_in_some_pairs_is_used(self) -> None:
        other = structs.replace(self.PAIR, id="new>old", name="new>old", server=NEW, client=OLD)
        found = gate(run([cell("old>new", "pass"), cell("new>old", "fail")], known(), targets=(self.PAIR, other)))
        assert (found.gate.exit_code, use(found).state, use(found).departed, use(found).note) == (0, "used", 1, "")


class TestFlakyEntries:
    def entry(self, **more: Any) -> Known:
        return known(kind="flaky", when="python >= 2.7", **more)

    def test_a_cell_may_depart_or_not(self) -> None:
        found = gate(run(three("pass"), self.entry()))
        assert (found.gate.exit_code, use(found).state, use(found).departed) == (0, "used", 0)
        found = gate(run(three("fail"), self.entry()))
        assert (found.gate.exit_code, use(found).state, use(found).departed) == (0, "used", 1)

    def test_a_second_play_that_passes_is_expected(self) -> None:
        found = gate(run((cell(OLD, "pass", "fail", "pass"), *three("pass")[1:]), self.entry()))
        assert (found.gate.overlooked, found.gate.expected, use(found).departures, use(found).plays) == ({}, 1, 1, 4)

    def test_one_that_departs_more_often_than_chance_explains_is_stale(self) -> None:
        plays: tuple[Verdict, ...] = ("fail",) * 12 + ("pass",) * 8
        results = (cell(OLD, "fail", *plays), cell(NEW, "pass", *("pass",) * 20), cell(OTHER, "pass", *("pass",) * 20))
        found = gate(run(results, self.entry(), options={"repeat": 20}))
        assert (found.gate.exit_code, found.gate.failing) == (1, {"stale": 1})
        assert use(found).note == "12 of 20 plays departed on cpython-2.7.18; a rate of 0.2 does not explain that"

    def test_so_are_all_cells_together(self) -> None:
        targets = tuple(structs.replace(TARGETS[1], id=f"t{number}") for number in range(12))
        found = gate(run([cell(target.id, "fail") for target in targets], self.entry(), targets=targets))
        assert (found.gate.failing, use(found).note) == ({"stale": 1}, "12 of 12 plays departed; a rate of 0.2 does not explain that")

    def test_plays_that_end_with_the_first_that_passes_do_not_count_against_it(self) -> None:
        retried = structs.replace(cell(OLD, "fail", *("fail",) * 30, "pass"), retried=30)
        found = gate(run((retried, *three("pass")[1:]), self.entry()))
        assert (use(found).departures, use(found).plays, use(found).state) == (1, 3, "used")

    def test_one_that_never_departs_in_many_plays_is_told(self) -> None:
        results = [cell(target, "pass", *("pass",) * 20) for target in (OLD, NEW, OTHER)]
        found = gate(run(results, self.entry(), options={"repeat": 20}))
        assert (found.gate.exit_code, use(found).state) == (0, "quiet")
        assert use(found).note == "no departure in 60 plays; lower its rate, or remove it"

    def test_another_verdict_is_not_excused(self) -> None:
        assert gate(run(three("crash"), self.entry())).gate.failing == {"crash": 1}


class TestMerged:
    def test_an_entry_that_stands_on_two_lines_is_one(self) -> None:
        found = gate(run(three("fail"), known(), known(place="sockmatrix.toml:9")))
        assert (found.gate.exit_code, use(found).known.place) == (0, "sockmatrix.toml:1")

    @pytest.mark.parametrize(
        ("options", "is_unused"),
        [
            ({}, True),
            ({"k": ["area:tcp"]}, False),
            ({"plan": "plan.json", "targets": ["python3.8"]}, True),
            ({"plan": "plan.json", "narrowed": ["scenarios"]}, False),
            ({"plan": "plan.json", "narrowed": ["targets"]}, True),
        ],
    )
    def test_a_merged_run_is_the_whole_of_what_its_parts_were_asked_for(self, options: dict[str, object], is_unused: bool) -> None:
        part = Part("d", "2026", "0.1.0", {}, {}, "", (), 3)
        made = run(three("pass"), known("udp/greeting"), options=options)
        merged = Run(made.folder, structs.replace(made.header, parts=(part,), shard="1/2"), made.plans, made.results, made.footer)
        assert gate(merged).gate.failing == ({"known-unused": 1} if is_unused else {})


class TestSkip:
    def test_what_was_not_played_is_counted(self) -> None:
        made = run(three("pass")[1:], known(kind="skip"))
        header = structs.replace(
            made.header, unplanned={OLD: ("tcp/greeting",)}, excused={OLD: {"tcp/greeting": "told upstream"}}, cells=2
        )  # fmt: skip
        found = gate(Run(made.folder, header, made.plans, made.results, made.footer))
        assert (found.gate.exit_code, use(found).state, use(found).cells) == (0, "used", 1)

    def test_it_says_nothing_of_what_was_played(self) -> None:
        found = gate(run(three("fail"), known(kind="skip")))
        assert found.gate.failing == {"fail": 1}
        assert (use(found).state, use(found).cells, use(found).note) == (
            "quiet", 0, "1 was played, because the run was made without it",
        )  # fmt: skip

    def test_where_it_has_no_result_nothing_can_be_said(self) -> None:
        found = gate(run(three("pass")[1:], known(kind="skip")))
        assert (found.gate.exit_code, use(found).state, use(found).cells) == (3, "unplayed", 0)


class TestUnused:
    @pytest.mark.parametrize("path", ["tcp", "mine/tcp/", "scenarios", "scenarios/tcp", "/home/me/scenarios/tcp"])
    def test_a_folder_that_was_named_is_judged_whole(self, path: str) -> None:
        options: dict[str, object] = {"paths": [path]}
        assert gate(run(three("pass"), known("tcp/greting"), options=options)).gate.failing == {"known-unused": 1}
        assert gate(run(three("pass"), known("udp/greeting"), options=options)).gate.failing == {}
        assert gate(run(three("pass"), known("tcp/greting"), options={**options, "k": ["x"]})).gate.failing == {}

    @pytest.mark.parametrize("path", ["tcp/greeting.yaml", "scenarios/tcp/shutdown"])
    def test_a_part_of_a_folder_says_nothing_of_the_rest(self, path: str) -> None:
        assert gate(run(three("pass"), known("tcp/greting"), options={"paths": [path]})).gate.failing == {}

    def test_an_entry_that_speaks_of_nothing_is_red(self) -> None:
        found = gate(run(three("pass"), known("udp/greeting")))
        assert (found.gate.exit_code, found.gate.failing) == (1, {"known-unused": 1})
        assert (use(found).state, use(found).note) == ("unused", "no scenario of the run is meant")
        assert use(gate(run(three("pass"), known(when="python < 2.7")))).note == "no target of the run is meant"

    def test_unless_that_is_overlooked(self) -> None:
        found = gate(run(three("pass"), known("udp/greeting")), ("fail",)).gate
        assert (found.exit_code, found.overlooked) == (0, {"known-unused": 1})

    @pytest.mark.parametrize("options", [{"k": ["area:tcp"]}, {"paths": ["scenarios"]}, {"shard": "1/2"}])
    def test_a_part_of_the_scenarios_says_nothing_of_others(self, options: dict[str, Any]) -> None:
        found = gate(run(three("pass"), known("udp/greeting"), options=options))
        assert (found.gate.exit_code, use(found).state, use(found).note) == (0, "elsewhere", "not part of this run")
        assert gate(run(three("pass"), known(when="python < 2.7"), options=options)).gate.failing == {"known-unused": 1}

    @pytest.mark.parametrize("options", [{"targets": ["python3.8"]}, {"server": "python2.7"}, {"job": "all"}])
    def test_a_part_of_the_targets_says_nothing_of_others(self, options: dict[str, Any]) -> None:
        assert use(gate(run(three("pass"), known(when="python < 2.7"), options=options))).state == "elsewhere"

    def test_a_target_that_did_not_start_may_have_been_meant(self) -> None:
        lost = (*TARGETS[1:], TargetRecord(OLD, "python2.7", trouble="no such file"))
        found = gate(run(three("error"), known(), targets=lost))
        assert (found.gate.exit_code, use(found).state) == (3, "elsewhere")

    def test_so_may_what_a_query_has_left_out(self) -> None:
        assert use(gate(run(three("pass"), known("udp/greeting")), is_part=True)).state == "elsewhere"

    def test_one_whose_cells_another_has_before_it_is_red_in_every_run(self) -> None:
        later = known("tcp/*", place="sockmatrix.toml:9")
        found = gate(run(three("fail"), known(), later, options={"k": ["area:tcp"]}))
        assert [(each.state, each.note) for each in found.gate.known] == [
            ("used", ""),
            ("unused", "sockmatrix.toml:1 speaks of its cells before it does"),
        ]
        assert found.gate.failing == {"known-unused": 1}


def test_many_cells_and_entries_take_no_time() -> None:
    plans = [structs.replace(CONNECTED, id=f"area/topic_{number}") for number in range(2000)]
    results = [cell(target.id, "fail", scenario=plan.id) for plan in plans for target in TARGETS]
    entries = tuple(known(f"area/topic_{number}", "python >= 2.7") for number in range(0, 2000, 10))
    made = run_of(results, plans, known=entries)
    found = gate(made).gate
    assert (found.expected, found.failing) == (600, {"fail": 5400})
