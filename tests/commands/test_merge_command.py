"""`sockmatrix merge`, and what every other command makes of a merged run and of a lone shard."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.matrix.file import write_matrix
from harness.records.matrix import Job
from harness.runs.folder import read
from tests.commands.conftest import Sockmatrix
from tests.merging.making import ONE, THREE, TWO, everything, matrix, save, target

OLD, NEW = "cpython-3.8.18", "cpython-3.13.0"
ON_NEW = target(NEW, "python3.13")


def shards(folder: Path) -> tuple[Path, Path]:
    """Two shards of one job, on two targets."""
    both = (target(), ON_NEW)

    def cells(*names: str) -> dict[tuple[str, str], object]:
        return {**everything(OLD, scenarios=names), **everything(NEW, scenarios=names)}

    first = save(folder / "one", cells(ONE.id), targets=both, shard=("1/2", [TWO.id, THREE.id]), job="linux")  # type: ignore[arg-type]
    second = save(folder / "two", cells(TWO.id, THREE.id), targets=both, shard=("2/2", [ONE.id]), job="linux")  # type: ignore[arg-type]
    return first, second


def test_the_summary_says_what_was_merged(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    shards(tmp_path)
    ended = sockmatrix("merge", "one", "two", "--out", "all")
    assert (ended.code, ended.err) == (0, "")
    head = ended.out.splitlines()
    assert head[0].startswith("Sockmatrix  3 scenarios on 2 targets")
    assert head[1] == "merged of 2 runs"
    assert "✓ as expected in 6 cells  exit 0" in head or "+ as expected in 6 cells  exit 0" in head


def test_a_missing_shard_is_red(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    shards(tmp_path)
    ended = sockmatrix("merge", "two", "--out", "all")
    assert ended.code == 3
    assert "no run of shard 1/2 of the job 'linux'\n" in ended.out
    assert "2 without a result in 6 cells" in ended.out
    assert "next  sockmatrix merge all RERUN\n" in ended.out


def test_a_job_that_delivered_nothing_is_red(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    shards(tmp_path)
    write_matrix(tmp_path / "plan.json", matrix(Job("linux", ("python3.8", "python3.13"), shards=2), Job("mac", ("python3.12",))))
    ended = sockmatrix("merge", "--plan", "plan.json", ".", "--out", "all")
    assert ended.code == 3
    assert "Planned, and delivered by no run\n  python3.12  of the job 'mac'\n" in ended.out
    assert "Could not be started" not in ended.out
    ended = sockmatrix("report", "all", "--format", "md", "--out", "-")
    assert "no run of the job 'mac'" in ended.out
    assert "### Planned, and delivered by no run" in ended.out


def test_the_summary_as_json(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    one, two = shards(tmp_path)
    save(tmp_path / "again", everything(verdict="fail"), started="2026-01-05T00:00:00+00:00")
    found = json.loads(sockmatrix("merge", str(one), str(two), "again", "--out", "all", "--json").out)
    assert found["merged"] == {"runs": 3, "again": 3}
    assert found["exit_code"] == 1
    assert {cell["flaky"][0] for cell in found["unsteady"]} == {"1 of 2 plays: pass"}


def test_conflicts_are_told_and_nothing_is_written(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(tmp_path / "one", everything(), sockmatrix="1")
    save(tmp_path / "two", everything(NEW), targets=[ON_NEW], sockmatrix="2")
    ended = sockmatrix("merge", "one", "two", "--out", "all")
    assert ended == (
        2,
        "",
        (
            "sockmatrix: these runs do not go together:\n"
            "  made by sockmatrix 1 in one, 2 in two; --mixed-versions merges them nevertheless\n"
            "  merge runs of the same scenarios, that the same sockmatrix made\n"
        ),
    )
    assert not Path("all").exists()
    ended = sockmatrix("merge", "one", "two", "--out", "all", "--mixed-versions")
    assert ended.code == 0
    assert "merged of 2 runs, made by sockmatrix 1, 2\n" in ended.out


def test_without_out_it_is_the_newest_run(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    shards(tmp_path)
    sockmatrix("merge", "one", "two")
    assert "merged of 2 runs\n" in sockmatrix("summary").out


def test_what_it_was_asked_to_fail_on_is_kept_for_its_reports(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(tmp_path / "red", everything(verdict="fail"))
    assert sockmatrix("merge", "red", "--out", "all").code == 1
    assert sockmatrix("merge", "red", "--out", "overlooked", "--fail-on", "crash").code == 0
    ended = sockmatrix("report", "overlooked", "--format", "md", "--out", "-")
    assert "not failing on: fail (3 cells)" in ended.out


def test_a_merged_run_is_held_against_a_baseline(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    one, two = shards(tmp_path)
    assert sockmatrix("merge", str(one), str(two), "--out", "all").code == 0
    assert sockmatrix("baseline", "accept", "baseline.json", "all").code == 0
    ended = sockmatrix("merge", str(one), str(two), "--out", "again", "--baseline", "baseline.json", "--fail-on", "default,new-difference")
    assert (ended.code, ended.err) == (0, "")
    assert "as accepted" in ended.out
    ended = sockmatrix("merge", str(one), "--out", "part", "--baseline", "baseline.json", "--strict")
    assert ended.code == 3
    ended = sockmatrix("merge", str(one), str(two), "--out", "more", "--strict")
    assert (ended.code, ended.err) == (2, "sockmatrix: --strict goes with --baseline\n")
    ended = sockmatrix("merge", str(one), str(two), "--out", "more", "--fail-on", "new-difference")
    assert (ended.code, ended.err) == (2, "sockmatrix: --fail-on new-difference goes with --baseline: sockmatrix run --baseline FILE\n")


def test_every_report_of_a_merged_run_says_what_its_baseline_said(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    """The job ends with the code of `merge`; what people read are the reports of the merged run."""
    save(tmp_path / "before", everything(verdict="variation"))
    save(tmp_path / "now", everything())
    assert sockmatrix("baseline", "accept", "baseline.json", "before").code == 0
    ended = sockmatrix("merge", "now", "--out", "all", "--baseline", "baseline.json")
    assert ended.code == 1
    assert "✗ 3 not as the baseline has them in 3 cells  exit 1" in ended.out

    assert sockmatrix("summary", "all").code == 1
    assert sockmatrix("report", "all", "--exit-code", "--format", "html,junit,svg,codequality,json", "--out", "site").code == 1
    said = sockmatrix("report", "all", "--format", "annotations").out
    assert "::error title=Sockmatrix%3A not as the baseline has it::baseline.json: 3 changes that nobody has accepted\n" in said
    for name in ("md", "comment"):
        page = sockmatrix("report", "all", "--format", name, "--out", "-").out
        assert "❌ **3 not as the baseline has them in 3 cells** (3 scenarios on 1 target; exit 1: " in page
        assert "\n⚠️ Held against the baseline `baseline.json`: 3 changes that nobody has accepted.\n" in page
    junit = ElementTree.parse(tmp_path / "site" / "junit.xml").getroot()
    assert (junit.get("tests"), junit.get("failures"), junit.get("errors")) == ("4", "1", "0")
    failure = junit.find("testsuite[@name='baseline']/testcase[@name='baseline.json']/failure")
    assert failure is not None
    assert failure.get("message") == "3 changes that nobody has accepted"
    assert "3 not as the baseline has them in 3 cells" in (tmp_path / "site" / "badge.svg").read_text("utf-8")
    (finding,) = json.loads((tmp_path / "site" / "gl-code-quality-report.json").read_text("utf-8"))
    assert (finding["check_name"], finding["location"]["path"]) == ("sockmatrix/new-difference", "baseline.json")
    assert "exit-1" in (tmp_path / "site" / "report.html").read_text("utf-8")
    gate = json.loads(sockmatrix("summary", "all", "--json").out)["gate"]
    assert (gate["failing"], gate["baseline"]) == ({"new-difference": 3}, {"file": "baseline.json", "changes": 3})


def test_a_change_that_is_overlooked_is_told_by_every_report(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(tmp_path / "before", everything(verdict="variation"))
    save(tmp_path / "now", everything())
    assert sockmatrix("baseline", "accept", "baseline.json", "before").code == 0
    said = ("--baseline", "baseline.json", "--fail-on", "default,!new-difference")
    assert sockmatrix("merge", "now", "--out", "all", *said).code == 0
    assert sockmatrix("summary", "all").code == 0
    page = sockmatrix("report", "all", "--format", "md", "--out", "-").out
    assert "✅ **3 not as the baseline has them in 3 cells, not failing on: new-difference (3 changes)**" in page
    assert "\nHeld against the baseline `baseline.json`: 3 changes that nobody has accepted.\n" in page
    assert sockmatrix("report", "all", "--format", "annotations").out.count("::error") == 0


def test_what_cannot_be_held_against_a_baseline_is_no_green_report(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(tmp_path / "before", everything(NEW), targets=[ON_NEW])
    save(tmp_path / "now", everything())
    assert sockmatrix("baseline", "accept", "baseline.json", "before").code == 0
    assert sockmatrix("merge", "now", "--out", "all", "--baseline", "baseline.json").code == 3
    page = sockmatrix("report", "all", "--format", "md", "--out", "-").out
    assert "❌ **nothing to compare with the baseline in 3 cells** (3 scenarios on 1 target; exit 3: " in page
    assert "\n⚠️ Held against the baseline `baseline.json`: not all could be compared.\n" in page


def test_what_a_baseline_said_of_a_part_is_not_said_of_the_whole(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(tmp_path / "before", everything(verdict="variation"))
    save(tmp_path / "now", everything())
    assert sockmatrix("baseline", "accept", "baseline.json", "before").code == 0
    assert sockmatrix("merge", "now", "--out", "all", "--baseline", "baseline.json").code == 1
    assert sockmatrix("merge", "all", "--out", "again").code == 0
    assert "baseline" not in sockmatrix("report", "again", "--format", "md", "--out", "-").out


def test_the_gate_is_told_what_to_overlook(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(tmp_path / "one", everything(verdict="fail"))
    assert sockmatrix("merge", "one", "--out", "all").code == 1
    ended = sockmatrix("merge", "one", "--out", "other", "--fail-on", "crash")
    assert ended.code == 0
    assert sockmatrix("merge", "one", "--out", "more", "--fail-on", "crush").code == 2
    assert not Path("more").exists()


class TestALoneShard:
    @pytest.fixture(autouse=True)
    def made(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        shards(tmp_path)
        self.sockmatrix = sockmatrix

    def test_summary(self) -> None:
        ended = self.sockmatrix("summary", "two")
        assert ended.code == 0
        assert "shard 2/2 of the job 'linux': 2 of 3 scenarios\n" in ended.out
        assert "no result" not in ended.out
        assert "could not be compared" not in ended.out

    def test_only_what_was_planned_is_picked(self) -> None:
        found = json.loads(self.sockmatrix("summary", "two", "--where", "verdict:missing", "--json").out or "{}")
        assert found == {}
        found = json.loads(self.sockmatrix("summary", "two", "--where", "area:area", "--json").out)
        assert (found["scenarios"], found["cells"]) == (2, 4)

    def test_show(self) -> None:
        ended = self.sockmatrix("show", ONE.id, "--run", "two")
        assert "- not planned  all 2 targets\n" in ended.out
        assert json.loads(self.sockmatrix("show", ONE.id, "--run", "two", "--json").out).get("missing") is None

    def test_reports(self, tmp_path: Path) -> None:
        ended = self.sockmatrix(
            "report",
            "two",
            "--out",
            "site",
            "--format",
            "html,md,junit,json,svg,matrix",
        )
        assert (ended.code, ended.err) == (0, "")
        made = {file.suffix: file for file in Path("site").iterdir()}
        suites = ElementTree.parse(made[".xml"]).getroot()
        assert suites.get("tests") == "4"
        rows = json.loads(made[".json"].read_bytes())["scenarios"]
        assert {row["id"]: row["verdicts"] for row in rows}[ONE.id] == ["unplanned", "unplanned"]
        assert "shard 2/2 of the job" in made[".md"].read_text("utf-8")

    def test_a_whole_run_differs_in_nothing_from_it(self, tmp_path: Path) -> None:
        both = {**everything(OLD), **everything(NEW)}
        save(tmp_path / "whole", both, targets=[target(), ON_NEW])
        found = json.loads(self.sockmatrix("diff", "whole", "two", "--json").out)
        assert found.get("missing_after") is None
        assert found["unchanged"] == 4

    def test_baseline(self) -> None:
        assert self.sockmatrix("baseline", "accept", "base.json", "two").code == 0
        assert self.sockmatrix("diff", "--baseline", "base.json", "two").code == 0

    def test_history(self) -> None:
        self.sockmatrix("history", "add", "one", "--file", "h.sqlite")
        ended = self.sockmatrix("history", "add", "two", "--file", "h.sqlite")
        assert ended.code == 0
        found = json.loads(self.sockmatrix("history", "list", "--file", "h.sqlite", "--json").out)
        assert [run.get("silent", 0) for run in found["runs"]] == [0, 0]


class TestAMergedRun:
    @pytest.fixture(autouse=True)
    def made(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        one, two = shards(tmp_path)
        save(tmp_path / "again", everything(verdict="fail"), started="2026-01-05T00:00:00+00:00")
        sockmatrix("merge", str(one), str(two), "again", "--out", "all")
        self.sockmatrix = sockmatrix

    @pytest.mark.parametrize(
        "arguments",
        [
            ("summary", "all"),
            ("summary", "all", "--where", "flaky:yes"),
            ("show", ONE.id, "--run", "all"),
            ("diff", "all", "one"),
            ("diff", "all", "--targets", OLD, NEW),
            ("judge", "all"),
            ("reproduce", ONE.id, "--run", "all"),
            ("reproduce", ONE.id, "--run", "all", "--issue"),
            ("baseline", "accept", "base.json", "all"),
            ("history", "add", "all", "--file", "h.sqlite"),
            ("compat", "all"),
            ("report", "all", "--out", "site", "--format", "all"),
            ("merge", "all", "--out", "again-merged"),
        ],
        ids=" ".join,
    )
    def test_every_command_reads_it(self, arguments: tuple[str, ...]) -> None:
        ended = self.sockmatrix(*arguments)
        assert ended.code in (0, 1, 3)
        assert "Traceback" not in ended.err
        assert "bug of sockmatrix" not in ended.err

    def test_it_cannot_be_gone_on_with(self) -> None:
        ended = self.sockmatrix("run", "--resume", "--out", "all")
        advice = "play what is missing in a run of its own, and merge that too: sockmatrix merge"
        assert (ended.code, ended.err) == (2, f"sockmatrix: all: the run was merged of others, and cannot be gone on with; {advice}\n")

    def test_evidence_of_it_is_not_replaced(self) -> None:
        before = (Path("all") / "deliveries.jsonl").read_bytes()
        assert self.sockmatrix("report", "all", "--format", "json", "--out", "all/deliveries.jsonl").code == 2
        assert (Path("all") / "deliveries.jsonl").read_bytes() == before

    def test_merging_it_alone_changes_nothing(self) -> None:
        self.sockmatrix("merge", "all", "--out", "same")
        for name in ("run.json", "results.jsonl", "scenarios.jsonl", "deliveries.jsonl"):
            assert (Path("same") / name).read_bytes() == (Path("all") / name).read_bytes()
        assert len(read(Path("same")).header.parts) == 3
