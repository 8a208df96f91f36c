"""A machine that ends in mid-run is booted again, what was under way is played again, and only what ends it once more pays for it."""

import asyncio
import sys
from io import StringIO
from pathlib import Path

import pytest

from harness.engine import player
from harness.engine.order import Cast, Observer
from harness.engine.run import perform
from harness.engine.standing import Standing
from harness.hosts.machine import Machine
from harness.records.run import Result
from harness.reports.progress import PlainProgress
from harness.runs.folder import read
from harness.systems.recipe import systems
from harness.systems.status import status
from harness.targets.spec import TargetSpec
from harness.targets.systems import spec_of
from tests.engine.expected import unavailable
from tests.engine.playing import Stage, plans, verdicts
from tests.hosts import miniature_machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a switchboard runs on Linux")

GOOD = "needs: [ipv4]\nsteps:\n  - server: s = socket.socket()\n  - server: s.fileno() > 0\n    returns: true\n"
SCENARIOS = {f"good/{name}": GOOD for name in ("one", "other", "third")} | {"good/own": "process: own\n" + GOOD}
WORD = repr(miniature_machine.WORD.decode())
MORTAL = {"bad/says_the_word": f"steps:\n  - server: utf8({WORD})\n    returns: utf8({WORD})\n"}


def mortal(folder: Path, deaths: int, misdeed: str = "dies_of_a_word") -> TargetSpec:
    """A machine that ends as often as that when the word is said in it."""
    (folder / "deaths").write_text(str(deaths))
    return TargetSpec("mortal", "mortal", (sys.executable, miniature_machine.__file__, misdeed, str(folder)), machine=True)


@pytest.mark.parametrize("own", [False, True], ids=["warm", "own process"])
@pytest.mark.parametrize("deaths", [1, 2])
def test_a_machine_that_is_lost_costs_no_verdict(tmp_path: Path, deaths: int, own: bool) -> None:
    word = {name: ("process: own\n" if own else "") + text for name, text in MORTAL.items()}
    run = Stage(tmp_path).play([mortal(tmp_path, deaths)], SCENARIOS | word)
    assert verdicts(run, "mortal") == dict.fromkeys(SCENARIOS | word, "pass")
    assert run.header.targets[0].lost_hosts == deaths
    assert not any(result.flaky for result in run.results.values())


def test_boots_that_are_lost_are_counted_for_each_machine(tmp_path: Path) -> None:
    run = Stage(tmp_path).play([mortal(tmp_path, 1, "dies_of_a_word_and_at_each_first_boot")], SCENARIOS | MORTAL)
    assert verdicts(run, "mortal") == dict.fromkeys(SCENARIOS | MORTAL, "pass")
    assert (run.header.targets[0].lost_starts, run.header.targets[0].lost_hosts) == (2, 1)


def test_what_ends_its_machine_each_time_is_a_crash_and_the_others_are_played(tmp_path: Path) -> None:
    run = Stage(tmp_path).play([mortal(tmp_path, 99)], SCENARIOS | MORTAL)
    assert verdicts(run, "mortal") == dict.fromkeys(SCENARIOS, "pass") | {"bad/says_the_word": "crash"}
    assert run.results["bad/says_the_word", "mortal"].reason == "the machine ended: exit status 3"
    assert run.header.targets[0].lost_hosts == 3  # once in company, twice alone


def test_a_machine_that_had_to_be_ended_has_not_crashed(tmp_path: Path) -> None:
    garbling = TargetSpec(
        "garbling", "garbling", (sys.executable, miniature_machine.__file__, "garbles_a_word", str(tmp_path)), machine=True
    )
    run = Stage(tmp_path).play([garbling], SCENARIOS | MORTAL)
    assert verdicts(run, "garbling") == dict.fromkeys(SCENARIOS, "pass") | {"bad/says_the_word": "error"}
    assert run.results["bad/says_the_word", "garbling"].reason.startswith(
        "its host went away each time that it was played alone: the machine ended: its line is broken: frame "
    )


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> list[Machine]:
    """Those that are booted."""
    booted: list[Machine] = []
    made = Machine.connection_made

    def remembering(self: Machine, transport: asyncio.SubprocessTransport) -> None:
        booted.append(self)
        made(self, transport)

    monkeypatch.setattr(Machine, "connection_made", remembering)
    return booted


async def kill(machine: Machine) -> None:
    """As somebody outside does; returns when that has been seen."""
    machine._kill()
    await machine._gone


@pytest.mark.parametrize("then", [["own/ground"], ["own/ground", "good/one"], ["good/one", "own/ground"]], ids=" then ".join)
def test_a_machine_that_is_lost_while_nothing_is_played_is_counted_once(tmp_path: Path, machines: list[Machine], then: list[str]) -> None:
    scenarios = {"own/ground": "process: own\n" + GOOD.replace("[ipv4]", "[ipv4, network:no-network]"), "good/one": GOOD}
    by_name = {plan.id: plan for plan in plans(tmp_path, scenarios)}

    async def live() -> tuple[list[Result], int]:
        target = mortal(tmp_path, 0)
        standing = Standing([Cast(target.id, target.name, (target,))])
        try:
            results = [await standing.play("mortal", by_name["good/one"])]
            await kill(machines[-1])
            results += [await standing.play("mortal", by_name[name]) for name in then]
            return results, standing.known("mortal").lost_hosts
        finally:
            await standing.close()

    results, lost_hosts = asyncio.run(live())
    assert {result.verdict for result in results} == {"pass"}
    assert not any(result.flaky for result in results)
    assert lost_hosts == 1
    assert len(machines) == 2


def test_no_more_machines_are_booted_than_there_is_reason_to_hope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "MOST_LOST_HOSTS", 2)
    run = Stage(tmp_path).play([mortal(tmp_path, 99)], MORTAL | {"good/own": SCENARIOS["good/own"]}, jobs=1)
    assert verdicts(run, "mortal")["bad/says_the_word"] == "error"  # it has ended one machine alone, and no second one was to be had
    assert run.results["bad/says_the_word", "mortal"].reason == (
        "the target could not be started again: 2 of its hosts have gone away, the last one: the machine ended: exit status 3"
    )
    assert run.header.targets[0].lost_hosts == 2
    assert len((tmp_path / "pids").read_text().splitlines()) == 2


def test_the_progress_tells_of_it(tmp_path: Path) -> None:
    said = StringIO()
    stage = Stage(tmp_path)
    asyncio.run(perform(stage.order([mortal(tmp_path, 1)], MORTAL), PlainProgress(said, lambda: 0).observer()))
    assert said.getvalue().splitlines() == [
        "1 cell to play",
        f"mortal: started (cpython {sys.version.split()[0]})",
        "mortal: a host went away: the machine ended: exit status 3; another takes its place",
        "1/1 cells (100 %)",
    ]


@pytest.mark.interpreters
def test_a_kernel_that_is_killed_in_mid_run_is_booted_again(tmp_path: Path, machines: list[Machine]) -> None:
    target = "uml:6.1"
    system = next(each for each in systems() if each.target == target)
    if reason := status(system).reason:
        unavailable(target, reason)

    def kill_the_first(result: Result) -> None:
        if len(machines) == 1:
            machines[0]._kill()

    stage = Stage(tmp_path)
    order = stage.order([spec_of(system)], SCENARIOS, jobs=1)
    asyncio.run(perform(order, Observer(lambda _: None, lambda _: None, kill_the_first)))
    run = read(order.folder)
    assert set(verdicts(run, run.header.targets[0].id).values()) == {"pass"}
    assert run.header.targets[0].lost_hosts == 1
