"""Targets that stand ready: each scenario comes to what it comes to in a run, whoever asks and in whatever order."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import structs

from harness.engine.order import Cast
from harness.engine.standing import Standing
from harness.hosts.ground import Ground
from harness.hosts.grounds import Grounds
from harness.hosts.process import CannotStart
from harness.hosts.terms import Terms
from harness.records.plan import Plan
from harness.records.run import Result, Volatile
from harness.targets.spec import TargetSpec
from tests.engine.playing import Stage, current, miniature, plans
from tests.engine.test_misdeeds import BAD, GOOD

MISSING = TargetSpec("missing", "missing", ("/does/not/exist",))
UNMET = {"area/unmet": "needs: [has:socket.fromshare]\nsteps:\n  - client: a = socket.socket()\n"}
WRONG = {"area/wrong": "steps:\n  - client: len(b'two')\n    returns: 2\n"}
ALONE = {"area/alone": "process: own\nsteps:\n  - client: len(b'two')\n    returns: 3\n"}


def cast(spec: TargetSpec) -> Cast:
    return Cast(spec.id, spec.name, (spec,))


async def play_at_once(standing: Standing, target: str, several: Sequence[Plan]) -> dict[str, Result]:
    results = await asyncio.gather(*(standing.play(target, plan) for plan in several))
    return {result.scenario: result for result in results}


def played(folder: Path, specs: Sequence[TargetSpec], scenarios: dict[str, str]) -> dict[tuple[str, str], Result]:
    """Everything at once on targets that stand ready."""

    async def perform() -> dict[tuple[str, str], Result]:
        standing = Standing([cast(spec) for spec in specs])
        try:
            there = plans(folder, scenarios)
            found = {spec.id: await play_at_once(standing, spec.id, there) for spec in specs}
            return {(scenario, target): result for target, results in found.items() for scenario, result in results.items()}
        finally:
            await standing.close()

    return asyncio.run(perform())


def steady(result: Result) -> Result:
    return structs.replace(result, volatile=Volatile())


def test_a_standing_target_comes_to_what_a_run_comes_to(tmp_path: Path) -> None:
    everything = {**GOOD, **UNMET, **WRONG, **ALONE}
    run = Stage(tmp_path).play([current()], everything)
    standing = played(tmp_path, [current()], everything)
    assert {key: steady(result) for key, result in standing.items()} == {key: steady(result) for key, result in run.results.items()}
    assert standing["area/wrong", "here"].verdict == "fail"
    assert standing["area/unmet", "here"].verdict == "unsupported"


def test_a_misdeed_costs_its_own_scenario(tmp_path: Path) -> None:
    results = played(tmp_path, [miniature("dies"), current()], {**GOOD, **BAD})
    verdicts = {scenario: result.verdict for (scenario, target), result in results.items() if target == "dies"}
    assert verdicts == {**dict.fromkeys(GOOD, "pass"), "bad/misdeed": "crash"}
    assert {result.verdict for (_, target), result in results.items() if target == "here"} == {"pass"}


def test_a_target_that_cannot_be_started_is_an_error_and_is_not_tried_for_each_scenario(tmp_path: Path) -> None:
    results = played(tmp_path, [MISSING], WRONG | ALONE)
    assert {result.verdict for result in results.values()} == {"error"}
    assert results["area/wrong", "missing"].reason == "the target could not be started: /does/not/exist: No such file or directory"


def test_the_same_scenario_twice_at_once_is_played_twice(tmp_path: Path) -> None:
    [plan] = plans(tmp_path, WRONG)

    async def perform() -> list[Result]:
        standing = Standing([cast(current())])
        try:
            return list(await asyncio.gather(standing.play("here", plan), standing.play("here", plan)))
        finally:
            await standing.close()

    assert [result.verdict for result in asyncio.run(perform())] == ["fail", "fail"]


def test_what_a_target_says_of_itself_is_known_once_it_was_asked(tmp_path: Path) -> None:
    async def perform() -> tuple[bool, bool, str]:
        standing = Standing([cast(current()), cast(MISSING)])
        try:
            before = standing.known("here").facts is None
            record = await standing.record("here")
            return before, record.facts is not None and standing.known("here") == record, (await standing.record("missing")).trouble
        finally:
            await standing.close()

    assert asyncio.run(perform()) == (True, True, "/does/not/exist: No such file or directory")


def test_closing_ends_what_is_under_way(tmp_path: Path) -> None:
    [plan] = plans(tmp_path, {"area/waits": "steps:\n  - client: a, b = socket.socketpair()\n  - client: a.recv(1)\n"})

    async def perform() -> bool:
        standing = Standing([cast(current())])
        await standing.record("here")
        waiting = asyncio.create_task(standing.play("here", plan))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await standing.close()
        return waiting.cancelled()

    assert asyncio.run(perform())


class GroundOfEachArea(Grounds):
    """As if every area asked for a network of its own, one of which cannot be made."""

    opened: list[str]

    def terms(self, plan: Plan) -> Terms:
        return Terms(plan.area)

    async def open(self, terms: Terms) -> Ground:
        if terms.condition == "broken":
            raise CannotStart("there is no such network")
        self.opened.append(terms.condition)
        return await super().open(terms)


def test_grounds_are_kept_as_long_as_there_is_room_and_given_back_by_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GroundOfEachArea, "opened", [], raising=False)
    monkeypatch.setattr("harness.engine.standing.Grounds", GroundOfEachArea)
    there = {plan.area: plan for plan in plans(tmp_path, {f"{area}/topic": GOOD["good/echo_1"] for area in ("a", "b", "c", "broken")})}

    async def perform() -> tuple[list[Result], frozenset[str]]:
        standing = Standing([cast(current())])
        try:
            results = [await standing.play("here", there[area]) for area in ("a", "b", "a", "c", "broken", "a", "b", "broken")]
            return results, frozenset(standing.known("here").grounds)
        finally:
            await standing.close()

    results, grounds = asyncio.run(perform())
    assert [result.verdict for result in results] == ["pass", "pass", "pass", "pass", "error", "pass", "pass", "error"]
    assert results[4].reason == "there is no such network"
    assert GroundOfEachArea.opened == ["", "a", "b", "c", "b"]
    assert [result.ground for result in results[:4]] == ["a", "b", "a", "c"]
    assert grounds == {"a", "b", "c"}


def test_many_at_once_share_a_ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GroundOfEachArea, "opened", [], raising=False)
    monkeypatch.setattr("harness.engine.standing.Grounds", GroundOfEachArea)
    assert {result.verdict for result in played(tmp_path, [current()], GOOD).values()} == {"pass"}
    assert GroundOfEachArea.opened == ["", "good"]
