"""Under pytest-xdist workers play, and their results come together in one run."""

import re
import shlex
import sys
from collections import Counter, defaultdict

import pytest

from harness.gates.gate import gate
from harness.plugin.parallel import without_group
from harness.runs.folder import read
from tests.plugin.projects import ALL, BROKEN, GOOD, HERE, WRONG, ended, run_of, target, verdicts, write

pytestmark = pytest.mark.end_to_end

pytest_plugins = ["pytester"]

HERE_ID = target()
TWO = [*HERE, "--sockmatrix-target", "cmd:/does/not/exist"]

DIES = """
import os

def pytest_runtest_setup(item):
    if hasattr(item.config, "workerinput") and item.name.startswith("wrong"):
        os._exit(1)
"""
ONE_WORKER_ONLY = """
import os, sys

if os.environ.get("PYTEST_XDIST_WORKER") != "gw0":
    sys.exit("this worker has no such target")
exec(sys.argv[-1])
"""
COUNTS = """
import os

def pytest_sessionfinish(session):
    stage = getattr(session.config.pluginmanager.get_plugin("sockmatrix-session"), "_stage", None)
    if stage is not None:
        with open(os.path.join(str(session.config.rootpath), "stages.txt"), "a") as file:
            file.write(getattr(session.config, "workerinput", {}).get("workerid", "none") + "\\n")
"""


def workers(result: pytest.RunResult) -> dict[str, set[str]]:
    """Which workers played on each target, with -v."""
    found = defaultdict(set)
    for line in result.outlines:
        match = re.match(r"\[(gw\d+)\] \[.*?\] \w+ \S+\[([^\[\]]+)\](@\S+)? *$", line)
        if match:
            found[match[2]].add(match[1])
    return dict(found)


def test_the_results_of_all_workers_are_one_run(pytester: pytest.Pytester) -> None:
    write(pytester.path)
    pytester.makeconftest(COUNTS)
    one = ended(pytester, *HERE, "--sockmatrix-run", "one")
    two = ended(pytester, *HERE, "--sockmatrix-run", "two", "-n2")
    assert one.parseoutcomes() == two.parseoutcomes() == {"failed": 1, "passed": 4, "skipped": 1}
    assert run_of(pytester, "two").complete
    assert verdicts(run_of(pytester, "two")) == verdicts(run_of(pytester, "one"))
    assert run_of(pytester, "two").header.targets == run_of(pytester, "one").header.targets
    assert run_of(pytester, "two").header.options["workers"] == 2
    stages = (pytester.path / "stages.txt").read_text("utf-8").split()
    assert sorted(stages) == ["gw0", "gw1", "none"]  # each worker once, and the controller never


def test_loadgroup_gives_every_target_to_one_worker(pytester: pytest.Pytester) -> None:
    write(pytester.path, {f"mine/{name}": GOOD for name in "abcdef"})
    result = ended(pytester, *TWO, "-n2", "--dist", "loadgroup", "-v", "--sockmatrix-run", "run", quiet=False)
    assert {target: len(which) for target, which in workers(result).items()} == {HERE_ID: 1, "cmd:/does/not/exist": 1}
    run = run_of(pytester)
    assert run.complete
    assert len(run.results) == 12


def test_a_worker_that_crashes_leaves_a_run_that_says_so(pytester: pytest.Pytester) -> None:
    write(pytester.path)
    pytester.makeconftest(DIES)
    result = ended(pytester, *HERE, "-n2", "--sockmatrix-run", "run")
    assert result.parseoutcomes()["failed"] == 1
    assert "1 of them without a result: the run is marked as interrupted" in result.outlines
    run = read(pytester.path / "run")
    assert not run.complete
    assert run.missing == (("mine/wrong", HERE_ID),)


def test_a_worker_that_cannot_start_a_target_has_errors_and_takes_no_facts_away(pytester: pytest.Pytester) -> None:
    write(pytester.path, {f"mine/{name}": GOOD for name in "abcdef"})
    file = pytester.path / "one_worker_only.py"
    file.write_text(ONE_WORKER_ONLY, "utf-8")
    name = f"cmd:{shlex.join([sys.executable, '-u', str(file)])} {{}}"
    result = ended(pytester, "--sockmatrix-target", name, "-n2", "--sockmatrix-run", "run")
    found = result.parseoutcomes()
    assert (set(found), sum(found.values())) == ({"passed", "errors"}, 6)
    run = run_of(pytester)
    [target] = run.header.targets
    assert (run.complete, target.facts is not None, target.trouble) == (True, True, "")
    assert Counter(each.verdict for each in run.results.values()) == {"pass": found["passed"], "error": found["errors"]}
    assert gate(run).gate.exit_code == 3


def test_a_broken_scenario_is_told_once_and_the_run_does_not_look_whole(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/good": GOOD, "mine/broken": BROKEN})
    result = ended(pytester, *HERE, "-n2", "--sockmatrix-run", "run")
    assert result.ret != 0
    told = "scenarios/mine/broken.yaml:6:5: unknown key 'retuns'; did you mean 'returns'?"
    assert result.outlines.count(told) == 1
    assert not (pytester.path / "run" / "run.json").exists() or not run_of(pytester).complete


def test_a_failure_is_told_as_without_workers(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/wrong": WRONG})
    result = ended(pytester, *HERE, "-n1", "--sockmatrix-no-run")
    result.stdout.fnmatch_lines(
        ["scenarios/mine/wrong.yaml:6: fail: len(b'two'): expected 2, observed 3", "E   expected  2", "E   observed  3"]
    )


def test_every_worker_has_the_same_items_in_the_same_order(pytester: pytest.Pytester) -> None:
    write(pytester.path, ALL)
    pytester.makepyfile(test_own="def test_own(sockmatrix_target):\n    assert sockmatrix_target.facts.python\n")
    result = ended(pytester, *HERE, "-n3", "--sockmatrix-no-run")
    result.assert_outcomes(passed=5, failed=1, skipped=1)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.yaml::good[cpython-3.8.18]", "a.yaml::good[cpython-3.8.18]"),
        ("a.yaml::good[cpython-3.8.18]@cpython-3.8.18", "a.yaml::good[cpython-3.8.18]"),
        ("a.yaml::good[docker:image@/usr/bin/python]", "a.yaml::good[docker:image@/usr/bin/python]"),
        ("a.yaml::good[docker:image@/usr/bin/python]@docker:image~/usr/bin/python", "a.yaml::good[docker:image@/usr/bin/python]"),
    ],
)
def test_groups_are_told_from_names(name: str, plain: str) -> None:
    assert without_group(name) == plain
