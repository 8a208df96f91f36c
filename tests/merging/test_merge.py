"""Runs are joined: shards, machines, reruns. What contradicts is refused, what nobody delivered is missing."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from harness.gates.gate import gate
from harness.merging.errors import MergeError
from harness.merging.merge import UNSEEN
from harness.merging.pieces import find_runs
from harness.records.known import Known
from harness.records.matrix import Job
from harness.records.run import Losses
from harness.runs.folder import DELIVERIES, HEADER, RESULTS, ResumeError, RunFormatError, RunStorageError, RunWriter, read
from tests.merging.making import ALL, ONE, PLANS, THREE, TWO, everything, facts, files, matrix, merged, result, save, target, verdicts_of
from tests.runs.making import plan

OLD, NEW = "cpython-3.8.18", "cpython-3.13.0"
ON_NEW = target(NEW, "python3.13")
DEAD = target(facts=None, trouble="no such file")
TWO_JOBS = matrix(Job("linux", ("python3.8",)), Job("mac", ("python3.8",)))


class TestShardsAndMachines:
    def test_two_shards_are_the_whole(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), shard=("1/2", [TWO.id, THREE.id]))
        second = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), shard=("2/2", [ONE.id]))
        run = merged(tmp_path / "all", first, second)
        assert verdicts_of(run) == {(name, OLD): "pass" for name in ALL}
        assert (run.missing, run.header.cells, run.header.unplanned, run.complete) == ((), 3, {}, True)
        assert [part.shard for part in run.header.parts] in (["1/2", "2/2"], ["2/2", "1/2"])

    def test_what_a_shard_that_nobody_brought_was_to_play_is_missing(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), shard=("1/2", [TWO.id, THREE.id]))
        run = merged(tmp_path / "all", first)
        assert run.missing == ((TWO.id, OLD), (THREE.id, OLD))

    def test_shards_of_two_targets(self, tmp_path: Path) -> None:
        both = (target(), ON_NEW)
        cells = everything(OLD, scenarios=[ONE.id]) | everything(NEW, scenarios=[ONE.id])
        first = save(tmp_path / "1", cells, targets=both, shard=("1/2", [TWO.id, THREE.id]))
        second = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), shard=("2/2", [ONE.id]))
        run = merged(tmp_path / "all", first, second)
        assert run.missing == ((TWO.id, NEW), (THREE.id, NEW))

    def test_runs_of_other_scenarios_plan_no_more_than_they_did(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(OLD, scenarios=[ONE.id]), plans=[ONE])
        second = save(tmp_path / "2", everything(NEW, scenarios=[TWO.id, THREE.id]), targets=[ON_NEW], plans=[TWO, THREE])
        run = merged(tmp_path / "all", first, second)
        assert run.missing == ()
        assert run.planned == ((ONE.id, OLD), (TWO.id, NEW), (THREE.id, NEW))
        assert run.header.unplanned == {NEW: (ONE.id,), OLD: (TWO.id, THREE.id)} or set(run.header.unplanned) == {OLD, NEW}

    def test_targets_are_in_their_natural_order(self, tmp_path: Path) -> None:
        names = ["cpython-3.10.1", "cpython-3.9.1", "pypy-3.9.16", "cpython-2.7.18"]
        runs = [save(tmp_path / name, everything(name), targets=[target(name)]) for name in names]
        run = merged(tmp_path / "all", *runs)
        assert [each.id for each in run.header.targets] == ["cpython-2.7.18", "cpython-3.9.1", "cpython-3.10.1", "pypy-3.9.16"]

    def test_an_interrupted_run_gives_what_it_has(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), complete=False)
        run = merged(tmp_path / "all", first)
        assert run.missing == ((TWO.id, OLD), (THREE.id, OLD))
        rest = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), plans=[TWO, THREE])
        assert merged(tmp_path / "both", tmp_path / "all", rest).missing == ()

    def test_a_torn_line_is_left_out(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), complete=False)
        with open(first / RESULTS, "ab") as file:
            file.write(b'{"scenario":"area/tw')
        assert set(merged(tmp_path / "all", first).results) == {(ONE.id, OLD)}

    def test_a_run_that_was_interrupted_before_its_first_cell(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", {}, complete=False, targets=[target(facts=None)])
        (first / RESULTS).unlink()
        run = merged(tmp_path / "all", first)
        assert len(run.missing) == 3

    def test_the_header_says_when_it_began_and_what_all_were_asked_for(self, tmp_path: Path) -> None:
        def options(**more: Any) -> dict[str, Any]:
            return {"paths": [], "k": ["area"], "repeat": 1, **more}

        first = save(tmp_path / "1", everything(), started="2026-01-02T00:00:00+00:00", options=options(repeat=3, paths=["mine"]))
        second = save(tmp_path / "2", everything(NEW), targets=[ON_NEW], started="2026-01-01T00:00:00+00:00", options=options())
        head = merged(tmp_path / "all", first, second).header
        assert head.started == "2026-01-01T00:00:00+00:00"
        assert head.options == {"k": ["area"], "paths": ["mine"], "repeat": 3, "retry": 0}

    def test_what_its_parts_overlook_it_does_not(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(verdict="fail"), options={"repeat": 1, "fail_on": "none"})
        assert gate(read(first)).gate.exit_code == 0
        found = gate(merged(tmp_path / "all", first)).gate
        assert (found.exit_code, found.failing, found.overlooked) == (1, {"fail": 3}, {})


class TestTheSameTwice:
    def test_the_same_run_given_twice_counts_once(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything())
        assert len(merged(tmp_path / "all", first, first).header.parts) == 1
        assert not (tmp_path / "all" / DELIVERIES).exists()

    def test_cells_that_agree_are_one(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything())
        second = save(tmp_path / "2", everything(), started="2026-01-02T00:00:00+00:00")
        run = merged(tmp_path / "all", first, second)
        assert verdicts_of(run) == {(name, OLD): "pass" for name in ALL}
        assert all(not each.flaky for each in run.results.values())
        assert len((tmp_path / "all" / DELIVERIES).read_bytes().splitlines()) == 6

    def test_the_graver_of_two_is_kept_and_the_other_told(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything())
        second = save(tmp_path / "2", everything(verdict="fail"), started="2026-01-02T00:00:00+00:00")
        run = merged(tmp_path / "all", first, second)
        assert verdicts_of(run) == {(name, OLD): "fail" for name in ALL}
        assert {each.flaky for each in run.results.values()} == {("1 of 2 plays: pass",)}
        assert {each.plays for each in run.results.values()} <= {("pass", "fail"), ("fail", "pass")}

    def test_a_rerun_takes_the_place_of_what_said_nothing(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(verdict="error"))
        second = save(tmp_path / "2", everything(), started="2026-01-02T00:00:00+00:00")
        run = merged(tmp_path / "all", first, second)
        assert verdicts_of(run) == {(name, OLD): "pass" for name in ALL}
        assert all(not each.flaky for each in run.results.values())

    def test_a_target_that_could_not_be_started_is_the_one_that_could_in_a_rerun(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(verdict="error"), targets=[DEAD])
        second = save(tmp_path / "2", everything(), started="2026-01-02T00:00:00+00:00")
        run = merged(tmp_path / "all", first, second)
        assert [(each.id, each.trouble) for each in run.header.targets] == [(OLD, "")]
        assert set(verdicts_of(run).values()) == {"pass"}

    @pytest.mark.parametrize("more", [{"controller": {"system": "darwin"}}, {"options": {"k": ["area:tcp"]}}, {"job": "mac"}])
    def test_of_a_run_that_is_no_rerun_it_is_not(self, tmp_path: Path, more: dict[str, Any]) -> None:
        first = save(tmp_path / "1", everything(verdict="error"), targets=[DEAD], **more)
        second = save(tmp_path / "2", everything(), started="2026-01-02T00:00:00+00:00")
        run = merged(tmp_path / "all", first, second)
        assert {each.trouble for each in run.header.targets} == {"", "no such file"}
        assert gate(run).gate.failing == {"error": 3}

    def test_a_rerun_of_a_job_repairs_what_could_not_be_started(self, tmp_path: Path) -> None:
        linux = save(tmp_path / "1", everything(), job="linux")
        dead = save(tmp_path / "2", everything(verdict="error"), job="mac", targets=[DEAD])
        again = save(tmp_path / "3", everything(), job="mac", targets=[target(facts=facts(machine="arm64"))])
        run = merged(tmp_path / "all", linux, dead, again, plan=TWO_JOBS)
        assert [(each.id, each.trouble) for each in run.header.targets] == [(f"{OLD}@linux", ""), (f"{OLD}@mac", "")]
        assert gate(run).gate.exit_code == 0

    def test_each_shard_that_could_not_be_started_is_repaired_by_its_own_rerun(self, tmp_path: Path) -> None:
        other = target(facts=structs.replace(facts(), kernel="6.8.0"))
        shards = {"1/2": [TWO.id, THREE.id], "2/2": [ONE.id]}
        dead = save(tmp_path / "1", everything(verdict="error", scenarios=[ONE.id]), job="a", shard=("1/2", shards["1/2"]), targets=[DEAD])
        again = save(tmp_path / "2", everything(scenarios=[ONE.id]), job="a", shard=("1/2", shards["1/2"]), targets=[other])
        rest = save(tmp_path / "3", everything(scenarios=[TWO.id, THREE.id]), job="a", shard=("2/2", shards["2/2"]))
        run = merged(tmp_path / "all", dead, again, rest)
        assert set(verdicts_of(run).values()) == {"pass"}
        assert gate(run).gate.exit_code == 0


class TestWhatWasLost:
    def test_it_is_of_the_run_that_lost_it_however_runs_are_grouped(self, tmp_path: Path) -> None:
        started = save(tmp_path / "1", everything(), targets=(target(lost_starts=5),), job="linux")
        dead = save(tmp_path / "2", {}, targets=(structs.replace(DEAD, lost_hosts=2),), job="linux")
        elsewhere = save(tmp_path / "3", {}, targets=(DEAD,), job="mac")
        run = merged(tmp_path / "all", started, dead, elsewhere)
        assert [(each.id, each.lost_starts, each.lost_hosts) for each in run.header.targets] == [
            (f"{OLD}@linux", 5, 2),
            (f"{OLD}@mac", 0, 0),
        ]
        merged(tmp_path / "two", started, dead)
        merged(tmp_path / "and one", tmp_path / "two", elsewhere)
        assert files(tmp_path / "and one") == files(tmp_path / "all")

    def test_a_merged_run_of_before_keeps_it(self, tmp_path: Path) -> None:
        merged(tmp_path / "two", *(save(tmp_path / str(at), everything(), targets=(target(lost_starts=at),)) for at in (1, 2)))
        head = merged_header(tmp_path / "two")
        parts = [structs.replace(part, targets=[structs.replace(each, losses=Losses()) for each in part.targets]) for part in head.parts]
        write_header(tmp_path / "two", structs.replace(head, parts=parts))
        run = merged(tmp_path / "again", tmp_path / "two")
        assert [each.lost_starts for each in run.header.targets] == [2]


class TestWhoIsWho:
    def test_the_same_id_with_other_facts_is_another_target_named_after_its_job(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(), job="ubuntu")
        second = save(tmp_path / "2", everything(verdict="fail"), job="mac", targets=[target(facts=facts(machine="arm64"))])
        run = merged(tmp_path / "all", first, second)
        assert [(each.id, each.origin) for each in run.header.targets] == [(f"{OLD}@mac", OLD), (f"{OLD}@ubuntu", OLD)]
        assert verdicts_of(run)[ONE.id, f"{OLD}@mac"] == "fail"
        assert verdicts_of(run)[ONE.id, f"{OLD}@ubuntu"] == "pass"

    def test_without_jobs_it_is_named_after_the_fact_that_differs(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything())
        second = save(tmp_path / "2", everything(), targets=[target(facts=structs.replace(facts(), kernel="6.8.0"))])
        run = merged(tmp_path / "all", first, second)
        assert [each.id for each in run.header.targets] == [f"{OLD}@kernel-6.1.0", f"{OLD}@kernel-6.8.0"]

    def test_what_follows_from_the_memory_of_a_machine_makes_no_other_target(self, tmp_path: Path) -> None:
        small, large = (target(facts=facts(settings={"net.ipv4.tcp_rmem": size})) for size in ("1", "2"))
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), plans=[ONE], targets=[small])
        second = save(tmp_path / "2", everything(scenarios=[TWO.id]), plans=[TWO], targets=[large])
        run = merged(tmp_path / "all", first, second)
        assert [each.id for each in run.header.targets] == [OLD]

    def test_two_jobs_are_two_targets_even_where_all_facts_agree(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(), job="linux")
        second = save(tmp_path / "2", everything(verdict="fail"), job="mac")
        run = merged(tmp_path / "all", first, second, plan=TWO_JOBS)
        assert [each.id for each in run.header.targets] == [f"{OLD}@linux", f"{OLD}@mac"]
        assert all(not each.flaky for each in run.results.values())
        assert gate(run, ("fail", "!flaky")).gate.failing == {"fail": 3}

    def test_a_run_without_a_job_is_a_rerun_for_the_only_job_with_its_facts(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), job="linux", complete=False)
        second = save(tmp_path / "2", everything())
        run = merged(tmp_path / "all", first, second)
        assert ([each.id for each in run.header.targets], run.missing) == ([OLD], ())

    def test_a_run_without_a_job_is_its_own_where_two_jobs_have_its_facts(self, tmp_path: Path) -> None:
        runs = [save(tmp_path / (job or "none"), everything(scenarios=[ONE.id]), job=job) for job in ("linux", "mac", "")]
        run = merged(tmp_path / "all", *runs)
        assert [each.id for each in run.header.targets] == [f"{OLD}@linux", f"{OLD}@mac", f"{OLD}@no-job"]

    def test_a_job_with_two_kinds_of_machine_beside_another_job_of_one_of_them(self, tmp_path: Path) -> None:
        other = target(facts=structs.replace(facts(), kernel="6.8.0"))
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), job="a", shard=("1/2", [TWO.id, THREE.id]))
        second = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), job="a", shard=("2/2", [ONE.id]), targets=[other])
        third = save(tmp_path / "3", everything(), job="b")
        run = merged(tmp_path / "all", first, second, third)
        assert [each.id for each in run.header.targets] == [f"{OLD}@a-kernel-6.1.0", f"{OLD}@a-kernel-6.8.0", f"{OLD}@b-kernel-6.1.0"]
        assert run.missing == ()

    def test_shards_of_a_job_on_machines_that_differ_miss_nothing(self, tmp_path: Path) -> None:
        other = target(facts=structs.replace(facts(), kernel="6.8.0"))
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), job="a", shard=("1/2", [TWO.id, THREE.id]))
        second = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), job="a", shard=("2/2", [ONE.id]), targets=[other])
        run = merged(tmp_path / "all", first, second)
        assert (len(run.header.targets), run.missing, run.header.cells) == (2, (), 3)


class TestConflicts:
    def refused(self, tmp_path: Path, *folders: Path, **more: Any) -> list[str]:
        with pytest.raises(MergeError) as wrong:
            merged(tmp_path / "all", *folders, **more)
        assert not (tmp_path / "all").exists()
        return [each.replace(f"{tmp_path}/", "") for each in wrong.value.conflicts]

    def test_a_scenario_with_two_meanings(self, tmp_path: Path) -> None:
        edited = structs.replace(ONE, digest="another")
        first = save(tmp_path / "1", everything())
        second = save(tmp_path / "2", everything(scenarios=[TWO.id]), plans=[TWO, edited])
        assert self.refused(tmp_path, first, second) == ["scenario area/one: one meaning in 1, another in 2"]

    def test_many_scenarios_over_which_the_same_runs_part_are_told_together(self, tmp_path: Path) -> None:
        many = [plan(f"a/{number}") for number in range(5)]
        edited = [structs.replace(each, digest=f"{each.digest}, edited") for each in many]
        first, second = save(tmp_path / "1", {}, plans=many), save(tmp_path / "2", {}, plans=edited)
        third = save(tmp_path / "3", {}, plans=edited, started="2027")
        told = "5 scenarios (a/0, a/1, a/2 and 2 more): one meaning in 1, another in 2, 3"
        assert self.refused(tmp_path, first, second, third) == [told]

    def test_other_versions_are_refused_unless_that_is_wanted(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(), sockmatrix="0.9.0")
        second = save(tmp_path / "2", everything(NEW), targets=[ON_NEW], sockmatrix="0.10.0")
        words = "made by sockmatrix 0.10.0 in 2, 0.9.0 in 1; --mixed-versions merges them nevertheless"
        assert self.refused(tmp_path, first, second) == [words]
        run = merged(tmp_path / "all", first, second, mixed_versions=True)
        assert run.header.sockmatrix == "0.10.0"
        assert {part.sockmatrix for part in run.header.parts} == {"0.9.0", "0.10.0"}

    def test_every_conflict_is_told(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything())
        edited = structs.replace(ONE, digest="another")
        second = save(tmp_path / "2", {}, plans=[edited, TWO, THREE], protocol=2, sockmatrix="9")
        assert self.refused(tmp_path, first, second) == [
            "scenario area/one: one meaning in 1, another in 2",
            "agent protocol 1 in 1, 2 in 2",
            "made by sockmatrix 0 in 1, 9 in 2; --mixed-versions merges them nevertheless",
        ]

    def test_a_plan_of_other_scenarios(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything())
        held = matrix(Job("all", ("python3.8",)), plans=[structs.replace(ONE, digest="another")])
        assert self.refused(tmp_path, first, plan=held) == ["scenario area/one: one meaning in 1, another in plan.json"]

    def test_two_plans(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(), job="all")
        merged(tmp_path / "held", first, plan=matrix(Job("all", ("python3.8",))))
        (told,) = self.refused(tmp_path, tmp_path / "held", plan=matrix(Job("all", ("python3.9",))))
        assert told.startswith("held against plan ")
        assert "in held" in told
        assert "in plan.json" in told


class TestThePlanOfTheMatrix:
    PLAN = matrix(Job("linux", ("python3.8", "python3.13")), Job("mac", ("pyenv:*",), shards=2))

    def test_a_job_of_which_no_run_came_is_missing(self, tmp_path: Path) -> None:
        both = everything(OLD) | everything(NEW)
        first = save(tmp_path / "1", both, targets=[target(), ON_NEW], job="linux")
        run = merged(tmp_path / "all", first, plan=self.PLAN)
        absent = run.header.targets[-1]
        assert (absent.id, absent.name, absent.undelivered) == ("pyenv:*@mac", "pyenv:*", "mac")
        assert absent.trouble == "planned, no run delivered it"
        assert run.missing == tuple((name, "pyenv:*@mac") for name in ALL)

    def test_a_target_that_its_job_did_not_bring_is_missing(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(OLD), job="linux")
        found = save(tmp_path / "2", everything("cpython-3.9.1"), targets=[target("cpython-3.9.1", "pyenv:*")], job="mac")
        run = merged(tmp_path / "all", first, found, plan=self.PLAN)
        assert {cell[1] for cell in run.missing} == {"python3.13@linux"}

    def test_a_machine_that_was_killed_is_not_delivered_by_another(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(), job="linux")
        killed = save(tmp_path / "2", {}, job="mac", targets=[target(facts=None)], complete=False)
        run = merged(tmp_path / "all", first, killed, plan=TWO_JOBS)
        assert run.missing == tuple((name, f"{OLD}@mac") for name in ALL)
        assert gate(run).gate.exit_code == 3

    def test_a_shard_that_nobody_brought_is_not_delivered_by_another_job(self, tmp_path: Path) -> None:
        plan = matrix(Job("a", ("python3.8",), shards=2), Job("b", ("python3.8",), shards=2))
        shards = {"1/2": [THREE.id], "2/2": [ONE.id, TWO.id]}
        brought = [("a", "1/2"), ("a", "2/2"), ("b", "1/2")]
        runs = [
            save(tmp_path / str(at), everything(scenarios=set(ALL) - set(shards[name])), job=job, shard=(name, shards[name]))
            for at, (job, name) in enumerate(brought)
        ]
        run = merged(tmp_path / "all", *runs, plan=plan)
        assert run.missing == ((THREE.id, f"{OLD}@b"),)

    def test_a_scenario_that_a_run_of_the_job_did_not_plan_is_missing(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(OLD, scenarios=[ONE.id]), plans=[ONE], job="linux")
        run = merged(tmp_path / "all", first, plan=matrix(Job("linux", ("python3.8",))))
        assert run.missing == ((TWO.id, OLD), (THREE.id, OLD))
        assert run.plans[TWO.id].title == UNSEEN

    def test_a_target_of_the_same_name_that_was_upgraded_between_shards_is_delivered(self, tmp_path: Path) -> None:
        newer = target("cpython-3.8.19", "python3.8")
        first = save(tmp_path / "1", everything(OLD, scenarios=[ONE.id]), job="a", shard=("1/2", [TWO.id, THREE.id]))
        cells = everything("cpython-3.8.19", scenarios=[TWO.id, THREE.id])
        second = save(tmp_path / "2", cells, targets=[newer], job="a", shard=("2/2", [ONE.id]))
        assert merged(tmp_path / "all", first, second, plan=matrix(Job("a", ("python3.8",), shards=2))).missing == ()

    def test_targets_of_an_image_are_meant_by_a_name_with_a_star(self, tmp_path: Path) -> None:
        found = target(OLD, "docker:some/image@/usr/bin/python3.8+ipv6")
        first = save(tmp_path / "1", everything(OLD), targets=[found], job="a")
        assert merged(tmp_path / "all", first, plan=matrix(Job("a", ("docker:some/image@*",)))).missing == ()

    def test_it_is_remembered(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(OLD), job="linux")
        merged(tmp_path / "some", first, plan=self.PLAN)
        second = save(tmp_path / "2", everything(NEW), targets=[ON_NEW], job="linux")
        merged(tmp_path / "more", tmp_path / "some", second)
        merged(tmp_path / "at once", second, first, plan=self.PLAN)
        assert files(tmp_path / "more") == files(tmp_path / "at once")


class TestKnownFailures:
    ENTRY = Known("area/one", "python < 3.9", "skip", "hangs", "https://example.org", place="sockmatrix.toml:1")

    def skipping(self, folder: Path, **more: Any) -> Path:
        found = save(folder, everything(scenarios=[TWO.id, THREE.id]), known=(self.ENTRY,), **more)
        head = structs.replace(merged_header(found), unplanned={OLD: (ONE.id,)}, excused={OLD: {ONE.id: "hangs"}}, cells=2)
        write_header(found, head)
        return found

    def test_what_was_skipped_stays_excused(self, tmp_path: Path) -> None:
        run = merged(tmp_path / "all", self.skipping(tmp_path / "1", job="linux"), plan=matrix(Job("linux", ("python3.8",))))
        assert (run.missing, run.header.known) == ((), (self.ENTRY,))
        assert run.excused == {(ONE.id, OLD): "hangs"}

    def test_what_another_run_was_to_play_is_not(self, tmp_path: Path) -> None:
        first = self.skipping(tmp_path / "1")
        second = save(tmp_path / "2", everything(scenarios=[TWO.id, THREE.id]), complete=False)
        run = merged(tmp_path / "all", first, second)
        assert (run.missing, run.excused) == (((ONE.id, OLD),), {})


class TestDamage:
    def refused(self, tmp_path: Path, folder: Path) -> str:
        whole = save(tmp_path / "whole", everything())
        with pytest.raises(RunFormatError) as wrong:
            merged(tmp_path / "all", whole, folder)
        assert not (tmp_path / "all").exists()
        return str(wrong.value).replace(f"{tmp_path}/", "")

    def test_no_folder(self, tmp_path: Path) -> None:
        advice = "a run is the folder that 'sockmatrix run' names at its end"
        assert self.refused(tmp_path, tmp_path / "none") == f"none: no run here (run.json: No such file or directory); {advice}"

    def test_a_line_that_was_changed(self, tmp_path: Path) -> None:
        folder = save(tmp_path / "1", everything())
        data = (folder / RESULTS).read_bytes()
        (folder / RESULTS).write_bytes(data.replace(b'"verdict":"pass"', b'"verdict":"good"', 1))
        words = "Invalid enum value 'good' - at `$.verdict`; the file was changed or damaged"
        assert self.refused(tmp_path, folder) == f"1/results.jsonl:1: {words}"

    def test_lines_that_were_lost(self, tmp_path: Path) -> None:
        folder = save(tmp_path / "1", everything())
        lines = (folder / RESULTS).read_bytes().splitlines(keepends=True)
        (folder / RESULTS).write_bytes(b"".join(lines[1:]))
        assert self.refused(tmp_path, folder) == "1/results.jsonl: the footer counts 3 results, there are 2; lines were lost or added"

    def test_a_cell_that_is_there_twice(self, tmp_path: Path) -> None:
        folder = save(tmp_path / "1", everything(), complete=False)
        data = (folder / RESULTS).read_bytes()
        (folder / RESULTS).write_bytes(data + data)
        words = f"cell ('area/one', '{OLD}') is there twice; the folder mixes two runs"
        assert self.refused(tmp_path, folder) == f"1/results.jsonl:4: {words}"

    def test_a_cell_of_another_run(self, tmp_path: Path) -> None:
        folder = save(tmp_path / "1", everything() | everything("cpython-9"))
        words = "cell ('area/one', 'cpython-9') is not of this run; the folder mixes two runs"
        assert self.refused(tmp_path, folder) == f"1/results.jsonl:4: {words}"

    def test_plans_that_were_cut_short(self, tmp_path: Path) -> None:
        folder = save(tmp_path / "1", everything())
        lines = (folder / "scenarios.jsonl").read_bytes().splitlines(keepends=True)
        (folder / "scenarios.jsonl").write_bytes(b"".join(lines[:-1]))
        assert self.refused(tmp_path, folder) == "1/scenarios.jsonl: 1 scenario(s) are missing (area/two, …); the file was cut short"

    def test_a_plan_that_was_changed(self, tmp_path: Path) -> None:
        folder = save(tmp_path / "1", {}, plans=[plan("area/zero")])
        data = (folder / "scenarios.jsonl").read_bytes()
        (folder / "scenarios.jsonl").write_bytes(data.replace(b'"steps":[', b'"steps":[7,'))
        words = "Expected `object`, got `int` - at `$.steps[0]`; the file was changed or damaged"
        assert self.refused(tmp_path, folder) == f"1/scenarios.jsonl:1: {words}"

    def test_a_set_of_a_merged_run_that_was_changed(self, tmp_path: Path) -> None:
        first = save(tmp_path / "1", everything(scenarios=[ONE.id]), shard=("1/2", [TWO.id, THREE.id]))
        merged(tmp_path / "2", first)
        head = merged_header(tmp_path / "2")
        name = next(iter(head.sets))
        write_header(tmp_path / "2", structs.replace(head, sets={**head.sets, name: ("area/other",)}))
        words = f"the set {name} is not what it was; the file was changed or damaged"
        assert self.refused(tmp_path, tmp_path / "2") == f"2/run.json: {words}"


def merged_header(folder: Path) -> Any:
    from harness.runs.folder import read_header

    return read_header(folder)


def write_header(folder: Path, head: Any) -> None:
    from harness.runs.folder import header_bytes

    (folder / HEADER).write_bytes(header_bytes(head))


def test_a_folder_that_has_a_run_already(tmp_path: Path) -> None:
    first = save(tmp_path / "1", everything())
    before = files(first)
    with pytest.raises(ResumeError) as wrong:
        merged(first, first)
    assert str(wrong.value) == f"{first}: there is a run in it already; name another folder with --out"
    assert files(first) == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    first = save(tmp_path / "1", everything())
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunStorageError) as wrong:
        merged(tmp_path / "file" / "all", first)
    words = "cannot be written to: Not a directory; make room, or choose another folder with --out"
    assert str(wrong.value) == f"{tmp_path}/file/all: {words}"


def test_a_merged_run_cannot_be_gone_on_with(tmp_path: Path) -> None:
    merged(tmp_path / "all", save(tmp_path / "1", everything(verdict="error")))
    with pytest.raises(ResumeError) as wrong:
        RunWriter.resume(tmp_path / "all", {each.id: each.digest for each in PLANS}, [OLD], 1)
    advice = "play what is missing in a run of its own, and merge that too: sockmatrix merge"
    assert str(wrong.value) == f"{tmp_path}/all: the run was merged of others, and cannot be gone on with; {advice}"


def test_folders_of_runs_stand_for_what_is_below_them(tmp_path: Path) -> None:
    runs = [save(tmp_path / "down" / name, everything()) for name in ("b/run", "a")]
    assert find_runs([tmp_path / "down"]) == (runs[1], runs[0])
    assert find_runs(runs) == tuple(runs)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunFormatError) as wrong:
        find_runs([tmp_path / "empty"])
    assert str(wrong.value) == f"{tmp_path}/empty: no run here, and none below it; name the folders that 'sockmatrix run' named at its end"


def test_results_are_in_the_order_of_scenarios_and_targets(tmp_path: Path) -> None:
    first = save(tmp_path / "1", everything(NEW), targets=[ON_NEW], complete=False)
    second = save(tmp_path / "2", {(name, OLD): result(ALL[name], OLD) for name in reversed(ALL)}, complete=False)
    assert list(merged(tmp_path / "all", second, first).results) == [(name, on) for name in ALL for on in (OLD, NEW)]
