"""Known failures wherever a run is shown: a failure is still told as one, and why it is known beside it."""

from xml.etree import ElementTree

from msgspec import structs

from harness.gates.gate import gate
from harness.records.known import Known, KnownKind
from harness.records.observation import Trouble
from harness.records.run import Result
from harness.reports.annotations import annotations
from harness.reports.codequality import findings
from harness.reports.junit import junit
from harness.reports.known_text import print_known, print_retried, use_words
from harness.reports.markdown import summary_page
from harness.reports.material import Material, material_of
from harness.reports.pictures import badge
from harness.reports.summary import headline
from harness.reports.summary_text import print_summary
from harness.runs.folder import Run
from tests.reports.hostile import MEAN
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, greeted_on, paper, plan_of, printed, refused_on, run_of, troubled
from tests.reports.test_junit import tree_of

PLANS = [plan_of(GREETING, "tcp/greeting"), plan_of(REFUSED, "connect/refused")]
LINK = "https://example.org/1"


def known(scenario: str, when: str, kind: KnownKind = "xfail", line: int = 1, reason: str = "told upstream") -> Known:
    return Known(scenario, when, kind, reason, LINK, 0.2 if kind == "flaky" else 0.0, place=f"sockmatrix.toml:{line}")


USED = known("tcp/greeting", 'implementation == "pypy"')
STALE = known("tcp/greeting", "python < 3", line=8)
SKIPPED = known("connect/*", "python < 3", "skip", 15)
UNUSED = known("udp/*", "python < 3", line=22)


def run(*entries: Known) -> Run:
    """PyPy fails to greet; Python 2 does not play the other scenario."""
    results = [greeted_on(OLD), greeted_on(NEW), greeted_on(OTHER, 3), refused_on(NEW), refused_on(OTHER)]
    made = run_of(results, PLANS)
    header = structs.replace(
        made.header, known=entries, cells=5, unplanned={OLD: ("connect/refused",)}, excused={OLD: {"connect/refused": "told upstream"}}
    )  # fmt: skip
    return Run(made.folder, header, made.plans, made.results, made.footer)


def material(*entries: Known) -> Material:
    return material_of(run(*entries))


def shown(*entries: Known, everything: bool = False) -> str:
    page, stream = paper(100)
    print_summary(page, material(*entries).summary, everything=everything)
    return printed(stream)


def section(*entries: Known) -> str:
    page, stream = paper(100)
    print_known(page, gate(run(*entries)).gate)
    return printed(stream)


class TestTerminal:
    def test_every_entry_has_its_state_and_its_reason(self) -> None:
        assert section(USED, STALE, SKIPPED, UNUSED) == (
            "\n"
            "Known  1 cell departs as known, 1 cell not played, 2 entries to be looked at\n"
            " ○ stale  tcp/greeting  python < 3  sockmatrix.toml:8\n"
            "     0 of 1 cell depart; passes on cpython-2.7.18; narrow its condition, or remove it\n"
            "     because told upstream  (https://example.org/1)\n"
            " ○ unused  udp/*  python < 3  sockmatrix.toml:22\n"
            "     no scenario of the run is meant\n"
            "     because told upstream  (https://example.org/1)\n"
            ' · xfail  tcp/greeting  implementation == "pypy"  sockmatrix.toml:1\n'
            "     1 of 1 cell departs\n"
            "     because told upstream  (https://example.org/1)\n"
            " · skip  connect/*  python < 3  sockmatrix.toml:15\n"
            "     1 cell not played\n"
            "     because told upstream  (https://example.org/1)\n"
        )

    def test_where_nothing_is_known_there_is_no_section(self) -> None:
        assert section() == ""

    def test_a_known_failure_is_counted_as_a_failure_and_listed_with_its_entry(self) -> None:
        text = shown(USED, SKIPPED)
        assert "Not as expected" not in text
        assert (
            " target          ✓ pass  ✗ fail  known  skipped\n"
            " cpython-2.7.18       1                       1\n"
            " cpython-3.12.1       2\n"
            " pypy-3.9.16          1       1      1\n"
        ) in text
        assert "✓ as expected in 5 cells, 1 of them known to depart  exit 0\n" in text

    def test_all_of_it_has_the_cell_and_why_it_is_known(self) -> None:
        text = shown(USED, SKIPPED, everything=True)
        assert "     observed  3\n     on pypy-3.9.16\n     known: told upstream  (https://example.org/1)\n" in text

    def test_what_a_skip_did_not_keep_from_being_played_is_not_called_unplayed(self) -> None:
        page, stream = paper(100)
        print_known(page, gate(run(), known=(known("tcp/*", "python < 3", "skip"),)).gate)
        assert printed(stream) == (
            "\n"
            "Known\n"
            " ? skip  tcp/*  python < 3  sockmatrix.toml:1\n"
            "     0 cells not played; 1 was played, because the run was made without it\n"
            "     because told upstream  (https://example.org/1)\n"
        )

    def test_an_entry_that_names_a_step_is_shown_with_it(self) -> None:
        at_another = structs.replace(USED, step=2)
        assert section(at_another) == (
            "\n"
            "Known\n"
            ' ? xfail  tcp/greeting step 2  implementation == "pypy"  sockmatrix.toml:1\n'
            "     0 of 1 cell depart; departs otherwise on pypy-3.9.16; the entry says fail at step 2\n"
            "     because told upstream  (https://example.org/1)\n"
        )
        assert "**xfail** `tcp/greeting` step 8 where" in summary_page(material(structs.replace(USED, step=8))).decode()

    def test_stale_and_unused_entries_end_the_run_with_one(self) -> None:
        last = "✗ 1 stale known failure, 1 unused known failure in 5 cells, 1 of them known to depart exit 1: conformance failures"
        assert last in " ".join(shown(USED, STALE, SKIPPED, UNUSED).split())

    def test_entries_that_were_not_part_of_the_run_are_counted(self) -> None:
        made = run(USED, SKIPPED, UNUSED, known("unix/*", "python < 3", line=30))
        part = Run(made.folder, structs.replace(made.header, options={"k": ["tcp"]}), made.plans, made.results, made.footer)
        page, stream = paper(100)
        print_known(page, gate(part).gate)
        assert printed(stream).endswith("\n 2 known entries were not part of this run\n")

    def test_what_is_overlooked_is_said_in_the_last_line(self) -> None:
        made = run()
        summary = material_of(made, outcome=gate(made, ("crash",))).summary
        assert headline(summary) == "1 fail in 5 cells, not failing on: fail (1 cell)"
        assert summary.exit_code == 0

    def test_what_was_played_again_has_a_section(self) -> None:
        results = [
            structs.replace(greeted_on(OLD, 3), plays=("fail", "fail", "pass"), retried=2, flaky=("1 of 3 plays: pass",)),
            structs.replace(greeted_on(NEW, 3), plays=("fail", "fail", "fail"), retried=2),
            greeted_on(OTHER),
        ]
        page, stream = paper(100)
        print_retried(page, material_of(run_of(results, PLANS[:1])).summary.unsteady)
        assert printed(stream) == (
            "\n"
            "Retried  2 cells: 1 flaky, 1 red every time\n"
            "  tcp/greeting  cpython-2.7.18  fail, fail, pass\n"
            "  tcp/greeting  cpython-3.12.1  fail, fail, fail\n"
        )

    def test_mean_reasons_are_harmless(self) -> None:
        assert "\x1b" not in section(known("tcp/*", "python >= 2.7", reason=MEAN))


class TestJUnit:
    def test_a_known_failure_is_skipped_with_its_reason_and_its_details(self) -> None:
        root = tree_of(material(USED, SKIPPED))
        assert root.attrib["failures"] == root.attrib["errors"] == "0"
        (case,) = (each for each in root.iter("testcase") if each.get("classname") == "pypy-3_9_16.tcp")
        assert case.find("skipped").attrib == {"message": "known: fail: told upstream (https://example.org/1)"}  # type: ignore[union-attr]
        assert (case.findtext("system-out") or "").startswith("fail, known\nscenarios/tcp/greeting.yaml:12  A server greets its client\n")

    def test_what_is_not_played_is_skipped_with_its_reason(self) -> None:
        root = tree_of(material(USED, SKIPPED))
        (case,) = (each for each in root.iter("testcase") if each.get("classname") == "cpython-2_7_18.connect")
        assert case.find("skipped").attrib == {"message": "known, and not played: told upstream"}  # type: ignore[union-attr]

    def test_a_stale_or_unused_entry_fails_in_a_suite_of_its_own(self) -> None:
        root = tree_of(material(USED, STALE, SKIPPED, UNUSED))
        suite = root.findall("testsuite")[-1]
        assert (suite.get("name"), suite.get("tests"), suite.get("failures"), root.get("failures")) == ("known", "4", "2", "2")
        stale = suite.findall("testcase")[1].find("failure")
        assert stale is not None
        assert stale.attrib == {
            "type": "stale",
            "message": "0 of 1 cell depart; passes on cpython-2.7.18; narrow its condition, or remove it; "
            "known because told upstream (https://example.org/1)",
        }

    def test_what_makes_a_run_fail_and_is_no_case_fails_in_a_suite_of_its_own(self) -> None:
        flaky = structs.replace(greeted_on(OLD), plays=("pass", "variation", "pass"), flaky=("1 of 3 plays: variation: so",))
        made = run_of([flaky, greeted_on(NEW), greeted_on(OTHER)], PLANS[:1])
        found = material_of(made, outcome=gate(made, ("flaky",)))
        root = tree_of(found)
        assert (found.summary.exit_code, root.attrib["failures"], root.attrib["errors"]) == (1, "1", "0")
        (case,) = root.findall("testsuite[@name='gate']/testcase")
        failure = case.find("failure")
        assert (case.attrib, failure is not None and (failure.attrib, failure.text)) == (
            {"name": "flaky", "classname": "gate", "time": "0.000"},
            ({"type": "flaky", "message": "1 cell: came to several things"}, "1 flaky in 3 cells"),
        )
        assert b'name="gate"' not in junit(material_of(made))

    def test_so_does_what_was_not_to_be_unsupported(self) -> None:
        made = run_of([greeted_on(OLD), greeted_on(NEW), self.unsupported(OTHER)], PLANS[:1])
        root = tree_of(material_of(made, outcome=gate(made, ("unsupported",))))
        failure = root.find("testsuite[@name='gate']/testcase[@name='unsupported']/failure")
        assert failure is not None
        assert failure.attrib == {"type": "unsupported", "message": "1 cell: not played, a need is not met"}

    def test_a_run_in_which_nothing_was_played_has_an_error(self) -> None:
        found = material_of(run_of([self.unsupported(each) for each in (OLD, NEW, OTHER)], PLANS[:1]))
        root = tree_of(found)
        assert (found.summary.exit_code, root.attrib["failures"], root.attrib["errors"]) == (3, "0", "1")
        error = root.find("testsuite[@name='gate']/testcase[@name='nothing']/error")
        assert error is not None
        assert (error.attrib, error.text) == (
            {"type": "nothing", "message": "nothing was played: all 3 cells are unsupported"},
            "no scenario could be played, so that nothing is known of the targets",
        )

    def unsupported(self, target: str) -> Result:
        return troubled("tcp/greeting", GREETING, target, Trouble("unsupported", "needs unix, which is not usable here"))

    def test_without_known_failures_the_file_is_as_it_was(self) -> None:
        assert b'name="known"' not in junit(material())


class TestOthers:
    def test_annotations_mark_what_is_stale_at_its_line_and_what_is_known_as_a_notice(self) -> None:
        lines = annotations(material(USED, STALE, SKIPPED)).decode().splitlines()
        assert lines[0] == (
            "::error file=sockmatrix.toml,line=8,title=known%2C but stale%3A tcp/greeting::"
            "0 of 1 cell depart; passes on cpython-2.7.18; narrow its condition, or remove it"
        )
        assert lines[-2] == ("::notice title=known%3A tcp/greeting::1 of 1 cell departs%0Abecause told upstream (https://example.org/1)")
        assert not [line for line in lines if line.startswith("::error file=scenarios/tcp")]

    def test_a_run_that_fails_without_a_mark_ends_with_an_error(self) -> None:
        flaky = structs.replace(greeted_on(OLD), plays=("pass", "variation", "pass"), flaky=("1 of 3 plays: variation: so",))
        made = run_of([flaky, greeted_on(NEW), greeted_on(OTHER)], PLANS[:1])
        last = annotations(material_of(made, outcome=gate(made, ("flaky",)))).decode().splitlines()[-1]
        assert last == (
            "::error title=Sockmatrix::1 flaky in 3 cells (exit 1: conformance failures, stale excuses or unreviewed differences); "
            "1 scenario on 3 targets"
        )

    def test_code_quality_has_what_is_stale_and_not_what_is_known(self) -> None:
        (only,) = findings(material(USED, STALE, SKIPPED))
        assert (only.check_name, only.location.path, only.location.lines.begin) == ("sockmatrix/known-stale", "sockmatrix.toml", 8)

    def test_markdown_tells_what_is_to_be_looked_at_before_what_is_known(self) -> None:
        text = summary_page(material(USED, STALE, SKIPPED)).decode()
        assert "### Not as expected" not in text
        assert text.index("### Known failures to be looked at") < text.index("<summary>Known failures (2)</summary>")
        assert '- **xfail** `tcp/greeting` where `implementation == "pypy"` · `sockmatrix.toml:1`<br>\n  1 of 1 cell departs<br>\n' in text

    def test_a_badge_says_how_many_are_known(self) -> None:
        root = ElementTree.fromstring(badge(material(USED, SKIPPED)))
        assert root.attrib["aria-label"] == "sockmatrix: 4 as expected, 1 known to fail on 3 targets"

    def test_words_of_an_entry(self) -> None:
        said = [use_words(use) for use in gate(run(USED, STALE, SKIPPED, UNUSED)).gate.known]
        assert said == [
            "1 of 1 cell departs",
            "0 of 1 cell depart; passes on cpython-2.7.18; narrow its condition, or remove it",
            "1 cell not played",
            "no scenario of the run is meant",
        ]
