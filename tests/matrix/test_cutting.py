"""Shards are alike, the same everywhere, and hardly others when a scenario comes or goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.matrix.cutting import SLACK, Shard, ShardError, cut, left_out, loads, parse_shard

WEIGHTS = st.dictionaries(st.text("abcdef/", min_size=1, max_size=8), st.floats(0.001, 100), max_size=60)
MANY = {f"area{number % 17}/topic{number}": float(1 + number % 13) for number in range(1000)}


@given(WEIGHTS, st.integers(1, 12))
def test_every_scenario_is_in_one_shard(weights: dict[str, float], shards: int) -> None:
    found = cut(weights, shards)
    assert found.keys() == weights.keys()
    assert set(found.values()) <= set(range(1, shards + 1))


@given(WEIGHTS, st.integers(1, 12))
def test_the_parts_of_all_shards_are_the_whole(weights: dict[str, float], shards: int) -> None:
    played = [name for number in range(1, shards + 1) for name in weights.keys() - left_out(weights, Shard(number, shards))]
    assert sorted(played) == sorted(weights)


@given(WEIGHTS, st.integers(1, 12))
def test_no_shard_is_empty_as_long_as_there_are_enough_scenarios(weights: dict[str, float], shards: int) -> None:
    assert len(set(cut(weights, shards).values())) == min(shards, len(weights))


@given(WEIGHTS, st.integers(1, 12), st.randoms())
def test_the_order_in_which_scenarios_are_told_does_not_matter(weights: dict[str, float], shards: int, chance: object) -> None:
    names = list(weights)
    chance.shuffle(names)  # type: ignore[attr-defined]
    assert cut({name: weights[name] for name in names}, shards) == cut(weights, shards)


@pytest.mark.parametrize("shards", [2, 3, 8, 16])
def test_shards_are_alike(shards: int) -> None:
    sums = loads(MANY, shards)
    fair = sum(MANY.values()) / shards
    assert max(sums) <= SLACK * fair
    assert min(sums) >= 0.8 * fair


def test_one_scenario_more_moves_few_others() -> None:
    before = cut(MANY, 8)
    moved = []
    for number in range(20):
        after = cut({**MANY, f"new/{number}": 5.0}, 8)
        moved.append(sum(before[name] != after[name] for name in before))
    assert max(moved) <= 0.03 * len(MANY)


def test_a_shard_that_would_be_empty_takes_one_from_the_fullest() -> None:
    found = cut({"heavy": 100.0, "a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}, 5)
    assert sorted(found.values()) == [1, 2, 3, 4, 5]


def test_the_name_of_a_shard() -> None:
    assert parse_shard(" 2/8 ") == Shard(2, 8)
    assert str(Shard(2, 8)) == "2/8"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2", "'2' is no shard; write which of how many: 2/8"),
        ("two/8", "'two/8' is no shard; write which of how many: 2/8"),
        ("-1/8", "'-1/8' is no shard; write which of how many: 2/8"),
        ("0/8", "there is no shard 0 of 8; they are 1/8 to 8/8"),
        ("9/8", "there is no shard 9 of 8; they are 1/8 to 8/8"),
        ("1/0", "a run cannot be cut into 0 shards; 1 to 1000 is possible"),
        ("1/9999", "a run cannot be cut into 9999 shards; 1 to 1000 is possible"),
    ],
)
def test_what_is_no_shard(text: str, problem: str) -> None:
    with pytest.raises(ShardError) as wrong:
        parse_shard(text)
    assert str(wrong.value) == problem
