"""The file of a baseline: the same bytes for the same content, and every flaw said."""

import json
from pathlib import Path

import pytest

from harness.history.baseline_file import beside, read_baseline, read_proposals, text, write_baseline, write_proposals
from harness.history.errors import KeptError
from harness.history.reviewing import EMPTY, accept, review
from harness.records.baseline import Baseline
from tests.comparing.telling import raised
from tests.history.making import CLOSE, NEW, OLD, SEND, close_on, on_day


def some_baseline(*, turned: bool = False) -> Baseline:
    targets = (NEW, OLD) if turned else (OLD, NEW)
    plans = (SEND, CLOSE) if turned else (CLOSE, SEND)
    told = {(plan.id, target.id): target.id for plan in plans for target in targets}
    proposals = review(EMPTY, on_day(1, told, plans=plans, targets=targets), "b.json")
    return accept(EMPTY, proposals, {each.change.id for each in proposals.changes})


def test_a_baseline_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "made" / "baseline.json"
    write_baseline(file, some_baseline())
    first = file.read_bytes()
    write_baseline(file, read_baseline(file))
    assert file.read_bytes() == first


def test_the_order_of_the_run_does_not_matter(tmp_path: Path) -> None:
    write_baseline(tmp_path / "one", some_baseline())
    write_baseline(tmp_path / "other", some_baseline(turned=True))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_file_is_made_to_be_looked_at(tmp_path: Path) -> None:
    write_baseline(tmp_path / "b.json", some_baseline())
    lines = (tmp_path / "b.json").read_text("ascii").splitlines()
    assert lines[:5] == ["{", ' "baseline": 1,', ' "targets": {', '  "cpython-3.12.1": {', '   "name": "cpython-3.12.1",']
    assert lines[-9:] == [
        '  "tcp/send": {',
        '   "digest": "d1",',
        '   "accepted": [',
        '    {"targets": ["cpython-3.12.1"], "sight": {"verdict": "pass", "steps": [{"step": 0, "value": "cpython-3.12.1"}]}},',
        '    {"targets": ["cpython-3.8.18"], "sight": {"verdict": "pass", "steps": [{"step": 0, "value": "cpython-3.8.18"}]}}',
        "   ]",
        "  }",
        " }",
        "}",
    ]


def test_what_targets_said_is_in_ascii_and_json() -> None:
    proposals = review(EMPTY, on_day(1, close_on(raised(0, "OSError", 'a "b"\n\x1b[31m\u202e\x00网'))), "b.json")
    written = text(accept(EMPTY, proposals, {each.change.id for each in proposals.changes}))
    assert written.isascii()
    assert "\x1b" not in written
    (entry,) = json.loads(written)["scenarios"]["tcp/close"]["accepted"]
    assert entry["sight"]["steps"][0]["raises"]["message"] == 'a "b"\n\x1b[31m\u202e\x00网'


def test_proposals_come_and_go(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    assert read_proposals(file) is None
    proposals = review(EMPTY, on_day(1, close_on(1)), "baseline.json")
    write_proposals(file, proposals)
    assert beside(file).name == "baseline.json.new"
    assert read_proposals(file) == proposals
    known = accept(EMPTY, proposals, {each.change.id for each in proposals.changes})
    write_proposals(file, review(known, on_day(1, close_on(1)), "baseline.json"))
    assert not beside(file).exists()


def test_damaged_proposals_can_be_removed(tmp_path: Path) -> None:
    (tmp_path / "b.json.new").write_text("{}")
    with pytest.raises(KeptError) as caught:
        read_proposals(tmp_path / "b.json")
    assert str(caught.value).endswith("b.json.new: not a baseline (it has no 'proposals'); remove it, and compare again")


def problem(file: Path) -> str:
    with pytest.raises(KeptError) as caught:
        read_baseline(file)
    assert not caught.value.environment
    return str(caught.value).replace(str(file), "b.json")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{", "b.json: not a baseline (Input data was truncated); the file was changed or damaged"),
        ("[1]", "b.json: not a baseline (it has no 'baseline'); name the file that 'sockmatrix baseline accept' wrote"),
        ('{"a": 1}', "b.json: not a baseline (it has no 'baseline'); name the file that 'sockmatrix baseline accept' wrote"),
        ('{"baseline": 9}', "b.json: has format 9, this sockmatrix reads 1; read it with the version that made it, or a newer one"),
        (
            '{"baseline": 1, "targets": 5}',
            "b.json: Expected `object`, got `int` - at `$.targets`; the file was changed or damaged",
        ),
    ],
)
def test_a_flaw_is_said(tmp_path: Path, written: str, message: str) -> None:
    (tmp_path / "b.json").write_text(written)
    assert problem(tmp_path / "b.json") == message


def test_without_a_baseline_the_way_to_one_is_told(tmp_path: Path) -> None:
    assert problem(tmp_path / "b.json") == "b.json: there is no baseline; make one of a run: sockmatrix baseline accept b.json"
    assert problem(tmp_path).endswith("cannot be read: Is a directory; name the file of a baseline")


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeptError) as caught:
        write_baseline(tmp_path / "file" / "b.json", EMPTY)
    assert caught.value.environment
    assert str(caught.value).endswith(
        "b.json: cannot be written: File exists; make room, or choose a file in a folder that can be written to"
    )
