"""Marks say what a scenario is of, under a precise name and a plain one."""

from pathlib import Path

import pytest

from harness.language.library import load
from harness.plugin.marking import identifier, marks
from tests.plugin.projects import HEAD, write


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ipv6", "ipv6"),
        ("python>=3.8", "python_ge_3_8"),
        ("python < 3", "python_lt_3"),
        ('implementation != "jython"', "implementation_ne_jython"),
        ('os in ("linux", "macos")', "os_in_linux_macos"),
        ("has:socket.send_fds", "has_socket_send_fds"),
        ("cap:net_raw", "cap_net_raw"),
        ("network:no-ipv6", "network_no_ipv6"),
        ("!?", "unnamed"),
    ],
)
def test_a_need_becomes_a_name_that_m_understands(text: str, name: str) -> None:
    assert identifier(text) == name


def test_area_tags_and_needs_are_marks(tmp_path: Path) -> None:
    text = (
        HEAD.format(title="A test")
        + "tags: [slow, skip]\nneeds: [ipv4, 'python >= 3.8', 'has:socket.dup']\nsteps:\n  - me: socket.dup(1)\n"
    )
    [plan] = load([write(tmp_path, {"tcp/topic": text})], cache=False).plans
    assert marks(plan) == {
        "area_tcp": "scenarios of the area tcp",
        "tcp": "scenarios that have to do with tcp",
        "tag_slow": "scenarios with the tag slow",
        "slow": "scenarios that have to do with slow",
        "tag_skip": "scenarios with the tag skip",  # and no mark `skip`, at which pytest would skip
        "needs_ipv4": "scenarios that need ipv4",
        "ipv4": "scenarios that have to do with ipv4",
        "needs_python_ge_3_8": "scenarios that need python >= 3.8",
        "needs_has_socket_dup": "scenarios that need has:socket.dup",
        "has_socket_dup": "scenarios that have to do with has:socket.dup",
    }
