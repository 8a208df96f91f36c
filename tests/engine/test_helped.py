"""A target that can only connect: a helper plays the roles that wait for it, and the verdicts are the target's alone."""

import asyncio
from pathlib import Path
from typing import Any

from msgspec import structs

from harness.engine.order import Cast, Order
from harness.engine.run import perform
from harness.gates.gate import facts_of
from harness.reports.rejudging import rejudge
from harness.runs.folder import Run, read
from tests.engine.playing import Stage, current, plans

GREETING = """
steps:
  - server: listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - server: listener.bind((HOST, 0))
  - server: listener.listen(1)
    returns: null
    varies:
      - {when: os == "haiku", returns: 1, because: nobody listens there, see: [posix:listen]}
  - server: address = listener.getsockname()
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.connect(address)
  - client: s.send(b"x")
    returns: 2
    varies:
      - {when: os == "haiku", returns: 1, because: it is shorter there, see: [posix:send]}
  - server: conn, peer = listener.accept()
  - server: conn.recv(1)
    returns: b"x"
"""
ALONE = """
steps:
  - client: hasattr(socket, "AF_INET")
    returns: false
    varies:
      - {when: os == "haiku", returns: true, because: it has that, see: [posix:socket]}
"""
NEEDS = "needs: [listens]\n" + GREETING


def play(folder: Path, scenarios: dict[str, str], **facts: Any) -> Run:
    """On the interpreter that runs the tests, which says of itself that it is another system, with itself as the helper."""
    guest = structs.replace(current("guest"), facts={"os": "haiku", "listens": False, **facts})
    cast = Cast("guest", "guest", (guest, current("helper")), helped=True)
    order = Order(casts=(cast,), plans=plans(folder, scenarios), folder=folder / "run")
    asyncio.run(perform(order, Stage(folder).observer()))
    return read(order.folder)


def test_each_role_is_judged_by_the_facts_of_whoever_plays_it(tmp_path: Path) -> None:
    run = play(tmp_path, {"area/greeting": GREETING})
    result = run.results["area/greeting", "guest"]
    assert (result.verdict, result.reason) == ("variation", 's.send(b"x"): it is shorter there (where os == "haiku")')


def test_a_lone_role_is_the_targets_own(tmp_path: Path) -> None:
    assert play(tmp_path, {"area/alone": ALONE}).results["area/alone", "guest"].verdict == "variation"


def test_the_record_says_who_has_helped(tmp_path: Path) -> None:
    (record,) = play(tmp_path, {"area/alone": ALONE}).header.targets
    assert (record.id, record.helper, record.server, record.client) == ("guest", "helper", "", "")
    assert record.facts is not None
    assert (record.facts.os, [each.os == "haiku" for each in record.partners]) == ("haiku", [False])
    assert [facts.os for facts in facts_of(record)] == ["haiku"]


def test_a_need_is_held_against_whoever_plays_the_role(tmp_path: Path) -> None:
    result = play(tmp_path, {"area/greeting": NEEDS}).results["area/greeting", "guest"]
    assert (result.verdict, result.reason) == ("unsupported", "needs listens, and no socket can be bound or listen here (client)")


def test_it_is_judged_again_in_the_same_way(tmp_path: Path) -> None:
    run = play(tmp_path, {"area/greeting": GREETING, "area/alone": ALONE})
    assert rejudge(run).revisions == ()


def test_where_no_thread_can_be_started_one_scenario_is_in_flight(tmp_path: Path) -> None:
    """Eight would wait for each other there, and their limits would pass."""
    waits = "limit: 2\nsteps:\n  - client: s = socket.socket()\n  - client: readable(s, 0.5)\n"
    run = play(tmp_path, {f"area/waits{number}": waits for number in range(6)}, threads=False)
    assert {result.verdict for result in run.results.values()} == {"pass"}
