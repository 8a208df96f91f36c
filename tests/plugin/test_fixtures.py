"""Targets and scenarios in people's own tests."""

import pytest

from tests.plugin.projects import BROKEN, HERE, UNMET, VARIES, WRONG, ended, target, write

pytestmark = pytest.mark.end_to_end

pytest_plugins = ["pytester"]

HERE_ID = target()


def test_a_test_is_made_for_every_target_and_knows_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_own="""
        import sys
        import pytest

        def test_facts(sockmatrix_target):
            assert sockmatrix_target.id.startswith("cpython-")
            assert sockmatrix_target.name == "current"
            assert sockmatrix_target.facts.implementation == "cpython"
            assert sockmatrix_target.command("-c", "1")[-2:] == ["-c", "1"]
            assert sockmatrix_target.python("print('it is ' + 'here')").stdout == "it is here\\n"

        @pytest.mark.parametrize("sockmatrix_target", ["current"], indirect=True)
        def test_named(sockmatrix_target):
            assert repr(sockmatrix_target).startswith("<Target cpython-")

        @pytest.mark.parametrize("sockmatrix_target", ["python9.9"], indirect=True)
        def test_unknown(sockmatrix_target):
            pass
        """
    )
    result = ended(pytester, *HERE, "-v", quiet=False)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            f"test_own.py::test_facts[[]{HERE_ID}[]] PASSED *",
            f"E *TargetTrouble: 'python9.9' is none of the targets of this session, which are {HERE_ID}; name it with --sockmatrix-target",
        ]
    )


def test_a_target_that_cannot_be_started_says_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_facts(sockmatrix_target):\n    sockmatrix_target.facts\n")
    result = ended(pytester, "--sockmatrix-target", "cmd:/does/not/exist")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *TargetTrouble: cmd:/does/not/exist could not be started: /does/not/exist: No such file or directory"])


def test_without_options_targets_are_those_of_the_settings(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", sockmatrix='targets = ["current"]\n')
    pytester.makepyfile(test_own="def test_it(sockmatrix_target):\n    assert sockmatrix_target.name == 'current'\n")
    ended(pytester).assert_outcomes(passed=1)


def test_settings_that_cannot_be_used_are_one_line(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", sockmatrix='targets = ["pythn3.8"]\n')
    pytester.makepyfile(test_own="def test_it(sockmatrix_target):\n    pass\n")
    result = ended(pytester)
    assert "sockmatrix: sockmatrix.toml: targets[0]: unknown target 'pythn3.8'; did you mean 'python3.8'?" in result.outlines
    assert not any("Traceback" in line or "harness/" in line for line in result.outlines)


def test_scenarios_are_played_on_the_target(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/wrong": WRONG, "mine/varies": VARIES, "mine/unmet": UNMET, "mine/broken": BROKEN})
    pytester.makepyfile(
        test_own="""
        import pytest

        def test_of_the_library(sockmatrix_play):
            played = sockmatrix_play("tcp/greets_three_clients").check()
            assert (played.verdict, played.reason, played.is_good) == ("pass", "", True)
            assert len(played.steps) == len(played.plan.steps)

        def test_of_ones_own(sockmatrix_target, sockmatrix_play):
            assert sockmatrix_play("mine/varies").check().verdict == "variation"
            played = sockmatrix_play("scenarios/mine/wrong.yaml")
            assert (played.verdict, played.is_good) == ("fail", False)
            assert played.result.target == sockmatrix_target.id

        def test_that_fails(sockmatrix_play):
            sockmatrix_play("mine/wrong").check()

        def test_that_is_skipped(sockmatrix_play):
            sockmatrix_play("mine/unmet").check()

        def test_of_nothing(sockmatrix_play):
            sockmatrix_play("mine/wring")

        def test_of_something_broken(sockmatrix_play):
            sockmatrix_play("mine/broken")
        """
    )
    result = ended(pytester, *HERE, "test_own.py", "-rfs")
    result.assert_outcomes(passed=2, failed=3, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*scenarios/mine/wrong.yaml:6: fail: len(b'two'): expected 2, observed 3",
            ">      6 |   - client: len(b'two')",
            "expected  2",
            "observed  3",
            "again     sockmatrix run scenarios/mine/wrong.yaml -k id:mine/wrong -t *",
            "E *UnknownScenario: no scenario 'mine/wring'; did you mean 'mine/wrong'?",
            "E *BrokenScenario: scenarios/mine/broken.yaml:6:5: unknown key 'retuns'; did you mean 'returns'?",
            "SKIPPED [[]1[]] test_own.py:*: needs socket.fromshare*",
        ]
    )
    assert not any("plugin/" in line for line in result.outlines)
    assert not (pytester.path / "sockmatrix-runs").exists()


def test_known_failures_of_the_settings_count(pytester: pytest.Pytester) -> None:
    write(pytester.path, {"mine/wrong": WRONG, "mine/varies": VARIES})
    entry = "[[known]]\nscenario = 'mine/{}'\nwhen = 'python >= 2.7'\nkind = '{}'\nreason = 'it is known'\nsee = 'https://example.org/1'\n"
    pytester.makefile(".toml", sockmatrix=entry.format("wrong", "xfail") + entry.format("varies", "xfail"))
    pytester.makepyfile(
        test_own="""
        def test_known(sockmatrix_play):
            sockmatrix_play("mine/wrong").check()

        def test_stale(sockmatrix_play):
            sockmatrix_play("mine/varies").check()
        """
    )
    result = ended(pytester, *HERE, "test_own.py", "-rxf")
    result.assert_outcomes(xfailed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "[[]XPASS(strict)[]] variation, and sockmatrix.toml:7 says that it fails: remove the entry or *; it is known *",
            f"XFAIL test_own.py::test_known[[]{HERE_ID}[]] - *fail, known: it is known (https://example.org/1)",
        ]
    )
