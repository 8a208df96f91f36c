"""Scenarios drawn as sequence diagrams."""

from harness.reports.timeline import print_plan
from tests.reports.making import GREETING, REFUSED, paper, plan_of, printed

TALK = """title: Three talk
about: |
  One.
  Two.
see: [seed:2.1]
roles: {reader: 3}
steps:
  - server: listener = socket.create_server((HOST, 0))
  - server: address = listener.getsockname()
  - reader: s = socket.create_connection(address)
  - writer: w = socket.create_connection(address)
  - writer: w.recv(1)
    background: reading
  - pending: reading
  - server: listener.close()
  - await: reading
    returns: b""
"""


def drawn(source: str, width: int = 80) -> str:
    page, stream = paper(width)
    print_plan(page, plan_of(source, "area/topic"))
    return printed(stream)


def test_two_roles_have_a_column_each_and_values_go_over() -> None:
    assert drawn(GREETING).partition("see  seed:0.2\n\n")[2] == (
        "   server                                │ client\n"
        " 1 listener =                            │\n"
        "     socket.socket(socket.AF_INET,       │\n"
        "     socket.SOCK_STREAM)                 │\n"
        " 2 listener.bind((HOST, 0))              │\n"
        " 3 listener.listen(5)                    │\n"
        " 4 address = listener.getsockname()      │\n"
        "                                 address │▶\n"
        " 5                                       │ s = socket.socket(socket.AF_INET,\n"
        "                                         │   socket.SOCK_STREAM)\n"
        " 6                                       │ s.connect(address)\n"
        " 7 conn, peer = listener.accept()        │\n"
        ' 8 conn.send(utf8("网络"))               │\n'
        "     returns 6                           │\n"
        "     where python < 3: only recorded     │\n"
        "     because text was bytes              │\n"
        "       (python:socket.socket.send)       │\n"
        " 9                                       │ s.recv(1024)\n"
        "                                         │   returns utf8('网络')\n"
        "                                         │   takes ..0.5 s\n"
        "\n"
        "9 steps; play it: sockmatrix run -k id:area/topic\n"
    )


def test_one_role_has_the_page_to_itself() -> None:
    assert drawn(REFUSED) == (
        "area/topic  scenarios/area/topic.yaml\n"
        "Connecting to a port where nobody listens is refused\n"
        "\n"
        "The first error that a client meets.\n"
        "\n"
        "see    python:socket.socket.connect, seed:1.1\n"
        "needs  ipv4\n"
        "\n"
        "   client\n"
        " 1 s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n"
        " 2 s.connect((HOST, unused_port()))\n"
        "     raises socket.error ECONNREFUSED\n"
        " 3 s.close()\n"
        "\n"
        "3 steps; play it: sockmatrix run -k id:area/topic\n"
    )


def test_with_too_many_roles_for_the_page_they_are_named_before_their_calls() -> None:
    assert drawn(TALK, 60).partition("see  seed:2.1\n\n")[2] == (
        " 1 server: listener = socket.create_server((HOST, 0))\n"
        " 2 server: address = listener.getsockname()\n"
        "     address ▶ reader\n"
        "     address ▶ writer\n"
        " 3 reader: s = socket.create_connection(address)\n"
        " 4 writer: w = socket.create_connection(address)\n"
        " 5 writer: w.recv(1)  in the background: reading\n"
        " 6 writer: pending reading\n"
        " 7 server: listener.close()\n"
        " 8 writer: await reading\n"
        "     returns b''\n"
        "\n"
        "8 steps; play it: sockmatrix run -k id:area/topic\n"
    )


def test_with_room_three_roles_stand_side_by_side() -> None:
    titles = drawn(TALK, 110).partition("see  seed:2.1\n\n")[2].splitlines()[0]
    assert [title.strip() for title in titles.split("│")] == ["server", "reader (3 at once)", "writer"]


ROUNDS = """title: Three rounds
about: A.
see: [seed:0.2]
steps:
  - client: a, b = socket.socketpair()
  - repeat:
      times: 3
      steps:
        - client: a.send(b"x")
        - client: b.recv(1)
          returns: b"x"
  - client: a.close()
"""


def test_of_a_repetition_the_first_round_is_drawn() -> None:
    assert drawn(ROUNDS).partition("see  seed:0.2\n\n")[2] == (
        "   client\n"
        " 1 a, b = socket.socketpair()\n"
        ' 2 a.send(b"x")\n'
        " 3 b.recv(1)\n"
        "     returns b'x'\n"
        "   further rounds: 4 steps, 4 to 7\n"
        " 8 a.close()\n"
        "\n"
        "8 steps; play it: sockmatrix run -k id:area/topic\n"
    )


CUT = """title: A client is cut off
about: A cable is pulled.
see: [seed:2.1]
needs: [network:plain]
steps:
  - server: listener = socket.create_server((HOST, 0))
  - server: address = listener.getsockname()
  - client: s = socket.create_connection(address)
  - network: cut(client)
  - client: s.recv(1)
    raises: socket.timeout
"""


def test_what_happens_to_the_network_goes_across_all_columns() -> None:
    lines = drawn(CUT).splitlines()
    at = next(number for number, line in enumerate(lines) if "network:" in line and "cut" in line)
    assert lines[at] == " 4 ─── network: cut(client) ───"
    assert lines[at + 1] == " 5                                       │ s.recv(1)"
