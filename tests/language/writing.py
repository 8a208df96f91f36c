"""Scenario texts for the tests of this room, and short ways to compile them."""

from textwrap import dedent, indent

from harness.language.compile import compile_file
from harness.records.plan import Plan, Step

FILE = "scenarios/tcp/close.yaml"

HEAD = "title: A socket closes\nabout: Everyone closes sockets.\nsee: [posix:close]\n"

GREETING = """\
title: A TCP server greets each client, then closes
about: The opening example of most socket tutorials. The greeting is not ASCII; the client then sees an orderly end of stream.
see: [python:socket.socket.accept, posix:accept, seed:000]
needs: [ipv4]
steps:
  - server: listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - server: listener.bind((HOST, 0))
  - server: listener.listen(5)
  - server: address = listener.getsockname()
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.connect(address)                 # a name set by one role can be read by another
  - server: conn, peer = listener.accept()
  - server: conn.send(utf8("网络编程测试。\\r\\n"))
    returns: 23
  - server: conn.close()
  - client: s.recv(1024)
    returns: utf8("网络编程测试。\\r\\n")
  - client: s.recv(1024)
    returns: b""
"""

EVERYTHING = """\
title: A client that waits is woken in every documented way
about: >-
  Everything the language has, in one file.
see: [posix:recv, rfc:793, man:tcp(7), "https://docs.python.org/3/library/socket.html"]
needs: [ipv4, python>=2.7, has:socket.socketpair, 'os in ("linux", "macos")']
tags: [wake, all-keys]
roles: {client: 2}
process: own
limit: 20
cases:
  small: {size: 1, wanted: "between(1, 5)", error: EAGAIN}
  large: {size: 70000, wanted: any_int(), error: {type: socket.error, errno: "one_of(EAGAIN, EWOULDBLOCK)"}, needs: [unix]}
steps:
  - server: socket.setdefaulttimeout(5.0)
  - server: a, b = socket.socketpair()
  - server: data = b.recv(size)
    background: reading
  - pending: reading
  - server: a.send(fill(size))
    returns: wanted
  - await: reading
    returns: instance("bytes")
    takes: ..5.5
  - server: len(data) > 0
    returns: true
  - repeat:
      times: 2
      steps:
        - server: b.setblocking(False)
        - server: b.recv(70000)
          records: true
  - server: b.recv(1)
    raises: error
    warns: {type: ResourceWarning, message: contains("unclosed")}
    varies:
      - when: os == "windows" and python < 3.10
        raises: {errno: WSAEWOULDBLOCK, message: matches(r".*")}
        because: Winsock has numbers of its own.
        see: [winsock:recv]
  - server: name = a.getsockname()
  - client: '[name]'
    returns: [anything(), "b''", null, 1.5]
"""


def compile_text(text: str) -> tuple[tuple[Plan, ...], list[str]]:
    """Plans and mistakes of a whole file, mistakes as a user sees them."""
    plans, mistakes = compile_file(text.encode(), FILE, "tcp/close")
    return plans, [str(mistake) for mistake in sorted(mistakes)]


def mistakes_of(steps: str, head: str = "") -> list[str]:
    """Mistakes of some steps, without the file's name. The first line of the steps is line 5 of the file, or later with a head."""
    plans, mistakes = compile_text(HEAD + head + "steps:\n" + indent(dedent(steps).strip("\n"), "  ") + "\n")
    assert bool(plans) is not bool(mistakes), "a file gives plans or mistakes"
    return [mistake.removeprefix(FILE + ":") for mistake in mistakes]


def steps_of(steps: str, head: str = "") -> tuple[Step, ...]:
    """The compiled steps of the one case of a good scenario."""
    plans, mistakes = compile_text(HEAD + head + "steps:\n" + indent(dedent(steps).strip("\n"), "  ") + "\n")
    assert mistakes == []
    return plans[0].steps


def plan_of(rest: str) -> Plan:
    """The plan of a good file, from what comes after its title; a `see` of its own takes the place of the usual one."""
    head = "\n".join(HEAD.splitlines()[: 2 if rest.startswith("see:") else 3])
    plans, mistakes = compile_text(f"{head}\n{rest}")
    assert mistakes == []
    return plans[0]
