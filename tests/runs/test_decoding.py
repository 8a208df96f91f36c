"""Results are decoded as they are, and what they have in common is held once."""

import msgspec
import pytest
from msgspec import structs

from harness.records.observation import Observation, Trouble
from harness.records.run import Result, Volatile
from harness.runs.decoding import ResultDecoder

FULL = Result(
    "a/one", "here", "hang", (Observation(0, value=1), Observation(1, hang=True)), "late", 1, "x", "y", ("posix:recv",),
    Trouble("hang", "no answer", 1), "filtered", ("fd 3",), ("2 of 3 plays: pass",), ("pass", "hang", "pass"), 1,
    Volatile((0.5, 1.0), starved=0.1, wall=2.0), 4,
)  # fmt: skip


@pytest.mark.parametrize("result", [FULL, Result("a/two", "there", "pass", ())])
def test_a_result_is_what_was_written(result: Result) -> None:
    assert ResultDecoder().decode(msgspec.json.encode(result)) == result


def test_every_field_is_in_the_example() -> None:
    assert all(getattr(FULL, field.name) != field.default for field in structs.fields(Result))


def test_equal_steps_are_one_object() -> None:
    decoder = ResultDecoder()
    one = decoder.decode(msgspec.json.encode(FULL))
    other = decoder.decode(msgspec.json.encode(structs.replace(FULL, target="there", verdict="pass")))
    assert one.steps is other.steps
    assert one.scenario is other.scenario


def test_a_flaw_is_told_with_its_place() -> None:
    line = msgspec.json.encode(FULL).replace(b'"hang":true', b'"hang":"yes"')
    with pytest.raises(msgspec.ValidationError, match=r"Expected `bool`, got `str` - at `\$\.steps\[1\]\.hang`"):
        ResultDecoder().decode(line)
