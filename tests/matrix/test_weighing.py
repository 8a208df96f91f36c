"""How much work a scenario is."""

from msgspec import structs

from harness.matrix.weighing import seconds_of, steps_of, weights
from harness.records.observation import Trouble
from harness.records.run import Result, Volatile
from tests.runs.making import plan


def took(scenario: str, seconds: float, target: str = "one", verdict: str = "pass") -> Result:
    trouble = Trouble("unsupported", "needs root") if verdict == "unsupported" else None
    return Result(scenario, target, verdict, (), trouble=trouble, volatile=Volatile(wall=seconds))  # type: ignore[arg-type]


def test_a_step_of_a_role_with_two_members_is_two() -> None:
    assert steps_of([plan("a/one", 3), plan("a/two", 3, many=True)]) == {"a/one": 3.0, "a/two": 6.0}


def test_a_scenario_without_steps_weighs_something() -> None:
    assert steps_of([structs.replace(plan("a/one"), steps=())]) == {"a/one": 1.0}


def test_seconds_are_the_median_over_the_targets() -> None:
    results = [took("a/one", 1.0), took("a/one", 9.0, "two"), took("a/one", 2.0, "three"), took("a/two", 5.0)]
    assert seconds_of(results) == {"a/one": 2.0, "a/two": 5.0}


def test_what_was_not_played_says_nothing() -> None:
    assert seconds_of([took("a/one", 0.1, verdict="unsupported"), took("a/two", 0.0)]) == {}


def test_without_times_steps_are_weighed() -> None:
    assert weights([plan("a/one", 2)], {"b/other": 3.0}) == {"a/one": 2.0}


def test_a_scenario_without_a_time_weighs_what_is_usual() -> None:
    plans = [plan("a/one"), plan("a/two"), plan("a/three"), plan("a/new")]
    known = {"a/one": 1.0, "a/two": 2.0, "a/three": 30.0, "a/gone": 99.0}
    assert weights(plans, known) == {"a/one": 1.0, "a/two": 2.0, "a/three": 30.0, "a/new": 2.0}
