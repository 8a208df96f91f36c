"""A cell that was never to be played is no cell without a result, whoever looks at it.

On one target a result is missing, on another nothing was planned.
"""

from msgspec import structs

from harness.comparing.behaviours import compare
from harness.comparing.diff import diff, diff_targets
from harness.compat.merging import merge
from harness.history.reviewing import EMPTY, review
from harness.pages.details import chunk, chunks_of
from harness.pages.overview import overview
from harness.query.narrow import narrow
from harness.query.parse import parse
from harness.query.subject import Cell, subjects
from harness.records.run import Part
from harness.reports.areas import by_area, grids
from harness.reports.data import report_of
from harness.reports.junit import UNDELIVERED, junit
from harness.reports.listings import shown_scenario
from harness.reports.markdown import summary_page
from harness.reports.material import material_of
from harness.reports.parts import merged_words, part_words, remarks_shown, whole_words
from harness.reports.pictures import matrix
from harness.reports.played import print_played
from harness.reports.summary import MergedRuns, summarise
from harness.reports.summary_text import print_summary
from harness.reproducing.marked import reproduction
from harness.runs.folder import Run
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, greeted_on, paper, plan_of, printed, refused_on, run_of

PLANS = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
RESULTS = [*(refused_on(each.id) for each in TARGETS), greeted_on(OLD)]
RUN = run_of(RESULTS, PLANS, unplanned={OTHER: ("tcp/greeting",)})
RUN = Run(RUN.folder, structs.replace(RUN.header, cells=5), RUN.plans, RUN.results, RUN.footer)
WHOLE = run_of([*(refused_on(each.id) for each in TARGETS), *(greeted_on(each.id) for each in TARGETS)], PLANS)


def test_the_run() -> None:
    assert RUN.missing == (("tcp/greeting", NEW),)
    assert len(RUN.planned) == 5
    assert (RUN.is_planned("tcp/greeting", OTHER), RUN.is_planned("tcp/greeting", NEW)) == (False, True)


def test_comparing_leaves_out_what_is_missing_only() -> None:
    assert compare(RUN).left_out == {NEW: 1}


def test_runs_are_compared_by_what_was_planned_in_both() -> None:
    found = diff(WHOLE, RUN)
    assert (found.unchanged, found.missing_before, found.missing_after) == (4, 0, 1)
    found = diff(RUN, WHOLE)
    assert (found.unchanged, found.missing_before, found.missing_after) == (4, 1, 0)
    assert diff_targets(RUN, OLD, OTHER).missing_after == 0
    assert diff_targets(RUN, OLD, NEW).missing_after == 1


def test_no_query_picks_it() -> None:
    _, greeting = subjects(RUN, compare(RUN))
    assert greeting.cells == (Cell(OLD, "pass"), Cell(NEW), Cell(OTHER, unplanned=True))
    part, _ = narrow(parse("verdict:missing"), RUN, compare(RUN))
    assert (list(part.plans), part.header.cells, part.missing) == (["tcp/greeting"], 2, (("tcp/greeting", NEW),))
    part, _ = narrow(parse("area:tcp target:pypy"), RUN, compare(RUN))
    assert part.header.cells == 0


def test_the_summary() -> None:
    summary = summarise(RUN, compare(RUN))
    assert [(each.missing, each.unplanned) for each in summary.targets] == [(0, 0), (1, 0), (0, 1)]
    assert summary.cells == 5
    page, stream = paper(100)
    print_summary(page, summary)
    table = printed(stream).splitlines()[2:6]
    assert table[0].split() == ["target", "✓", "pass", "no", "result", "not", "planned"]
    assert table[1].split() == [OLD, "2"]
    assert table[2].split() == [NEW, "1", "1"]
    assert table[3].split() == [OTHER, "1", "1"]
    assert table[3].index("1", 30) > table[2].index("1", 30)


def test_areas_and_their_picture() -> None:
    assert [(square.missing, square.unplanned) for square in by_area(RUN)[1].squares] == [(0, 0), (1, 0), (0, 1)]
    (grid,) = grids(RUN, summarise(RUN, compare(RUN)))
    assert grid.squares[1][2] is None
    assert matrix(material_of(RUN)).count(b"<use ") < matrix(material_of(WHOLE)).count(b"<use ") + 2


def test_json() -> None:
    assert report_of(material_of(RUN)).scenarios[1].verdicts == ("pass", "missing", "unplanned")


def test_markdown() -> None:
    page = summary_page(material_of(RUN)).decode()
    assert "| target | ✓ pass | no result | not planned |" in page
    assert f"| `{OTHER}` | 1 |  | 1 |" in page


def test_junit_has_no_case_for_it() -> None:
    found = junit(material_of(RUN)).decode()
    assert 'tests="5"' in found
    assert f'<testsuite name="{OTHER}" tests="1"' in found


def test_the_page() -> None:
    page = overview(RUN, compare(RUN), ())
    assert [each.verdicts for each in page.scenarios] == ["ppp", "p._"]
    verdicts = chunk(RUN, chunks_of(RUN)[0]).scenarios[1].verdicts
    assert [each.verdict for each in verdicts] == ["pass", None]


def test_show() -> None:
    assert shown_scenario(PLANS[1], RUN, compare(RUN), [OLD, NEW, OTHER]).missing == (NEW,)
    page, stream = paper()
    print_played(page, PLANS[1], RUN, compare(RUN), [OLD, NEW, OTHER])
    told = printed(stream)
    assert f"no result    {NEW}" in told
    assert f"- not planned  {OTHER}" in told


def test_an_issue_speaks_of_those_that_were_planned() -> None:
    told = reproduction(PLANS[1], RUN, with_issue=True).issue
    assert f"| {NEW} | no result |" in told
    assert OTHER not in told


def test_compatibility_data() -> None:
    assert merge([RUN]).unplayed == {NEW: 1}


def test_a_baseline() -> None:
    assert review(EMPTY, RUN, "baseline.json").report.missing == 1


class TestPartsInWords:
    def test_a_shard(self) -> None:
        run = self.shard("2/8", "linux")
        summary = summarise(run, compare(run))
        assert part_words(summary) == whole_words(run) == "shard 2/8 of the job 'linux': 1 of 2 scenarios"
        assert whole_words(self.shard("2/8", "")) == "shard 2/8: 1 of 2 scenarios"
        assert overview(run, compare(run), ()).note == "shard 2/8 of the job 'linux': 1 of 2 scenarios"

    def test_a_job_and_a_whole(self) -> None:
        job = run_of(RESULTS, PLANS, job="mac")
        assert whole_words(job) == "the job 'mac'"
        assert whole_words(WHOLE) == ""

    def shard(self, name: str, job: str) -> Run:
        elsewhere = {each.id: ("tcp/greeting",) for each in TARGETS}
        return run_of(RESULTS[:3], PLANS, shard=name, job=job, unplanned=elsewhere)

    def test_a_shard_needs_no_column_of_what_it_was_not_to_play(self) -> None:
        run = self.shard("1/2", "")
        page, stream = paper(100)
        print_summary(page, summarise(run, compare(run)))
        assert "not planned" not in printed(stream)

    def test_a_merged_run(self) -> None:
        assert merged_words(MergedRuns(1)) == "merged of 1 run"
        words = "merged of 3 runs, 1 of them interrupted, made by sockmatrix 1, 2; 4 results beyond one for each cell"
        assert merged_words(MergedRuns(3, 4, 1, ("1", "2"))) == words

    def test_remarks_are_cut(self) -> None:
        merged = MergedRuns(40, remarks=tuple(f"the run of {number}" for number in range(40)))
        assert remarks_shown(merged)[-2:] == ("the run of 11", "and 28 more of the kind")
        assert len(remarks_shown(merged, everything=True)) == 40

    def test_what_no_run_delivered_is_told_so_in_junit(self) -> None:
        part = Part("1", "2026-01-01", "0", {}, {}, "s", (), 4, shard="1/2")
        run = run_of(RESULTS, PLANS, unplanned={OTHER: ("tcp/greeting",)}, parts=(part,), sets={"s": ()})
        assert UNDELIVERED in junit(material_of(run)).decode()
        assert whole_words(run) == "merged of 1 run, 1 of it interrupted; no run of shard 2/2"
