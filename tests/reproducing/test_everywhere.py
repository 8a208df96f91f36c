"""On every interpreter of this machine: what the harness sees of a scenario, its reproduction shows as well.

A sample; `tox run -e reproduce` plays everything.
"""

import asyncio
import subprocess
from functools import cache
from pathlib import Path

import pytest

from harness.engine.order import Cast, Observer, Order
from harness.engine.run import perform
from harness.language.library import bundled, load
from harness.language.vocabulary import HELPERS
from harness.records.plan import Plan
from harness.records.reproduction import Mark
from harness.reproducing.conditions import condition
from harness.reproducing.file import reproduce
from harness.runs.folder import Run, read
from harness.targets.config import Config
from harness.targets.resolve import resolve
from harness.targets.spec import TargetSpec, arguments
from tests.reproducing.playing import Cell, Outcome, play
from tests.reproducing.sampling import Parts, operations, parts, sample

GOOD = ("agrees", "refused", "unplayed")


@cache
def plans() -> tuple[Plan, ...]:
    return load([bundled()]).plans


@cache
def sampled() -> Parts:
    """The same for each interpreter."""
    return parts(plans())


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


@pytest.mark.interpreters
def test_a_file_shows_what_the_harness_saw(spec: TargetSpec, tmp_path: Path) -> None:
    chosen = sample(sampled(), specs().index(spec))
    if is_slow_to_start(spec):
        chosen = tuple(plan for plan in chosen if not plan.own_process)
    run = played(spec, chosen, tmp_path / "run")
    assert [f"{each.kind} {each.scenario}: {each.detail}" for each in differing(run, spec, chosen)] == []


ALONE = ("timeouts/recv_times_out", "nonblocking/accept_gives_up_before_a_late_client")
"""Of these the files are run as their readers run them."""


@pytest.mark.interpreters
def test_a_file_run_by_itself_finds_what_the_harness_saw(spec: TargetSpec, tmp_path: Path) -> None:
    chosen = tuple(plan for plan in plans() if plan.id in ALONE)
    assert chosen
    run = played(spec, chosen, tmp_path / "run")
    for plan in chosen:
        seen = next(seen for seen in run.results[plan.id, spec.id].steps if seen.raises is not None)
        mark = Mark(seen.step, spec.id, holds=condition(seen, "exception"))
        assert run_alone(spec, reproduce(plan, mark), tmp_path) == (1, f"The marked step does what was seen on {spec.id}.")
        if is_slow_to_start(spec):
            continue
        other = Mark(seen.step, spec.id, holds="outcome == 5")
        assert run_alone(spec, reproduce(plan, other), tmp_path) == (0, f"The marked step does not do what was seen on {spec.id}.")


def is_slow_to_start(spec: TargetSpec) -> bool:
    """A process for a file, or for a scenario with one of its own, costs seconds there; `tox run -e reproduce` has the time."""
    return spec.implementation == "jython"


def run_alone(spec: TargetSpec, file: str, folder: Path) -> tuple[int, str]:
    """The exit code of a file in a process of its own, and its last word."""
    program = folder / "reproduction.py"
    program.write_text(file, "utf-8")
    ended = subprocess.run(arguments(spec, [str(program)]), capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    return ended.returncode, (ended.stdout.splitlines() or [ended.stderr])[-1]


def test_the_sample_uses_every_helper_and_every_area() -> None:
    chosen = sample(sampled())
    assert {plan.area for plan in chosen} == {plan.area for plan in plans() if not plan.condition}
    used = {word.removeprefix("help ") for plan in chosen for step in plan.steps for word in operations(step.call.do)}
    everywhere = {word.removeprefix("help ") for plan in plans() for step in plan.steps for word in operations(step.call.do)}
    assert set(HELPERS) & everywhere - used == set()
