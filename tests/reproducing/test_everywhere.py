"""On every interpreter of this machine: what the harness sees of a scenario, its reproduction shows as well.

A sample; `tox run -e reproduce` plays everything.
"""

import asyncio
from functools import cache
from pathlib import Path

import pytest

from harness.engine.order import Cast, Observer, Order
from harness.engine.run import perform
from harness.language.library import bundled, load
from harness.language.vocabulary import HELPERS
from harness.records.plan import Plan
from harness.runs.folder import Run, read
from harness.targets.config import Config
from harness.targets.resolve import resolve
from harness.targets.spec import TargetSpec
from tests.reproducing.playing import Cell, Outcome, play
from tests.reproducing.sampling import operations, sample

GOOD = ("agrees", "refused", "unplayed")


@cache
def plans() -> tuple[Plan, ...]:
    return load([bundled()]).plans


@cache
def specs() -> tuple[TargetSpec, ...]:
    return tuple(resolve(["all"], Config()).targets)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for `spec` are run once for each interpreter."""
    if "spec" in metafunc.fixturenames:
        metafunc.parametrize("spec", specs(), ids=[spec.id for spec in specs()])


def played(spec: TargetSpec, chosen: tuple[Plan, ...], folder: Path) -> Run:
    """What the harness sees."""
    order = Order(casts=(Cast(spec.id, spec.name, (spec,)),), plans=chosen, folder=folder, jobs=4)
    asyncio.run(perform(order, Observer(lambda _: None, lambda _: None, lambda _: None)))
    return read(folder)


def differing(run: Run, spec: TargetSpec, chosen: tuple[Plan, ...]) -> list[Outcome]:
    """The files that show something else, also when they are run again, with nothing beside them."""
    odd = [outcome for outcome in play(run, spec, [Cell(plan, spec.id) for plan in chosen]) if outcome.kind not in GOOD]
    again = [play(run, spec, [Cell(run.plans[outcome.scenario], spec.id)])[0] for outcome in odd[:5]]
    return [outcome for outcome in (*again, *odd[5:]) if outcome.kind not in GOOD]


@pytest.mark.end_to_end
def test_a_file_shows_what_the_harness_saw(spec: TargetSpec, tmp_path: Path) -> None:
    chosen = sample(plans(), specs().index(spec))
    run = played(spec, chosen, tmp_path / "run")
    assert [f"{each.kind} {each.scenario}: {each.detail}" for each in differing(run, spec, chosen)] == []


def test_the_sample_uses_every_helper_and_every_area() -> None:
    chosen = sample(plans())
    assert {plan.area for plan in chosen} == {plan.area for plan in plans() if not plan.condition}
    used = {word.removeprefix("help ") for plan in chosen for step in plan.steps for word in operations(step.call.do)}
    everywhere = {word.removeprefix("help ") for plan in plans() for step in plan.steps for word in operations(step.call.do)}
    assert set(HELPERS) & everywhere - used == set()
