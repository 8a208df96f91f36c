"""The command that plays one cell again."""

import pytest
from msgspec import structs

from harness.records.run import TargetRecord
from harness.runs.again import again, options
from tests.reports.making import REFUSED, TARGETS, plan_of, small_run


@pytest.mark.parametrize(
    ("target", "command"),
    [
        (TargetRecord("cpython-3.8.18", "python3.8"), "sockmatrix run -k id:connect/refused -t python3.8"),
        (TargetRecord("cpython-3.8.18", "all"), "sockmatrix run -k id:connect/refused -t cpython-3.8.18"),
        (TargetRecord("cpython-3.8.18", "pyenv:*"), "sockmatrix run -k id:connect/refused -t cpython-3.8.18"),
        (TargetRecord("cpython-3.8.18", "@old"), "sockmatrix run -k id:connect/refused -t cpython-3.8.18"),
        (TargetRecord("cpython-3.8.18", "current"), "sockmatrix run -k id:connect/refused -t cpython-3.8.18"),
        (TargetRecord("cpython-3.10.13", "pyenv:3.1?"), "sockmatrix run -k id:connect/refused -t cpython-3.10.13"),
        (TargetRecord("cpython-3.8.18", "pyenv:3.8"), "sockmatrix run -k id:connect/refused -t pyenv:3.8"),
        (TargetRecord("cmd:ssh host", "cmd:ssh host"), "sockmatrix run -k id:connect/refused -t 'cmd:ssh host'"),
        (TargetRecord("cmd:a 'b*'", "cmd:a b*"), "sockmatrix run -k id:connect/refused -t 'cmd:a b*'"),
        (
            TargetRecord("docker:one+slow", "docker:one+slow", network="slow"),
            "sockmatrix run -k id:connect/refused -t docker:one --network slow",
        ),
        (
            TargetRecord("a>b", "@old>pyenv:*", server="cpython-2.7.18", client="pypy-3.9.16"),
            "sockmatrix run -k id:connect/refused --server cpython-2.7.18 --client pypy-3.9.16",
        ),
        (
            TargetRecord("a>b+lossy", "python2.7>docker:x y+lossy", server="a", client="b", network="lossy"),
            "sockmatrix run -k id:connect/refused --server python2.7 --client 'docker:x y' --network lossy",
        ),
        (
            TargetRecord("a>b>c", "cmd:a>b>c", server="cmd:a>b", client="c"),
            "sockmatrix run -k id:connect/refused --server 'cmd:a>b' --client c",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else each.id,
)
def test_the_cell_is_named_so_that_it_is_found_again(target: TargetRecord, command: str) -> None:
    assert again(plan_of(REFUSED, "connect/refused"), target, small_run().header) == command


def test_scenarios_that_are_not_of_the_library_are_named_by_their_file() -> None:
    header = structs.replace(small_run().header, options={"paths": ["scenarios"]})
    command = "sockmatrix run scenarios/connect/refused.yaml -k id:connect/refused -t python2.7"
    assert again(plan_of(REFUSED, "connect/refused"), TARGETS[0], header) == command


def test_without_a_run_only_the_scenario_is_named_and_where_it_can_be_played() -> None:
    plan = plan_of(REFUSED, "connect/refused")
    assert again(plan, None, None) == "sockmatrix run -k id:connect/refused"
    condition = plan_of(REFUSED.replace("needs: [ipv4]", "needs: [network:no-ipv6]"), "connect/refused")
    assert again(condition, None, None) == "sockmatrix run -k id:connect/refused -t docker:sockmatrix/bookworm"


def test_a_target_alone() -> None:
    assert options(TargetRecord("cpython-3.8.18", "@old")) == "-t cpython-3.8.18"
    assert options(TargetRecord("docker:one+slow", "docker:one+slow", network="slow")) == "-t docker:one --network slow"
