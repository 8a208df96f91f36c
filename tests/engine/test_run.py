"""The main flow: verdicts of real plays, identical runs, second plays, interruption and going on."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from harness.engine.order import Cast, Observer
from harness.engine.player import Player
from harness.engine.run import perform
from harness.runs.folder import ResumeError, canonical, read
from harness.targets.spec import TargetSpec
from tests.engine.playing import Stage, current, verdicts
from tests.engine.test_misdeeds import GOOD

PAIR = """
steps:
  - client: a, b = socket.socketpair()
"""


def outcome(tmp_path: Path, text: str) -> tuple[str, str]:
    """Verdict and reason of one scenario on the interpreter that runs the tests."""
    run = Stage(tmp_path).play([current()], {"area/topic": text})
    result = run.results["area/topic", "here"]
    return result.verdict, result.reason


def test_those_begin_first_that_take_longest() -> None:
    def seems_long(spec: TargetSpec, *, relayed: bool = False) -> tuple[float, bool, bool]:
        player: Any = SimpleNamespace(cast=SimpleNamespace(specs=[spec]), grounds=SimpleNamespace(relayed=relayed))
        return Player.seems_long(player)

    java, plain = TargetSpec("j", "j", ("jython",), implementation="jython"), current()
    machine = structs.replace(plain, slow=2.0)
    assert seems_long(machine) > seems_long(java, relayed=True) > seems_long(java) > seems_long(plain, relayed=True) > seems_long(plain)


class TestVerdicts:
    def test_pass(self, tmp_path: Path) -> None:
        assert outcome(tmp_path, PAIR + "  - client: a.send(b'x')\n    returns: 1\n  - client: b.recv(9)\n    returns: b'x'\n") == (
            "pass",
            "",
        )

    def test_fail_says_what_was_expected_and_what_was_seen(self, tmp_path: Path) -> None:
        verdict, reason = outcome(tmp_path, PAIR + "  - client: a.send(b'x')\n    returns: 2\n  - client: b.recv(9)\n")
        assert (verdict, reason) == ("fail", "a.send(b'x'): expected 2, observed 1")

    def test_an_exception_that_nothing_anticipates_ends_the_scenario(self, tmp_path: Path) -> None:
        run = Stage(tmp_path).play([current()], {"area/topic": PAIR + "  - client: a.connect(5)\n  - client: b.recv(9)\n"})
        result = run.results["area/topic", "here"]
        assert result.verdict == "fail"
        assert result.reason.startswith("a.connect(5): expected no exception, observed TypeError")
        assert len(result.steps) == 2

    def test_variation_and_stale(self, tmp_path: Path) -> None:
        varies = "    varies:\n      - {when: python >= 3, returns: %s, because: a good reason, see: [posix:send]}\n"
        one = PAIR + "  - client: a.send(b'x')\n    returns: %s\n" + varies + "  - client: b.recv(1)\n"
        assert outcome(tmp_path / "1", one % (2, 1)) == ("variation", "a.send(b'x'): a good reason (where python >= 3)")
        verdict, reason = outcome(tmp_path / "2", one % (1, 2))
        assert verdict == "stale"
        assert reason == "a.send(b'x'): the documented departure where python >= 3 no longer occurs (a good reason)"

    def test_unsupported_names_the_need(self, tmp_path: Path) -> None:
        verdict, reason = outcome(tmp_path, "needs: [has:socket.fromshare]\n" + PAIR + "  - client: a.send(b'x')\n  - client: b.recv(1)\n")
        assert verdict == "unsupported"
        assert "socket.fromshare" in reason

    def test_hang_leaves_a_usable_agent(self, tmp_path: Path) -> None:
        hangs = "limit: 0.3\n" + PAIR + "  - client: a.send(b'x')\n  - client: a.recv(1)\n    returns: b'y'\n  - client: b.recv(1)\n"
        run = Stage(tmp_path).play([current()], {"area/hangs": hangs, **GOOD})
        assert run.results["area/hangs", "here"].reason == "still under way after 0.3 s"
        assert run.results["area/hangs", "here"].step == 2
        assert verdicts(run, "here") == {**dict.fromkeys(GOOD, "pass"), "area/hangs": "hang"}

    def test_bug_when_the_guard_refuses(self, tmp_path: Path) -> None:
        text = (
            "steps:\n  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "  - client: s.sendto(b'x', ('192.0.2.7', 9))\n    returns: 1\n"
        )
        assert outcome(tmp_path, text) == ("bug", "refused: 192.0.2.7 is outside loopback")

    def test_a_time_that_is_too_short_fails(self, tmp_path: Path) -> None:
        text = PAIR + "  - client: a.send(b'x')\n    takes: 0.5..\n  - client: b.recv(1)\n"
        verdict, reason = outcome(tmp_path, text)
        assert verdict == "fail"
        assert reason.startswith("a.send(b'x'): expected at least 0.5 s, observed 0.0")


class TestRoles:
    def test_values_go_from_role_to_role(self, tmp_path: Path) -> None:
        assert outcome(tmp_path, GOOD["good/echo_0"])[0] == "pass"

    def test_a_socket_that_is_used_by_another_role_is_a_bug(self, tmp_path: Path) -> None:
        text = PAIR.replace("a, b", "pair") + "  - server: pair[0].fileno()\n    returns: any_int()\n"
        verdict, reason = outcome(tmp_path, text)
        assert (verdict, reason.partition(":")[0]) == ("bug", "refused")

    def test_members_of_a_role_act_at_once_and_have_numbers(self, tmp_path: Path) -> None:
        text = "roles: {client: 3}\nsteps:\n  - client: number = INDEX\n  - server: number\n    returns: [0, 1, 2]\n"
        assert outcome(tmp_path, text.replace("number = INDEX", "number = abs(INDEX)")) == ("pass", "")

    def test_a_background_call_is_pending_and_awaited(self, tmp_path: Path) -> None:
        text = (
            PAIR
            + "  - client: b.recv(1)\n    background: reading\n  - pending: reading\n"
            + "  - client: a.send(b'x')\n  - await: reading\n    returns: b'x'\n"
        )
        assert outcome(tmp_path, text) == ("pass", "")

    def test_pending_fails_on_a_call_that_has_finished(self, tmp_path: Path) -> None:
        text = PAIR + "  - client: a.send(b'x')\n  - client: b.recv(1)\n    background: reading\n  - pending: reading\n  - await: reading\n"
        assert outcome(tmp_path, text) == ("fail", "pending reading: expected reading to be pending, observed it has finished")


SLOW = {
    f"slow/wait_{n}": PAIR + "  - client: a.settimeout(0.2)\n  - client: a.recv(1)\n    raises: socket.timeout\n  - client: b.fileno()\n"
    for n in range(8)
}


class TestRuns:
    def test_two_runs_are_identical(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        first = stage.play([current("one"), current("two")], {**GOOD, **SLOW}, "first")
        second = stage.play([current("one"), current("two")], {**GOOD, **SLOW}, "second", jobs=2)
        assert canonical(first) == canonical(second)
        assert [line.partition(b'"volatile"')[0] for line in (tmp_path / "first/results.jsonl").read_bytes().splitlines()[:-1]] == [
            line.partition(b'"volatile"')[0] for line in (tmp_path / "second/results.jsonl").read_bytes().splitlines()[:-1]
        ]

    def test_every_planned_cell_is_reported_once(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        stage.play([current("one"), current("two")], GOOD)
        assert stage.planned == 12
        assert sorted((result.scenario, result.target) for result in stage.results) == sorted((s, t) for s in GOOD for t in ("one", "two"))

    def test_a_second_play_that_fails_otherwise_is_flaky(self, tmp_path: Path) -> None:
        text = PAIR + "  - client: os.getpid() + 0\n    returns: -1\n  - client: a.close()\n  - client: b.close()\n"
        run = Stage(tmp_path).play([current()], {"area/other": text, "area/same": text.replace("os.getpid() + 0", "len([])")})
        assert [(run.results[name, "here"].verdict, run.results[name, "here"].flaky) for name in ("area/other", "area/same")] == [
            ("fail", ("fail, but step 2 came to something else",)),
            ("fail", ()),
        ]

    def test_a_cell_whose_plays_agree_is_not_flaky(self, tmp_path: Path) -> None:
        text = PAIR + "  - client: os.getpid() & 1\n    records: true\n  - client: a.close()\n  - client: b.close()\n"
        run = Stage(tmp_path).play([current()], {"area/stable": text}, repeat=3)
        assert run.results["area/stable", "here"].flaky == ()

    def test_repeated_plays_are_counted_and_the_gravest_is_reported(self, tmp_path: Path) -> None:
        text = "steps:\n  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n  - client: s.bind((HOST, 0))\n"
        text += "  - client: s.getsockname()[1] & 4\n    returns: 4\n"
        run = Stage(tmp_path).play([current()], {"area/by_chance": text}, repeat=40)
        result = run.results["area/by_chance", "here"]
        assert result.verdict == "fail"
        (told,) = result.flaky
        assert told.endswith(" of 40 plays: pass")

    def test_interrupted_runs_keep_what_they_have_and_go_on(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        order = stage.order([current()], {**GOOD, **SLOW}, jobs=1)
        stage.interrupt(order, 3)
        broken = read(order.folder)
        assert not broken.complete
        assert 3 <= len(broken.results) < 14
        before = dict(broken.results)
        whole = Stage(tmp_path).perform(stage.order([current()], {**GOOD, **SLOW}, resume=True))
        assert whole.complete
        assert not whole.missing
        assert all(whole.results[key] == result for key, result in before.items())

    def test_a_run_of_other_scenarios_is_not_gone_on_with(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        stage.play([current()], GOOD)
        with pytest.raises(ResumeError, match="the run is complete"):
            stage.perform(stage.order([current()], GOOD, resume=True))

    def test_a_folder_with_a_run_is_not_written_over(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        stage.play([current()], GOOD)
        with pytest.raises(ResumeError, match="there is a run in it already; name another folder, or go on with it: --resume"):
            stage.play([current()], GOOD)

    def test_few_targets_play_at_a_time_and_the_slowest_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("harness.engine.run.AT_ONCE", 1)
        slow = structs.replace(current("slow"), slow=2.0)
        seen: list[str] = []
        order = Stage(tmp_path).order([current("quick"), slow], {"area/topic": PAIR})
        observer = Observer(lambda cells: None, lambda record: seen.append(record.id), lambda result: seen.append(result.scenario))
        asyncio.run(perform(order, observer))
        assert seen == ["slow", "area/topic", "quick", "area/topic"]


class TestPairs:
    def test_each_role_plays_on_a_target_of_its_own(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        order = stage.order([], {"good/echo_0": GOOD["good/echo_0"]})
        pair = Cast("one>two", "one>two", (current("one"), current("two")))
        run = stage.perform(structs.replace(order, casts=(pair,)))
        assert verdicts(run, "one>two") == {"good/echo_0": "pass"}
        (target,) = run.header.targets
        assert target.facts is not None
        assert [facts.python for facts in target.partners] == [target.facts.python]

    def test_a_need_that_one_of_them_does_not_meet_is_named_with_its_role(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        order = stage.order([], {"good/echo_0": GOOD["good/echo_0"].replace("[ipv4]", "[has:socket.fromshare]")})
        pair = Cast("one>two", "one>two", (current("one"), current("two")))
        run = stage.perform(structs.replace(order, casts=(pair,)))
        result = run.results["good/echo_0", "one>two"]
        assert result.verdict == "unsupported"
        assert result.reason.endswith("(server)")
