"""What to do about needs that are not met."""

import pytest

from harness.language.needs import check
from harness.records.facts import Facts
from harness.reports.advice import ANYTHING, advice, advices

HERE = Facts(python="3.8.18", implementation="cpython", implementation_version="3.8.18", os="linux")


@pytest.mark.parametrize(
    ("need", "words"),
    [
        ("network:slow", "networks are made between containers: sockmatrix run -t docker:IMAGE (docs/containers.md)"),
        ("cap:net_raw", "containers are given the capabilities that a scenario needs: sockmatrix run -t docker:IMAGE"),
        ("root", "run it as root, or in a container: sockmatrix run -t docker:IMAGE"),
        ("unix", "sockmatrix doctor says why, and what to do"),
        ("hostname", "sockmatrix doctor says which line the hosts file needs"),
        ("services", "sockmatrix doctor says what to install"),
        ("python >= 3.12", "choose another target; those that there are: sockmatrix targets"),
        ('implementation == "pypy"', "choose another target; those that there are: sockmatrix targets"),
        ("has:socket.send_fds", "choose another target; those that there are: sockmatrix targets"),
        ("os:windows", ANYTHING),
    ],
)
def test_every_kind_of_need_has_its_advice(need: str, words: str) -> None:
    reason = check(need)(HERE)
    assert reason
    assert advice(reason) == words


def test_the_same_advice_is_given_once() -> None:
    assert advices(["needs unix, which is not usable here", "needs ipv6, which is not usable here"]) == [advice("not usable here")]
