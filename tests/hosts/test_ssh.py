"""What a machine elsewhere is called, and what is said where it cannot be a target. Nothing is started."""

import asyncio

import pytest

from harness.hosts.ssh import _Said, split_port, why_not
from harness.targets.config import Config
from harness.targets.resolve import resolve


@pytest.mark.parametrize(
    ("remote", "destination", "port"),
    [
        ("host", "host", ""),
        ("me@host", "me@host", ""),
        ("me@host:2222", "me@host", "2222"),
        ("me@[::1]", "me@::1", ""),
        ("me@[fe80::1%eth0]:2222", "me@fe80::1%eth0", "2222"),
    ],
)
def test_a_port_is_told_from_the_host(remote: str, destination: str, port: str) -> None:
    assert split_port(remote) == (destination, port)


def test_what_starts_it() -> None:
    named, plain = resolve(["ssh:me@host:2222/opt/python", "ssh:host"], Config()).targets
    assert (named.id, named.remote, named.command, named.pipe) == ("ssh:me@host:2222/opt/python", "me@host:2222", ("/opt/python",), True)
    assert (plain.id, plain.remote, plain.command) == ("ssh:host", "host", ("python3",))


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (
            "me@host: Permission denied (publickey,password).",
            (
                "me@host does not let us in: me@host: Permission denied (publickey,password).; a key is needed for which nobody has to be "
                "asked: try 'ssh me@host true'"
            ),
        ),
        (
            "No ED25519 host key is known for host and you have requested strict checking.\nHost key verification failed.",
            (
                "the host key of me@host is not the one that is known here, or none is: Host key verification failed.; connect once by "
                "hand: ssh me@host"
            ),
        ),
        (
            "ssh: Could not resolve hostname host: Name or service not known",
            (
                "me@host cannot be reached: ssh: Could not resolve hostname host: Name or service not known; is sshd running there, on "
                "that port? (ssh:user@host:port)"
            ),
        ),
        (
            "bash: line 1: python3: command not found",
            (
                "there is no 'python3' on me@host: bash: line 1: python3: command not found; name the Python there: "
                "ssh:me@host/usr/bin/python3.9"
            ),
        ),
        ("", "me@host has ended the connection before it answered; try 'ssh me@host python3 --version'"),
    ],
)
def test_what_was_wrong_is_told_with_what_to_try(errors: str, expected: str) -> None:
    async def told() -> str:
        said = _Said("mark")
        said.errors(errors.encode())
        said.ended()
        return why_not(resolve(["ssh:me@host"], Config()).targets[0], said)

    assert asyncio.run(told()) == expected
