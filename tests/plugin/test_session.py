"""Scenarios as tests: what pytest says of each, and that its own options mean what they always mean."""

import re
from xml.etree import ElementTree

import pytest

from harness.reports.summary import interrupted_words
from harness.runs.folder import ResumeError, RunWriter
from tests.plugin.projects import (
    ALL,
    BROKEN,
    CASES,
    FLAKY,
    GOOD,
    HEAD,
    HERE,
    UNMET,
    VARIES,
    WRONG,
    ended,
    lastfailed,
    run_of,
    target,
    verdicts,
    write,
    wrong_at_first,
)

pytestmark = pytest.mark.end_to_end

pytest_plugins = ["pytester"]

HERE_ID = target()
FAILURE = f"""\
scenarios/mine/wrong.yaml:6: fail: len(b'two'): expected 2, observed 3
       3 | see: [posix:socket]
       4 | steps:
       5 |   - server: len(b'one')
>      6 |   - client: len(b'two')
               ^
       7 |     returns: 2
E   It is wrong
E   step 2    client: len(b'two')
E   expected  2
E   observed  3
E   fail: not as expected
reason    len(b'two'): expected 2, observed 3
on        {HERE_ID}
again     sockmatrix run scenarios/mine/wrong.yaml -k id:mine/wrong -t {HERE_ID}
closer    sockmatrix show mine/wrong -t {HERE_ID} --run run
alone     sockmatrix reproduce mine/wrong -t {HERE_ID} --run run
"""


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """What pytest said of each item, with -v."""
    found = (re.match(r"(\S+::\S+) (.+?)\s+\[", line) for line in result.outlines)
    return {match[1]: match[2].partition(" (needs")[0] for match in found if match}


def test_every_verdict_has_its_word(pytester: pytest.Pytester) -> None:
    write(pytester.path)
    result = ended(pytester, *HERE, "-v", "-rsf", "--sockmatrix-run", "run", quiet=False)
    assert outcomes(result) == {
        f"scenarios/mine/cases.yaml::cases[one][{HERE_ID}]": "PASSED",
        f"scenarios/mine/cases.yaml::cases[two][{HERE_ID}]": "PASSED",
        f"scenarios/mine/good.yaml::good[{HERE_ID}]": "PASSED",
        f"scenarios/mine/unmet.yaml::unmet[{HERE_ID}]": "SKIPPED",
        f"scenarios/mine/varies.yaml::varies[{HERE_ID}]": "PASSED (variation)",
        f"scenarios/mine/wrong.yaml::wrong[{HERE_ID}]": "FAILED",
    }
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "\n".join(result.outlines).find(FAILURE) > 0
    assert any(line.startswith("SKIPPED [1] scenarios/mine/unmet.yaml:4: needs socket.fromshare") for line in result.outlines)
    result.stdout.fnmatch_lines(
        [
            "-*- sockmatrix -*-",
            "6 cells: 3 pass, 1 variation, 1 fail, 1 unsupported",
            "run   run",
            "next  sockmatrix summary run",
            f"FAILED scenarios/mine/wrong.yaml::wrong[[]{HERE_ID}[]] - fail: *",
        ]
    )
    run = run_of(pytester)
    assert run.complete
    assert verdicts(run) == {
        "mine/cases[one]": "pass", "mine/cases[two]": "pass", "mine/good": "pass", "mine/unmet": "unsupported",
        "mine/varies": "variation", "mine/wrong": "fail",
    }  # fmt: skip
    assert run.header.targets[0].facts is not None
    assert run.header.options["paths"] == ["scenarios"]


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("no", ""),
        ("line", "scenarios/mine/wrong.yaml:6: fail: len(b'two'): expected 2, observed 3\n"),
        ("short", FAILURE.partition("       3")[0] + FAILURE[FAILURE.index("E   It is") : FAILURE.index("reason")]),
        ("native", FAILURE.partition("closer")[0]),
    ],
)
def test_tb_is_respected(pytester: pytest.Pytester, style: str, said: str) -> None:
    write(pytester.path, {"mine/wrong": WRONG})
    text = "\n".join(ended(pytester, *HERE, f"--tb={style}", "--sockmatrix-no-run").outlines) + "\n"
    assert said in text
    assert ("len(b'two'): expected" in text.partition("short test summary")[0]) == bool(said)
    assert "harness" not in text
    assert not (pytester.path / "sockmatrix-runs").exists()


def test_a_variation_says_why_it_is_one(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/varies": VARIES})
    result = ended(pytester, *HERE, "-rP", "--junitxml=junit.xml")
    reason = "len(b'two'): it is three (where python >= 2.7)"
    result.stdout.fnmatch_lines([f"variation, departs as documented: {reason} (see posix:socket)"])
    case = ElementTree.parse(pytester.path / "junit.xml").getroot()[0][0]
    assert (case.get("classname"), case.get("name")) == ("scenarios.mine.varies.yaml", f"varies[{HERE_ID}]")
    assert {each.get("name"): each.get("value") for each in case.iter("property")} == {
        "sockmatrix_verdict": "variation",
        "sockmatrix_reason": reason,
    }


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["alone", "worker"])
def test_what_passes_at_the_second_play_only_is_not_told_as_if_it_had_passed(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    write(pytester.path, {"mine/flaky": FLAKY})
    target = ["--sockmatrix-target", wrong_at_first(pytester.path)]
    result = ended(pytester, *target, *workers, "-v", "-rP", "--junitxml=junit.xml", "--sockmatrix-run", "run", quiet=False)
    result.assert_outcomes(passed=1)
    assert "PASSED (flaky)" in result.stdout.str()
    other = "fail: socket.htons(666): expected 666, observed 0"
    assert f"flaky, another play: {other}" in result.outlines
    result.stdout.fnmatch_lines(["1 cell: 1 pass", "1 of them flaky: other plays came to something else", "run   run"])
    case = ElementTree.parse(pytester.path / "junit.xml").getroot()[0][0]
    assert {each.get("name"): each.get("value") for each in case.iter("property")} == {"sockmatrix_flaky": other}
    [kept] = run_of(pytester).results.values()
    assert (kept.verdict, kept.plays) == ("pass", ("fail", "pass"))


def test_a_failure_that_is_flaky_says_so(pytester: pytest.Pytester) -> None:
    text = HEAD.format(title="It never says the same") + "steps:\n  - client: os.getpid() + 0\n    returns: -1\n"
    write(pytester.path, {"mine/flaky": text})
    result = ended(pytester, *HERE, "--junitxml=junit.xml", "--sockmatrix-run", "run")
    result.assert_outcomes(failed=1)
    other = "fail, but step 1 came to something else"
    result.stdout.fnmatch_lines(
        [f"flaky     another play: {other}", "1 cell: 1 fail", "1 of them flaky: other plays came to something else"]
    )
    case = ElementTree.parse(pytester.path / "junit.xml").getroot()[0][0]
    assert ("sockmatrix_flaky", other) in {(each.get("name"), each.get("value")) for each in case.iter("property")}


def test_a_failure_in_a_junit_file_names_the_place(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/wrong": WRONG, "mine/unmet": UNMET})
    ended(pytester, *HERE, "--junitxml=junit.xml", "--sockmatrix-run", "run")
    suite = ElementTree.parse(pytester.path / "junit.xml").getroot()[0]
    failure, skipped = next(suite.iter("failure")), next(suite.iter("skipped"))
    assert failure.get("message") == "fail: len(b'two'): expected 2, observed 3"
    assert failure.text is not None
    assert failure.text.strip() == FAILURE.strip()
    assert str(skipped.get("message")).startswith("needs socket.fromshare")


def test_a_broken_scenario_is_an_error_of_the_collection(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/good": GOOD, "mine/broken": BROKEN})
    result = ended(pytester, *HERE)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "_* ERROR collecting scenarios/mine/broken.yaml _*",
            "scenarios/mine/broken.yaml:6:5: unknown key 'retuns'; did you mean 'returns'?",
            "ERROR scenarios/mine/broken.yaml",
        ]
    )
    assert not (pytester.path / "sockmatrix-runs").exists()


def test_a_run_beside_a_broken_scenario_does_not_look_whole(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/good": GOOD, "mine/broken": BROKEN})
    result = ended(pytester, *HERE, "--continue-on-collection-errors", "--sockmatrix-run", "run")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "a scenario file with mistakes could not be played: the run is without it, and so is red" in result.outlines
    run = run_of(pytester)
    assert not run.complete
    assert interrupted_words(run) == (
        f"the run in {run.folder} is without scenarios/mine/broken.yaml: mistakes in scenario files; 1 of 1 cells have a result;"
        " mend the files and play all in a new run"
    )
    with pytest.raises(ResumeError) as refused:
        RunWriter.resume(run.folder, run.header.scenarios, [HERE_ID], run.header.protocol)
    assert refused.value.problem == "the run is without scenarios/mine/broken.yaml, where there were mistakes"


def test_a_target_that_cannot_be_started_is_an_error_and_no_failure(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/good": GOOD})
    result = ended(pytester, "--sockmatrix-target", "cmd:/does/not/exist", "--sockmatrix-run", "run")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*error: the target could not be started: /does/not/exist: No such file or directory",
            "E   error: the harness or its environment failed: this says nothing of the target",
            "1 cell: 1 error",
        ]
    )
    assert verdicts(run_of(pytester)) == {"mine/good": "error"}


class TestChoosing:
    def test_k_and_m_choose_and_the_run_says_what_was_not_planned(self, pytester: pytest.Pytester) -> None:
        write(pytester.path)
        two = [*HERE, "--sockmatrix-target", "cmd:/does/not/exist"]
        result = ended(pytester, *two, "-k", f"good or (cases and {HERE_ID})", "-m", "mine", "--sockmatrix-run", "run")
        result.assert_outcomes(passed=3, errors=1, deselected=8)
        run = run_of(pytester)
        assert run.complete
        assert run.header.cells == 4
        assert run.header.unplanned == {"cmd:/does/not/exist": ("mine/cases[one]", "mine/cases[two]")}
        assert ended(pytester, *HERE, "-m", "quick and needs_ipv4", "--co").outlines[0] == f"scenarios/mine/good.yaml::good[{HERE_ID}]"
        assert ended(pytester, *HERE, "-m", "has_socket_fromshare", "--co").outlines[0] == f"scenarios/mine/unmet.yaml::unmet[{HERE_ID}]"

    def test_a_scenario_can_be_named_as_any_test(self, pytester: pytest.Pytester) -> None:
        write(pytester.path)
        ended(pytester, *HERE, f"scenarios/mine/cases.yaml::cases[two][{HERE_ID}]").assert_outcomes(passed=1)
        ended(pytester, *HERE, "scenarios/mine/cases.yaml::cases").assert_outcomes(passed=2)
        ended(pytester, *HERE, "scenarios/mine").assert_outcomes(passed=4, failed=1, skipped=1)

    def test_words_of_ours_choose_before_anything_is_collected(self, pytester: pytest.Pytester) -> None:
        write(pytester.path)
        result = ended(pytester, *HERE, "--sockmatrix-select", "tag:quick", "--sockmatrix-select", "mine/cases !two", "--co")
        assert [line for line in result.outlines if "::" in line] == [
            f"scenarios/mine/cases.yaml::cases[one][{HERE_ID}]",
            f"scenarios/mine/good.yaml::good[{HERE_ID}]",
        ]

    def test_the_setting_names_folders_for_every_session(self, pytester: pytest.Pytester) -> None:
        pytester.makeini("[pytest]\nsockmatrix_scenarios = conformance\n")
        pytester.makefile(".toml", sockmatrix='targets = ["current"]\n')
        write(pytester.path, {"tcp/good": GOOD}, root="conformance")
        write(pytester.path, {"tcp/good": GOOD}, root="scenarios")
        result = ended(pytester, "-v", quiet=False)
        assert outcomes(result) == {f"conformance/tcp/good.yaml::good[{HERE_ID}]": "PASSED"}

    def test_lf_runs_what_failed(self, pytester: pytest.Pytester) -> None:
        write(pytester.path)
        ended(pytester, *HERE)
        assert lastfailed(pytester) == [f"scenarios/mine/wrong.yaml::wrong[{HERE_ID}]"]
        result = ended(pytester, *HERE, "--lf", "-v", quiet=False)
        result.assert_outcomes(failed=1)
        assert list(outcomes(result)) == [f"scenarios/mine/wrong.yaml::wrong[{HERE_ID}]"]

    def test_the_library_is_collected_as_from_a_checkout(self, pytester: pytest.Pytester) -> None:
        library = [
            *HERE,
            "--sockmatrix-library",
            "--sockmatrix-select",
            "id:arguments/*",
            "--sockmatrix-select",
            "tcp/greets_three_clients",
        ]
        result = ended(pytester, *library, "-k", "greets_three", "-v", "--sockmatrix-run", "run", quiet=False)
        assert outcomes(result) == {f"scenarios/tcp/greets_three_clients.yaml::greets_three_clients[{HERE_ID}]": "PASSED"}
        assert run_of(pytester).header.options["paths"] == []


def test_x_ends_the_session_and_the_run_is_seen_to_be_interrupted(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/a": WRONG, "mine/b": GOOD, "mine/c": GOOD})
    result = ended(pytester, *HERE, "-x", "--sockmatrix-run", "run")
    result.assert_outcomes(failed=1)
    assert "2 of them without a result: the run is marked as interrupted" in result.outlines
    run = run_of(pytester)
    assert not run.complete
    assert run.missing == (("mine/b", HERE_ID), ("mine/c", HERE_ID))


INTERRUPTS = """
import os, signal, threading

def pytest_runtest_setup(item):
    if item.name.startswith("waits"):
        threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
"""


def test_an_interruption_ends_what_is_under_way_and_keeps_what_there_is(pytester: pytest.Pytester) -> None:
    waits = HEAD.format(title="It waits") + "limit: 100\nsteps:\n  - client: a, b = socket.socketpair()\n  - client: a.recv(1)\n"
    write(pytester.path, {"mine/good": GOOD, "mine/waits": waits, "mine/wrong": WRONG})
    pytester.makeconftest(INTERRUPTS)
    result = ended(pytester, *HERE, "--sockmatrix-run", "run")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert result.duration < 50
    run = run_of(pytester)
    assert (run.complete, list(run.results)) == (False, [("mine/good", HERE_ID)])


def test_a_folder_that_cannot_be_written_to_ends_the_session(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/good": GOOD})
    (pytester.path / "file").write_text("", "utf-8")
    result = ended(pytester, *HERE, "--sockmatrix-run", "file/run")
    assert result.ret == 3
    told = "file/run: cannot be written to: Not a directory; choose another folder with --sockmatrix-run, or none with --sockmatrix-no-run"
    result.stdout.fnmatch_lines([f"!*sockmatrix: *{told} !"])


def test_texts_of_scenarios_are_harmless(pytester: pytest.Pytester) -> None:
    mean = HEAD.format(title='"a \\e[31m title"') + "steps:\n  - client: \"len(b'\\e[31m')\"\n    returns: 9\n"
    write(pytester.path, {"mine/mean": mean})
    result = ended(pytester, *HERE, "--color=no", "--junitxml=junit.xml")
    assert "\x1b" not in result.stdout.str()
    result.stdout.fnmatch_lines(["E   a \\x1b[[]31m title", "E   step 1    client: len(b'\\x1b[[]31m')"])
    ElementTree.parse(pytester.path / "junit.xml")


def test_nothing_is_played_or_kept_when_only_collecting(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/cases": CASES})
    result = ended(pytester, *HERE, "--collect-only", quiet=False)
    assert [line for line in result.outlines if "<Scenario" in line] == [
        "      <ScenarioFile cases.yaml>",
        f"        <ScenarioItem cases[one][{HERE_ID}]>",
        f"        <ScenarioItem cases[two][{HERE_ID}]>",
    ]
    assert not (pytester.path / "sockmatrix-runs").exists()


def test_a_test_that_is_run_again_is_played_again_and_the_run_keeps_the_first_result(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol
        def pytest_runtest_protocol(item, nextitem):
            for _ in range(2):
                for report in runtestprotocol(item, nextitem=nextitem, log=False):
                    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
                    item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    write(pytester.path, {"mine/good": GOOD})
    result = ended(pytester, *HERE, "--sockmatrix-run", "run")
    result.assert_outcomes(passed=2)
    assert "1 played again by another plugin: the run has what came first" in result.outlines
    assert verdicts(run_of(pytester)) == {"mine/good": "pass"}


KNOWN = """
[[known]]
scenario = "mine/{scenario}"
when = 'python >= 2.7'
kind = "{kind}"
reason = "it is known"
see = "https://example.org/1"
"""


class TestKnown:
    def known(self, pytester: pytest.Pytester, scenario: str, kind: str, more: str = "") -> pytest.RunResult:
        write(pytester.path, {f"mine/{scenario}": ALL[f"mine/{scenario}"]})
        pytester.makefile(".toml", sockmatrix=KNOWN.format(scenario=scenario, kind=kind) + more)
        return ended(pytester, *HERE, "-rxXfs", "--tb=short", "--sockmatrix-run", "run")

    def test_a_known_failure_is_xfail_and_stays_a_fail_in_the_run(self, pytester: pytest.Pytester) -> None:
        result = self.known(pytester, "wrong", "xfail")
        result.assert_outcomes(xfailed=1)
        assert result.ret == 0
        said = f"XFAIL scenarios/mine/wrong.yaml::wrong[{HERE_ID}] - fail, known: it is known (https://example.org/1)"
        assert said in result.outlines
        assert verdicts(run_of(pytester)) == {"mine/wrong": "fail"}
        assert [entry.scenario for entry in run_of(pytester).header.known] == ["mine/wrong"]

    def test_a_known_failure_that_passes_fails(self, pytester: pytest.Pytester) -> None:
        result = self.known(pytester, "good", "xfail")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            ["[[]XPASS(strict)[]] pass, and sockmatrix.toml:1 says that it fails: remove the entry or narrow its condition; it is known (*"]
        )

    def test_another_verdict_than_the_known_one_fails(self, pytester: pytest.Pytester) -> None:
        result = self.known(pytester, "wrong", "xfail", 'verdicts = ["crash"]\n')
        result.assert_outcomes(failed=1)

    def test_what_is_flaky_may_pass_and_may_fail(self, pytester: pytest.Pytester) -> None:
        self.known(pytester, "wrong", "flaky", "rate = 0.5\n").assert_outcomes(xfailed=1)

    def test_what_must_not_be_played_is_skipped_and_not_planned(self, pytester: pytest.Pytester) -> None:
        result = self.known(pytester, "wrong", "skip")
        result.assert_outcomes(skipped=1)
        said = "SKIPPED [1] scenarios/mine/wrong.yaml:1: not played, known: it is known (https://example.org/1)"
        assert said in result.outlines
        run = run_of(pytester)
        assert (run.complete, run.header.cells, run.header.excused) == (True, 0, {HERE_ID: {"mine/wrong": "it is known"}})

    def test_runxfail_means_what_it_always_means(self, pytester: pytest.Pytester) -> None:
        write(pytester.path, {"mine/wrong": WRONG})
        pytester.makefile(".toml", sockmatrix=KNOWN.format(scenario="wrong", kind="xfail"))
        ended(pytester, *HERE, "--runxfail").assert_outcomes(failed=1)

    def test_a_mistake_in_the_settings_is_one_line(self, pytester: pytest.Pytester) -> None:
        result = self.known(pytester, "wrong", "xpass")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert [line for line in result.errlines if line] == [
            "ERROR: sockmatrix: sockmatrix.toml:4: unknown kind 'xpass'; there are xfail, flaky and skip"
        ]
