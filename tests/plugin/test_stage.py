"""Cells are played in a thread, some before their turn, each as often as it is asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine.order import Cast
from harness.plugin.stage import Cell, Settled, Stage
from harness.records.known import Known
from tests.engine.playing import current, plans

ECHO = "steps:\n  - client: len(b'two')\n    returns: 3\n"
WAITS = "steps:\n  - client: a, b = socket.socketpair()\n  - client: a.recv(1)\n"
SKIP = Known("area/skip", "python >= 3", "skip", "it is known", "https://example.org/1")


@pytest.fixture
def stage() -> Iterator[Stage]:
    spec = current()
    stage = Stage([Cast(spec.id, spec.name, (spec,))], [SKIP])
    yield stage
    stage.close()


def cells(folder: Path, **scenarios: str) -> list[Cell]:
    return [Cell(plan, "here") for plan in plans(folder, {f"area/{name}": text for name, text in scenarios.items()})]


def verdict(settled: Settled) -> str:
    return settled.result.verdict if settled.result is not None else "not played"


def test_a_cell_is_settled_whether_it_was_begun_before_or_not(stage: Stage, tmp_path: Path) -> None:
    one, two, three = cells(tmp_path, one=ECHO, three=ECHO, two=ECHO)
    stage.look_ahead([two, three])
    assert [verdict(stage.settle(cell)) for cell in (one, two, three)] == ["pass"] * 3
    assert stage.known_record("here").facts is not None


def test_a_cell_that_is_asked_for_again_is_played_again(stage: Stage, tmp_path: Path) -> None:
    [cell] = cells(tmp_path, one=ECHO)
    first, second = stage.settle(cell), stage.settle(cell)
    assert first.result is not None
    assert second.result is not None
    assert first.result is not second.result


def test_what_is_known_not_to_be_played_is_not_played(stage: Stage, tmp_path: Path) -> None:
    [cell] = cells(tmp_path, skip=ECHO)
    settled = stage.settle(cell)
    assert (verdict(settled), settled.known) == ("not played", SKIP)


def test_what_a_target_says_of_itself_can_be_asked_for_alone(stage: Stage) -> None:
    facts = stage.record("here").facts
    assert facts is not None
    assert facts.implementation == "cpython"


def test_closing_gives_up_what_is_under_way(stage: Stage, tmp_path: Path) -> None:
    waiting, echo = cells(tmp_path, a=WAITS, b=ECHO)
    stage.look_ahead([waiting])
    assert verdict(stage.settle(echo)) == "pass"
    stage.close()
    with pytest.raises(RuntimeError, match=r"^the session is over: nothing is played any more$"):
        stage.settle(echo)
    stage.close()


def test_a_stage_that_was_never_used_starts_nothing(stage: Stage) -> None:
    assert stage._thread is None
