"""A target whose processes are now and then lost at their start is started again, so often and no more; no verdict comes of it."""

import asyncio
from pathlib import Path

import pytest
from msgspec import structs

from harness.engine import connection
from harness.engine.troupe import assemble
from harness.hosts.grounds import Containers, Grounds
from harness.records.known import Known
from harness.reports.summary_text import lost_hosts_words, lost_starts_words
from harness.runs.folder import read
from harness.targets.spec import TargetSpec
from tests.engine.playing import Stage, miniature, verdicts

SCENARIOS = {
    "good/two_roles": """
needs: [ipv4]
steps:
  - server: listener = socket.socket()
  - server: listener.bind((HOST, 0))
  - server: listener.listen(1)
  - server: address = listener.getsockname()
  - client: s = socket.socket()
  - client: s.connect(address)
  - server: conn, peer = listener.accept()
  - server: conn.send(b"here")
  - client: s.recv(100)
    returns: b"here"
""",
    "good/own_process": "process: own\nsteps:\n  - server: len(b'alone')\n    returns: 5\n",
}

MORTAL = {"bad/dies": "steps:\n  - server: fill(666)\n    returns: fill(666)\n"}


def losing(name: str, folder: Path, times: int, starts: int) -> TargetSpec:
    """A miniature that is lost so many times, and may be started so often for one agent."""
    return structs.replace(miniature(name, str(folder), str(times)), starts=starts)


@pytest.mark.parametrize("name", ["dies_at_its_first_starts", "dies_when_it_is_asked_for_facts_at_first"])
def test_a_start_that_was_lost_is_made_again(tmp_path: Path, name: str) -> None:
    run = Stage(tmp_path).play([losing(name, tmp_path, 2, 3)], SCENARIOS)
    assert verdicts(run, name) == dict.fromkeys(SCENARIOS, "pass")
    assert run.header.targets[0].lost_starts == 2
    assert [result.flaky for result in run.results.values()] == [(), ()]


def test_a_process_that_never_greets_is_given_up_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "START_SECONDS", 1)
    run = Stage(tmp_path).play([losing("loses_its_first_output", tmp_path, 1, 40)], {"good/two_roles": SCENARIOS["good/two_roles"]})
    assert verdicts(run, "loses_its_first_output") == {"good/two_roles": "pass"}
    assert run.header.targets[0].lost_starts >= 1  # on a busy machine a healthy one is given up too


@pytest.mark.parametrize(("times", "verdict"), [(3, "pass"), (99, "crash")])
def test_a_play_that_loses_its_agent_is_made_again(tmp_path: Path, times: int, verdict: str) -> None:
    run = Stage(tmp_path).play([losing("dies_in_its_first_plays", tmp_path, times, 4)], {**SCENARIOS, **MORTAL})
    assert verdicts(run, "dies_in_its_first_plays") == {**dict.fromkeys(SCENARIOS, "pass"), "bad/dies": verdict}
    assert run.header.targets[0].lost_starts == (2 if verdict == "pass" else 3)  # the first death was in company


def test_a_crash_that_is_known_costs_one_process(tmp_path: Path) -> None:
    entry = Known("bad/dies", "python >= 3", "xfail", "a bug of theirs", "https://example.org/1", 0.0, ("crash",), "sockmatrix.toml:1", 1)
    run = Stage(tmp_path).play([losing("dies_in_its_first_plays", tmp_path, 99, 4)], {**SCENARIOS, **MORTAL}, known=(entry,))
    result = run.results["bad/dies", "dies_in_its_first_plays"]
    assert (result.verdict, result.step, result.plays) == ("crash", 0, ())
    assert run.header.targets[0].lost_starts == 0
    assert [each.flaky for each in run.results.values()] == [(), (), ()]


def test_so_often_and_no_more(tmp_path: Path) -> None:
    run = Stage(tmp_path).play([losing("dies_at_its_first_starts", tmp_path, 9, 3)], SCENARIOS)
    assert set(verdicts(run, "dies_at_its_first_starts").values()) == {"error"}
    assert run.header.targets[0].trouble == "ended before its hello: exit status 2"
    assert sorted(file.name for file in tmp_path.glob("lost-*")) == ["lost-0", "lost-1", "lost-2"]
    assert run.header.targets[0].lost_starts == 2  # nothing was started instead of the last


def test_each_ground_counts(tmp_path: Path) -> None:
    grounds = Grounds([losing("dies_at_its_first_starts", tmp_path, 1, 2)], "", str(tmp_path), Containers("run"))

    async def stand() -> None:
        for count in (1, 2):
            await (await assemble(grounds, grounds.default)).close()
            assert grounds.lost_starts == count
            (tmp_path / "lost-0").unlink()  # the next one is lost too

    asyncio.run(stand())


def test_what_an_interrupted_run_has_lost_is_told_and_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    waits = (
        "steps:\n  - server: a, b = socket.socketpair()\n  - server: a.settimeout(0.2)\n  - server: a.recv(1)\n    raises: socket.timeout\n"
    )
    order = stage.order([losing("dies_at_its_first_starts", tmp_path, 2, 3)], {f"slow/{number}": waits for number in range(8)}, jobs=1)
    stage.interrupt(order, 1)
    assert read(order.folder).header.targets[0].lost_starts == 2
    (tmp_path / "lost-0").unlink()  # one more will be
    whole = Stage(tmp_path).perform(structs.replace(order, resume=True))
    assert whole.complete
    assert whole.header.targets[0].lost_starts == 3


def test_others_are_started_once(tmp_path: Path) -> None:
    run = Stage(tmp_path).play([miniature("dies_at_its_first_starts", str(tmp_path), "1")], SCENARIOS)
    assert run.header.targets[0].trouble == "ended before its hello: exit status 2"


def test_the_summary_says_how_many_were_lost() -> None:
    assert lost_starts_words(1) == "1 process ended by itself, as is known of this target, and was started again"
    assert lost_starts_words(3) == "3 processes ended by themselves, as is known of this target, and were started again"


def test_the_summary_says_how_many_hosts_were_lost() -> None:
    assert lost_hosts_words(1) == "1 host went away in the middle of the run; what was under way was played again on another"
    assert lost_hosts_words(3) == "3 hosts went away in the middle of the run; what was under way was played again on others"
