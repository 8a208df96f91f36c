"""A session that was asked for scenarios and has none is not green."""

import pytest

from harness.plugin.nothing import Collected, trouble
from tests.plugin.projects import GOOD, HERE, ended, write

pytestmark = pytest.mark.end_to_end

pytest_plugins = ["pytester"]

PLAIN = "def test_plain():\n    pass\n"
NO_MATCH = (
    "--sockmatrix-select 'zzz' or 'area:x' matches none of the 6 scenarios that were found; 'sockmatrix list' shows ids, areas and tags"
)
NOT_FOUND = "--sockmatrix-target given, and no scenario found in tests; name a folder or a file of scenarios, or add --sockmatrix-library"


def refused(result: pytest.RunResult) -> list[str]:
    """What a session that has not begun says."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    return [line for line in result.errlines if line]


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """With tests of its own, and scenarios beside them."""
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests" / "test_plain.py").write_text(PLAIN, "utf-8")
    write(pytester.path)
    return pytester


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_words_that_match_nothing(project: pytest.Pytester, workers: str) -> None:
    words = ["--sockmatrix-select", "zzz", "--sockmatrix-select", "area:x"]
    result = ended(project, *HERE, *words, workers, "--sockmatrix-run", "run")
    assert refused(result) == [f"ERROR: sockmatrix: {NO_MATCH}"]
    assert not (project.path / "run").exists()


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_session_that_never_comes_to_a_scenario(project: pytest.Pytester, workers: str) -> None:
    project.makeini("[pytest]\ntestpaths = tests\n")
    assert refused(ended(project, *HERE, workers)) == [f"ERROR: sockmatrix: {NOT_FOUND}"]


def test_a_folder_of_the_setting_that_is_not_there(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nsockmatrix_scenarios = conformnce scenarios\n")
    assert refused(ended(project)) == ["ERROR: sockmatrix: sockmatrix_scenarios: there is no folder or file 'conformnce'"]


def test_what_is_deselected_was_collected(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_plain="def test_plain():\n    assert 0\n")
    write(pytester.path, {"mine/good": GOOD})
    ended(pytester, *HERE, "-k", "test_plain").assert_outcomes(failed=1, deselected=1)
    ended(pytester, *HERE, "--lf").assert_outcomes(failed=1)


def test_options_may_be_about_the_fixtures(project: pytest.Pytester) -> None:
    (project.path / "tests" / "test_own.py").write_text("def test_own(sockmatrix_play):\n    pass\n", "utf-8")
    ended(project, *HERE, "tests", "-n1").assert_outcomes(passed=2)


def said(pytester: pytest.Pytester, *arguments: str, found: Collected = Collected()) -> str:  # noqa: B008 - frozen
    """What is wrong with a session that was asked for with these arguments."""
    config = pytester.parseconfig(*arguments)
    return trouble(config, found, config.getini("sockmatrix_scenarios"))


class TestTrouble:
    def test_options_of_the_settings_do_not_ask_where_files_are_typed(self, project: pytest.Pytester) -> None:
        project.makeini("[pytest]\naddopts = --sockmatrix-target current --sockmatrix-select zzz\ntestpaths = tests\n")
        assert said(project, "tests") == ""
        assert said(project) == NOT_FOUND
        assert said(project, *HERE, "tests") == NOT_FOUND

    def test_all_that_was_asked_for_is_named(self, project: pytest.Pytester) -> None:
        asked = said(project, *HERE, "--sockmatrix-run=run", "--sockmatrix-select", "zzz", "tests")
        assert asked == NOT_FOUND.replace(" given", " and --sockmatrix-run and --sockmatrix-select given")

    def test_words_alone_choose_from_nothing(self, project: pytest.Pytester) -> None:
        assert said(project, "--sockmatrix-select", "zzz", "tests") == NOT_FOUND.replace("-target", "-select")

    def test_the_setting_says_where_they_are(self, project: pytest.Pytester) -> None:
        project.makeini("[pytest]\nsockmatrix_scenarios = scenarios\n")
        where = "they are in scenarios (sockmatrix_scenarios): name that, or let testpaths name it"
        assert said(project, *HERE, "tests") == f"{NOT_FOUND.partition(';')[0]}; {where}"
        assert said(project, "tests") == ""

    def test_one_scenario(self, project: pytest.Pytester) -> None:
        expected = "--sockmatrix-select 'zzz' does not match the only scenario that was found; 'sockmatrix list' shows ids, areas and tags"
        assert said(project, "--sockmatrix-select", "zzz", found=Collected(offered=1)) == expected

    @pytest.mark.parametrize("found", [Collected(1, 1), Collected(failed=True), Collected(used=True)])
    def test_there_is_none(self, project: pytest.Pytester, found: Collected) -> None:
        assert said(project, *HERE, "tests", found=found) == ""
