"""A need that is not met says which it is and what the target has instead."""

import pytest

from harness.language.needs import check, unmet
from harness.language.predicates import PredicateError
from harness.records.facts import Facts
from harness.records.plan import Need, Place
from tests.language.test_predicates import LINUX

PYPY = Facts(python="3.9.16", implementation="pypy", implementation_version="7.3.11", os="macos", network="plain")


def reason(text: str, facts: Facts = LINUX) -> str:
    return unmet([Need("ipv4", Place(1, 1)), Need(text, Place(1, 1)), Need("wine", Place(1, 1))], facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ipv6", "needs ipv6, which is not usable here"),
        ("root", "needs root, and this target does not run as root"),
        ("hostname", "needs hostname, and the host name is not in the hosts file here"),
        ("services", "needs services, and the database of services is missing here"),
        ("has:socket.send_fds", "needs socket.send_fds, which Python 3.8.18 does not have"),
        ("has:socket.socket.share", "needs socket.socket.share, which Python 3.8.18 does not have"),
        ("has:select.kqueue", "needs select.kqueue, which Python 3.8.18 does not have"),
        ("cap:net_admin", "needs the capability net_admin, which is not given here"),
        ("os:macos", "needs macos, and this is linux"),
        ("python>=3.9", "needs python>=3.9, and here python is 3.8.18"),
        ("network:filtered", "needs the network condition 'filtered', and here it is the plain loopback"),
        (
            'libc_version >= 2 or libc == "glibc"',
            'needs libc_version >= 2 or libc == "glibc", and here libc_version is not known and libc is musl',
        ),
        ('"net_admin" in capabilities', 'needs "net_admin" in capabilities, and here capabilities are net_raw'),
    ],
)
def test_the_first_unmet_need_is_the_reason(text: str, expected: str) -> None:
    assert reason(text) == expected


@pytest.mark.parametrize(
    "text",
    ["unix", "has:socket.socket.sendmsg", "has:select.epoll", "has:errno.EAGAIN", "cap:NET_RAW", "os:linux", "python >= 3.8", "not ipv6"],
)
def test_a_need_that_is_met_is_no_reason(text: str) -> None:
    assert unmet([Need(text, Place(1, 1))], LINUX) == ""


def test_other_implementations_are_named() -> None:
    assert reason("has:socket.AF_INET", PYPY) == "needs socket.AF_INET, which pypy 7.3.11 (Python 3.9.16) does not have"
    assert reason("network:lossy", PYPY) == "needs the network condition 'lossy', and here it is 'plain'"


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("has:socket.sendfds", 4, "no system has 'socket.sendfds' in predicate 'has:socket.sendfds'; did you mean 'socket.send_fds'?"),
        (
            "has:socket.socket.sendmgs",
            4,
            "no system has 'socket.socket.sendmgs' in predicate 'has:socket.socket.sendmgs'; did you mean 'socket.socket.sendmsg'?",
        ),
        ("hass:x", 0, "unknown need 'hass:' in predicate 'hass:x'; did you mean 'has:'?"),
        ("os:", 3, "'os:' needs a value right after it in predicate 'os:'; such as has:socket.send_fds"),
        ("cap:net_row", 4, "unknown capability 'net_row' in predicate 'cap:net_row'; did you mean 'net_raw'?"),
        ("cap:", 4, "'cap:' needs a value right after it in predicate 'cap:'; such as has:socket.send_fds"),
        (
            "cap:q",
            4,
            "unknown capability 'q' in predicate 'cap:q'; names are those of capabilities(7), such as cap:net_raw",
        ),
        ("ipv7", 0, "unknown fact 'ipv7' in predicate 'ipv7'; did you mean 'ipv6'?"),
    ],
)
def test_a_need_that_cannot_be_understood_is_refused(text: str, offset: int, message: str) -> None:
    with pytest.raises(PredicateError) as caught:
        check(text)
    assert (caught.value.offset, str(caught.value)) == (offset, message)


def test_has_speaks_of_modules_whose_names_are_facts() -> None:
    with pytest.raises(PredicateError) as caught:
        check("has:os.pipe")
    assert caught.value.message == "'has:' knows socket, select and errno, not 'os'"
