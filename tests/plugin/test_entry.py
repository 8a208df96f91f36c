"""A project without scenarios notices nothing of the plugin, whatever its YAML files and its settings are."""

import pytest

from tests.plugin.projects import GOOD, HERE, ended, write

pytest_plugins = ["pytester"]

PLAIN = """
import sys

def test_plain():
    assert [name for name in sys.modules if name.startswith("harness.plugin.")] == ["harness.plugin.entry"]
    assert not any(name.partition(".")[0] in ("msgspec", "yaml", "click", "rich") for name in sys.modules)
"""
STRICT = """
[pytest]
addopts = --strict-markers --strict-config --import-mode=importlib
filterwarnings = error
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Somebody's project: tests, and the YAML files that projects have."""
    pytester.makepyfile(test_plain=PLAIN)
    pytester.makeini(STRICT)
    for name, text in {
        "docker-compose.yaml": "services:\n  web: {image: nginx}\n",
        ".github/workflows/ci.yaml": "on: push\njobs: {test: {steps: [{run: pytest}]}}\n",
        "tests/data/broken.yaml": "{ this is [ no YAML\n",
        "scenarios/chaos.yaml": "title: kill a node\nsteps: []\n",
    }.items():
        (pytester.path / name).parent.mkdir(parents=True, exist_ok=True)
        (pytester.path / name).write_text(text, "utf-8")
    return pytester


def test_it_is_silent_where_nobody_asks_for_it(project: pytest.Pytester) -> None:
    result = ended(project)
    result.assert_outcomes(passed=1)
    assert result.errlines == []
    assert not any("sockmatrix" in line for line in result.outlines)
    assert not (project.path / "sockmatrix-runs").exists()


def test_it_can_be_left_out(project: pytest.Pytester) -> None:
    project.makepyfile(test_plain="def test_plain():\n    pass\n")
    ended(project, "-p", "no:sockmatrix").assert_outcomes(passed=1)


def test_a_file_of_another_tool_stays_unknown_when_it_is_named(project: pytest.Pytester) -> None:
    result = ended(project, "docker-compose.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert any(line.startswith(("ERROR: not found:", "ERROR: found no collectors for")) for line in result.errlines)


def test_strict_settings_are_no_trouble_with_scenarios_either(project: pytest.Pytester) -> None:
    project.makepyfile(test_plain="def test_plain():\n    pass\n")
    (project.path / "scenarios" / "chaos.yaml").unlink()
    write(project.path, {"mine/good": GOOD})
    result = ended(project, *HERE, "-p", "no:terminalreporter", "-p", "no:cacheprovider", "-p", "no:junitxml", "-p", "no:skipping")
    assert result.ret == 0
    result = ended(project, *HERE, "-p", "no:xdist")
    result.assert_outcomes(passed=2)
    assert result.errlines == []


def test_options_are_documented(pytester: pytest.Pytester) -> None:
    result = ended(pytester, "--help")
    assert "scenarios of the socket API (sockmatrix):" in result.outlines
    names = [line.split()[0] for line in result.outlines if line.startswith("  --sockmatrix")]
    assert [name.partition("=")[0] for name in names] == [
        "--sockmatrix-target", "--sockmatrix-library", "--sockmatrix-select",
        "--sockmatrix-run", "--sockmatrix-no-run", "--sockmatrix-jobs",
    ]  # fmt: skip
    assert any(line.startswith("  sockmatrix_scenarios (paths):") for line in result.outlines)


def test_an_unknown_target_is_one_line_and_usage(pytester: pytest.Pytester) -> None:
    result = ended(pytester, "--sockmatrix-target", "pythn3.8")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == ["ERROR: sockmatrix: unknown target 'pythn3.8'; did you mean 'python3.8'?"]


@pytest.mark.parametrize("jobs", ["0", "65", "many"])
def test_jobs_are_those_of_the_command_line(pytester: pytest.Pytester, jobs: str) -> None:
    with pytest.raises(pytest.UsageError, match=f"argument --sockmatrix-jobs: '{jobs}' is not a number from 1 to 64"):
        pytester.parseconfig("--sockmatrix-jobs", jobs)


def test_a_folder_of_something_else_takes_no_run(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/good": GOOD})
    result = ended(pytester, *HERE, "--sockmatrix-run", "scenarios")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        "ERROR: scenarios: it is no run and not empty (mine); name another folder with --sockmatrix-run"
    ]


def test_a_run_is_never_written_over(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/good": GOOD})
    assert ended(pytester, *HERE, "--sockmatrix-run", "run").ret == 0
    result = ended(pytester, *HERE, "--sockmatrix-run", "run")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        "ERROR: run: there is a run in it already; name another folder with --sockmatrix-run"
    ]
